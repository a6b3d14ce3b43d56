/* What a pattern of images means, and which images a list has. */
#include "policy/image_list.h"

#include "policy/arena.h"
#include "policy/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void a_pattern_is_normalised_as_dockerd_would(void **state)
{
	static const struct {
		const char *text, *means;
		enum image_pattern_kind kind;
	} table[] = {
		{"alpine", "docker.io/library/alpine", IMAGE_PATTERN_NAME},
		{"library/alpine", "docker.io/library/alpine", IMAGE_PATTERN_NAME},
		{"docker.io/alpine", "docker.io/library/alpine", IMAGE_PATTERN_NAME},
		{"index.docker.io/alpine", "docker.io/library/alpine", IMAGE_PATTERN_NAME},
		{"docker.io/*", "docker.io/library/*", IMAGE_PATTERN_NAME},
		{"docker.io/**", "docker.io/**", IMAGE_PATTERN_NAME},
		{"docker.io/library/*", "docker.io/library/*", IMAGE_PATTERN_NAME},
		{"team/*", "docker.io/team/*", IMAGE_PATTERN_NAME},
		{"my*", "docker.io/library/my*", IMAGE_PATTERN_NAME},
		{"*-base", "docker.io/library/*-base", IMAGE_PATTERN_NAME},
		{"my*/app", "docker.io/my*/app", IMAGE_PATTERN_NAME},
		{"*/app", "*/app", IMAGE_PATTERN_NAME},
		{"**/app", "**/app", IMAGE_PATTERN_NAME},
		{"*.example/app", "*.example/app", IMAGE_PATTERN_NAME},
		{"*", "**", IMAGE_PATTERN_NAME},
		{"**", "**", IMAGE_PATTERN_NAME},
		{"localhost/a", "localhost/a", IMAGE_PATTERN_NAME},
		{"localhosts/a", "docker.io/localhosts/a", IMAGE_PATTERN_NAME},
		{"reg:5000/a", "reg:5000/a", IMAGE_PATTERN_NAME},
		{"reg:5000/a:1", "reg:5000/a:1", IMAGE_PATTERN_TAG},
		{"reg:*/a", "reg:*/a", IMAGE_PATTERN_NAME},
		{"alpine:3.*", "docker.io/library/alpine:3.*", IMAGE_PATTERN_TAG},
		{"**:v1", "**:v1", IMAGE_PATTERN_TAG},
		{"*:v1", "**:v1", IMAGE_PATTERN_TAG},
		{"alpine@sha256:" HEX, "docker.io/library/alpine@sha256:" HEX, IMAGE_PATTERN_DIGEST},
		{"", NULL, IMAGE_PATTERN_NAME},
		{"/a", NULL, IMAGE_PATTERN_NAME},
		{"a/", NULL, IMAGE_PATTERN_NAME},
		{"a//b", NULL, IMAGE_PATTERN_NAME},
		{"Alpine", NULL, IMAGE_PATTERN_NAME},
		{"a b", NULL, IMAGE_PATTERN_NAME},
		{"a:", NULL, IMAGE_PATTERN_NAME},
		{"a:**", NULL, IMAGE_PATTERN_NAME},
		{"a:1:2", NULL, IMAGE_PATTERN_NAME},
		{"a:b/c:d/e", NULL, IMAGE_PATTERN_NAME},
		{"a/b:c/d", NULL, IMAGE_PATTERN_NAME},
		{"a@sha256:12", NULL, IMAGE_PATTERN_NAME},
		{"a@*", NULL, IMAGE_PATTERN_NAME},
		{"a:1@sha256:" HEX, NULL, IMAGE_PATTERN_NAME},
		{"https://reg/a", NULL, IMAGE_PATTERN_NAME},
	};
	struct arena *arena = arena_new(1 << 20);

	(void)state;
	assert_non_null(arena);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		enum image_pattern_kind kind;
		struct error error = {.text = ""};
		const char *means = image_pattern_read(arena, table[i].text, &kind, &error);

		if ((means == NULL) != (table[i].means == NULL) ||
		    (means != NULL && (strcmp(means, table[i].means) != 0 || kind != table[i].kind)) ||
		    (means == NULL) != (error.text[0] != '\0'))
			fail_msg("%s: %s %s", table[i].text, means != NULL ? means : "", error.text);
	}
	arena_free(arena);
}

static void add(struct arena *arena, struct image_list *list, const char *text)
{
	enum image_pattern_kind kind;
	const char *pattern = image_pattern_read(arena, text, &kind, NULL);
	struct patterns *patterns = kind == IMAGE_PATTERN_NAME  ? &list->names
	                            : kind == IMAGE_PATTERN_TAG ? &list->tagged
	                                                        : &list->digests;

	assert_non_null(pattern);
	patterns->list = arena_alloc(arena, sizeof *patterns->list);
	assert_non_null(patterns->list);
	patterns->list[0] = pattern;
	patterns->count = 1;
}

