/* What the engine believes of the daemon's answers, and how it remembers its questions. */
#include "policy/arena.h"
#include "policy/facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define A16 "aaaaaaaaaaaaaaaa"
#define ID  A16 A16 A16 A16

struct answer {
	enum object_kind kind;
	const char *name;
	unsigned status;
	const char *body;
	enum fact_state state;
	const char *id;      /* when found */
	const char *message; /* part of it, otherwise */
};

static const struct answer answers[] = {
	{OBJECT_CONTAINER, "web", 200, "{\"Id\":\"" ID "\",\"Name\":\"/web\"}", FACT_FOUND, ID, NULL},
	{OBJECT_CONTAINER, "aaa", 200, "{\"Id\":\"" ID "\",\"Name\":\"/web\"}", FACT_FOUND, ID, NULL},
	{OBJECT_CONTAINER, ID, 200, "{\"Id\":\"" ID "\"}", FACT_FOUND, ID, NULL},
	{OBJECT_CONTAINER, "web", 200, "{\"Id\":\"" ID "\",\"Name\":\"/db\"}", FACT_FAILED, NULL,
     "not about"},
	{OBJECT_CONTAINER, "web", 200, "{\"Id\":\"" ID "a\",\"Name\":\"/web\"}", FACT_FAILED, NULL,
     "not about"},
	{OBJECT_CONTAINER, "web", 200, "{\"Id\":\"A" A16 A16 A16 "aaaaaaaaaaaaaaa\",\"Name\":\"/web\"}",
     FACT_FAILED, NULL, "not about"},
	{OBJECT_CONTAINER, "web", 200, "{\"Id\":7,\"Name\":\"/web\"}", FACT_FAILED, NULL, "not about"},
	{OBJECT_CONTAINER, "web", 200, "{\"Name\":\"/web\"}", FACT_FAILED, NULL, "not about"},
	{OBJECT_CONTAINER, "web", 200, "[]", FACT_FAILED, NULL, "not an object"},
	{OBJECT_CONTAINER, "web", 200, "", FACT_FAILED, NULL, ""},
	{OBJECT_CONTAINER, "web", 200, "{\"Id\":\"" ID "\",\"Name\":\"/web\"}x", FACT_FAILED, NULL, ""},
	{OBJECT_CONTAINER, "web", 200, "{\"Id\":\"" ID "\",\"Id\":\"" ID "\",\"Name\":\"/web\"}",
     FACT_FAILED, NULL, ""},
	{OBJECT_CONTAINER, "web", 404, "{\"message\":\"No such container: web\"}", FACT_MISSING, NULL,
     "No such container: web"},
	{OBJECT_CONTAINER, "web", 404, "{}", FACT_FAILED, NULL, "no reason"},
	{OBJECT_CONTAINER, "web", 404, "page not found", FACT_FAILED, NULL, ""},
	{OBJECT_CONTAINER, "web", 500, "{\"message\":\"Multiple IDs found\"}", FACT_FAILED, NULL,
     "Multiple IDs"},
	{OBJECT_CONTAINER, "web", 201, "{\"Id\":\"" ID "\",\"Name\":\"/web\"}", FACT_FAILED, NULL, ""},
	{OBJECT_EXEC, ID, 200, "{\"ID\":\"" ID "\"}", FACT_FOUND, ID, NULL},
	{OBJECT_EXEC, ID, 200, "{\"Id\":\"" ID "\"}", FACT_FAILED, NULL, "not about"},
	{OBJECT_NETWORK, "lan", 200, "{\"Id\":\"" ID "\",\"Name\":\"lan\"}", FACT_FOUND, ID, NULL},
	{OBJECT_NETWORK, "lan", 200, "{\"Id\":\"0123456789abcdefghijklmno\",\"Name\":\"lan\"}",
     FACT_FOUND, "0123456789abcdefghijklmno", NULL},
	{OBJECT_CONTAINER, "lan", 200, "{\"Id\":\"0123456789abcdefghijklmno\",\"Name\":\"lan\"}",
     FACT_FAILED, NULL, "not about"},
	{OBJECT_TASK, "web.1.0123456789abcdefghijklmno", 200, "{\"ID\":\"0123456789abcdefghijklmno\"}",
     FACT_FOUND, "0123456789abcdefghijklmno", NULL},
	{OBJECT_TASK, "web.1.x123456789abcdefghijklmno", 200, "{\"ID\":\"0123456789abcdefghijklmno\"}",
     FACT_FAILED, NULL, "not about"},
	{OBJECT_SERVICE, "web.0123456789abcdefghijklmno", 200, "{\"ID\":\"0123456789abcdefghijklmno\"}",
     FACT_FAILED, NULL, "not about"},
	{OBJECT_VOLUME, "v", 200, "{\"Name\":\"v\"}", FACT_FOUND, "v", NULL},
	{OBJECT_VOLUME, "v", 200, "{\"Name\":\"V\"}", FACT_FAILED, NULL, "not about"},
	{OBJECT_VOLUME, "v", 404, "{\"message\":\"get v: no such volume\"}", FACT_MISSING, NULL,
     "no such volume"},
	{OBJECT_IMAGE, "alpine", 200, "{\"Id\":\"sha256:" ID "\"}", FACT_FOUND, "sha256:" ID, NULL},
	{OBJECT_IMAGE, "alpine", 200, "{\"Id\":\"" ID "\"}", FACT_FAILED, NULL, "not about"},
	{OBJECT_DAEMON, "info", 200, "{\"ServerVersion\":\"28\",\"Name\":\"h\"}", FACT_FOUND, "info",
     NULL},
	{OBJECT_DAEMON, "info", 200, "{\"Name\":\"info\"}", FACT_FAILED, NULL, "not about"},
	{OBJECT_DISTRIBUTION, "alpine:3", 200, "{\"Descriptor\":{\"digest\":\"sha256:" ID "\"}}",
     FACT_FOUND, "sha256:" ID, NULL},
	{OBJECT_DISTRIBUTION, "alpine:3", 200, "{\"Descriptor\":{\"digest\":\"sha256:" ID "a\"}}",
     FACT_FAILED, NULL, "tells no digest"},
	{OBJECT_DISTRIBUTION, "alpine:3", 200, "{\"Descriptor\":{\"digest\":\"" ID "\"}}", FACT_FAILED,
     NULL, "tells no digest"},
	{OBJECT_DISTRIBUTION, "alpine:3", 200,
     "{\"Descriptor\":{\"digest\":\"sha256:" ID "\",\"digest\":\"sha256:" ID "\"}}", FACT_FAILED,
     NULL, ""},
	{OBJECT_DISTRIBUTION, "alpine:3", 200, "{\"Id\":\"sha256:" ID "\"}", FACT_FAILED, NULL,
     "tells no digest"},
	{OBJECT_DISTRIBUTION, "alpine:3", 200, "{\"Descriptor\":null}", FACT_FAILED, NULL,
     "tells no digest"},
	{OBJECT_DISTRIBUTION, "alpine:3", 404, "{\"message\":\"manifest unknown\"}", FACT_MISSING, NULL,
     "manifest unknown"},
	{OBJECT_DISTRIBUTION, "alpine:3", 401, "{\"message\":\"unauthorized\"}", FACT_FAILED, NULL,
     "unauthorized"},
};

