/* A table file: what a daemon would answer if all went well, so that a docker command line makes all the requests that it
 * has to make. @ID@ stands for a full id, @NAME@ for what the request names, @API@ for the API version. */
#include "proxy/cmd_explain.h"

#include "policy/arena.h"
#include "policy/text.h"

#include <string.h>

#define ID    "5a17e57a7e5a17e57a7e5a17e57a7e5a17e57a7e5a17e57a7e5a17e57a7e5a17"
#define LINES "{\"status\":\"nothing is done: this is quaymaster explain\"}\r\n"
#define STATE                                                                                             \
	"{\"Status\":\"running\",\"Running\":true,\"Paused\":false,\"Restarting\":false,\"OOMKilled\":false," \
	"\"Dead\":false,\"Pid\":1,\"ExitCode\":0,\"Error\":\"\",\"StartedAt\":\"2024-01-01T00:00:00Z\","      \
	"\"FinishedAt\":\"0001-01-01T00:00:00Z\"}"
#define CONTAINER                                                                                                  \
	"{\"Id\":\"" ID                                                                                                \
	"\",\"Name\":\"/@NAME@\",\"Created\":\"2024-01-01T00:00:00Z\",\"Path\":\"sh\",\"Args\":[],"                    \
	"\"State\":" STATE ",\"Image\":\"sha256:" ID                                                                   \
	"\",\"Platform\":\"linux\",\"Driver\":\"overlay2\","                                                           \
	"\"HostConfig\":{\"NetworkMode\":\"default\",\"RestartPolicy\":{\"Name\":\"no\"}},\"Mounts\":[],"              \
	"\"Config\":{\"Hostname\":\"h\",\"Tty\":false,\"Env\":[],\"Cmd\":[\"sh\"],\"Image\":\"image\",\"Labels\":{}}," \
	"\"NetworkSettings\":{\"Networks\":{}}}"
#define IMAGE                                                                                              \
	"{\"Id\":\"sha256:" ID "\",\"RepoTags\":[\"@NAME@\"],\"RepoDigests\":[],\"Created\":"                  \
	"\"2024-01-01T00:00:00Z\",\"Os\":\"linux\",\"Architecture\":\"amd64\",\"Size\":1,\"Config\":{\"Cmd\":" \
	"[\"sh\"]},\"RootFS\":{\"Type\":\"layers\",\"Layers\":[]}}"
#define INFO                                                                                                   \
	"{\"ID\":\"explain\",\"Driver\":\"overlay2\",\"OSType\":\"linux\",\"Architecture\":\"x86_64\",\"NCPU\":1," \
	"\"MemTotal\":1073741824,\"Name\":\"explain\",\"ServerVersion\":\"28.0.0\",\"IndexServerAddress\":"        \
	"\"https://index.docker.io/v1/\",\"RegistryConfig\":{\"IndexConfigs\":{},\"InsecureRegistryCIDRs\":[],"    \
	"\"Mirrors\":[]},\"Swarm\":{\"LocalNodeState\":\"inactive\"},\"DriverStatus\":[],\"Plugins\":{},"          \
	"\"Runtimes\":{\"runc\":{\"path\":\"runc\"}},\"DefaultRuntime\":\"runc\",\"SecurityOptions\":[]}"
#define VERSION                                                                                              \
	"{\"Version\":\"28.0.0\",\"ApiVersion\":\"@API@\",\"MinAPIVersion\":\"1.24\",\"Os\":\"linux\",\"Arch\":" \
	"\"amd64\",\"Platform\":{\"Name\":\"Docker Engine\"},\"Components\":[{\"Name\":\"Engine\",\"Version\":"  \
	"\"28.0.0\",\"Details\":{}}]}"
#define VOLUME                                                                                                \
	"{\"Name\":\"@NAME@\",\"Driver\":\"local\",\"Mountpoint\":\"/x\",\"Labels\":{},\"Options\":{},\"Scope\":" \
	"\"local\",\"CreatedAt\":\"2024-01-01T00:00:00Z\"}"
