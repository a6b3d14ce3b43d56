/* Zero is the strictest posture, and what the tables leave to somebody is told apart. */
#include "policy/posture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	enum posture posture;
	const char *name;
	bool delegated, weight;
} table[] = {
	{0, "deny", false, true},
	{POSTURE_HARMLESS, "harmless", false, false},
	{POSTURE_JUDGED, "judged", true, true},
	{POSTURE_CAPPED, "capped", true, false},
	{POSTURE_OWNED, "owned", true, true},
	{POSTURE_REWRITTEN, "rewritten", true, false},
	{POSTURE_DROP, "drop", false, false},
};

static void every_posture_says_what_it_is(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		assert_string_equal(posture_name(table[i].posture), table[i].name);
		assert_int_equal(posture_is_delegated(table[i].posture), table[i].delegated);
		assert_int_equal(posture_has_weight(table[i].posture), table[i].weight);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_posture_says_what_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
