/* The environment as the configuration: from its variables to a snapshot that could be served. */
#include "proxy/cmd_environment.h"

#include "policy/identity.h"
#include "policy/load.h"
#include "policy/policy.h"
#include "policy/problems.h"
#include "proxy/config.h"
#include "proxy/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

extern char **environ;

static char **outer;

static int quiet(void **state)
{
	(void)state;
	log_set_level(LOG_ERROR);
	return 0;
}

static int keep_environment(void **state)
{
	(void)state;
	outer = environ;
	return 0;
}

static int restore_environment(void **state)
{
	(void)state;
	environ = outer;
	return 0;
}

/* TEXT is "NAME=VALUE NAME=VALUE ...". */
static void set_environment(const char *text)
{
	static char bytes[512];
	static char *list[16];
	size_t count = 0;

	assert_true(strlen(text) < sizeof bytes);
	memcpy(bytes, text, strlen(text) + 1);
	for (char *at = bytes; *at != '\0' && count + 1 < sizeof list / sizeof *list; count++) {
		list[count] = at;
		at += strcspn(at, " ");
		if (*at != '\0')
			*at++ = '\0';
	}
	list[count] = NULL;
	environ = list;
}

static struct config *config_of(const char *text)
{
	set_environment(text);
	assert_true(environment_is_meant());
	return environment_config(true);
}

static void variables_become_a_configuration(void **state)
{
	struct config *config =
		config_of("PATH=/bin CONTAINERS=1 POST=0 SOCKET_PATH=/run/odd\"name.sock");
	const struct identity anyone = {.listener = "127.0.0.1:2375"};
	const struct policy *policy;

	(void)state;
	assert_non_null(config);
	assert_string_equal(config->upstream.socket, "/run/odd\"name.sock");
	assert_int_equal(config->listener_count, 1);
	assert_string_equal(config->listeners[0].spec.address, "127.0.0.1:2375");
	assert_false(config->listeners[0].insecure);
	assert_string_equal(config->audit.file, "-");
	assert_false(config->audit.required);
	policy = policy_set_match(config->policies, &anyone).policy;
	assert_non_null(policy);
	assert_string_equal(policy->name, "environment");
	assert_string_equal(policy->allow.place.file, "environment");
	assert_int_equal(policy->allow.place.line, 0); /* nobody sees that text */
	assert_true(policy->unrestricted.on);
	assert_true(patterns_match(&policy->allow, "container.list") < policy->allow.count);
	assert_true(patterns_match(&policy->allow, "container.stop") == policy->allow.count);
	config_release(config);
}

static void everything_said_is_in_it(void **state)
{
	struct config *config = config_of(
		"QUAYMASTER_COMPAT=linuxserver QUAYMASTER_POLICY=ci QUAYMASTER_INSECURE=1 SOCKET_PATH=dind:2375 LOG_LEVEL=err BUILD=1");
	const struct policy *policy;

	(void)state;
	assert_non_null(config);
	assert_string_equal(config->upstream.host, "dind");
	assert_string_equal(config->upstream.port, "2375");
	assert_string_equal(config->listeners[0].spec.address, "[::]:2375");
	assert_true(config->listeners[0].insecure);
	assert_null(config->audit.file);
	policy = policy_set_find(config->policies, "environment");
	assert_false(policy->unrestricted.on);
	config_release(config);
}

static void mistakes_make_none(void **state)
{
	(void)state;
	assert_null(config_of("CONTAINERS=1 QUAYMASTER_POLICY=nothing"));
	assert_null(config_of("CONTAINERS=1 SOCKET_PATH=dind:0"));
	assert_null(config_of("CONTAINERS=1 BIND_CONFIG=0.0.0.0:2375"));
}

static void an_empty_environment_is_not_meant(void **state)
{
	(void)state;
	set_environment("PATH=/bin CONTAINERS");
	assert_false(environment_is_meant());
	environ = NULL;
	assert_false(environment_is_meant());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(variables_become_a_configuration, keep_environment,
	                                    restore_environment),
		cmocka_unit_test_setup_teardown(everything_said_is_in_it, keep_environment,
	                                    restore_environment),
		cmocka_unit_test_setup_teardown(mistakes_make_none, keep_environment, restore_environment),
		cmocka_unit_test_setup_teardown(an_empty_environment_is_not_meant, keep_environment,
	                                    restore_environment),
	};

	return cmocka_run_group_tests_name("environment", tests, quiet, NULL);
}
