/* A table file of typed requests: what real clients send is read and printed in one spelling; what
 * is odd is refused with a status and a message that names it. */
#include "policy/arena.h"
#include "policy/request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct api_range engine_20 = {.oldest = {1, 12}, .newest = {1, 41}};
static const struct api_range engine_29 = {.oldest = {1, 40}, .newest = {1, 55}};
static const struct json_limits limits = {.bytes = 4096, .nodes = 200, .depth = 16};

enum { HEADERS_MAX = 16 };

/* A request from text: "GET /info" and then "Name: value" lines. BODY says whether one follows. */
struct sample {
	char text[4096];
	struct header list[HEADERS_MAX];
	struct request_head head;
	struct arena *arena;
	struct request request;
	struct refusal refusal;
};

static bool read_sample(struct sample *s, const char *text, bool body,
                        const struct api_range *range)
{
	char *line = s->text;

	memset(s, 0, sizeof *s);
	assert_true(strlen(text) < sizeof s->text);
	memcpy(s->text, text, strlen(text) + 1);
	s->arena = arena_new(1 << 20);
	s->head.method = line;
	s->head.headers.list = s->list;
	s->head.has_body = body;
	for (char *next; line != NULL; line = next) {
		char *split = strstr(line, line == s->text ? " " : ": ");

		next = strchr(line, '\n');
		if (next != NULL)
			*next++ = '\0';
		assert_non_null(split);
		*split = '\0';
		if (line == s->text) {
			s->head.target = split + 1;
		} else {
			assert_true(s->head.headers.count < HEADERS_MAX);
			s->list[s->head.headers.count++] = (struct header){line, split + 2};
		}
	}
	return request_read_head(s->arena, &s->head, range, &s->request, &s->refusal);
}

static void free_sample(struct sample *s)
{
	arena_free(s->arena);
}

struct accepted {
	const char *text;
	const char *operation;
	const char *target; /* as printed */
	bool body;
	bool upgrade, ignores_body;
};

static void check_accepted(const struct accepted *c, const struct api_range *range)
{
	struct sample s;

	if (!read_sample(&s, c->text, c->body, range))
		fail_msg("%s: %u %s", c->text, s.refusal.status, s.refusal.message);
	assert_int_equal(s.refusal.status, 0);
	assert_string_equal(s.request.route->operation, c->operation);
	assert_string_equal(request_print_target(&s.request), c->target);
	assert_int_equal(s.request.upgrade, c->upgrade);
	assert_int_equal(s.request.has_body, c->body);
	assert_int_equal(s.request.ignores_body, c->ignores_body);
	assert_null(s.request.body);
	free_sample(&s);
}

#define CLI "\nHost: docker\nUser-Agent: Docker-Client/20.10.24 (linux)"
#define PYTHON \
	"\nHost: localhost\nUser-Agent: docker-sdk-python/5.0.3\nAccept-Encoding: gzip, deflate\nAccept: */*"
#define NODE "\nContent-Type: application/json\nHost: localhost\nConnection: close"

