/* `quaymaster explain` as it is typed: a request, who asks, what the daemon's objects are. */
#include "proxy/commands.h"
#include "tests/unit/temporary.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { WORDS_MAX = 12 };

static const struct command_result *run(const char *const *more)
{
	const char *words[WORDS_MAX + 2] = {"explain"};

	for (size_t i = 0; more[i] != NULL; i++) {
		assert_true(i < WORDS_MAX);
		words[i + 1] = more[i];
	}
	return command_run(cmd_explain, words);
}

#define RUN(...) run((const char *const[]){__VA_ARGS__, NULL})

static void assert_told(const struct command_result *result, int status, const char *told)
{
	if (result->status != status || strstr(result->out, told) == NULL)
		fail_msg("%d\n%s\n%s", result->status, result->out, result->err);
}

static void a_denial_is_explained(void **state)
{
	const char *body = temporary_file(
		"b.json",
		"{\"Image\":\"alpine\",\"Env\":[\"sesame\"],\"HostConfig\":{\"Privileged\":true}}");
	const struct command_result *result;

	(void)state;
	result = RUN("--as", "policy:ci", "POST /containers/create", body);
	assert_told(result, EXIT_TROUBLE, "container.create is denied by policy 'ci' (preset ci:");
	assert_told(result, EXIT_TROUBLE, "container.privileged: HostConfig.Privileged is true\n");
	assert_told(result, EXIT_TROUBLE, "extends = \"ci\";\n");
	assert_told(result, EXIT_TROUBLE, "privileged = true;\n");
	assert_null(strstr(result->out, "sesame"));
	assert_string_equal(result->err, "");
}

static void an_allowed_one_is_shown_as_sent(void **state)
{
	(void)state;
	assert_told(RUN("--as", "policy:ci", "POST /containers/web/stop"), EXIT_OK,
	            "- path /containers/web/stop\n  + path /v1.51/containers/");
	assert_told(RUN("--as", "policy:ci", "--engine", "1.40", "GET /info"), EXIT_OK,
	            "what is sent\n  GET /v1.40/info\n");
}

static void client_rules_give_the_policy(void **state)
{
	const char *config = temporary_file(
		"c.conf",
		"policies = { p = { extends = \"ci\"; container = { privileged = true; }; }; };\n"
		"clients = (\n"
		"{ listener = \"jobs\"; certificate = { common_name = \"web\"; }; policy = \"p\"; },\n"
		"{ user = \"root\"; policy = \"read-only\"; } );\n"
		"listeners = ( { name = \"jobs\"; socket = \"/x\"; } );\n");

	(void)state;
	assert_told(RUN("-c", config, "--as", "listener:jobs,cn:web", "GET /info"), EXIT_OK,
	            "by policy 'p'");
	assert_told(RUN("-c", config, "--as", "listener:jobs,cn:web", "GET /info"), EXIT_OK,
	            "which the client rule at ");
	/* The system knows the user's number. */
	assert_told(RUN("-c", config, "--as", "uid:0", "GET /info"), EXIT_OK, "policy 'read-only'");
	assert_told(RUN("-c", config, "--as", "cn:other", "GET /info"), EXIT_TROUBLE, "no rule of");
	assert_non_null(
		strstr(RUN("-c", config, "--as", "policy:q", "GET /info")->err, "there is no policy 'q'"));
}

static void facts_may_be_given(void **state)
{
	const char *facts = temporary_file(
		"facts.txt",
		"# a test file will do\nengine 1.41\n"
		"fact container web = {\"Id\":\"<a>\",\"Name\":\"/web\",\"HostConfig\":{\"Privileged\":"
		"true},\n  \"Mounts\":[],\"NetworkSettings\":{\"Networks\":{}}}\n"
		"nobody | GET /info | allow | x\n");

	(void)state;
	assert_told(RUN("--as", "policy:ci", "--facts", facts, "POST /containers/web/start"),
	            EXIT_TROUBLE, "container 'web': HostConfig.Privileged is true");
	assert_told(RUN("--as", "policy:ci", "--facts", facts, "POST /containers/gone/start"),
	            EXIT_TROUBLE, "container 'gone': missing");
	assert_told(RUN("--as", "policy:ci", "--facts", facts, "GET /info"), EXIT_OK, "/v1.41/info");
	assert_non_null(strstr(RUN("--as", "policy:ci", "--facts",
	                           temporary_file("bad.txt", "\nfact x y\n"), "GET /info")
	                           ->err,
	                       "bad.txt: line 2: a fact is written"));
	assert_non_null(
		strstr(RUN("--as", "policy:ci", "--facts", temporary_path("none"), "GET /info")->err,
	           "No such"));
}

