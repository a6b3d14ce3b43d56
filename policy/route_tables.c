/* A table file: the rows of the catalogue, every route of API 1.24 to 1.56 with its query
 * parameters. Only data: how a path finds its row is route.c's, what a body may hold is
 * schema_*.c's, and what is allowed is a policy's.
 *
 * Left out on purpose, and so refused as unknown: OPTIONS on any path, /debug/ (memory and stacks
 * of the daemon), /containers/{name}/copy (gone with API 1.24) and the gRPC methods that newer
 * engines serve beside the API. */
#include "policy/route_table.h"

#include "policy/schema.h"

#define PARAMETER(name, kind, first, posture)                             \
	{                                                                     \
		name, PARAMETER_##kind, false, first, 0, POSTURE_##posture, false \
	}
#define REPEATABLE(name, kind, first, posture)                           \
	{                                                                    \
		name, PARAMETER_##kind, true, first, 0, POSTURE_##posture, false \
	}
#define ENDED(name, kind, first, last, posture)                              \
	{                                                                        \
		name, PARAMETER_##kind, false, first, last, POSTURE_##posture, false \
	}
#define SECRET(name, kind, repeatable, first, posture)                        \
	{                                                                         \
		name, PARAMETER_##kind, repeatable, first, 0, POSTURE_##posture, true \
	}

#define ROUTE(name, verb, path, first, ...)                                             \
	{                                                                                   \
		.operation = name, .method = METHOD_##verb, .template = (path), .since = first, \
		__VA_ARGS__                                                                     \
	}
#define TAKES(list)       .parameters = (list), .parameter_count = sizeof(list) / sizeof((list)[0])
#define NAMES(kind)       .object = OBJECT_##kind
#define JSON(of)          .body = BODY_JSON, .schema = &(of)
#define JSON_OPTIONAL(of) .body = BODY_JSON_OPTIONAL, .schema = &(of)
#define JSON_LIST(of)     .body = BODY_JSON_LIST, .schema = (of)
#define UPLOAD            .body = BODY_STREAM
#define ANSWERS(kind)     .answer = ANSWER_##kind
#define WRITES            .writes = true
#define SENSITIVE         .sensitive = true
#define UNVERSIONED       .unversioned = true

/* Most lists and prunes. */
static const struct parameter_def filters_only[] = {
	PARAMETER("filters", FILTERS, 24, HARMLESS),
};

static const struct parameter_def force_only[] = {
	PARAMETER("force", BOOL, 24, HARMLESS),
};

static const struct parameter_def version_only[] = {
	PARAMETER("version", INTEGER, 24, HARMLESS),
};

static const struct parameter_def terminal_size[] = {
	PARAMETER("h", INTEGER, 24, HARMLESS),
	PARAMETER("w", INTEGER, 24, HARMLESS),
};

/* ---- build ---- */

static const struct parameter_def build[] = {
	REPEATABLE("t", STRING, 24, JUDGED),
	PARAMETER("dockerfile", STRING, 24, HARMLESS),
	/* A URL may carry a password; "client-session" and "upload-request" belong to BuildKit. */
	SECRET("remote", STRING, false, 24, JUDGED),
	PARAMETER("networkmode", STRING, 24, JUDGED),
	PARAMETER("version", STRING, 24, JUDGED),
	/* Whoever knows the id of a session or of a build can use or cancel it. */
	SECRET("session", STRING, false, 24, JUDGED),
	SECRET("buildid", STRING, false, 24, JUDGED),
	SECRET("buildargs", JSON, false, 24, HARMLESS),
	SECRET("labels", JSON, false, 24, HARMLESS),
	PARAMETER("cachefrom", JSON, 24, JUDGED),
	PARAMETER("ulimits", JSON, 24, CAPPED),
	PARAMETER("outputs", JSON, 40, DENY),
	PARAMETER("target", STRING, 24, HARMLESS),
	PARAMETER("platform", STRING, 32, HARMLESS),
	REPEATABLE("extrahosts", STRING, 24, HARMLESS),
	PARAMETER("q", BOOL, 24, HARMLESS),
	PARAMETER("nocache", BOOL, 24, HARMLESS),
	PARAMETER("pull", BOOL, 24, HARMLESS),
	PARAMETER("rm", BOOL, 24, HARMLESS),
	PARAMETER("forcerm", BOOL, 24, HARMLESS),
	PARAMETER("squash", BOOL, 24, HARMLESS),
	PARAMETER("memory", INTEGER, 24, CAPPED),
	PARAMETER("memswap", INTEGER, 24, CAPPED),
	PARAMETER("cpushares", INTEGER, 24, CAPPED),
	PARAMETER("cpuperiod", INTEGER, 24, CAPPED),
	PARAMETER("cpuquota", INTEGER, 24, CAPPED),
	PARAMETER("cpusetcpus", STRING, 24, CAPPED),
	PARAMETER("cpusetmems", STRING, 24, CAPPED),
	PARAMETER("shmsize", INTEGER, 24, CAPPED),
	PARAMETER("cgroupparent", STRING, 24, DENY), /* any cgroup of the host */
	REPEATABLE("securityopt", STRING, 24, DENY),
	PARAMETER("isolation", STRING, 24, DENY),
};

