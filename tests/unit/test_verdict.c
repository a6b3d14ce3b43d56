/* What is remarked beside a verdict: some of it is kept, and what it all comes to is always known. */
#include "policy/verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

/* As many as are kept, each with a text of its own, all of MODE. */
static void fill(struct verdict *verdict, enum rule_mode mode, enum verdict_kind would)
{
	static char texts[REMARKS_MAX][16];

	for (int i = 0; i < REMARKS_MAX; i++) {
		snprintf(texts[i], sizeof texts[i], "%d", i);
		verdict_remark(verdict, &(struct remark){mode, would, "a.conf:1 rules", texts[i]});
	}
}

static void nothing_is_remarked(void **state)
{
	const struct verdict verdict = {.kind = VERDICT_ALLOW};

	(void)state;
	assert_false(verdict.would_deny);
	assert_int_equal(verdict.told, MODE_ENFORCE);
}

static void the_same_is_said_once(void **state)
{
	const struct remark remark = {MODE_OBSERVE, VERDICT_ALLOW, "a.conf:1 rules", "x"};
	struct verdict verdict = {.kind = VERDICT_ALLOW};

	(void)state;
	verdict_remark(&verdict, &remark);
	verdict_remark(&verdict, &remark);
	assert_int_equal(verdict.remark_count, 1);
	assert_false(verdict.would_deny);
	assert_int_equal(verdict.told, MODE_OBSERVE);
}

static void a_denial_that_is_not_kept_counts(void **state)
{
	const struct remark denial = {MODE_OBSERVE, VERDICT_DENY, "a.conf:2 binds", "would deny"};
	struct verdict verdict = {.kind = VERDICT_ALLOW};

	(void)state;
	fill(&verdict, MODE_OBSERVE, VERDICT_ALLOW);
	assert_false(verdict.would_deny);
	verdict_remark(&verdict, &denial);
	assert_int_equal(verdict.remark_count, REMARKS_MAX);
	assert_string_equal(verdict.remarks[REMARKS_MAX - 1].message, "7");
	assert_true(verdict.would_deny);
}

static void a_client_is_told_before_the_log_is(void **state)
{
	const struct remark warning = {MODE_WARN, VERDICT_DENY, "a.conf:2 rules", "would deny"};
	struct verdict verdict = {.kind = VERDICT_ALLOW};

	(void)state;
	fill(&verdict, MODE_OBSERVE, VERDICT_ALLOW);
	verdict_remark(&verdict, &warning);
	assert_int_equal(verdict.remark_count, REMARKS_MAX);
	assert_int_equal(verdict.remarks[REMARKS_MAX - 1].mode, MODE_WARN);
	assert_int_equal(verdict.told, MODE_WARN);
	verdict = (struct verdict){.kind = VERDICT_ALLOW};
	fill(&verdict, MODE_WARN, VERDICT_DENY);
	verdict_remark(&verdict, &(struct remark){MODE_OBSERVE, VERDICT_DENY, "a.conf:3 rules", "x"});
	assert_string_equal(verdict.remarks[REMARKS_MAX - 1].message, "7");
	assert_int_equal(verdict.told, MODE_WARN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_remarked),
		cmocka_unit_test(the_same_is_said_once),
		cmocka_unit_test(a_denial_that_is_not_kept_counts),
		cmocka_unit_test(a_client_is_told_before_the_log_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
