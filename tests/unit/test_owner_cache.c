/* What is remembered of owners: the latest word, of so many objects. */
#include "policy/owner_cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static bool knows(struct owner_cache *cache, const char *name, enum ownership owner)
{
	enum ownership found = OWNERSHIP_FOREIGN;

	return owner_cache_find(cache, OBJECT_VOLUME, name, &found) && found == owner;
}

static void the_last_word_counts(void **state)
{
	struct owner_cache *cache = owner_cache_new(3);
	enum ownership owner;

	(void)state;
	assert_non_null(cache);
	assert_false(knows(cache, "a", OWNERSHIP_FOREIGN));
	owner_cache_put(cache, OBJECT_VOLUME, "a", OWNERSHIP_FOREIGN);
	owner_cache_put(cache, OBJECT_VOLUME, "a", OWNERSHIP_OWN);
	assert_true(knows(cache, "a", OWNERSHIP_OWN));
	assert_false(owner_cache_find(cache, OBJECT_NETWORK, "a", &owner));
	owner_cache_forget(cache, OBJECT_VOLUME, "a");
	owner_cache_forget(cache, OBJECT_VOLUME, "a");
	assert_false(knows(cache, "a", OWNERSHIP_OWN));
	owner_cache_free(cache);
	owner_cache_free(NULL);
}

static void the_longest_unused_is_forgotten(void **state)
{
	struct owner_cache *cache = owner_cache_new(3);

	(void)state;
	owner_cache_put(cache, OBJECT_VOLUME, "a", OWNERSHIP_OWN);
	owner_cache_put(cache, OBJECT_VOLUME, "b", OWNERSHIP_OWN);
	owner_cache_put(cache, OBJECT_VOLUME, "c", OWNERSHIP_OWN);
	assert_true(knows(cache, "a", OWNERSHIP_OWN));
	owner_cache_put(cache, OBJECT_VOLUME, "d", OWNERSHIP_OWN);
	assert_true(knows(cache, "a", OWNERSHIP_OWN));
	assert_false(knows(cache, "b", OWNERSHIP_OWN));
	assert_true(knows(cache, "c", OWNERSHIP_OWN));
	owner_cache_forget(cache, OBJECT_VOLUME, "a");
	owner_cache_put(cache, OBJECT_VOLUME, "e", OWNERSHIP_OWN);
	assert_true(knows(cache, "d", OWNERSHIP_OWN) && knows(cache, "c", OWNERSHIP_OWN));
	owner_cache_free(cache);
}

static void long_names_are_not_remembered(void **state)
{
	struct owner_cache *cache = owner_cache_new(1);
	char name[OWNER_CACHE_NAME_MAX + 2];

	(void)state;
	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	owner_cache_put(cache, OBJECT_VOLUME, name, OWNERSHIP_OWN);
	assert_false(knows(cache, name, OWNERSHIP_OWN));
	name[OWNER_CACHE_NAME_MAX] = '\0';
	owner_cache_put(cache, OBJECT_VOLUME, name, OWNERSHIP_OWN);
	assert_true(knows(cache, name, OWNERSHIP_OWN));
	owner_cache_free(cache);
}

static void many_are_found_again(void **state)
{
	enum { MANY = 3000 };
	struct owner_cache *cache = owner_cache_new(MANY / 2);
	char name[16];

	(void)state;
	for (unsigned i = 0; i < MANY; i++) {
		snprintf(name, sizeof name, "%u", i);
		owner_cache_put(cache, OBJECT_VOLUME, name, i % 2 == 0 ? OWNERSHIP_OWN : OWNERSHIP_SHARED);
	}
	for (unsigned i = 0; i < MANY; i++) {
		snprintf(name, sizeof name, "%u", i);
		assert_int_equal(knows(cache, name, i % 2 == 0 ? OWNERSHIP_OWN : OWNERSHIP_SHARED),
		                 i >= MANY / 2);
	}
	owner_cache_free(cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_word_counts),
		cmocka_unit_test(the_longest_unused_is_forgotten),
		cmocka_unit_test(long_names_are_not_remembered),
		cmocka_unit_test(many_are_found_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