static const struct parameter_def build_prune[] = {
	PARAMETER("all", BOOL, 24, HARMLESS),
	PARAMETER("filters", FILTERS, 24, HARMLESS),
	PARAMETER("keep-storage", INTEGER, 24, HARMLESS),
	PARAMETER("reserved-space", INTEGER, 48, HARMLESS),
	PARAMETER("max-used-space", INTEGER, 48, HARMLESS),
	PARAMETER("min-free-space", INTEGER, 48, HARMLESS),
};

static const struct parameter_def build_cancel[] = {
	SECRET("id", STRING, false, 24, HARMLESS),
};

/* ---- containers ---- */

static const struct parameter_def commit[] = {
	PARAMETER("container", STRING, 24, OWNED),     PARAMETER("repo", STRING, 24, JUDGED),
	PARAMETER("tag", STRING, 24, JUDGED),          PARAMETER("comment", STRING, 24, HARMLESS),
	PARAMETER("author", STRING, 24, HARMLESS),     PARAMETER("pause", BOOL, 24, HARMLESS),
	SECRET("changes", STRING, true, 24, HARMLESS), /* ENV lines */
};

static const struct parameter_def container_list[] = {
	PARAMETER("all", BOOL, 24, HARMLESS),      PARAMETER("limit", INTEGER, 24, HARMLESS),
	PARAMETER("size", BOOL, 24, HARMLESS),     PARAMETER("since", STRING, 24, HARMLESS),
	PARAMETER("before", STRING, 24, HARMLESS), PARAMETER("filters", FILTERS, 24, HARMLESS),
	PARAMETER("trunc_cmd", BOOL, 24, DROP), /* python-docker */
};

static const struct parameter_def container_create[] = {
	PARAMETER("name", STRING, 24, JUDGED),
	PARAMETER("platform", STRING, 41, HARMLESS),
};

static const struct parameter_def container_inspect[] = {
	PARAMETER("size", BOOL, 24, HARMLESS),
};

static const struct parameter_def container_remove[] = {
	PARAMETER("v", BOOL, 24, HARMLESS),
	PARAMETER("force", BOOL, 24, HARMLESS),
	PARAMETER("link", BOOL, 24, HARMLESS),
};

static const struct parameter_def container_rename[] = {
	PARAMETER("name", STRING, 24, JUDGED),
};

static const struct parameter_def container_start[] = {
	PARAMETER("checkpoint", STRING, 24, DENY),
	PARAMETER("checkpoint-dir", STRING, 24, DENY), /* any directory of the host */
	PARAMETER("detachKeys", STRING, 24, DROP),
};

static const struct parameter_def container_stop[] = {
	PARAMETER("t", INTEGER, 24, CAPPED),
	PARAMETER("signal", STRING, 42, HARMLESS),
};

static const struct parameter_def container_kill[] = {
	PARAMETER("signal", STRING, 24, HARMLESS),
};

static const struct parameter_def container_wait[] = {
	PARAMETER("condition", STRING, 30, HARMLESS),
};

static const struct parameter_def container_attach[] = {
	PARAMETER("detachKeys", STRING, 24, HARMLESS), PARAMETER("logs", BOOL, 24, HARMLESS),
	PARAMETER("stream", BOOL, 24, HARMLESS),       PARAMETER("stdin", BOOL, 24, HARMLESS),
	PARAMETER("stdout", BOOL, 24, HARMLESS),       PARAMETER("stderr", BOOL, 24, HARMLESS),
	PARAMETER("hijack", BOOL, 24, DROP), /* dockerode */
};

/* Before API 1.42 dockerd attaches all three streams, whatever the client asks for. */
static const struct parameter_def container_attach_websocket[] = {
	PARAMETER("detachKeys", STRING, 24, HARMLESS), PARAMETER("logs", BOOL, 24, HARMLESS),
	PARAMETER("stream", BOOL, 24, HARMLESS),       PARAMETER("stdin", BOOL, 42, HARMLESS),
	PARAMETER("stdout", BOOL, 42, HARMLESS),       PARAMETER("stderr", BOOL, 42, HARMLESS),
};

static const struct parameter_def container_logs[] = {
	PARAMETER("follow", BOOL, 24, HARMLESS),   PARAMETER("stdout", BOOL, 24, HARMLESS),
	PARAMETER("stderr", BOOL, 24, HARMLESS),   PARAMETER("since", STRING, 24, HARMLESS),
	PARAMETER("until", STRING, 35, HARMLESS),  PARAMETER("timestamps", BOOL, 24, HARMLESS),
	PARAMETER("tail", STRING, 24, HARMLESS),   PARAMETER("details", BOOL, 24, HARMLESS),
	PARAMETER("format", STRING, 54, HARMLESS),
};

