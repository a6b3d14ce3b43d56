/* Policies loaded from a settings text, for tests. The tree is gone before the set is used. */
#include "tests/unit/settings_text.h"

#include "policy/load.h"
#include "policy/problems.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct policy_set *settings_text_load(const char *text, struct problems **problems)
{
	static const char *const listeners[] = {"local", "tls"};
	struct policy_set *set;
	config_t config;

	*problems = problems_new();
	assert_non_null(*problems);
	config_init(&config);
	if (config_read_string(&config, text) != CONFIG_TRUE)
		fail_msg("line %d: %s", config_error_line(&config), config_error_text(&config));
	set = policy_set_load(config_root_setting(&config), listeners, 2, *problems);
	config_destroy(&config);
	return set;
}

struct policy_set *settings_text_load_fine(const char *text)
{
	struct problems *problems;
	struct policy_set *set = settings_text_load(text, &problems);

	if (set == NULL)
		fail_msg("%s", problems_text(problems, 0));
	assert_int_equal(problems_count(problems), 0);
	problems_free(problems);
	return set;
}
