/* `quaymaster learn` and `quaymaster replay` as they are typed: what is learnt loads and allows what it was learnt from, and
 * a replay tells what another policy would have decided otherwise. */
#include "proxy/commands.h"
#include "tests/unit/temporary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { WORDS_MAX = 12, LOG_SIZE = 65536 };

static const struct command_result *run(int (*command)(int argc, char **argv),
                                        const char *const *more)
{
	const char *words[WORDS_MAX + 2] = {"command"};

	for (size_t i = 0; more[i] != NULL; i++) {
		assert_true(i < WORDS_MAX);
		words[i + 1] = more[i];
	}
	return command_run(command, words);
}

#define LEARN(...)  run(cmd_learn, (const char *const[]){__VA_ARGS__, NULL})
#define REPLAY(...) run(cmd_replay, (const char *const[]){__VA_ARGS__, NULL})

#define ID_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1"
#define ID_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb2"

#define DECISION(verdict, operation, user, request, more)                            \
	"{\"event\":\"decision\",\"verdict\":\"" verdict "\",\"operation\":\"" operation \
	"\",\"policy\":\"admin\","                                                       \
	"\"listener\":\"l\",\"peer\":{\"uid\":1000,\"gid\":1000,\"user\":\"" user        \
	"\"},\"api\":\"1.41\","                                                          \
	"\"request\":\"" request "\"" more "}\n"
#define BODY(json) ",\"body\":" json

static const char seen[] = DECISION("allow", "system.ping", "a", "GET /_ping", "") DECISION(
	"allow", "container.create", "a", "POST /containers/create",
	BODY(
		"{\"Image\":\"r.example/app-1\",\"Cmd\":[\"(hidden)\"],\"HostConfig\":{\"CapAdd\":[\"NET_ADMIN\"],"
		"\"Binds\":[\"/srv/cache/1:/c:ro\",\"/srv/out:/o\"]}}"))
	DECISION(
		"allow", "container.create", "a", "POST /containers/create",
		BODY("{\"Image\":\"r.example/app-2\",\"HostConfig\":{\"Binds\":[\"/srv/cache/2:/c:ro\"]}}"))
		DECISION(
			"allow", "container.create", "a", "POST /containers/create",
			BODY(
				"{\"Image\":\"r.example/app-3\",\"HostConfig\":{\"Binds\":[\"/srv/cache/3:/c:ro\"]}}"))
			DECISION("allow", "container.start", "a", "POST /containers/" ID_A "/start", "")
				DECISION("allow", "container.start", "a", "POST /containers/" ID_B "/start", "")
					DECISION("allow", "exec.create", "b", "POST /containers/web/exec",
                             BODY("{\"Cmd\":[\"(hidden)\"],\"Privileged\":true}"))
						DECISION("deny", "swarm.leave", "b", "POST /swarm/leave",
                                 ",\"rule\":\"x\"") "{\"event\":\"completion\",\"status\":200}\n";

static void assert_told(const struct command_result *result, int status, const char *told)
{
	if (result->status != status || strstr(result->out, told) == NULL)
		fail_msg("%d, no %s in\n%s\n%s", result->status, told, result->out, result->err);
}

/* What was learnt, as a file. */
static const char *learnt(const struct command_result *result)
{
	assert_int_equal(result->status, EXIT_OK);
	return temporary_file("learnt.conf", result->out);
}

static void what_is_learnt_is_enough_and_no_more(void **state)
{
	const char *log = temporary_file("a.log", seen), *config;

	(void)state;
	config = learnt(LEARN(log));
	assert_told(LEARN(log), EXIT_OK, "# policy 'admin': allows 7 of 7 requests.\n");
	assert_told(LEARN(log), EXIT_OK, "\"container.start\",  # 2 requests\n");
	assert_told(LEARN(log), EXIT_OK,
	            "{ source = \"/srv/cache\"; },  # 3 requests, such as /srv/cache/1\n");
	assert_told(LEARN(log), EXIT_OK, "{ source = \"/srv/out\"; write = true; }");
	assert_told(LEARN(log), EXIT_OK, "\"NET_ADMIN\"  # 1 request\n");
	assert_null(strstr(LEARN(log)->out, "swarm"));
	assert_told(REPLAY("-c", config, "-p", "learned-admin", log), EXIT_OK, "0 now denied\n");
	/* Not what was not seen. */
	log = temporary_file(
		"more.log", DECISION("allow", "container.create", "a", "POST /containers/create",
	                         BODY("{\"Image\":\"x\",\"HostConfig\":{\"Privileged\":true}}"))
						DECISION("allow", "container.create", "a", "POST /containers/create",
	                             BODY("{\"Image\":\"x\",\"HostConfig\":{\"Binds\":[\"/srv:/x\"]}}"))
							DECISION("allow", "volume.list", "a", "GET /volumes", ""));
	assert_told(REPLAY("-c", config, "-p", "learned-admin", log), EXIT_TROUBLE, "3 now denied\n");
}

static void users_get_policies_of_their_own(void **state)
{
	const char *log = temporary_file("b.log", seen), *config;
	const struct command_result *result = LEARN("--by", "user", log);

	(void)state;
	assert_told(result, EXIT_OK, "# user 'a': allows 6 of 6 requests.\n");
	assert_told(result, EXIT_OK, "\t{ user = \"a\"; policy = \"learned-a\"; },\n");
	assert_told(result, EXIT_OK, "\t{ user = \"b\"; policy = \"learned-b\"; }\n");
	config = learnt(result);
	assert_told(REPLAY("-c", config, log), EXIT_OK, "0 now denied\n0 now allowed\n");
	assert_told(LEARN("--by", "cn", log), EXIT_OK, "# common name '': allows 7 of 7 requests.\n");
}