static const struct parameter_def container_stats[] = {
	PARAMETER("stream", BOOL, 24, HARMLESS),
	PARAMETER("one-shot", BOOL, 41, HARMLESS),
};

/* dockerd runs ps with these words on the host. */
static const struct parameter_def container_top[] = {
	PARAMETER("ps_args", STRING, 24, DENY),
};

static const struct parameter_def archive_path[] = {
	PARAMETER("path", STRING, 24, HARMLESS),
};

static const struct parameter_def archive_put[] = {
	PARAMETER("path", STRING, 24, HARMLESS),
	PARAMETER("noOverwriteDirNonDir", BOOL, 24, HARMLESS),
	PARAMETER("copyUIDGID", BOOL, 30, HARMLESS),
};

/* Lists, and removes from, any directory of the host. */
static const struct parameter_def checkpoint_directory[] = {
	PARAMETER("dir", STRING, 24, DENY),
};

/* ---- images ---- */

static const struct parameter_def image_list[] = {
	PARAMETER("all", BOOL, 24, HARMLESS),
	PARAMETER("filters", FILTERS, 24, HARMLESS),
	ENDED("filter", STRING, 24, 40, HARMLESS),
	PARAMETER("digests", BOOL, 24, HARMLESS),
	PARAMETER("shared-size", BOOL, 42, HARMLESS),
	PARAMETER("manifests", BOOL, 47, HARMLESS),
	PARAMETER("identity", BOOL, 54, HARMLESS),
	PARAMETER("only_ids", BOOL, 24, DROP), /* python-docker */
};

static const struct parameter_def image_pull[] = {
	PARAMETER("fromImage", STRING, 24, JUDGED),
	PARAMETER("tag", STRING, 24, JUDGED),
	PARAMETER("platform", STRING, 32, HARMLESS),
	PARAMETER("message", STRING, 24, HARMLESS),
	/* dockerd reads these for an import only. fromSrc is empty, or this would not be a pull. */
	PARAMETER("fromSrc", STRING, 24, DROP),
	PARAMETER("repo", STRING, 24, DROP),
	REPEATABLE("changes", STRING, 24, DROP),
};

static const struct parameter_def image_import[] = {
	SECRET("fromSrc", STRING, false, 24, JUDGED), /* a URL may carry a password */
	PARAMETER("repo", STRING, 24, JUDGED),
	PARAMETER("tag", STRING, 24, JUDGED),
	PARAMETER("message", STRING, 24, HARMLESS),
	PARAMETER("platform", STRING, 32, HARMLESS),
	SECRET("changes", STRING, true, 24, HARMLESS),
	PARAMETER("fromImage", STRING, 24, DROP), /* is empty, or this would not be an import */
};

static const struct parameter_def image_inspect[] = {
	PARAMETER("manifests", BOOL, 48, HARMLESS),
	PARAMETER("platform", JSON, 49, HARMLESS),
};

static const struct parameter_def image_platform[] = {
	PARAMETER("platform", JSON, 48, HARMLESS),
};

static const struct parameter_def image_save[] = {
	REPEATABLE("platform", JSON, 48, HARMLESS),
};

static const struct parameter_def image_save_many[] = {
	REPEATABLE("names", STRING, 24, JUDGED),
	REPEATABLE("platform", JSON, 48, HARMLESS),
};

static const struct parameter_def image_load[] = {
	PARAMETER("quiet", BOOL, 24, HARMLESS),
	REPEATABLE("platform", JSON, 48, HARMLESS),
};

static const struct parameter_def image_push[] = {
	PARAMETER("tag", STRING, 24, JUDGED),
	PARAMETER("platform", JSON, 46, HARMLESS),
};

static const struct parameter_def image_tag[] = {
	PARAMETER("repo", STRING, 24, JUDGED), PARAMETER("tag", STRING, 24, JUDGED),
	PARAMETER("force", BOOL, 24, DROP), /* python-docker */
};

static const struct parameter_def image_remove[] = {
	PARAMETER("force", BOOL, 24, HARMLESS),
	PARAMETER("noprune", BOOL, 24, HARMLESS),
	REPEATABLE("platforms", JSON, 50, HARMLESS),
};

static const struct parameter_def image_search[] = {
	PARAMETER("term", STRING, 24, JUDGED),
	PARAMETER("limit", INTEGER, 24, HARMLESS),
	PARAMETER("filters", FILTERS, 24, HARMLESS),
};

static const struct parameter_def image_attestations[] = {
	REPEATABLE("platform", JSON, 24, HARMLESS),
	REPEATABLE("type", STRING, 24, HARMLESS),
	PARAMETER("statement", BOOL, 24, HARMLESS),
};

/* ---- everything else ---- */