#define NETWORK                                                               \
	"{\"Name\":\"@NAME@\",\"Id\":\"" ID                                       \
	"\",\"Created\":\"2024-01-01T00:00:00Z\",\"Scope\":\"local\",\"Driver\":" \
	"\"bridge\",\"IPAM\":{\"Driver\":\"default\",\"Config\":[]},\"Containers\":{},\"Options\":{},\"Labels\":{}}"

/* {"name":"x","size":0,"mode":2147484141,"mtime":"2024-01-01T00:00:00Z","linkTarget":""}: a directory. */
static const char path_stat[] =
	"eyJuYW1lIjoieCIsInNpemUiOjAsIm1vZGUiOjIxNDc0ODQxNDEsIm10aW1lIjoiMjAyNC0wMS0wMVQwMDowMDowMFoi"
	"LCJsaW5rVGFyZ2V0IjoiIn0=";

/* What is not in the table answers by its method and name, see default_row. */
static const struct row {
	const char *operation;
	unsigned status;
	const char *body;
} rows[] = {
	{"build.classic", 200, "{\"stream\":\"Successfully built " ID "\\n\"}\r\n"},
	{"build.prune", 200, "{\"CachesDeleted\":[],\"SpaceReclaimed\":0}"},
	{"container.archive.get", 200, ""},
	{"container.archive.put", 200, ""},
	{"container.archive.stat", 200, ""},
	{"container.changes", 200, "[]"},
	{"container.create", 201, "{\"Id\":\"" ID "\",\"Warnings\":[]}"},
	{"container.export", 200, ""},
	{"container.inspect", 200, CONTAINER},
	{"container.logs", 200, ""},
	{"container.prune", 200, "{\"ContainersDeleted\":[],\"SpaceReclaimed\":0}"},
	{"container.stats", 200, "{\"name\":\"/x\",\"id\":\"" ID "\"}"},
	{"container.top", 200, "{\"Titles\":[\"PID\"],\"Processes\":[]}"},
	{"container.update", 200, "{\"Warnings\":[]}"},
	{"container.wait", 200, "{\"StatusCode\":0}"},
	{"exec.create", 201, "{\"Id\":\"" ID "\"}"},
	{"exec.inspect", 200,
     "{\"ID\":\"" ID "\",\"ContainerID\":\"" ID "\",\"Running\":false,\"ExitCode\":0}"},
	{"image.commit", 201, "{\"Id\":\"sha256:" ID "\"}"},
	{"image.history", 200, "[]"},
	{"image.import", 200, LINES},
	{"image.inspect", 200, IMAGE},
	{"image.load", 200, LINES},
	{"image.prune", 200, "{\"ImagesDeleted\":[],\"SpaceReclaimed\":0}"},
	{"image.pull", 200, LINES},
	{"image.push", 200, LINES},
	{"image.remove", 200, "[{\"Untagged\":\"@NAME@\"}]"},
	{"image.save", 200, ""},
	{"image.search", 200, "[]"},
	{"image.tag", 201, ""},
	{"network.create", 201, "{\"Id\":\"" ID "\"}"},
	{"network.inspect", 200, NETWORK},
	{"network.prune", 200, "{\"NetworksDeleted\":[]}"},
	{"registry.auth", 200, "{\"Status\":\"Login Succeeded\"}"},
	{"service.inspect", 200,
     "{\"ID\":\"5a17e57a7e5a17e57a7e5a17e\",\"Version\":{\"Index\":1},\"Spec\":{\"Name\":\"@NAME@\",\"Mode\":{"
     "\"Replicated\":{\"Replicas\":1}},\"TaskTemplate\":{\"ContainerSpec\":{\"Image\":\"image\"}}}}"},
	{"system.df", 200,
     "{\"LayersSize\":0,\"Images\":[],\"Containers\":[],\"Volumes\":[],\"BuildCache\":[]}"},
	{"system.events", 200, ""},
	{"system.info", 200, INFO},
	{"system.ping", 200, "OK"},
	{"system.version", 200, VERSION},
	{"volume.create", 201, VOLUME},
	{"volume.inspect", 200, VOLUME},
	{"volume.list", 200, "{\"Volumes\":[],\"Warnings\":[]}"},
	{"volume.prune", 200, "{\"VolumesDeleted\":[],\"SpaceReclaimed\":0}"},
};

