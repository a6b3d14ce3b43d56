/* The record of where images came from: what is kept, for how long, and what survives on disk. */
#include "proxy/provenance.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/facts.h"
#include "policy/text.h"
#include "tests/unit/temporary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define HEX60 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789ab"
#define ID_A  "sha256:" HEX60 "000a"
#define ID_B  "sha256:" HEX60 "000b"

static void pulled(struct provenance *provenance, const char *id, const char *name, const char *tag)
{
	provenance_add(provenance, &(struct provenance_record){.id = id, .name = name, .tag = tag});
}

static void made(struct provenance *provenance, const char *id, const char *name, const char *tag)
{
	provenance_add(provenance,
	               &(struct provenance_record){
					   .made = true, .id = id, .name = name, .tag = tag, .policy = "ci"});
}

/* "made docker.io/x:1 by ci, pulled y", the newest first. */
static const char *told(struct provenance *provenance, struct arena *arena, const char *id)
{
	const struct image_origin *origins;
	size_t count = provenance_find(provenance, arena, id, &origins);
	const char *text = "";

	for (size_t i = 0; i < count; i++) {
		const struct image_origin *origin = &origins[i];

		text = arena_format(arena, "%s%s%s %s%s%s%s%s", text, i > 0 ? ", " : "",
		                    origin->made ? "made" : "pulled",
		                    origin->name != NULL ? origin->name : "-",
		                    origin->tag != NULL ? ":" : "", origin->tag != NULL ? origin->tag : "",
		                    origin->policy != NULL ? " by " : "",
		                    origin->policy != NULL ? origin->policy : "");
	}
	return text;
}

static struct provenance *open_at(const char *directory)
{
	struct error error = {.text = ""};
	struct provenance *provenance = provenance_open(directory, &error);

	if (provenance == NULL)
		fail_msg("%s", error.text);
	return provenance;
}

static void what_was_added_is_told(void **state)
{
	struct provenance *provenance = open_at(NULL);
	struct arena *arena = arena_new(1 << 20);

	(void)state;
	assert_string_equal(told(provenance, arena, ID_A), "");
	pulled(provenance, ID_A, "docker.io/library/alpine", "3");
	made(provenance, ID_A, "docker.io/ci/x", NULL);
	made(provenance, ID_A, NULL, NULL);
	pulled(provenance, ID_B, "docker.io/library/alpine", NULL);
	pulled(provenance, ID_A, "docker.io/library/alpine", "3");
	made(provenance, ID_A, NULL, NULL);
	assert_string_equal(
		told(provenance, arena, ID_A),
		"made - by ci, made docker.io/ci/x by ci, pulled docker.io/library/alpine:3");
	assert_string_equal(told(provenance, arena, ID_B), "pulled docker.io/library/alpine");
	arena_free(arena);
	provenance_close(provenance);
}

/* A tag that is moved back and forth drives nothing else out of the record. */
static void what_is_known_is_not_kept_twice(void **state)
{
	struct provenance *provenance = open_at(NULL);
	struct arena *arena = arena_new(1 << 20);

	(void)state;
	for (int i = 0; i < 3; i++) {
		pulled(provenance, ID_A, "a/b", "1");
		pulled(provenance, ID_B, "a/b", "1");
		pulled(provenance, ID_B, "a/b", "2");
	}
	made(provenance, ID_A, "a/b", "1");
	assert_string_equal(told(provenance, arena, ID_A), "made a/b:1 by ci, pulled a/b:1");
	assert_string_equal(told(provenance, arena, ID_B), "pulled a/b:2, pulled a/b:1");
	arena_free(arena);
	provenance_close(provenance);
}

static void what_makes_no_sense_is_left_out(void **state)
{
	static const struct provenance_record table[] = {
		{.id = "sha256:12", .name = "a"},
		{.id = HEX60 "000a", .name = "a"},
		{.id = ID_A},
		{.id = ID_A, .name = ""},
		{.id = ID_A, .name = "a b"},
		{.id = ID_A, .name = "a#b"},
		{.id = ID_A, .name = "a\nmade"},
		{.id = ID_A, .name = "a", .tag = ""},
		{.id = ID_A, .name = "a", .tag = "1 2"},
		{.id = ID_A, .name = "a", .policy = "ci"},
		{.made = true, .id = ID_A, .name = "a"},
		{.made = true, .id = ID_A, .name = "a", .policy = "c i"},
		{.made = true, .id = ID_A, .tag = "1", .policy = "ci"},
	};
	struct provenance *provenance = open_at(NULL);
	struct arena *arena = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		provenance_add(provenance, &table[i]);
		if (strcmp(told(provenance, arena, ID_A), "") != 0)
			fail_msg("row %zu is kept", i);
	}
	arena_free(arena);
	provenance_close(provenance);
}

/* The id of number N. */
static const char *id_of(unsigned n)
{
	static char id[80];

	snprintf(id, sizeof id, "sha256:%056u%08x", 0U, n);
	return id;
}