static void json_is_json(void **state)
{
	const struct command_result *result =
		RUN("--json", "--as", "policy:read-only", "DELETE /containers/web");
	json_t *told = json_loads(result->out, 0, NULL);

	(void)state;
	assert_int_equal(result->status, EXIT_TROUBLE);
	assert_string_equal(json_string_value(json_object_get(told, "verdict")), "deny");
	assert_string_equal(json_string_value(json_object_get(told, "operation")), "container.remove");
	json_decref(told);
}

static void headers_may_be_given(void **state)
{
	(void)state;
	assert_told(RUN("--as", "policy:admin", "--header", "Origin: https://a.example", "GET /info"),
	            EXIT_TROUBLE, "header Origin");
	assert_told(RUN("--as", "policy:admin", "POST /session"), EXIT_OK, "build.session is allowed");
	assert_told(RUN("--as", "policy:admin", "--header", "Upgrade: websocket", "POST /session"),
	            EXIT_TROUBLE, "upgrades to h2c");
}

/* What the docker command does is the end-to-end tests' business. */
static void commands_that_are_none_are_told(void **state)
{
	const struct command_result *result;

	(void)state;
	result = RUN("--as", "policy:ci", "--", "true");
	assert_int_equal(result->status, EXIT_TROUBLE);
	assert_non_null(strstr(result->err, "made no request"));
	result = RUN("--as", "policy:ci", "--", "sh", "-c", "echo what it said; exit 3");
	assert_non_null(strstr(result->err, "what it said"));
	result = RUN("--as", "policy:ci", "--", temporary_path("no-such-program"));
	assert_non_null(strstr(result->err, "No such file"));
	result = RUN("--as", "policy:ci", "--timeout", "1", "--", "sleep", "100");
	assert_int_equal(result->status, EXIT_TROUBLE);
	assert_non_null(strstr(result->err, "took too long"));
	assert_int_equal(RUN("--as", "policy:ci", "--", "docker", "-H", "tcp://x", "ps")->status,
	                 EXIT_USAGE);
	assert_int_equal(RUN("--as", "policy:ci", "--", "docker", "--context=x", "ps")->status,
	                 EXIT_USAGE);
	assert_int_equal(RUN("--as", "policy:ci", "--timeout", "0", "--", "true")->status, EXIT_USAGE);
}

static void usage(void **state)
{
	(void)state;
	assert_int_equal(RUN("GET /info")->status, EXIT_USAGE);
	assert_int_equal(RUN("--as", "policy:ci")->status, EXIT_USAGE);
	assert_int_equal(RUN("--as", "policy:ci", "GET", "/info")->status, EXIT_USAGE);
	assert_int_equal(RUN("--as", "policy:ci", "GET /info", "a", "b")->status, EXIT_USAGE);
	assert_int_equal(RUN("--as", "policy:ci", "--engine", "1.9", "GET /info")->status, EXIT_USAGE);
	assert_int_equal(RUN("--as", "policy:ci", "--header", "x", "GET /info")->status, EXIT_USAGE);
	assert_int_equal(RUN("--as", "policy:ci", "--live", "--facts", "x", "GET /info")->status,
	                 EXIT_USAGE);
	assert_int_equal(RUN("--nonsense")->status, EXIT_USAGE);
	assert_int_equal(RUN("--as", "nobody", "GET /info")->status, EXIT_TROUBLE);
	assert_int_equal(RUN("--help")->status, EXIT_OK);
	assert_non_null(strstr(
		RUN("--as", "policy:ci", "POST /containers/create", temporary_path("absent.json"))->err,
		"absent.json: No such"));
	assert_non_null(
		strstr(RUN("-c", temporary_path("absent.conf"), "--as", "policy:ci", "GET /info")->err,
	           "absent.conf"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_denial_is_explained),
		cmocka_unit_test(an_allowed_one_is_shown_as_sent),
		cmocka_unit_test(client_rules_give_the_policy),
		cmocka_unit_test(facts_may_be_given),
		cmocka_unit_test(json_is_json),
		cmocka_unit_test(headers_may_be_given),
		cmocka_unit_test(commands_that_are_none_are_told),
		cmocka_unit_test(usage),
	};

	return cmocka_run_group_tests(tests, temporary_make, temporary_remove);
}