static void answers_are_read_with_suspicion(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		const struct answer *row = &answers[i];
		struct arena *arena = arena_new(1 << 16);
		struct facts facts = {.count = 0};
		struct fact *fact = facts_about(arena, &facts, row->kind, row->name);

		fact_learn(arena, fact, row->status, row->body, strlen(row->body));
		if (fact->state != row->state)
			fail_msg("row %zu: state %d, wanted %d", i, (int)fact->state, (int)row->state);
		if (row->state == FACT_FOUND) {
			assert_string_equal(fact->id, row->id);
			assert_non_null(fact->inspected);
		} else {
			assert_null(fact->id);
			assert_null(fact->inspected);
			assert_non_null(strstr(fact->message, row->message));
		}
		assert_false(facts_wanted(&facts));
		arena_free(arena);
	}
}

static void a_question_is_asked_once(void **state)
{
	const char *body = "{\"Id\":\"" ID "\",\"Name\":\"/web\"}";
	struct arena *arena = arena_new(1 << 16);
	struct facts facts = {.count = 0};
	struct fact *web = facts_about(arena, &facts, OBJECT_CONTAINER, "web");

	(void)state;
	assert_int_equal(web->state, FACT_WANTED);
	assert_true(facts_wanted(&facts));
	assert_ptr_equal(facts_about(arena, &facts, OBJECT_CONTAINER, "web"), web);
	assert_ptr_equal(facts_find(&facts, OBJECT_CONTAINER, "web"), web);
	assert_null(facts_find(&facts, OBJECT_NETWORK, "web"));
	assert_int_equal(facts.count, 1);
	fact_learn(arena, web, 200, body, strlen(body));
	/* What is known by name is known by its full id. */
	assert_ptr_equal(facts_about(arena, &facts, OBJECT_CONTAINER, ID), web);
	assert_ptr_not_equal(facts_about(arena, &facts, OBJECT_VOLUME, "web"), web);
	assert_int_equal(facts.count, 2);
	arena_free(arena);
}

static void there_is_an_end_to_questions(void **state)
{
	struct arena *arena = arena_new(1 << 16);
	struct facts facts = {.count = 0};
	char name[16];

	(void)state;
	for (int i = 0; i < FACTS_MAX; i++) {
		snprintf(name, sizeof name, "v%d", i);
		assert_non_null(facts_about(arena, &facts, OBJECT_VOLUME, name));
	}
	assert_null(facts_about(arena, &facts, OBJECT_VOLUME, "one-more"));
	assert_non_null(facts_about(arena, &facts, OBJECT_VOLUME, "v0"));
	assert_int_equal(facts.count, FACTS_MAX);
	arena_free(arena);
}