static void a_list_has_what_one_pattern_is_about(void **state)
{
	static const struct {
		const char *pattern;
		struct image_name image;
		bool has;
	} table[] = {
		{"alpine", {"docker.io/library/alpine", NULL, NULL}, true},
		{"alpine", {"docker.io/library/alpine", "3", "sha256:" HEX}, true},
		{"alpine", {"docker.io/evil/alpine", NULL, NULL}, false},
		{"alpine", {"docker.io/library/alpine2", NULL, NULL}, false},
		{"alpine:3.*", {"docker.io/library/alpine", "3.19", NULL}, true},
		{"alpine:3.*", {"docker.io/library/alpine", "30", NULL}, false},
		{"alpine:3.*", {"docker.io/library/alpine", NULL, "sha256:" HEX}, false},
		{"alpine:*", {"docker.io/library/alpine", NULL, NULL}, false},
		{"alpine:*", {"docker.io/library/alpine", "x", NULL}, true},
		{"*-slim", {"docker.io/library/python", "3-slim", NULL}, false},
		{"*-slim", {"docker.io/library/python-slim", "3", NULL}, true},
		{"**:5*", {"reg:5000/a", "9", NULL}, false},
		{"**:5*", {"reg:5000/a", "5", NULL}, true},
		{"reg:*/a:1", {"reg:5000/a", "1", NULL}, true},
		{"*", {"reg:5000/a/b/c", NULL, NULL}, true},
		{"*/a", {"reg:5000/a", NULL, NULL}, true},
		{"*/a", {"reg:5000/b/a", NULL, NULL}, false},
		{"**/a", {"reg:5000/b/a", NULL, NULL}, true},
		{"a@sha256:" HEX, {"docker.io/library/a", NULL, "sha256:" HEX}, true},
		{"a@sha256:" HEX, {"docker.io/library/a", "1", NULL}, false},
		{"a@sha256:" HEX, {"docker.io/library/a", NULL, "sha256:" HEX "0"}, false},
	};
	struct arena *arena = arena_new(1 << 20);

	(void)state;
	assert_non_null(arena);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct image_list list = {.set = true};

		add(arena, &list, table[i].pattern);
		if (image_list_has(&list, "", &table[i].image) != table[i].has)
			fail_msg("row %zu: %s and %s", i, table[i].pattern, table[i].image.name);
	}
	arena_free(arena);
}

static void own_patterns_are_normalised(void **state)
{
	static const struct {
		const char *text, *means, *star;
	} table[] = {
		{"ci/$tenant/**", "docker.io/ci/$tenant/**", "docker.io/ci/*/**"},
		{"$tenant", "docker.io/library/$tenant", "docker.io/library/*"},
		{"$tenant/app", "docker.io/$tenant/app", "docker.io/*/app"},
		{"reg:5000/$tenant-x:$tenant.1", "reg:5000/$tenant-x:$tenant.1", "reg:5000/*-x:*.1"},
		{"$tenant@sha256:" HEX, "docker.io/library/$tenant@sha256:" HEX,
	     "docker.io/library/*@sha256:" HEX},
		{"alpine", "docker.io/library/alpine", NULL},
		{"ci/$tenants", NULL, NULL},
		{"ci/$uid", NULL, NULL},
		{"ci/$", NULL, NULL},
		{"ci/$$tenant", NULL, NULL},
		{"ci/$tenant_", NULL, NULL},
		{"a@$tenant", NULL, NULL},
	};
	struct arena *arena = arena_new(1 << 20);
	enum image_pattern_kind kind;

	(void)state;
	assert_null(image_pattern_read(arena, "ci/$tenant", &kind, NULL)); /* in no other place */
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct error error = {.text = ""};
		const char *star, *means = image_pattern_read_own(arena, table[i].text, &kind, &error);

		if ((means == NULL) != (table[i].means == NULL) ||
		    (means != NULL && strcmp(means, table[i].means) != 0) ||
		    (means == NULL) != (error.text[0] != '\0'))
			fail_msg("%s: %s %s", table[i].text, means != NULL ? means : "", error.text);
		if (means == NULL)
			continue;
		assert_int_equal(image_pattern_is_own(arena, means, &star), table[i].star != NULL);
		if (table[i].star != NULL)
			assert_string_equal(star, table[i].star);
	}
	arena_free(arena);
}

static void an_overlong_name_matches_nothing(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	struct image_list list = {.set = true};
	char name[600];

	(void)state;
	assert_non_null(arena);
	memset(name, 'a', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	add(arena, &list, "**:*");
	assert_false(image_list_has(&list, "", &(struct image_name){name, "1", NULL}));
	name[100] = '\0';
	assert_true(image_list_has(&list, "", &(struct image_name){name, "1", NULL}));
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pattern_is_normalised_as_dockerd_would),
		cmocka_unit_test(a_list_has_what_one_pattern_is_about),
		cmocka_unit_test(own_patterns_are_normalised),
		cmocka_unit_test(an_overlong_name_matches_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
