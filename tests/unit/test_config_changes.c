/* Settings that a reload cannot change are each told by name, and no others. */
#include "proxy/config_changes.h"

#include "policy/problems.h"
#include "proxy/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define UPSTREAM "upstream = { socket = \"/d.sock\"; };"

static struct config *load(const char *upstream, const char *more)
{
	struct problems *problems = problems_new();
	struct config *config;
	char text[1024];

	snprintf(text, sizeof text,
	         "%s listeners = ( { socket = \"/x.sock\"; } ); clients = ( { policy = \"ci\"; } ); %s",
	         upstream, more);
	config = config_load_text("settings", text, problems);
	if (config == NULL)
		fail_msg("%s: %s", more, problems_text(problems, 0));
	problems_free(problems);
	return config;
}

static void note(const char *setting, void *context)
{
	strcat(context, setting);
}

static void what_needs_a_restart_is_told(void **state)
{
	static const struct {
		const char *upstream, *more, *told;
	} rows[] = {
		{UPSTREAM, "", ""},
		{UPSTREAM, "limits = { connections = 7; head_ms = 7; };", ""},
		{UPSTREAM, "policies = { own = { extends = \"ci\"; }; };", ""},
		{UPSTREAM, "limits = { body_budget = \"1M\"; };", "limits.body_budget"},
		{UPSTREAM, "workers = 77;", "workers"},
		{UPSTREAM, "audit = { file = \"/log\"; };", "audit"},
		{UPSTREAM, "state = \"/state\";", "state"},
		{UPSTREAM, "api = { floor = \"auto\"; };", "api"},
		{UPSTREAM, "api = { ceiling = \"1.40\"; };", "api"},
		{"upstream = { socket = \"/d.sock\"; connect_timeout_ms = 7; };", "", "upstream"},
		{"upstream = { socket = \"/d.sock\"; idle_connections = 7; };", "", "upstream"},
		{"upstream = { socket = \"/d.sock\"; engine = \"any\"; };", "", "upstream"},
		{UPSTREAM, "workers = 77; state = \"/state\";", "workersstate"},
	};
	struct config *running = load(UPSTREAM, "");

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct config *fresh = load(rows[i].upstream, rows[i].more);
		char told[256] = "";

		assert_true(config_upstream_is_same(running, fresh));
		config_tell_restarts(running, fresh, note, told);
		if (strcmp(told, rows[i].told) != 0)
			fail_msg("row %zu: told '%s'", i, told);
		config_release(fresh);
	}
	config_release(running);
}

static void another_daemon_is_told_apart(void **state)
{
	static const char *const upstreams[] = {"upstream = { socket = \"/e.sock\"; };",
	                                        "upstream = { address = \"127.0.0.1:1\"; };",
	                                        "upstream = { address = \"127.0.0.1:2\"; };",
	                                        "upstream = { address = \"127.0.0.2:1\"; };"};

	(void)state;
	for (size_t i = 0; i < sizeof upstreams / sizeof upstreams[0]; i++) {
		struct config *running = load(i == 0 ? UPSTREAM : upstreams[i - 1], "");
		struct config *fresh = load(upstreams[i], ""), *same = load(upstreams[i], "");

		assert_false(config_upstream_is_same(running, fresh));
		assert_true(config_upstream_is_same(fresh, same));
		config_release(running);
		config_release(fresh);
		config_release(same);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_needs_a_restart_is_told),
		cmocka_unit_test(another_daemon_is_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