static void without_memory_nothing_is_found(void **state)
{
	const char *body = "{\"Id\":\"" ID "\",\"Name\":\"/web\"}";
	struct facts facts = {.count = 0};

	(void)state;
	for (size_t limit = 0; limit < 64; limit += 8) {
		struct arena *arena = arena_new(limit);
		struct fact fact = {.kind = OBJECT_CONTAINER, .name = "web"};

		assert_non_null(arena);
		fact_learn(arena, &fact, 200, body, strlen(body));
		assert_true(fact.state == FACT_FAILED || fact.state == FACT_FOUND);
		assert_true((fact.state == FACT_FOUND) == (fact.inspected != NULL));
		if (limit == 0) {
			assert_int_equal(fact.state, FACT_FAILED);
			assert_null(facts_about(arena, &facts, OBJECT_VOLUME, "v"));
		}
		arena_free(arena);
	}
}

static void a_store_is_known_by_its_driver(void **state)
{
	static const struct {
		const char *info;
		enum image_store store;
	} table[] = {
		{"{\"Driver\":\"overlay2\",\"DriverStatus\":[[\"Backing Filesystem\",\"extfs\"]]}",
	     IMAGE_STORE_CLASSIC},
		{"{\"Driver\":\"vfs\",\"DriverStatus\":null}", IMAGE_STORE_CLASSIC},
		{"{\"Driver\":\"vfs\"}", IMAGE_STORE_CLASSIC},
		{"{\"Driver\":\"overlayfs\","
	     "\"DriverStatus\":[[\"driver-type\",\"io.containerd.snapshotter.v1\"]]}",
	     IMAGE_STORE_CONTAINERD},
		{"{\"Driver\":\"btrfs\","
	     "\"DriverStatus\":[[\"driver-type\",\"io.containerd.snapshotter.v1\"]]}",
	     IMAGE_STORE_CONTAINERD},
		{"{\"Driver\":\"overlayfs\",\"DriverStatus\":[]}", IMAGE_STORE_UNKNOWN},
		{"{\"Driver\":\"stargz\",\"DriverStatus\":null}", IMAGE_STORE_UNKNOWN},
		{"{\"Driver\":7,\"DriverStatus\":[7,[],[7],{}]}", IMAGE_STORE_UNKNOWN},
		{"{}", IMAGE_STORE_UNKNOWN},
		{"[]", IMAGE_STORE_UNKNOWN},
		{"no", IMAGE_STORE_UNKNOWN},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		if (image_store_learn(200, table[i].info, strlen(table[i].info)) != table[i].store)
			fail_msg("%s", table[i].info);
		assert_int_equal(image_store_learn(500, table[i].info, strlen(table[i].info)),
		                 IMAGE_STORE_UNKNOWN);
	}
}

/* A fact of which no more than the owner is known answers no other question. */
static void a_remembered_owner_is_no_inspection(void **state)
{
	struct facts facts = {.count = 0};
	struct arena *arena = arena_new(4096);
	struct fact *owner, *whole;

	(void)state;
	owner = facts_about_owner(arena, &facts, OBJECT_CONTAINER, ID);
	assert_true(owner->owner_only);
	assert_ptr_equal(facts_about_owner(arena, &facts, OBJECT_CONTAINER, ID), owner);
	fact_remember(owner);
	assert_false(facts_wanted(&facts));
	assert_null(facts_find(&facts, OBJECT_CONTAINER, ID));
	whole = facts_about(arena, &facts, OBJECT_CONTAINER, ID);
	assert_ptr_not_equal(whole, owner);
	assert_int_equal(whole->state, FACT_WANTED);
	assert_ptr_equal(facts_about_owner(arena, &facts, OBJECT_CONTAINER, ID), owner);

	facts.count = 0; /* who wants to know more before it is known gets it */
	owner = facts_about_owner(arena, &facts, OBJECT_CONTAINER, ID);
	assert_ptr_equal(facts_about(arena, &facts, OBJECT_CONTAINER, ID), owner);
	assert_false(owner->owner_only);

	facts.count = 0; /* what has a name, or a seal that may change */
	assert_false(facts_about_owner(arena, &facts, OBJECT_CONTAINER, "web")->owner_only);
	assert_false(facts_about_owner(arena, &facts, OBJECT_VOLUME, ID)->owner_only);
	assert_false(facts_about_owner(arena, &facts, OBJECT_SERVICE, ID)->owner_only);
	assert_false(facts_about_owner(arena, &facts, OBJECT_IMAGE, "sha256:" ID)->owner_only);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_are_read_with_suspicion),
		cmocka_unit_test(a_question_is_asked_once),
		cmocka_unit_test(a_store_is_known_by_its_driver),
		cmocka_unit_test(there_is_an_end_to_questions),
		cmocka_unit_test(without_memory_nothing_is_found),
		cmocka_unit_test(a_remembered_owner_is_no_inspection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
