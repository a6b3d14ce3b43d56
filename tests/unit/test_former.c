/* Who had a name last: by policy, tenant and name, for a while, and no more than so much. */
#include "proxy/former.h"

#include "policy/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { HOUR_MS = 60 * 60 * 1000 };

static void assert_tenant_finds(struct former *former, const char *policy, const char *tenant,
                                const char *name, const char *text)
{
	const struct former_name sought = {policy, tenant, name};
	struct arena *arena = arena_new(8 << 20);
	size_t len;
	const char *found = former_find(former, arena, &sought, &len);

	if (text == NULL) {
		assert_null(found);
		assert_int_equal(len, 0);
	} else {
		assert_non_null(found);
		assert_int_equal(len, strlen(text));
		assert_string_equal(found, text);
	}
	arena_free(arena);
}

static void assert_found(struct former *former, const char *policy, const char *name,
                         const char *text)
{
	assert_tenant_finds(former, policy, "", name, text);
}

static void tenant_notes(struct former *former, const char *policy, const char *tenant,
                         const char *name, const char *text)
{
	const struct former_name freed = {policy, tenant, name};

	former_note(former, &freed, text, strlen(text));
}

static void note(struct former *former, const char *policy, const char *name, const char *text)
{
	tenant_notes(former, policy, "", name, text);
}

static void names_of_a_policy(void **state)
{
	struct former *former = former_new(HOUR_MS);
	const struct former_name web = {"p", "", "web"};

	(void)state;
	assert_found(former, "p", "web", NULL);
	former_note(former, &web, "{\"a\":1}xx", 7);
	assert_found(former, "p", "web", "{\"a\":1}");
	assert_found(former, "q", "web", NULL);
	assert_found(former, "p", "we", NULL);
	note(former, "p", "web", "{}"); /* the newest counts */
	assert_found(former, "p", "web", "{}");
	note(former, "q", "other", "[]");
	assert_found(former, "p", "other", NULL);
	assert_found(former, "q", "other", "[]");
	former_free(former);
	former_free(NULL);
}

static void tenants_know_nothing_of_each_other(void **state)
{
	struct former *former = former_new(HOUR_MS);

	(void)state;
	tenant_notes(former, "p", "a", "web", "{}");
	assert_tenant_finds(former, "p", "b", "web", NULL);
	assert_tenant_finds(former, "p", "", "web", NULL);
	assert_tenant_finds(former, "p", "a", "web", "{}");
	former_free(former);
}

/* Whoever had the name in between: what was there before was not the last. */
static void a_name_has_one_last_container(void **state)
{
	struct former *former = former_new(HOUR_MS);
	const struct former_name large = {"q", "c", "web"};
	char *text = calloc(1, FORMER_BYTES_MAX);

	(void)state;
	tenant_notes(former, "p", "a", "web", "{}");
	tenant_notes(former, "p", "a", "other", "{}");
	tenant_notes(former, "q", "b", "web", "[]");
	assert_tenant_finds(former, "p", "a", "web", NULL);
	assert_tenant_finds(former, "q", "b", "web", "[]");
	former_note(former, &large, text, FORMER_BYTES_MAX); /* is not kept, and was there */
	assert_tenant_finds(former, "q", "b", "web", NULL);
	assert_tenant_finds(former, "q", "c", "web", NULL);
	assert_tenant_finds(former, "p", "a", "other", "{}");
	former_forget(former, "other");
	former_forget(former, "other");
	assert_tenant_finds(former, "p", "a", "other", NULL);
	free(text);
	former_free(former);
}

static void what_is_old_is_forgotten(void **state)
{
	struct former *former = former_new(0);

	(void)state;
	note(former, "p", "web", "{}");
	assert_found(former, "p", "web", NULL);
	note(former, "p", "other", "{}");
	former_free(former);
}

static void numbers_are_bounded(void **state)
{
	struct former *former = former_new(HOUR_MS);
	char name[16];

	(void)state;
	for (int i = 0; i < 3 * FORMER_COUNT_MAX; i++) {
		snprintf(name, sizeof name, "n%d", i);
		note(former, "p", name, name);
	}
	for (int i = 0; i < 3 * FORMER_COUNT_MAX; i++) {
		snprintf(name, sizeof name, "n%d", i);
		assert_found(former, "p", name, i < 2 * FORMER_COUNT_MAX ? NULL : name);
	}
	former_free(former);
}

static void bytes_are_bounded(void **state)
{
	const size_t len = FORMER_BYTES_MAX / 16;
	struct former *former = former_new(HOUR_MS);
	char *text = malloc(len + 2), name[16];

	(void)state;
	memset(text, 'x', len + 1);
	text[len + 1] = '\0';
	note(former, "p", "large", text);
	assert_found(former, "p", "large", NULL);
	text[len] = '\0';
	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof name, "n%d", i);
		note(former, "p", name, text);
	}
	assert_found(former, "p", "n3", NULL);
	assert_found(former, "p", "n4", text);
	assert_found(former, "p", "n19", text);
	free(text);
	former_free(former);
}

static void without_memory_nothing_is_found(void **state)
{
	struct former *former = former_new(HOUR_MS);
	const struct former_name web = {"p", "", "web"};
	struct arena *arena = arena_new(1);
	size_t len = 1;

	(void)state;
	note(former, "p", "web", "{\"a\":1}");
	assert_null(former_find(former, arena, &web, &len));
	assert_int_equal(len, 0);
	arena_free(arena);
	former_free(former);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_a_policy),
		cmocka_unit_test(tenants_know_nothing_of_each_other),
		cmocka_unit_test(a_name_has_one_last_container),
		cmocka_unit_test(what_is_old_is_forgotten),
		cmocka_unit_test(numbers_are_bounded),
		cmocka_unit_test(bytes_are_bounded),
		cmocka_unit_test(without_memory_nothing_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