static const struct parameter_def network_inspect[] = {
	PARAMETER("verbose", BOOL, 24, HARMLESS),
	PARAMETER("scope", STRING, 24, HARMLESS),
};

/* A plugin is root on the host, with whatever the one named here asks for. */
static const struct parameter_def plugin_pull[] = {
	PARAMETER("remote", STRING, 24, JUDGED),
	PARAMETER("name", STRING, 24, HARMLESS),
};

static const struct parameter_def plugin_upgrade[] = {
	PARAMETER("remote", STRING, 24, JUDGED),
};

static const struct parameter_def plugin_privileges[] = {
	PARAMETER("remote", STRING, 24, HARMLESS),
	ENDED("name", STRING, 25, 26, DROP), /* was described so, and never read */
};

static const struct parameter_def plugin_create[] = {
	PARAMETER("name", STRING, 24, HARMLESS),
};

static const struct parameter_def plugin_enable[] = {
	PARAMETER("timeout", INTEGER, 24, HARMLESS),
};

static const struct parameter_def plugin_disable[] = {
	PARAMETER("force", BOOL, 28, HARMLESS),
};

static const struct parameter_def service_list[] = {
	PARAMETER("filters", FILTERS, 24, HARMLESS),
	PARAMETER("status", BOOL, 41, HARMLESS),
};

static const struct parameter_def service_inspect[] = {
	PARAMETER("insertDefaults", BOOL, 29, HARMLESS),
};

/* With rollback the daemon applies an older specification, and not the one in the body. */
static const struct parameter_def service_update[] = {
	PARAMETER("version", INTEGER, 24, HARMLESS),
	PARAMETER("registryAuthFrom", STRING, 24, HARMLESS),
	PARAMETER("rollback", STRING, 25, JUDGED),
};

static const struct parameter_def swarm_logs[] = {
	PARAMETER("follow", BOOL, 24, HARMLESS),     PARAMETER("stdout", BOOL, 24, HARMLESS),
	PARAMETER("stderr", BOOL, 24, HARMLESS),     PARAMETER("since", STRING, 24, HARMLESS),
	PARAMETER("timestamps", BOOL, 24, HARMLESS), PARAMETER("tail", STRING, 24, HARMLESS),
	PARAMETER("details", BOOL, 24, HARMLESS),
};

static const struct parameter_def swarm_update[] = {
	PARAMETER("version", INTEGER, 24, HARMLESS),
	PARAMETER("rotateWorkerToken", BOOL, 24, HARMLESS),
	PARAMETER("rotateManagerToken", BOOL, 24, HARMLESS),
	PARAMETER("rotateManagerUnlockKey", BOOL, 24, HARMLESS),
};

static const struct parameter_def system_df[] = {
	REPEATABLE("type", STRING, 42, HARMLESS),
	PARAMETER("verbose", BOOL, 52, HARMLESS),
};

static const struct parameter_def system_events[] = {
	PARAMETER("since", STRING, 24, HARMLESS),
	PARAMETER("until", STRING, 24, HARMLESS),
	PARAMETER("filters", FILTERS, 24, HARMLESS),
};