/* Lists are empty, what is made has an id, and what is changed or removed is. */
static struct row default_row(const struct route *route)
{
	if (text_ends_with(route->operation, ".list"))
		return (struct row){route->operation, 200, "[]"};
	if (text_ends_with(route->operation, ".create"))
		return (struct row){route->operation, 201, "{\"ID\":\"" ID "\"}"};
	if (route->method == METHOD_GET || route->method == METHOD_HEAD)
		return (struct row){route->operation, 200, "{}"};
	return (struct row){route->operation, route->object != OBJECT_NONE ? 204 : 200, ""};
}

static struct row find_row(const struct route *route)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (strcmp(rows[i].operation, route->operation) == 0)
			return rows[i];
	}
	return default_row(route);
}

/* TEXT with VALUE in the place of each MARK. */
static const char *fill_in(struct arena *arena, const char *text, const char *mark,
                           const char *value)
{
	const char *at = text != NULL ? strstr(text, mark) : NULL;

	while (at != NULL) {
		text = arena_format(arena, "%.*s%s%s", (int)(at - text), text, value, at + strlen(mark));
		at = text != NULL ? strstr(text, mark) : NULL;
	}
	return text;
}

/* What {name} is, or what a body or query gives to a new object, as it can stand in JSON. */
static const char *name_of(const struct request *request)
{
	const char *name = request->captures.name;

	if (name == NULL)
		name = json_member_string(request->body, "Name");
	if (name == NULL ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	                 "_.-:/@") != strlen(name))
		return "x";
	return name;
}

static const char *upgrade_name(const struct request *request)
{
	switch (request->route->answer) {
	case ANSWER_PLAIN:
	case ANSWER_STREAM:
	case ANSWER_H2C:
		return NULL;
	case ANSWER_HIJACK:
		return request->upgrade ? "tcp" : NULL;
	case ANSWER_WEBSOCKET:
		return "websocket";
	}
	return NULL;
}

static void add_header(struct arena *arena, struct shim_answer *answer, const char *name,
                       const char *value)
{
	if (answer->headers.list == NULL)
		answer->headers.list = arena_calloc(arena, SHIM_HEADERS_MAX, sizeof *answer->headers.list);
	if (answer->headers.list != NULL && answer->headers.count < SHIM_HEADERS_MAX && value != NULL)
		answer->headers.list[answer->headers.count++] = (struct header){name, value};
}

void explain_answer(struct arena *arena, const struct request *request, struct shim_answer *answer)
{
	const struct row row = find_row(request->route);
	const char *api = arena_format(arena, "1.%u", request->engine.minor);
	const char *body = fill_in(arena, row.body, "@NAME@", name_of(request));
	static const char no_tar[1024];

	body = fill_in(arena, body, "@API@", api != NULL ? api : "1.41");
	*answer = (struct shim_answer){.status = row.status, .upgrade = upgrade_name(request)};
	answer->body = body != NULL ? body : "";
	answer->len = strlen(answer->body);
	if (answer->upgrade != NULL)
		answer->status = 101;
	add_header(arena, answer, "Api-Version", api);
	add_header(arena, answer, "Ostype", "linux");
	add_header(arena, answer, "Docker-Experimental", "false");
	add_header(arena, answer, "Builder-Version", "2");
	add_header(arena, answer, "Server", "Docker/28.0.0 (linux)");
	if (text_starts_with(row.operation, "container.archive.")) {
		add_header(arena, answer, "X-Docker-Container-Path-Stat", path_stat);
		answer->body = no_tar;
		answer->len = strcmp(row.operation, "container.archive.get") == 0 ? sizeof no_tar : 0;
	} else if (answer->status != 101) {
		add_header(arena, answer, "Content-Type",
		           row.body[0] == '{' || row.body[0] == '[' ? "application/json" : "text/plain");
	}
}