static void of_many_the_newest_are_kept(void **state)
{
	struct provenance *provenance = open_at(NULL);
	struct arena *arena = arena_new(4 << 20);
	const struct image_origin *origins;

	(void)state;
	for (unsigned i = 0; i < PROVENANCE_RECORDS + 100; i++)
		made(provenance, id_of(i), "a", "1");
	for (unsigned i = 0; i < 200; i++)
		assert_int_equal(provenance_find(provenance, arena, id_of(i), &origins), i >= 100);
	for (unsigned i = 0; i < 2 * PROVENANCE_ORIGINS_MAX; i++) {
		char tag[16];

		snprintf(tag, sizeof tag, "%u", i);
		made(provenance, ID_A, "a", tag);
	}
	assert_int_equal(provenance_find(provenance, arena, ID_A, &origins), PROVENANCE_ORIGINS_MAX);
	arena_free(arena);
	arena = arena_new(100);
	assert_int_equal(provenance_find(provenance, arena, ID_A, &origins), 0);
	arena_free(arena);
	provenance_close(provenance);
}

static const char *state_directory(const char *name)
{
	const char *directory = temporary_path(name);

	assert_int_equal(mkdir(directory, 0700), 0);
	return directory;
}

static void forget(const char *name)
{
	char path[TEMPORARY_PATH_SIZE + 16];

	snprintf(path, sizeof path, "%s/images", temporary_path(name));
	unlink(path);
	rmdir(temporary_path(name));
}

static void it_outlives_the_process(void **state)
{
	struct provenance *provenance = open_at(state_directory("kept"));
	struct arena *arena = arena_new(1 << 20);

	(void)state;
	pulled(provenance, ID_A, "docker.io/library/alpine", "3");
	made(provenance, ID_A, NULL, NULL);
	made(provenance, ID_B, "reg:5000/x", "1");
	provenance_close(provenance);
	provenance = open_at(temporary_path("kept"));
	pulled(provenance, ID_B, "more", NULL);
	provenance_close(provenance);
	provenance = open_at(temporary_path("kept"));
	assert_string_equal(told(provenance, arena, ID_A),
	                    "made - by ci, pulled docker.io/library/alpine:3");
	assert_string_equal(told(provenance, arena, ID_B), "pulled more, made reg:5000/x:1 by ci");
	provenance_close(provenance);
	arena_free(arena);
	forget("kept");
}

static void odd_lines_are_left_out(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	char path[TEMPORARY_PATH_SIZE + 16];
	struct provenance *provenance;
	struct stat status;
	FILE *file;

	(void)state;
	snprintf(path, sizeof path, "%s/images", state_directory("odd"));
	file = fopen(path, "we");
	assert_non_null(file);
	fputs("pulled " ID_A " a#\nnonsense\n\nmade " ID_A " b#1\npulled " ID_A "\nmade " ID_A
	      " b#1 ci\npulled " ID_A " torn#",
	      file);
	fclose(file);
	provenance = open_at(temporary_path("odd"));
	assert_string_equal(told(provenance, arena, ID_A), "made b:1 by ci, pulled a");
	/* What is added now does not end up behind the torn line. */
	pulled(provenance, ID_B, "c", NULL);
	provenance_close(provenance);
	provenance = open_at(temporary_path("odd"));
	assert_string_equal(told(provenance, arena, ID_B), "pulled c");
	assert_string_equal(told(provenance, arena, ID_A), "made b:1 by ci, pulled a");
	provenance_close(provenance);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	arena_free(arena);
	forget("odd");
}

static void the_file_stays_bounded(void **state)
{
	struct provenance *provenance = open_at(state_directory("long"));
	char path[TEMPORARY_PATH_SIZE + 16];
	struct stat status;

	(void)state;
	snprintf(path, sizeof path, "%s/images", temporary_path("long"));
	for (unsigned round = 0; round < 5; round++) {
		for (unsigned i = 0; i < PROVENANCE_RECORDS; i++)
			made(provenance, id_of(round * PROVENANCE_RECORDS + i), "a", "1");
		provenance_close(provenance);
		provenance = open_at(temporary_path("long"));
	}
	provenance_close(provenance);
	assert_int_equal(stat(path, &status), 0);
	assert_true(status.st_size <= 3L * PROVENANCE_RECORDS * 90);
	forget("long");
}

static void a_place_that_others_can_write_is_refused(void **state)
{
	struct error error;
	const char *directory = state_directory("open");

	(void)state;
	assert_int_equal(chmod(directory, 0777), 0);
	assert_null(provenance_open(directory, &error));
	assert_non_null(strstr(error.text, "can be written by others"));
	forget("open");
	assert_null(provenance_open(temporary_path("nowhere"), &error));
	assert_non_null(strstr(error.text, "nowhere"));
	assert_null(provenance_open(temporary_file("file", ""), &error));
	assert_non_null(strstr(error.text, "is no directory"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_added_is_told),
		cmocka_unit_test(what_is_known_is_not_kept_twice),
		cmocka_unit_test(what_makes_no_sense_is_left_out),
		cmocka_unit_test(of_many_the_newest_are_kept),
		cmocka_unit_test(it_outlives_the_process),
		cmocka_unit_test(odd_lines_are_left_out),
		cmocka_unit_test(the_file_stays_bounded),
		cmocka_unit_test(a_place_that_others_can_write_is_refused),
	};

	return cmocka_run_group_tests(tests, temporary_make, temporary_remove);
}