static void what_was_denied_is_learnt_on_demand(void **state)
{
	const char *log = temporary_file("c.log", seen);

	(void)state;
	assert_told(LEARN("--denied", log), EXIT_OK, "\"swarm.leave\"");
	assert_int_equal(LEARN("--policy", "nobody", log)->status, EXIT_TROUBLE);
	assert_non_null(strstr(LEARN("--policy", "nobody", log)->err, "nothing to learn from"));
}

static void images_are_learnt_on_demand(void **state)
{
	const char *log = temporary_file("d.log", seen);

	(void)state;
	assert_null(strstr(LEARN(log)->out, "images"));
	assert_told(LEARN("--images", log), EXIT_OK,
	            "\"r.example/app-*\"  # 3 requests, such as r.example/app-1\n");
	assert_told(LEARN("--images", log), EXIT_OK, "produce = [];\n");
	learnt(LEARN("--images", log));
}

static void a_replay_tells_what_differs(void **state)
{
	const char *log = temporary_file("e.log", seen);
	const struct command_result *result = REPLAY("--policy", "ci", log);

	(void)state;
	assert_told(result, EXIT_TROUBLE, "8 decisions\n");
	assert_told(result, EXIT_TROUBLE,
	            "1 container.create: policy 'ci' denies container.create: HostConfig.CapAdd has "
	            "'NET_ADMIN'");
	assert_told(result, EXIT_TROUBLE,
	            "2 container.start: it would be allowed if ordinary: container <id>\n");
	assert_told(result, EXIT_TROUBLE, "e.log:5: POST /v1.41/containers/" ID_A "/start\n");
	assert_told(REPLAY("--policy", "admin", log), EXIT_TROUBLE,
	            "1 now allowed\n  1 swarm.leave: it was denied by x\n");
}

static void what_the_log_hides_is_told(void **state)
{
	const char *log =
		temporary_file("f.log",
	                   DECISION("allow", "build.classic", "a",
	                            "POST /build?remote=...&buildargs=...", "")
	                       DECISION("allow", "build.classic", "a", "POST /build?buildargs=...", "")
	                           DECISION("allow", "container.create", "a", "POST /containers/create",
	                                    ",\"body_cut\":10000"));
	const struct command_result *result = REPLAY("--policy", "admin", log);

	(void)state;
	assert_told(result, EXIT_OK, "1 as before\n");
	assert_told(result, EXIT_OK, "build.classic: the log does not tell the parameter 'remote'\n");
	assert_told(result, EXIT_OK, "container.create: the request was too large for the log\n");
	assert_told(LEARN(log), EXIT_OK, "too large for the log: 1.\n");
	assert_told(LEARN(log), EXIT_OK, "parameters that the log hides, and what they need: 2.\n");
}

static void lines_that_are_none_are_told(void **state)
{
	const char *log = temporary_file("g.log", "nonsense\n\n" DECISION("allow", "system.ping", "a",
	                                                                  "GET /_ping", ""));

	(void)state;
	assert_told(REPLAY("--policy", "ci", log), EXIT_TROUBLE,
	            "1 decisions, 1 lines that are none of a log's\n");
	assert_non_null(
		strstr(REPLAY("--policy", "ci", log)->err, "g.log:1: not a line of an audit log"));
	assert_told(LEARN(log), EXIT_OK, "system.ping");
}

static void usage(void **state)
{
	const char *log = temporary_file("h.log", seen);

	(void)state;
	assert_int_equal(LEARN("--help")->status, EXIT_OK);
	assert_int_equal(REPLAY("--help")->status, EXIT_OK);
	assert_int_equal(run(cmd_learn, (const char *const[]){NULL})->status, EXIT_USAGE);
	assert_int_equal(LEARN("--by", "nobody", log)->status, EXIT_USAGE);
	assert_int_equal(LEARN("--engine", "2", log)->status, EXIT_USAGE);
	assert_int_equal(LEARN(temporary_path("absent.log"))->status, EXIT_TROUBLE);
	assert_int_equal(REPLAY(log)->status, EXIT_USAGE);
	assert_int_equal(REPLAY("--policy", "ci")->status, EXIT_USAGE);
	assert_int_equal(REPLAY("--policy", "ci", "--engine", "x", log)->status, EXIT_USAGE);
	assert_int_equal(REPLAY("--policy", "nobody", log)->status, EXIT_TROUBLE);
	assert_int_equal(REPLAY("-c", temporary_path("absent.conf"), log)->status, EXIT_TROUBLE);
	assert_int_equal(REPLAY("--policy", "ci", temporary_path("absent.log"))->status, EXIT_TROUBLE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_learnt_is_enough_and_no_more),
		cmocka_unit_test(users_get_policies_of_their_own),
		cmocka_unit_test(what_was_denied_is_learnt_on_demand),
		cmocka_unit_test(images_are_learnt_on_demand),
		cmocka_unit_test(a_replay_tells_what_differs),
		cmocka_unit_test(what_the_log_hides_is_told),
		cmocka_unit_test(lines_that_are_none_are_told),
		cmocka_unit_test(usage),
	};

	return cmocka_run_group_tests(tests, temporary_make, temporary_remove);
}