/* A table of what docker CLI 20.10 sends, with short ids. */
static void docker_cli(void **state)
{
	static const struct accepted cases[] = {
		{.text = "HEAD /_ping" CLI, .operation = "system.ping", .target = "/_ping"},
		{.text = "GET /_ping" CLI, .operation = "system.ping", .target = "/_ping"},
		{.text = "GET /v1.41/version" CLI,
	     .operation = "system.version",
	     .target = "/v1.41/version"},
		{.text = "POST /v1.41/containers/create" CLI
	             "\nContent-Length: 1500\nContent-Type: application/json",
	     .operation = "container.create",
	     .target = "/v1.41/containers/create",
	     .body = true},
		{.text = "POST /v1.41/containers/abc/attach?stderr=1&stdin=1&stdout=1&stream=1" CLI
	             "\nContent-Length: 0\nConnection: Upgrade\nContent-Type: text/plain\nUpgrade: tcp",
	     .operation = "container.attach",
	     .target = "/v1.41/containers/abc/attach?stderr=1&stdin=1&stdout=1&stream=1",
	     .upgrade = true},
		{.text = "POST /v1.41/containers/abc/wait?condition=next-exit" CLI "\nContent-Length: 0\n"
	             "Content-Type: text/plain",
	     .operation = "container.wait",
	     .target = "/v1.41/containers/abc/wait?condition=next-exit"},
		{.text =
	         "POST /v1.41/containers/abc/start" CLI "\nContent-Length: 0\nContent-Type: text/plain",
	     .operation = "container.start",
	     .target = "/v1.41/containers/abc/start"},
		{.text = "POST /v1.41/containers/abc/resize?h=24&w=80" CLI "\nContent-Length: 0",
	     .operation = "container.resize",
	     .target = "/v1.41/containers/abc/resize?h=24&w=80"},
		{.text =
	         "GET /v1.41/containers/json?filters=%7B%22label%22%3A%7B%22a%3Db%22%3Atrue%7D%7D&limit=0" CLI,
	     .operation = "container.list",
	     .target =
	         "/v1.41/containers/json?filters=%7B%22label%22%3A%7B%22a%3Db%22%3Atrue%7D%7D&limit=0"},
		{.text = "DELETE /v1.41/containers/abc?force=1&v=1" CLI,
	     .operation = "container.remove",
	     .target = "/v1.41/containers/abc?force=1&v=1"},
		{.text = "POST /v1.41/images/create?fromImage=registry.example%2Fa&tag=latest" CLI
	             "\nContent-Length: 0\nX-Registry-Auth: e30=",
	     .operation = "image.pull",
	     .target = "/v1.41/images/create?fromImage=registry.example%2Fa&tag=latest"},
		{.text = "POST /v1.41/images/create?fromSrc=-&message=&repo=x&tag=" CLI
	             "\nTransfer-Encoding: chunked\nContent-Type: text/plain",
	     .operation = "image.import",
	     .target = "/v1.41/images/create?fromSrc=-&message=&repo=x&tag=",
	     .body = true},
		{.text =
	         "POST /v1.41/build?buildargs=%7B%7D&cachefrom=%5B%5D&cgroupparent=&cpuperiod=0&cpuquota=0"
	         "&cpusetcpus=&cpusetmems=&cpushares=0&dockerfile=Dockerfile&labels=%7B%7D&memory=0&memswap=0"
	         "&networkmode=default&rm=1&shmsize=0&t=x&target=&ulimits=null&version=1" CLI
	         "\nTransfer-Encoding: chunked\nContent-Type: application/x-tar\nX-Registry-Config: e30=",
	     .operation = "build.classic",
	     .target =
	         "/v1.41/build?cgroupparent=&cpuperiod=0&cpuquota=0&cpusetcpus=&cpusetmems=&cpushares=0"
	         "&dockerfile=Dockerfile&memory=0&memswap=0&networkmode=default&rm=1&shmsize=0&t=x&target="
	         "&version=1",
	     .body = true},
		{.text = "POST /v1.41/build?buildid=b&remote=client-session&session=s&version=2" CLI
	             "\nContent-Length: 0\nContent-Type: application/x-tar",
	     .operation = "build.buildkit",
	     .target = "/v1.41/build?buildid=b&remote=client-session&session=s&version=2"},
		{.text =
	         "POST /session\nHost: \nConnection: Upgrade\nUpgrade: h2c\nX-Docker-Expose-Session-Uuid: u",
	     .operation = "build.session",
	     .target = "/v1.41/session",
	     .upgrade = true},
		{.text = "POST /grpc\nHost: \nConnection: Upgrade\nUpgrade: h2c",
	     .operation = "build.grpc",
	     .target = "/v1.41/grpc",
	     .upgrade = true},
		{.text = "PUT /v1.41/containers/abc/archive?noOverwriteDirNonDir=true&path=%2Ftmp" CLI
	             "\nTransfer-Encoding: chunked\nContent-Type: text/plain",
	     .operation = "container.archive.put",
	     .target = "/v1.41/containers/abc/archive?noOverwriteDirNonDir=1&path=%2Ftmp",
	     .body = true},
		{.text = "HEAD /v1.41/containers/abc/archive?path=%2Fetc" CLI,
	     .operation = "container.archive.stat",
	     .target = "/v1.41/containers/abc/archive?path=%2Fetc"},
		{.text = "POST /v1.41/exec/abc/start" CLI
	             "\nConnection: Upgrade\nContent-Type: application/json\n"
	             "Upgrade: tcp\nContent-Length: 30",
	     .operation = "exec.start",
	     .target = "/v1.41/exec/abc/start",
	     .body = true,
	     .upgrade = true},
		{.text =
	         "POST /v1.41/commit?author=&changes=CMD+a&changes=USER+b&comment=&container=abc&repo=x&tag=1" CLI
	         "\nContent-Length: 5\nContent-Type: application/json",
	     .operation = "image.commit",
	     .target =
	         "/v1.41/commit?author=&changes=CMD%20a&changes=USER%20b&comment=&container=abc&repo=x&tag=1",
	     .body = true},
		{.text = "GET /v1.41/images/alpine:3.18/json" CLI,
	     .operation = "image.inspect",
	     .target = "/v1.41/images/alpine:3.18/json"},
		{.text = "GET /v1.41/images/get?names=a&names=b" CLI,
	     .operation = "image.save",
	     .target = "/v1.41/images/get?names=a&names=b"},
		{.text = "GET /v1.41/containers/abc/top?ps_args=" CLI,
	     .operation = "container.top",
	     .target = "/v1.41/containers/abc/top?ps_args="},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		check_accepted(&cases[i], &engine_20);
}

/* Newer versions bring newer parameters; a JSON one is printed compactly. */
static void docker_cli_on_a_new_engine(void **state)
{
	static const struct accepted cases[] = {
		{.text = "HEAD /_ping" CLI, .operation = "system.ping", .target = "/_ping"},
		{.text = "POST /v1.51/containers/abc/stop?signal=SIGINT&t=3" CLI,
	     .operation = "container.stop",
	     .target = "/v1.51/containers/abc/stop?signal=SIGINT&t=3"},
		{.text = "POST /v1.41/containers/abc/stop?signal=SIGINT&t=3" CLI,
	     .operation = "container.stop",
	     .target = "/v1.41/containers/abc/stop?t=3"},
		{.text = "POST /v1.40/containers/create?platform=linux%2Famd64" CLI
	             "\nContent-Type: application/json",
	     .operation = "container.create",
	     .target = "/v1.40/containers/create",
	     .body = true},
		{.text = "GET /v1.51/images/json?manifests=1&shared-size=true" CLI,
	     .operation = "image.list",
	     .target = "/v1.51/images/json?manifests=1&shared-size=1"},
		{.text = "GET /v1.51/images/a/json?platform=%7B%20%22os%22:%20%22linux%22%7D" CLI,
	     .operation = "image.inspect",
	     .target = "/v1.51/images/a/json?platform=%7B%22os%22%3A%22linux%22%7D"},
		{.text = "GET /v1.52/system/df?type=image&type=volume&verbose=1" CLI,
	     .operation = "system.df",
	     .target = "/v1.52/system/df?type=image&type=volume&verbose=1"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		check_accepted(&cases[i], &engine_29);
}

/* A table of what other clients send: python-docker, dockerode, curl and scripts. */
static void client_libraries(void **state)
{
	static const struct accepted cases[] = {
		/* python-docker */
		{.text = "GET /v1.41/containers/json?limit=-1&all=0&size=0&trunc_cmd=0" PYTHON,
	     .operation = "container.list",
	     .target = "/v1.41/containers/json?limit=-1&all=0&size=0"},
		{.text = "GET /v1.41/images/json?only_ids=0&all=0" PYTHON,
	     .operation = "image.list",
	     .target = "/v1.41/images/json?all=0"},
		{.text = "DELETE /v1.41/containers/abc?v=False&link=False&force=True" PYTHON,
	     .operation = "container.remove",
	     .target = "/v1.41/containers/abc?v=0&link=0&force=1"},
		{.text = "POST /v1.41/images/a/b/push?tag=1" PYTHON
	             "\nContent-Type: application/json\nContent-Length: 2",
	     .operation = "image.push",
	     .target = "/v1.41/images/a/b/push?tag=1",
	     .body = true,
	     .ignores_body = true},
		{.text = "POST /v1.41/images/a/tag?tag=2&repo=b&force=0" PYTHON,
	     .operation = "image.tag",
	     .target = "/v1.41/images/a/tag?tag=2&repo=b"},
		{.text =
	         "POST /v1.41/build?t=x&remote&q=False&nocache=False&rm=True&forcerm=False&pull=False" PYTHON
	         "\nContent-Type: application/tar\nContent-Encoding: gzip",
	     .operation = "build.classic",
	     .target = "/v1.41/build?t=x&remote=&q=0&nocache=0&rm=1&forcerm=0&pull=0",
	     .body = true},
		{.text = "POST /v1.41/containers/abc/attach?logs=0&stdout=1&stderr=1&stream=1" PYTHON
	             "\nConnection: Upgrade\nUpgrade: tcp",
	     .operation = "container.attach",
	     .target = "/v1.41/containers/abc/attach?logs=0&stdout=1&stderr=1&stream=1",
	     .upgrade = true},
		/* dockerode puts its options into the query and the body alike */
		{.text =
	         "POST /containers/create?Image=alpine&Cmd=%5B%22id%22%5D&name=x&HostConfig=%7B%7D" NODE,
	     .operation = "container.create",
	     .target = "/v1.41/containers/create?name=x",
	     .body = true},
		{.text = "POST /containers/abc/start?" NODE,
	     .operation = "container.start",
	     .target = "/v1.41/containers/abc/start",
	     .body = true,
	     .ignores_body = true},
		{.text = "POST /containers/abc/stop?t=5" NODE,
	     .operation = "container.stop",
	     .target = "/v1.41/containers/abc/stop?t=5",
	     .body = true,
	     .ignores_body = true},
		{.text =
	         "POST /containers/abc/attach?stream=true&stdin=true&hijack=true" NODE "\nUpgrade: tcp",
	     .operation = "container.attach",
	     .target = "/v1.41/containers/abc/attach?stream=1&stdin=1",
	     .body = true,
	     .upgrade = true,
	     .ignores_body = true},
		{.text = "POST /images/create?fromImage=alpine&tag=" NODE,
	     .operation = "image.pull",
	     .target = "/v1.41/images/create?fromImage=alpine&tag=",
	     .body = true,
	     .ignores_body = true},
		{.text = "POST /networks/create?Name=n&CheckDuplicate=true" NODE,
	     .operation = "network.create",
	     .target = "/v1.41/networks/create",
	     .body = true},
		/* curl and scripts */
		{.text =
	         "GET /containers/json?filters={\"health\":[\"unhealthy\"]}\nHost: localhost\nAccept: */*",
	     .operation = "container.list",
	     .target =
	         "/v1.41/containers/json?filters=%7B%22health%22%3A%7B%22unhealthy%22%3Atrue%7D%7D"},
		{.text = "POST /v1.41/images/load\nHost: x\nTransfer-Encoding: chunked",
	     .operation = "image.load",
	     .target = "/v1.41/images/load",
	     .body = true},
		{.text =
	         "GET /containers/abc/attach/ws?stream=1\nHost: x\nConnection: Upgrade\nUpgrade: websocket\n"
	         "Sec-WebSocket-Key: k\nSec-WebSocket-Version: 13",
	     .operation = "container.attach.websocket",
	     .target = "/v1.41/containers/abc/attach/ws?stream=1",
	     .upgrade = true},
		/* hijacked without asking, as old clients do */
		{.text = "POST /v1.24/containers/abc/attach?stream=1&stdout=1\nHost: x",
	     .operation = "container.attach",
	     .target = "/v1.24/containers/abc/attach?stream=1&stdout=1"},
		{.text = "GET /containers/%78/json\nHost: x",
	     .operation = "container.inspect",
	     .target = "/v1.41/containers/x/json"},
		{.text = "GET /networks/\nHost: x",
	     .operation = "network.list",
	     .target = "/v1.41/networks/"},
		{.text = "GET /_ping\nHost: x\nX-HTTP-Method-Override: DELETE\nX-Original-URL: /info",
	     .operation = "system.ping",
	     .target = "/_ping"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		check_accepted(&cases[i], &engine_20);
}

struct refused {
	const char *text;
	unsigned status;
	const char *message; /* part of it */
	bool body;
};

static void check_refused(const struct refused *c, const struct api_range *range)
{
	struct sample s;

	if (read_sample(&s, c->text, c->body, range))
		fail_msg("%s: taken as %s", c->text, s.request.route->operation);
	if (s.refusal.status != c->status || strstr(s.refusal.message, c->message) == NULL)
		fail_msg("%s: %u %s", c->text, s.refusal.status, s.refusal.message);
	free_sample(&s);
}

static void paths_and_versions_refused(void **state)
{
	static const struct refused cases[] = {
		{.text = "GET /nothing", .status = 404, .message = "page not found"},
		{.text = "GET /", .status = 404, .message = "page not found"},
		{.text = "GET /containers/a%2Fb/json", .status = 400, .message = "path"},
		{.text = "GET /containers/../info", .status = 400, .message = "path"},
		{.text = "GET //_ping", .status = 400, .message = "path"},
		{.text = "GET http://x/_ping", .status = 400, .message = "target"},
		{.text = "OPTIONS *", .status = 400, .message = "target"},
		{.text = "OPTIONS /containers/create", .status = 405, .message = "OPTIONS"},
		{.text = "get /_ping", .status = 405, .message = "method not allowed"},
		{.text = "GET /containers/create", .status = 405, .message = "method not allowed"},
		{.text = "PATCH /containers/create", .status = 405, .message = "PATCH"},
		{.text = "HEAD /info", .status = 405, .message = "HEAD"},
		{.text = "GET /debug/pprof/heap", .status = 404, .message = "page not found"},
		{.text = "POST /v1.24/session\nUpgrade: h2c", .status = 404, .message = "in API 1.24"},
		{.text = "GET /v1.23/info",
	     .status = 400,
	     .message =
	         "client version 1.23 is too old. Minimum supported API version is 1.24, please upgrade your "
	         "client to a newer version"},
		{.text = "POST /v1.12/containers/x/start",
	     .status = 400,
	     .message = "client version 1.12 is too old."},
		{.text = "GET /v1.42/_ping",
	     .status = 400,
	     .message = "client version 1.42 is too new. Maximum supported API version is 1.41"},
		{.text = "GET /v2.0/info", .status = 400, .message = "client version 2.0 is too new."},
		{.text = "GET /v1.0/info", .status = 400, .message = "client version 1.0 is too old."},
		{.text = "GET /v0.9/info", .status = 400, .message = "API version"},
		{.text = "GET /v1.041/info", .status = 400, .message = "API version"},
		{.text = "GET /v1.41/v1.41/info", .status = 404, .message = "page not found"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		check_refused(&cases[i], &engine_20);
}

static void versions_follow_the_daemon(void **state)
{
	static const struct api_range ancient = {.oldest = {1, 12}, .newest = {1, 23}},
								  future = {.oldest = {1, 44}, .newest = {1, 70}};
	struct sample s;

	(void)state;
	check_refused(&(struct refused){.text = "GET /v1.39/info",
	                                .status = 400,
	                                .message = "Minimum supported API version is 1.40"},
	              &engine_29);
	check_refused(&(struct refused){.text = "GET /info", .status = 503, .message = "1.12 to 1.23"},
	              &ancient);
	check_refused(&(struct refused){.text = "GET /v1.57/info",
	                                .status = 400,
	                                .message = "Maximum supported API version is 1.56"},
	              &future);
	assert_true(read_sample(&s, "GET /info", false, &future));
	assert_int_equal(s.request.version.minor, API_MINOR_NEWEST);
	assert_int_equal(s.request.path.version.minor, 0);
	free_sample(&s);
}

static void queries_refused(void **state)
{
	static const struct refused cases[] = {
		{.text = "GET /info?x=1",
	     .status = 400,
	     .message = "unknown query parameter \"x\" of system.info"},
		{.text = "GET /_ping?/../x", .status = 400, .message = "unknown query parameter"},
		{.text = "GET /containers/json?All=1", .status = 400, .message = "\"All\""},
		{.text = "GET /containers/json?Image=1", .status = 400, .message = "unknown"},
		{.text = "GET /containers/json?all=1&all=0",
	     .status = 400,
	     .message = "repeated query parameter \"all\""},
		{.text = "GET /containers/json?trunc_cmd=1&trunc_cmd=1",
	     .status = 400,
	     .message = "repeated"},
		{.text = "GET /containers/json?all=1;size=1", .status = 400, .message = "';'"},
		{.text = "GET /containers/json?all=%2", .status = 400, .message = "escape"},
		{.text = "GET /containers/json?=1", .status = 400, .message = "without a name"},
		{.text = "GET /containers/json?limit=ten",
	     .status = 400,
	     .message = "limit of container.list is an integer"},
		{.text = "GET /containers/json?limit=1.0", .status = 400, .message = "integer"},
		{.text = "GET /containers/json?limit=-", .status = 400, .message = "integer"},
		{.text = "GET /containers/json?limit=+1", .status = 400, .message = "integer"},
		{.text = "GET /containers/json?limit=9223372036854775808",
	     .status = 400,
	     .message = "64-bit"},
		{.text = "GET /containers/json?all=%C2%A00", .status = 400, .message = "boolean"},
		{.text = "POST /images/create", .status = 400, .message = "has neither"},
		{.text = "POST /images/create?fromImage=", .status = 400, .message = "has neither"},
		{.text = "POST /images/create?fromImage=a&fromSrc=-", .status = 400, .message = "not both"},
		{.text = "POST /images/create?fromImage=a&fromImage=b",
	     .status = 400,
	     .message = "repeated"},
		{.text = "POST /images/create?fromSrc=&fromSrc=http://x/&fromImage=a",
	     .status = 400,
	     .message = "repeated"},
		{.text = "POST /images/create?fromImage[]=a", .status = 400, .message = "has neither"},
		{.text = "POST /build?version=3", .status = 400, .message = "invalid version \"3\""},
		{.text = "POST /build?remote=&remote=http://x/", .status = 400, .message = "repeated"},
		{.text = "POST /build?networkmode=host&networkmode=default",
	     .status = 400,
	     .message = "repeated"},
		{.text = "POST /build?labels=%7B%22a%22:%221%22,%22a%22:%222%22%7D",
	     .status = 400,
	     .message = "query parameter labels of build.classic"},
		{.text = "POST /build?buildargs=x", .status = 400, .message = "buildargs"},
		{.text = "POST /v1.39/build?outputs=%5B%7B%22Type%22:%22local%22%7D%5D",
	     .status = 400,
	     .message = "outputs of build.classic is not in API 1.39"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		check_refused(&cases[i], &engine_20);
}

static void values_are_canonical(void **state)
{
	static const struct {
		const char *given, *printed;
	} cases[] = {
		{"GET /containers/json?all=", "all="},
		{"GET /containers/json?all", "all="},
		{"GET /containers/json?all=0", "all=0"},
		{"GET /containers/json?all=No", "all=0"},
		{"GET /containers/json?all=+FALSE+", "all=0"},
		{"GET /containers/json?all=none", "all=0"},
		{"GET /containers/json?all=+", "all=0"},
		{"GET /containers/json?all=1", "all=1"},
		{"GET /containers/json?all=off", "all=1"},
		{"GET /containers/json?all=null", "all=1"},
		{"GET /containers/json?all=00", "all=1"},
		{"GET /containers/json?all=true", "all=1"},
		{"GET /containers/json?limit=007", "limit=7"},
		{"GET /containers/json?limit=-1", "limit=-1"},
		{"GET /containers/json?limit=-0", "limit=0"},
		{"GET /containers/json?limit=", "limit="},
		{"POST /build?labels=%7B+%22a%22:+%221%22+%7D", "labels=%7B%22a%22%3A%221%22%7D"},
		{"POST /build?labels=&ulimits=[]&t=x", "t=x"},
		{"POST /build?labels=+null+&t=y", "t=y"},
		{"POST /v1.39/build?outputs=[]&t=x", "t=x"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct sample s;

		if (!read_sample(&s, cases[i].given, false, &engine_20))
			fail_msg("%s: %s", cases[i].given, s.refusal.message);
		assert_string_equal(strchr(request_print_target(&s.request), '?') + 1, cases[i].printed);
		free_sample(&s);
	}
}

static void builders_are_told_apart(void **state)
{
	static const struct {
		const char *query, *operation;
	} cases[] = {
		{"", "build.classic"},
		{"?version=", "build.classic"},
		{"?version=1&session=&buildid=", "build.classic"},
		{"?remote=http://x/", "build.classic"},
		{"?version=2", "build.buildkit"},
		{"?session=s", "build.buildkit"},
		{"?buildid=b&version=1", "build.buildkit"},
		{"?remote=client-session", "build.buildkit"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct sample s;
		char text[100];

		snprintf(text, sizeof text, "POST /build%s", cases[i].query);
		assert_true(read_sample(&s, text, false, &engine_20));
		assert_string_equal(s.request.route->operation, cases[i].operation);
		free_sample(&s);
	}
}

/* A table of heads, each with one header too many or too few. */
static void headers_refused(void **state)
{
	static const struct refused cases[] = {
		/* browsers */
		{.text = "GET /_ping\nOrigin: null", .status = 403, .message = "web pages"},
		{.text = "GET /_ping\norigin: http://x", .status = 403, .message = "origin"},
		{.text = "GET /_ping\nSec-Fetch-Mode: no-cors", .status = 403, .message = "Sec-Fetch-Mode"},
		{.text = "GET /_ping\nAccess-Control-Request-Method: POST",
	     .status = 403,
	     .message = "Access-Control"},
		/* forms, on every route, body or not, in any case and with any junk behind */
		{.text = "POST /containers/create\nContent-Type: application/x-www-form-urlencoded",
	     .status = 415,
	     .message = "form",
	     .body = true},
		{.text = "GET /_ping\nContent-Type: application/x-www-form-urlencoded",
	     .status = 415,
	     .message = "form"},
		{.text = "POST /containers/prune\nContent-Type: Application/X-WWW-Form-URLEncoded ;;;",
	     .status = 415,
	     .message = "form",
	     .body = true},
		{.text = "POST /build\nContent-Type: multipart/form-data; boundary=x",
	     .status = 415,
	     .message = "form",
	     .body = true},
		{.text = "POST /build\nContent-Type: MULTIPART/mixed",
	     .status = 415,
	     .message = "form",
	     .body = true},
		{.text =
	         "POST /images/create?fromImage=a\nContent-Type:  application/x-www-form-urlencoded\t;x=y",
	     .status = 415,
	     .message = "form",
	     .body = true},
		{.text = "POST /build\nContent-Type: application/x-tar\n"
	             "Content-Type: application/x-www-form-urlencoded",
	     .status = 415,
	     .message = "form",
	     .body = true},
		/* JSON routes */
		{.text = "POST /containers/create\nHost: x",
	     .status = 415,
	     .message = "application/json",
	     .body = true},
		{.text = "POST /containers/create\nContent-Type: ",
	     .status = 415,
	     .message = "application/json",
	     .body = true},
		{.text = "POST /containers/create\nContent-Type: text/plain",
	     .status = 415,
	     .message = "text/plain",
	     .body = true},
		{.text = "POST /containers/create\nContent-Type: application/problem+json",
	     .status = 415,
	     .message = "application/json",
	     .body = true},
		{.text = "POST /containers/create\nContent-Type: application/jsonx",
	     .status = 415,
	     .message = "application/json",
	     .body = true},
		{.text = "POST /containers/create\nContent-Type: application/json, text/plain",
	     .status = 415,
	     .message = "application/json",
	     .body = true},
		{.text = "POST /containers/create\nContent-Type: application/json; charset",
	     .status = 415,
	     .message = "application/json",
	     .body = true},
		{.text = "POST /containers/create\nContent-Type: application/json; a=\"b",
	     .status = 415,
	     .message = "application/json",
	     .body = true},
		{.text =
	         "POST /containers/create\nContent-Type: application/json\nContent-Type: application/json",
	     .status = 400,
	     .message = "more than one Content-Type",
	     .body = true},
		/* archives */
		{.text = "POST /build\nContent-Type: text/html",
	     .status = 415,
	     .message = "application/x-tar",
	     .body = true},
		/* codings */
		{.text = "POST /containers/create\nContent-Type: application/json\nContent-Encoding: gzip",
	     .status = 415,
	     .message = "Content-Encoding gzip",
	     .body = true},
		{.text =
	         "POST /containers/create\nContent-Type: application/json\nContent-Encoding: identity, gzip",
	     .status = 415,
	     .message = "Content-Encoding",
	     .body = true},
		{.text =
	         "POST /containers/create\nContent-Type: application/json\nContent-Encoding: identity\n"
	         "Content-Encoding: gzip",
	     .status = 415,
	     .message = "Content-Encoding",
	     .body = true},
		{.text = "POST /build\nContent-Encoding: br",
	     .status = 415,
	     .message = "Content-Encoding",
	     .body = true},
		/* bodies that are not wanted */
		{.text = "GET /_ping\nHost: x",
	     .status = 400,
	     .message = "system.ping takes no body",
	     .body = true},
		{.text = "HEAD /_ping\nHost: x", .status = 400, .message = "takes no body", .body = true},
		{.text = "DELETE /containers/x\nContent-Type: application/json",
	     .status = 400,
	     .message = "takes no body",
	     .body = true},
		{.text = "POST /containers/x/start\nContent-Type: text/plain",
	     .status = 400,
	     .message = "takes no body",
	     .body = true},
		/* upgrades */
		{.text = "GET /_ping\nConnection: Upgrade\nUpgrade: tcp",
	     .status = 400,
	     .message = "upgrades to nothing"},
		{.text = "GET /containers/x/logs\nUpgrade: ",
	     .status = 400,
	     .message = "upgrades to nothing"},
		{.text = "POST /containers/x/attach\nUpgrade: h2c",
	     .status = 400,
	     .message = "upgrades to tcp only"},
		{.text = "POST /containers/x/attach\nUpgrade: h2c, tcp",
	     .status = 400,
	     .message = "tcp only"},
		{.text = "POST /containers/x/attach\nUpgrade: tcp\nUpgrade: tcp",
	     .status = 400,
	     .message = "tcp only"},
		{.text = "POST /grpc\nHost: x",
	     .status = 400,
	     .message = "h2c only, but Upgrade is not there"},
		{.text = "POST /session\nUpgrade: tcp", .status = 400, .message = "h2c only"},
		{.text = "GET /containers/x/attach/ws\nHost: x",
	     .status = 400,
	     .message = "websocket only"},
		/* credentials */
		{.text = "GET /distribution/x/json\nX-Registry-Auth: a\nx-registry-auth: b",
	     .status = 400,
	     .message = "more than one X-Registry-Auth"},
		{.text = "GET /distribution/x/json\nX-Registry-Auth: a\xff",
	     .status = 400,
	     .message = "X-Registry-Auth holds"},
		{.text = "GET /distribution/x/json\nX-Registry-Auth: e30geA==",
	     .status = 400,
	     .message = "X-Registry-Auth: "},
		{.text = "POST /build\nX-Registry-Config: W10=",
	     .status = 400,
	     .message = "X-Registry-Config: it is not an object"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		check_refused(&cases[i], &engine_20);
}

/* The headers that go on, as "Name: value\n" lines. */
static void check_headers(const char *text, bool body, const char *expected)
{
	struct sample s;
	const char *got = "";

	if (!read_sample(&s, text, body, &engine_20))
		fail_msg("%s: %s", text, s.refusal.message);
	for (size_t i = 0; i < s.request.headers.count; i++)
		got = arena_format(s.arena, "%s%s: %s\n", got, s.request.headers.list[i].name,
		                   s.request.headers.list[i].value);
	assert_string_equal(got, expected);
	free_sample(&s);
}

static void headers_are_picked(void **state)
{
	char long_agent[400] = "GET /_ping\nUser-Agent: ";

	(void)state;
	check_headers("GET /_ping", false, "");
	check_headers(
		"GET /_ping\nHost: x\nConnection: close\nX-Meta-A: b\nAccept-Encoding: gzip\nCookie: c",
		false, "");
	check_headers("GET /distribution/x/json\nuser-agent: curl/8\nX-REGISTRY-AUTH: eyJhIjoxfQ==",
	              false, "User-Agent: curl/8\nX-Registry-Auth: e30=\n");
	check_headers("GET /distribution/x/json\nX-Registry-Auth: not/base64", false, "");
	check_headers("GET /distribution/x/json\nX-Registry-Auth: ", false, "");
	check_headers("GET /_ping\nX-Registry-Auth: e30=\nX-Registry-Auth: e30=", false, "");
	check_headers("GET /_ping\nUser-Agent: a\tb", false, "");
	memset(long_agent + strlen(long_agent), 'a', 257);
	check_headers(long_agent, false, "");
	check_headers("POST /containers/create\nContent-Type: Application/JSON; charset=utf-8", true,
	              "Content-Type: application/json\n");
	check_headers("POST /containers/create\nContent-Type: application/json ; a=\"x;\\\"y\" ;", true,
	              "Content-Type: application/json\n");
	check_headers("POST /build\nContent-Type: text/plain\nX-Registry-Config: e30=", true,
	              "Content-Type: application/x-tar\nX-Registry-Config: e30=\n");
	check_headers("POST /images/load", true, "Content-Type: application/x-tar\n");
	check_headers("POST /containers/x/start\nContent-Type: application/json", true, "");
	check_headers("POST /containers/x/start\nContent-Type: text/plain", false, "");
	check_headers("POST /session\nUpgrade: H2C\nX-Docker-Expose-Session-Uuid: u\n"
	              "X-Docker-Expose-Session-Grpc-Method: a\nX-Docker-Expose-Session-Grpc-Method: b\n"
	              "X-Docker-Expose-Session-Other: c\nSec-WebSocket-Key: k",
	              false,
	              "X-Docker-Expose-Session-Uuid: u\nX-Docker-Expose-Session-Grpc-Method: a\n"
	              "X-Docker-Expose-Session-Grpc-Method: b\n");
	check_headers("GET /_ping\nX-Docker-Expose-Session-Uuid: u\nSec-WebSocket-Key: k", false, "");
	check_headers(
		"GET /containers/x/attach/ws\nUpgrade: WebSocket\nSec-WebSocket-Key: k\n"
		"Sec-WebSocket-Version: 13\nSec-WebSocket-Protocol: p\nSec-WebSocket-Extensions: e",
		false, "Sec-WebSocket-Key: k\nSec-WebSocket-Version: 13\nSec-WebSocket-Protocol: p\n");
}

static void header_lookup(void **state)
{
	struct header list[] = {{"A", "1"}, {"b", "2"}, {"a", "3"}};
	const struct headers headers = {list, 3};

	(void)state;
	assert_string_equal(headers_value(&headers, "a"), "1");
	assert_string_equal(headers_value(&headers, "B"), "2");
	assert_null(headers_value(&headers, "c"));
	assert_int_equal(headers_count(&headers, "A"), 2);
	assert_int_equal(headers_count(&headers, "c"), 0);
}

#define JSON_TYPE "\nContent-Type: application/json"

static void bodies_are_canonical(void **state)
{
	static const struct {
		const char *head, *body, *printed; /* NULL: nothing is sent */
	} cases[] = {
		{"POST /containers/create" JSON_TYPE, "{\"image\": \"a\", \"hostconfig\": {\"memory\": 1}}",
	     "{\"HostConfig\":{\"Memory\":1},\"Image\":\"a\"}"},
		{"POST /containers/create" JSON_TYPE, "{\"Image\":\"a\"}",
	     "{\"Image\":\"a\",\"HostConfig\":{}}"},
		{"POST /containers/create" JSON_TYPE, " {\"Image\":\"a\",\"HostConfig\":null}\n",
	     "{\"Image\":\"a\",\"HostConfig\":{}}"},
		{"POST /containers/create?name=n" JSON_TYPE,
	     "{\"Image\":\"a\",\"name\":\"n\",\"platform\":\"\"}",
	     "{\"Image\":\"a\",\"HostConfig\":{}}"},
		{"POST /exec/e/start" JSON_TYPE, "{\"Detach\":false,\"Tty\":true}",
	     "{\"Detach\":false,\"Tty\":true}"},
		{"POST /commit?container=c" JSON_TYPE, "null", "{}"},
		{"POST /commit?container=c", "", NULL},
		{"POST /commit?container=c&repo=r" JSON_TYPE,
	     "{\"container\":\"c\",\"repo\":\"r\",\"User\":\"u\"}", "{\"User\":\"u\"}"},
		{"POST /services/s/update?version=1" JSON_TYPE, "{\"Name\":\"s\",\"version\":1}",
	     "{\"Name\":\"s\"}"},
		{"POST /plugins/p/set" JSON_TYPE, "[\"a=1\", \"b=2\"]", "[\"a=1\",\"b=2\"]"},
		{"POST /plugins/p/set" JSON_TYPE, "null", "[]"},
		{"POST /plugins/pull?remote=r" JSON_TYPE, "[{\"name\":\"network\",\"Value\":[\"host\"]}]",
	     "[{\"Name\":\"network\",\"Value\":[\"host\"]}]"},
		{"POST /containers/x/start" JSON_TYPE, "{}", NULL},
		{"POST /containers/x/stop" JSON_TYPE, "{\"t\":1}", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct sample s;
		json_t *printed;
		const char *text;
		size_t len;

		assert_true(read_sample(&s, cases[i].head, cases[i].body[0] != '\0', &engine_20));
		if (!request_read_body(&s.request, cases[i].body, strlen(cases[i].body), &limits,
		                       UNKNOWN_FIELDS_REFUSE, &s.refusal))
			fail_msg("%s: %s", cases[i].body, s.refusal.message);
		text = request_print_body(&s.request, &len);
		if (cases[i].printed == NULL) {
			assert_null(text);
			assert_int_equal(len, 0);
		} else {
			printed = json_loads(cases[i].printed, 0, NULL);
			assert_int_equal(len, strlen(text));
			if (!json_equal(printed, s.request.body))
				fail_msg("%s: %s", cases[i].body, text);
			json_decref(printed);
		}
		free_sample(&s);
	}
}

static void bodies_refused(void **state)
{
	static const struct {
		const char *head, *body;
		unsigned status;
		const char *message;
	} cases[] = {
		{"POST /containers/x/start", "{\"anything\":1}", 400, "takes no body"},
		{"POST /containers/create", "", 400, "container.create wants a JSON body"},
		{"POST /exec/e/start", "", 400, "wants a JSON body"},
		{"POST /plugins/p/set", "", 400, "wants a JSON body"},
		{"POST /containers/create", "{\"Image\":\"a\"", 400, ""},
		{"POST /containers/create", "{\"Image\":\"a\"}{}", 400, ""},
		{"POST /containers/create", "[]", 400, ""},
		{"POST /containers/create", "{\"Image\":\"a\",\"image\":\"b\"}", 400, "mage"},
		{"POST /containers/create", "{\"Privileged\":true}", 400, "HostConfig"},
		{"POST /containers/create", "{\"Nothing\":true}", 400, "Nothing"},
		{"POST /containers/create", "{\"HostConfig\":{\"Privileged\":1}}", 400,
	     "HostConfig.Privileged"},
		{"POST /services/s/update?version=1", "{\"Version\":1}", 400,
	     "Version"}, /* not as in the query */
		{"POST /plugins/p/set", "{}", 400, "not a list"},
		{"POST /plugins/p/set", "[\"a\",1]", 400, "element 1 of the body"},
		{"POST /plugins/pull?remote=r", "[{\"Nothing\":1}]", 400, "element 0 of the body"},
		{"POST /plugins/p/set", "[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]", 413, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct sample s;
		char head[200];

		snprintf(head, sizeof head, "%s" JSON_TYPE, cases[i].head);
		assert_true(read_sample(&s, head, true, &engine_20));
		if (request_read_body(&s.request, cases[i].body, strlen(cases[i].body), &limits,
		                      UNKNOWN_FIELDS_REFUSE, &s.refusal))
			fail_msg("%s: taken", cases[i].body);
		if (s.refusal.status != cases[i].status ||
		    strstr(s.refusal.message, cases[i].message) == NULL)
			fail_msg("%s: %u %s", cases[i].body, s.refusal.status, s.refusal.message);
		assert_null(s.request.body);
		free_sample(&s);
	}
}

static void a_large_body_is_413(void **state)
{
	struct sample s;
	char body[5000];

	(void)state;
	memset(body, ' ', sizeof body);
	assert_true(read_sample(&s, "POST /containers/create" JSON_TYPE, true, &engine_20));
	assert_false(request_read_body(&s.request, body, sizeof body, &limits, UNKNOWN_FIELDS_REFUSE,
	                               &s.refusal));
	assert_int_equal(s.refusal.status, 413);
	free_sample(&s);
}

static void unknown_fields_can_be_dropped(void **state)
{
	static const char misplaced[] = "{\"Image\":\"a\",\"privileged\":true}";
	static const char unknown[] = "{\"Image\":\"a\",\"X\":{\"b\":1}}";
	struct sample s;
	size_t len;

	(void)state;
	assert_true(read_sample(&s, "POST /containers/create" JSON_TYPE, true, &engine_20));
	assert_true(request_read_body(&s.request, unknown, strlen(unknown), &limits,
	                              UNKNOWN_FIELDS_DROP, &s.refusal));
	assert_null(strstr(request_print_body(&s.request, &len), "X"));
	free_sample(&s);
	assert_true(read_sample(&s, "POST /containers/create" JSON_TYPE, true, &engine_20));
	assert_false(request_read_body(&s.request, misplaced, strlen(misplaced), &limits,
	                               UNKNOWN_FIELDS_DROP, &s.refusal));
	assert_int_equal(s.refusal.status, 400);
	free_sample(&s);
}

static void ids_take_the_place_of_names(void **state)
{
	struct sample s;

	(void)state;
	assert_true(read_sample(&s, "POST /v1.30/containers/web/stop?t=1", false, &engine_20));
	s.request.object_id = "0123abcd";
	assert_string_equal(request_print_target(&s.request), "/v1.30/containers/0123abcd/stop?t=1");
	assert_string_equal(request_describe(&s.request), "POST /containers/web/stop?t=1");
	free_sample(&s);
	assert_true(read_sample(&s, "DELETE /containers/web/checkpoints/cp", false, &engine_20));
	assert_string_equal(request_print_target(&s.request), "/v1.41/containers/web/checkpoints/cp");
	s.request.object_id = "0123abcd";
	assert_string_equal(request_print_target(&s.request),
	                    "/v1.41/containers/0123abcd/checkpoints/cp");
	free_sample(&s);
	assert_true(read_sample(&s, "GET /images/r.example/a/b@sha256:0/json", false, &engine_20));
	assert_string_equal(request_print_target(&s.request),
	                    "/v1.41/images/r.example/a/b@sha256:0/json");
	free_sample(&s);
}

static void secrets_are_not_described(void **state)
{
	static const struct {
		const char *text, *described;
	} cases[] = {
		{"POST /v1.41/containers/create?name=web\nX-Registry-Auth: eyJwYXNzd29yZCI6InNlc2FtZSJ9",
	     "POST /containers/create?name=web"},
		{"POST /build?buildargs=%7B%22KEY%22:%22sesame%22%7D&t=x", "POST /build?buildargs=...&t=x"},
		{"POST /build?remote=https://u:sesame@x/", "POST /build?remote=..."},
		{"POST /build?version=2&session=sesame&buildid=sesame",
	     "POST /build?version=2&session=...&buildid=..."},
		{"POST /commit?container=c&changes=ENV+K+sesame", "POST /commit?container=c&changes=..."},
		{"POST /images/create?fromSrc=http://u:sesame@x/", "POST /images/create?fromSrc=..."},
		{"POST /containers/create?Env=sesame&name=x", "POST /containers/create?name=x"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct sample s;

		assert_true(read_sample(&s, cases[i].text, false, &engine_20));
		assert_string_equal(request_describe(&s.request), cases[i].described);
		free_sample(&s);
	}
}

static void secrets_of_a_body_are_not_described(void **state)
{
	static const struct {
		const char *text, *body, *described;
	} cases[] = {
		{"POST /containers/create\nContent-Type: application/json",
	     "{\"image\":\"caf\xc3\xa9\",\"Env\":[\"A=sesame\"],\"Labels\":{\"a\":\"sesame\"}}",
	     "{\"Env\":[\"(hidden)\"],\"Image\":\"caf\xc3\xa9\",\"Labels\":{\"a\":\"(hidden)\"},"
	     "\"HostConfig\":{}}"},
		{"POST /plugins/x/set\nContent-Type: application/json", "[\"KEY=sesame\",\"b\"]",
	     "[\"(hidden)\",\"(hidden)\"]"},
		{"POST /plugins/pull?remote=x\nContent-Type: application/json",
	     "[{\"Name\":\"mount\",\"Value\":[\"/\"]}]", "[{\"Name\":\"mount\",\"Value\":[\"/\"]}]"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *described;
		struct sample s;
		size_t len;

		assert_true(read_sample(&s, cases[i].text, true, &engine_20));
		assert_null(request_describe_body(&s.request, &len));
		assert_true(request_read_body(&s.request, cases[i].body, strlen(cases[i].body), &limits,
		                              UNKNOWN_FIELDS_REFUSE, &s.refusal));
		described = request_describe_body(&s.request, &len);
		assert_non_null(described);
		assert_string_equal(described, cases[i].described);
		assert_int_equal(len, strlen(described));
		free_sample(&s);
	}
}

static void long_values_are_described_short(void **state)
{
	char text[3000] = "GET /containers/json?since=";
	struct sample s;

	(void)state;
	memset(text + strlen(text), 'a', 2900);
	assert_true(read_sample(&s, text, false, &engine_20));
	assert_true(strlen(request_describe(&s.request)) < 300);
	assert_true(strlen(request_print_target(&s.request)) > 2900);
	free_sample(&s);
}

/* With any amount of memory a request is read whole or refused, never half. */
static void out_of_memory_is_refused(void **state)
{
	static const char target[] = "/v1.41/build?t=x&t=y&labels=%7B%22a%22:%22b%22%7D&memory=1";
	struct header header = {"X-Registry-Config", "e30="};
	bool read = false;

	(void)state;
	for (size_t limit = 0; limit < 8192 && !read; limit += 16) {
		struct arena *arena = arena_new(limit);
		const struct request_head head = {"POST", target, {&header, 1}, true};
		struct request request;
		struct refusal refusal;

		read = request_read_head(arena, &head, &engine_20, &request, &refusal);
		if (read) {
			assert_int_equal(request.query.count, 4);
			assert_int_equal(request.headers.count, 2);
		} else {
			assert_int_not_equal(refusal.status, 0);
			assert_non_null(refusal.message);
		}
		arena_free(arena);
	}
	assert_true(read);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(docker_cli),
		cmocka_unit_test(docker_cli_on_a_new_engine),
		cmocka_unit_test(client_libraries),
		cmocka_unit_test(paths_and_versions_refused),
		cmocka_unit_test(versions_follow_the_daemon),
		cmocka_unit_test(queries_refused),
		cmocka_unit_test(values_are_canonical),
		cmocka_unit_test(builders_are_told_apart),
		cmocka_unit_test(headers_refused),
		cmocka_unit_test(headers_are_picked),
		cmocka_unit_test(header_lookup),
		cmocka_unit_test(bodies_are_canonical),
		cmocka_unit_test(bodies_refused),
		cmocka_unit_test(a_large_body_is_413),
		cmocka_unit_test(unknown_fields_can_be_dropped),
		cmocka_unit_test(ids_take_the_place_of_names),
		cmocka_unit_test(secrets_are_not_described),
		cmocka_unit_test(secrets_of_a_body_are_not_described),
		cmocka_unit_test(long_values_are_described_short),
		cmocka_unit_test(out_of_memory_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