const struct route route_table[] = {
	ROUTE("system.ping", GET, "/_ping", 24, UNVERSIONED,
          .summary = "Ask whether the daemon is there"),
	ROUTE("system.ping", HEAD, "/_ping", 40, UNVERSIONED,
          .summary = "Ask whether the daemon is there"),

	ROUTE("registry.auth", POST, "/auth", 24, JSON(schema_auth), WRITES,
          .summary = "Let the daemon log in to a registry"),

	ROUTE("build.classic", POST, "/build", 24, TAKES(build), UPLOAD, ANSWERS(STREAM), WRITES,
          .summary = "Build an image with the classic builder"),
	ROUTE("build.buildkit", POST, "/build", 24, TAKES(build), UPLOAD, ANSWERS(STREAM), WRITES,
          .summary =
              "Build an image with BuildKit (version=2, session, buildid or a client's context)"),
	ROUTE("build.cancel", POST, "/build/cancel", 39, TAKES(build_cancel), WRITES,
          .summary = "Cancel a running build by its id"),
	ROUTE("build.prune", POST, "/build/prune", 31, TAKES(build_prune), ANSWERS(STREAM), WRITES,
          .summary = "Remove build cache, everybody's"),

	ROUTE("image.commit", POST, "/commit", 24, TAKES(commit), JSON_OPTIONAL(schema_commit),
          ANSWERS(STREAM), WRITES, .summary = "Make an image from a container"),

	ROUTE("config.list", GET, "/configs", 30, TAKES(filters_only), SENSITIVE,
          .summary = "List swarm configs with their data"),
	ROUTE("config.create", POST, "/configs/create", 30, JSON(schema_config_spec), WRITES,
          .summary = "Create a swarm config"),
	ROUTE("config.inspect", GET, "/configs/{id}", 30, NAMES(CONFIG), SENSITIVE,
          .summary = "Show a swarm config with its data"),
	ROUTE("config.remove", DELETE, "/configs/{id}", 30, NAMES(CONFIG), WRITES,
          .summary = "Remove a swarm config"),
	ROUTE("config.update", POST, "/configs/{id}/update", 30, TAKES(version_only), NAMES(CONFIG),
          JSON(schema_config_spec), WRITES, .summary = "Change the labels of a swarm config"),

	ROUTE("container.list", GET, "/containers/json", 24, TAKES(container_list),
          .summary = "List containers"),
	ROUTE("container.create", POST, "/containers/create", 24, TAKES(container_create),
          JSON(schema_container_create), WRITES, .summary = "Create a container"),
	ROUTE("container.prune", POST, "/containers/prune", 25, TAKES(filters_only), ANSWERS(STREAM),
          WRITES, .summary = "Remove stopped containers"),
	ROUTE("container.remove", DELETE, "/containers/{name}", 24, TAKES(container_remove),
          NAMES(CONTAINER), ANSWERS(STREAM), WRITES, .summary = "Remove a container"),
	ROUTE("container.archive.stat", HEAD, "/containers/{name}/archive", 24, TAKES(archive_path),
          NAMES(CONTAINER), SENSITIVE, .summary = "Ask about a file in a container"),
	ROUTE("container.archive.get", GET, "/containers/{name}/archive", 24, TAKES(archive_path),
          NAMES(CONTAINER), ANSWERS(STREAM), SENSITIVE, .summary = "Copy files out of a container"),
	ROUTE("container.archive.put", PUT, "/containers/{name}/archive", 24, TAKES(archive_put),
          NAMES(CONTAINER), UPLOAD, ANSWERS(STREAM), WRITES,
          .summary = "Copy files into a container"),
	ROUTE("container.attach", POST, "/containers/{name}/attach", 24, TAKES(container_attach),
          NAMES(CONTAINER), ANSWERS(HIJACK), WRITES,
          .summary = "Join the streams of a container's first process"),
	ROUTE("container.attach.websocket", GET, "/containers/{name}/attach/ws", 24,
          TAKES(container_attach_websocket), NAMES(CONTAINER), ANSWERS(WEBSOCKET), WRITES,
          .summary = "Join the streams of a container's first process over WebSocket"),
	ROUTE("container.changes", GET, "/containers/{name}/changes", 24, NAMES(CONTAINER), SENSITIVE,
          .summary = "List the files a container has changed"),
	ROUTE("container.checkpoint.list", GET, "/containers/{name}/checkpoints", 25,
          TAKES(checkpoint_directory), NAMES(CONTAINER), SENSITIVE,
          .summary = "List the checkpoints of a container"),
	ROUTE("container.checkpoint.create", POST, "/containers/{name}/checkpoints", 25,
          NAMES(CONTAINER), JSON(schema_checkpoint_create), ANSWERS(STREAM), WRITES,
          .summary = "Write the state of a container to the host"),
	ROUTE("container.checkpoint.remove", DELETE, "/containers/{name}/checkpoints/{checkpoint}", 25,
          TAKES(checkpoint_directory), NAMES(CONTAINER), WRITES,
          .summary = "Remove a checkpoint of a container"),
	ROUTE("exec.create", POST, "/containers/{name}/exec", 24, NAMES(CONTAINER),
          JSON(schema_exec_create), WRITES, .summary = "Prepare a command in a container"),
	ROUTE("container.export", GET, "/containers/{name}/export", 24, NAMES(CONTAINER),
          ANSWERS(STREAM), SENSITIVE, .summary = "Download a container's whole file system"),
	ROUTE("container.inspect", GET, "/containers/{name}/json", 24, TAKES(container_inspect),
          NAMES(CONTAINER), SENSITIVE,
          .summary = "Show a container with its environment and mounts"),
	ROUTE("container.kill", POST, "/containers/{name}/kill", 24, TAKES(container_kill),
          NAMES(CONTAINER), WRITES, .summary = "Send a signal to a container"),
	ROUTE("container.logs", GET, "/containers/{name}/logs", 24, TAKES(container_logs),
          NAMES(CONTAINER), ANSWERS(STREAM), SENSITIVE, .summary = "Read a container's output"),
	ROUTE("container.pause", POST, "/containers/{name}/pause", 24, NAMES(CONTAINER), WRITES,
          .summary = "Freeze a container"),
	ROUTE("container.rename", POST, "/containers/{name}/rename", 24, TAKES(container_rename),
          NAMES(CONTAINER), WRITES, .summary = "Give a container another name"),
	ROUTE("container.resize", POST, "/containers/{name}/resize", 24, TAKES(terminal_size),
          NAMES(CONTAINER), WRITES, .summary = "Set the size of a container's terminal"),
	ROUTE("container.restart", POST, "/containers/{name}/restart", 24, TAKES(container_stop),
          NAMES(CONTAINER), ANSWERS(STREAM), WRITES, .summary = "Stop and start a container"),
	ROUTE("container.start", POST, "/containers/{name}/start", 24, TAKES(container_start),
          NAMES(CONTAINER), ANSWERS(STREAM), WRITES, .summary = "Start a container"),
	ROUTE("container.stats", GET, "/containers/{name}/stats", 24, TAKES(container_stats),
          NAMES(CONTAINER), ANSWERS(STREAM), SENSITIVE,
          .summary = "Read what a container uses of the machine"),
	ROUTE("container.stop", POST, "/containers/{name}/stop", 24, TAKES(container_stop),
          NAMES(CONTAINER), ANSWERS(STREAM), WRITES, .summary = "Stop a container"),
	ROUTE("container.top", GET, "/containers/{name}/top", 24, TAKES(container_top),
          NAMES(CONTAINER), SENSITIVE, .summary = "List a container's processes"),
	ROUTE("container.unpause", POST, "/containers/{name}/unpause", 24, NAMES(CONTAINER), WRITES,
          .summary = "Thaw a container"),
	ROUTE("container.update", POST, "/containers/{name}/update", 24, NAMES(CONTAINER),
          JSON(schema_container_update), WRITES, .summary = "Change a container's limits"),
	ROUTE("container.wait", POST, "/containers/{name}/wait", 24, TAKES(container_wait),
          NAMES(CONTAINER), ANSWERS(STREAM), .summary = "Wait until a container stops"),

	ROUTE("distribution.inspect", GET, "/distribution/{name}/json", 30,
          .summary = "Ask a registry about an image"),

	ROUTE("system.events", GET, "/events", 24, TAKES(system_events), ANSWERS(STREAM), SENSITIVE,
          .summary = "Follow what happens in the daemon"),

	ROUTE("exec.inspect", GET, "/exec/{id}/json", 24, NAMES(EXEC), SENSITIVE,
          .summary = "Show a command with its words and exit code"),
	ROUTE("exec.resize", POST, "/exec/{name}/resize", 24, TAKES(terminal_size), NAMES(EXEC), WRITES,
          .summary = "Set the size of a command's terminal"),
	ROUTE("exec.start", POST, "/exec/{name}/start", 24, NAMES(EXEC), JSON(schema_exec_start),
          ANSWERS(HIJACK), WRITES, .summary = "Run a prepared command"),

	ROUTE("build.grpc", POST, "/grpc", 39, ANSWERS(H2C), WRITES,
          .summary = "Open a tunnel to BuildKit"),

	ROUTE("image.list", GET, "/images/json", 24, TAKES(image_list), .summary = "List images"),
	ROUTE("image.search", GET, "/images/search", 24, TAKES(image_search), ANSWERS(STREAM),
          .summary = "Search a registry for images"),
	ROUTE("image.save", GET, "/images/get", 24, TAKES(image_save_many), ANSWERS(STREAM), SENSITIVE,
          .summary = "Download several images"),
	ROUTE("image.pull", POST, "/images/create", 24, TAKES(image_pull), ANSWERS(STREAM), WRITES,
          .summary = "Pull an image from a registry (fromImage)"),
	ROUTE("image.import", POST, "/images/create", 24, TAKES(image_import), UPLOAD, ANSWERS(STREAM),
          WRITES, .summary = "Make an image from a tar archive or a URL (fromSrc)"),
	ROUTE("image.load", POST, "/images/load", 24, TAKES(image_load), UPLOAD, ANSWERS(STREAM),
          WRITES, .summary = "Upload images"),
	ROUTE("image.prune", POST, "/images/prune", 25, TAKES(filters_only), ANSWERS(STREAM), WRITES,
          .summary = "Remove unused images"),
	ROUTE("image.remove", DELETE, "/images/{name}", 24, TAKES(image_remove), NAMES(IMAGE),
          ANSWERS(STREAM), WRITES, .summary = "Remove an image or one of its tags"),
	ROUTE("image.attestations", GET, "/images/{name}/attestations", 55, TAKES(image_attestations),
          NAMES(IMAGE), .summary = "Show the attestations of an image"),
	ROUTE("image.save", GET, "/images/{name}/get", 24, TAKES(image_save), NAMES(IMAGE),
          ANSWERS(STREAM), SENSITIVE, .summary = "Download an image"),
	ROUTE("image.history", GET, "/images/{name}/history", 24, TAKES(image_platform), NAMES(IMAGE),
          SENSITIVE, .summary = "Show how an image was made"),
	ROUTE("image.inspect", GET, "/images/{name}/json", 24, TAKES(image_inspect), NAMES(IMAGE),
          .summary = "Show an image"),
	ROUTE("image.push", POST, "/images/{name}/push", 24, TAKES(image_push), NAMES(IMAGE),
          ANSWERS(STREAM), WRITES, .summary = "Push an image to a registry"),
	ROUTE("image.tag", POST, "/images/{name}/tag", 24, TAKES(image_tag), NAMES(IMAGE), WRITES,
          .summary = "Give an image another name"),

	ROUTE("system.info", GET, "/info", 24, SENSITIVE, .summary = "Show the daemon and its host"),

	ROUTE("network.list", GET, "/networks", 24, TAKES(filters_only), .summary = "List networks"),
	ROUTE("network.list", GET, "/networks/", 24, TAKES(filters_only), .summary = "List networks"),
	ROUTE("network.create", POST, "/networks/create", 24, JSON(schema_network_create), WRITES,
          .summary = "Create a network"),
	ROUTE("network.prune", POST, "/networks/prune", 25, TAKES(filters_only), ANSWERS(STREAM),
          WRITES, .summary = "Remove unused networks"),
	ROUTE("network.inspect", GET, "/networks/{id}", 24, TAKES(network_inspect), NAMES(NETWORK),
          SENSITIVE, .summary = "Show a network and who is on it"),
	ROUTE("network.remove", DELETE, "/networks/{id}", 24, NAMES(NETWORK), WRITES,
          .summary = "Remove a network"),
	ROUTE("network.connect", POST, "/networks/{id}/connect", 24, NAMES(NETWORK),
          JSON(schema_network_connect), WRITES, .summary = "Connect a container to a network"),
	ROUTE("network.disconnect", POST, "/networks/{id}/disconnect", 24, NAMES(NETWORK),
          JSON(schema_network_disconnect), WRITES, .summary = "Take a container off a network"),

	ROUTE("node.list", GET, "/nodes", 24, TAKES(filters_only), SENSITIVE,
          .summary = "List swarm nodes"),
	ROUTE("node.inspect", GET, "/nodes/{id}", 24, NAMES(NODE), SENSITIVE,
          .summary = "Show a swarm node"),
	ROUTE("node.remove", DELETE, "/nodes/{id}", 24, TAKES(force_only), NAMES(NODE), WRITES,
          .summary = "Remove a swarm node"),
	ROUTE("node.update", POST, "/nodes/{id}/update", 24, TAKES(version_only), NAMES(NODE),
          JSON(schema_node_spec), WRITES, .summary = "Change a swarm node's role or availability"),

	ROUTE("plugin.list", GET, "/plugins", 25, TAKES(filters_only), .summary = "List plugins"),
	ROUTE("plugin.privileges", GET, "/plugins/privileges", 25, TAKES(plugin_privileges),
          ANSWERS(STREAM), .summary = "Ask a registry what a plugin would be allowed"),
	ROUTE("plugin.create", POST, "/plugins/create", 25, TAKES(plugin_create), UPLOAD,
          ANSWERS(STREAM), WRITES, .summary = "Upload a plugin, which is root on the host"),
	ROUTE("plugin.pull", POST, "/plugins/pull", 25, TAKES(plugin_pull),
          JSON_LIST(&schema_plugin_privilege), ANSWERS(STREAM), WRITES,
          .summary = "Install a plugin, which is root on the host"),
	ROUTE("plugin.remove", DELETE, "/plugins/{name}", 25, TAKES(force_only), NAMES(PLUGIN), WRITES,
          .summary = "Remove a plugin"),
	ROUTE("plugin.disable", POST, "/plugins/{name}/disable", 25, TAKES(plugin_disable),
          NAMES(PLUGIN), WRITES, .summary = "Stop a plugin"),
	ROUTE("plugin.enable", POST, "/plugins/{name}/enable", 25, TAKES(plugin_enable), NAMES(PLUGIN),
          ANSWERS(STREAM), WRITES, .summary = "Start a plugin"),
	ROUTE("plugin.inspect", GET, "/plugins/{name}/json", 25, NAMES(PLUGIN),
          .summary = "Show a plugin"),
	ROUTE("plugin.push", POST, "/plugins/{name}/push", 25, NAMES(PLUGIN), ANSWERS(STREAM), WRITES,
          .summary = "Push a plugin to a registry"),
	ROUTE("plugin.set", POST, "/plugins/{name}/set", 25, NAMES(PLUGIN), JSON_LIST(NULL), WRITES,
          .summary = "Change a plugin's mounts, devices and environment"),
	ROUTE("plugin.upgrade", POST, "/plugins/{name}/upgrade", 26, TAKES(plugin_upgrade),
          NAMES(PLUGIN), JSON_LIST(&schema_plugin_privilege), ANSWERS(STREAM), WRITES,
          .summary = "Replace a plugin by another version"),

	ROUTE("secret.list", GET, "/secrets", 25, TAKES(filters_only),
          .summary = "List swarm secrets without their data"),
	ROUTE("secret.create", POST, "/secrets/create", 25, JSON(schema_secret_spec), WRITES,
          .summary = "Create a swarm secret"),
	ROUTE("secret.inspect", GET, "/secrets/{id}", 25, NAMES(SECRET),
          .summary = "Show a swarm secret without its data"),
	ROUTE("secret.remove", DELETE, "/secrets/{id}", 25, NAMES(SECRET), WRITES,
          .summary = "Remove a swarm secret"),
	ROUTE("secret.update", POST, "/secrets/{id}/update", 25, TAKES(version_only), NAMES(SECRET),
          JSON(schema_secret_spec), WRITES, .summary = "Change the labels of a swarm secret"),

	ROUTE("service.list", GET, "/services", 24, TAKES(service_list),
          .summary = "List swarm services"),
	ROUTE("service.create", POST, "/services/create", 24, JSON(schema_service_spec),
          ANSWERS(STREAM), WRITES, .summary = "Create a swarm service"),
	ROUTE("service.inspect", GET, "/services/{id}", 24, TAKES(service_inspect), NAMES(SERVICE),
          SENSITIVE, .summary = "Show a swarm service with its environment"),
	ROUTE("service.remove", DELETE, "/services/{id}", 24, NAMES(SERVICE), WRITES,
          .summary = "Remove a swarm service"),
	ROUTE("service.logs", GET, "/services/{id}/logs", 25, TAKES(swarm_logs), NAMES(SERVICE),
          ANSWERS(STREAM), SENSITIVE, .summary = "Read a swarm service's output"),
	ROUTE("service.update", POST, "/services/{id}/update", 24, TAKES(service_update),
          NAMES(SERVICE), JSON(schema_service_spec), ANSWERS(STREAM), WRITES,
          .summary = "Change a swarm service"),

	ROUTE("build.session", POST, "/session", 31, ANSWERS(H2C), WRITES,
          .summary = "Lend BuildKit the client's files, secrets and registry credentials"),

	ROUTE("swarm.inspect", GET, "/swarm", 24, SENSITIVE,
          .summary = "Show the swarm with its join tokens"),
	ROUTE("swarm.init", POST, "/swarm/init", 24, JSON(schema_swarm_init), ANSWERS(STREAM), WRITES,
          .summary = "Make the daemon the manager of a new swarm"),
	ROUTE("swarm.join", POST, "/swarm/join", 24, JSON(schema_swarm_join), ANSWERS(STREAM), WRITES,
          .summary = "Hand the daemon to the manager of another swarm"),
	ROUTE("swarm.leave", POST, "/swarm/leave", 24, TAKES(force_only), ANSWERS(STREAM), WRITES,
          .summary = "Leave the swarm"),
	ROUTE("swarm.unlock", POST, "/swarm/unlock", 24, JSON(schema_swarm_unlock), ANSWERS(STREAM),
          WRITES, .summary = "Unlock a locked manager"),
	ROUTE("swarm.unlockkey", GET, "/swarm/unlockkey", 24, SENSITIVE,
          .summary = "Show the key that unlocks a manager"),
	ROUTE("swarm.update", POST, "/swarm/update", 24, TAKES(swarm_update), JSON(schema_swarm_spec),
          WRITES, .summary = "Change the swarm or its tokens"),

	ROUTE("system.df", GET, "/system/df", 25, TAKES(system_df), ANSWERS(STREAM), SENSITIVE,
          .summary = "Show what uses disk space"),

	ROUTE("task.list", GET, "/tasks", 24, TAKES(filters_only), .summary = "List swarm tasks"),
	ROUTE("task.inspect", GET, "/tasks/{id}", 24, NAMES(TASK), SENSITIVE,
          .summary = "Show a swarm task with its environment"),
	ROUTE("task.logs", GET, "/tasks/{id}/logs", 29, TAKES(swarm_logs), NAMES(TASK), ANSWERS(STREAM),
          SENSITIVE, .summary = "Read a swarm task's output"),

	ROUTE("system.version", GET, "/version", 24, .summary = "Show the daemon's version"),

	ROUTE("volume.list", GET, "/volumes", 24, TAKES(filters_only), .summary = "List volumes"),
	ROUTE("volume.create", POST, "/volumes/create", 24, JSON(schema_volume_create), ANSWERS(STREAM),
          WRITES, .summary = "Create a volume"),
	ROUTE("volume.prune", POST, "/volumes/prune", 25, TAKES(filters_only), ANSWERS(STREAM), WRITES,
          .summary = "Remove unused volumes, named ones too before API 1.42"),
	ROUTE("volume.inspect", GET, "/volumes/{name}", 24, NAMES(VOLUME), .summary = "Show a volume"),
	ROUTE("volume.remove", DELETE, "/volumes/{name}", 24, TAKES(force_only), NAMES(VOLUME), WRITES,
          .summary = "Remove a volume"),
	ROUTE("volume.update", PUT, "/volumes/{name}", 42, TAKES(version_only), NAMES(VOLUME),
          JSON(schema_volume_update), WRITES, .summary = "Change a cluster volume"),
};

const size_t route_table_count = sizeof route_table / sizeof route_table[0];
