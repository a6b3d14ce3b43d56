/* Image references: every alias of one repository has one name, and what dockerd refuses is refused. */
#include "policy/arena.h"
#include "policy/error.h"
#include "policy/reference.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define HEX16 "0123456789abcdef"
#define HEX64 HEX16 HEX16 HEX16 HEX16
#define A50   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

struct accepted {
	const char *text, *name, *tag, *digest;
	bool maybe_id;
};

static const struct accepted accepted[] = {
	{"alpine", "docker.io/library/alpine", NULL, NULL, false},
	{"alpine:3.19", "docker.io/library/alpine", "3.19", NULL, false},
	{"library/alpine", "docker.io/library/alpine", NULL, NULL, false},
	{"docker.io/alpine", "docker.io/library/alpine", NULL, NULL, false},
	{"docker.io/library/alpine", "docker.io/library/alpine", NULL, NULL, false},
	{"index.docker.io/alpine", "docker.io/library/alpine", NULL, NULL, false},
	{"index.docker.io/team/app", "docker.io/team/app", NULL, NULL, false},
	{"team/app:1", "docker.io/team/app", "1", NULL, false},
	{"localhost/app", "localhost/app", NULL, NULL, false},
	{"localhost:5000/app", "localhost:5000/app", NULL, NULL, false},
	{"registry.example/a/b/c:T_1.x-y", "registry.example/a/b/c", "T_1.x-y", NULL, false},
	{"Registry.Example/app", "Registry.Example/app", NULL, NULL, false},
	{"Docker.io/alpine", "Docker.io/alpine", NULL, NULL, false},
	{"127.0.0.1:5000/x", "127.0.0.1:5000/x", NULL, NULL, false},
	{"a.b/c", "a.b/c", NULL, NULL, false},
	{"a--b__c.d_e", "docker.io/library/a--b__c.d_e", NULL, NULL, false},
	{"alpine@sha256:" HEX64, "docker.io/library/alpine", NULL, "sha256:" HEX64, false},
	{"x/y:1@sha256:" HEX64, "docker.io/x/y", "1", "sha256:" HEX64, false},
	{"cafe", "docker.io/library/cafe", NULL, NULL, true},
	{"1", "docker.io/library/1", NULL, NULL, true},
	{"cafe:1", "docker.io/library/cafe", "1", NULL, false},
	{"team/cafe", "docker.io/team/cafe", NULL, NULL, false},
	{"sha256:cafe", "docker.io/library/sha256", "cafe", NULL, true},
	{"sha256:" HEX64, "docker.io/library/sha256", HEX64, NULL, true},
	{HEX64, "docker.io/library/" HEX64, NULL, NULL, true},
};

static const char *const refused[] = {
	"",
	" ",
	" alpine",
	"alpine ",
	"alpine\n",
	"Alpine",
	"team/App",
	"FOO/bar",
	"alpine:",
	":1",
	"alpine:-1",
	"alpine:.1",
	"alpine:a b",
	"alpine:1:2",
	"@sha256:" HEX64,
	"alpine@",
	"alpine@sha256:",
	"alpine@sha256:" HEX16,
	"alpine@md5:" HEX16 HEX16,
	"alpine@sha256:" HEX64 "@sha256:" HEX64,
	"/alpine",
	"alpine/",
	"a//b",
	"a/./b",
	"../x",
	"-a",
	"a-",
	"a..b",
	"a___b",
	"a._b",
	"_a",
	"a.b:/c",
	"a.b:x/c",
	"a.b:1:2/c",
	"-a.b/c",
	"a-.b/c",
	"a..b/c",
	"[::1]:5000/x",
	"http://registry.example/x",
	"user@registry.example/x",
	"a*",
	"\xc3\xa9",
	A50 A50 A50 A50 A50 "aaaaaa",
	"alpine:" A50 A50 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
};

static void assert_same(const char *what, const char *got, const char *wanted)
{
	if ((got == NULL) != (wanted == NULL) || (got != NULL && strcmp(got, wanted) != 0))
		fail_msg("%s: got %s, wanted %s", what, got != NULL ? got : "none",
		         wanted != NULL ? wanted : "none");
}

static void one_repository_has_one_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof accepted / sizeof *accepted; i++) {
		const struct accepted *row = &accepted[i];
		struct arena *arena = arena_new(1 << 16);
		struct error error = {""};
		struct reference reference;

		if (!reference_parse(arena, row->text, &reference, &error))
			fail_msg("'%s' %s", row->text, error.text);
		assert_same(row->text, reference.name, row->name);
		assert_same(row->text, reference.tag, row->tag);
		assert_same(row->text, reference.digest, row->digest);
		if (reference.maybe_id != row->maybe_id)
			fail_msg("'%s': maybe_id", row->text);
		arena_free(arena);
	}
}

/* As `docker images` shows them. */
static void what_is_usual_is_left_out(void **state)
{
	static const struct {
		const char *text, *familiar;
	} rows[] = {
		{"docker.io/library/busybox:latest", "busybox"},
		{"index.docker.io/busybox", "busybox"},
		{"busybox@sha256:" HEX64, "busybox"},
		{"docker.io/team/app", "team/app"},
		{"library/team/app", "library/team/app"},
		{"registry.example/library/busybox", "registry.example/library/busybox"},
		{"docker.io/libraryx/y", "libraryx/y"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct arena *arena = arena_new(1 << 16);
		struct error error;
		struct reference reference;

		assert_true(reference_parse(arena, rows[i].text, &reference, &error));
		assert_string_equal(reference.familiar, rows[i].familiar);
		arena_free(arena);
	}
}

static void what_is_no_reference_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		struct arena *arena = arena_new(1 << 16);
		struct error error = {""};
		struct reference reference;

		if (reference_parse(arena, refused[i], &reference, &error))
			fail_msg("'%s' became '%s'", refused[i], reference.name);
		assert_string_not_equal(error.text, "");
		arena_free(arena);
	}
}

static void without_memory_it_is_refused(void **state)
{
	(void)state;
	for (size_t limit = 0; limit < 120; limit++) {
		struct arena *arena = arena_new(limit);
		struct error error = {""};
		struct reference reference;

		if (arena != NULL && reference_parse(arena, "alpine:1", &reference, &error))
			assert_string_equal(reference.name, "docker.io/library/alpine");
		else
			assert_true(arena == NULL || strcmp(error.text, "out of memory") == 0);
		arena_free(arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_repository_has_one_name),
		cmocka_unit_test(what_is_usual_is_left_out),
		cmocka_unit_test(what_is_no_reference_is_refused),
		cmocka_unit_test(without_memory_it_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
