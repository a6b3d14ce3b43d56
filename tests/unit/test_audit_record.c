/* Lines of the audit log, read back: what is told, and what is known to be missing. */
#include "policy/arena.h"
#include "policy/audit_record.h"
#include "policy/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static enum audit_line read_line(struct arena *arena, const char *line, struct audit_record *record,
                                 struct error *error)
{
	*error = (struct error){.text = ""};
	return audit_record_read(arena, line, strlen(line), record, error);
}

#define LINE(more)                                                                                            \
	"{\"event\":\"decision\",\"verdict\":\"allow\",\"operation\":\"container.create\",\"api\":\"1.41\"," more \
	"}"

static void a_decision_is_read(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	struct audit_record record;
	struct error error;

	(void)state;
	assert_int_equal(
		read_line(
			arena,
			LINE("\"policy\":\"ci\",\"rule\":\"r\",\"listener\":\"l\",\"address\":\"unix\","
	             "\"peer\":{\"uid\":1000,\"gid\":7,\"pid\":1,\"user\":\"u\"},"
	             "\"certificate\":{\"common_name\":\"c\",\"spki_sha256\":\"ab\",\"serial\":\"0A\"},"
	             "\"certificate_names\":[\"uri:spiffe://x\",\"o:A\",\"o:B\",\"what:x\",7,\"\"],"
	             "\"container\":{\"id\":\"0a\",\"name\":\"job\",\"tenant\":\"blue\"},"
	             "\"container_labels\":[\"ci.job=42\"],"
	             "\"request\":\"POST /containers/create?name=a%20b\",\"body\":{\"Image\":\"x\"}"),
			&record, &error),
		AUDIT_LINE_DECISION);
	assert_true(record.allowed);
	assert_int_equal(record.identity.container.state, CONTAINER_PRESENT);
	assert_string_equal(record.identity.container.name, "job");
	assert_string_equal(record.identity.container.tenant, "blue");
	assert_int_equal(record.identity.container.label_count, 1);
	assert_string_equal(record.identity.container.labels[0], "ci.job=42");
	assert_string_equal(record.operation, "container.create");
	assert_string_equal(record.policy, "ci");
	assert_string_equal(record.method, "POST");
	assert_string_equal(record.target, "/v1.41/containers/create?name=a%20b");
	assert_string_equal(record.body, "{\"Image\":\"x\"}");
	assert_int_equal(record.len, strlen(record.body));
	assert_int_equal(record.minor, 41);
	assert_int_equal(record.identity.peer.uid, 1000);
	assert_string_equal(record.identity.peer.user, "u");
	assert_string_equal(record.identity.certificate.common_name, "c");
	assert_string_equal(record.identity.certificate.spki_sha256, "ab");
	assert_int_equal(record.identity.certificate.uri.count, 1);
	assert_string_equal(record.identity.certificate.uri.names[0], "spiffe://x");
	assert_int_equal(record.identity.certificate.organizations.count, 2);
	assert_string_equal(record.identity.certificate.organizations.names[1], "B");
	assert_false(record.cut);
	assert_int_equal(record.hidden_count, 0);
	arena_free(arena);
}

static void what_is_missing_is_known(void **state)
{
	char line[4000], path[2100];
	struct arena *arena = arena_new(1 << 20);
	struct audit_record record;
	struct error error;

	(void)state;
	read_line(arena, LINE("\"request\":\"POST /build?buildargs=...&t=x&filters=abc...\""), &record,
	          &error);
	assert_string_equal(record.target, "/v1.41/build?t=x");
	assert_int_equal(record.hidden_count, 2);
	assert_string_equal(record.hidden[0], "buildargs");
	assert_string_equal(record.hidden[1], "filters");
	read_line(arena, LINE("\"request\":\"POST /x\",\"body_cut\":9000"), &record, &error);
	assert_true(record.cut);
	memset(path, 'a', sizeof path);
	path[sizeof path - 1] = '\0';
	snprintf(line, sizeof line, LINE("\"request\":\"GET /%s\""), path);
	read_line(arena, line, &record, &error);
	assert_true(record.cut);
	arena_free(arena);
}

static void others_are_passed_over(void **state)
{
	static const char *const table[] = {
		"{\"event\":\"completion\",\"status\":200}",
		"{\"event\":\"decision\",\"verdict\":\"refuse\",\"request\":\"/x\"}",
		"{\"event\":\"decision\",\"verdict\":\"allow\",\"operation\":\"system.ping\",\"request\":\"GET /\"}",
		"{\"event\":\"decision\",\"verdict\":\"allow\",\"operation\":\"x\",\"api\":\"2.0\",\"request\":\"GET /\"}",
	};
	struct arena *arena = arena_new(1 << 20);
	struct audit_record record;
	struct error error;

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		assert_int_equal(read_line(arena, table[i], &record, &error), AUDIT_LINE_OTHER);
	arena_free(arena);
}

static void bad_lines_are_told(void **state)
{
	static const char *const table[][2] = {
		{"", "JSON"},
		{"x", "JSON"},
		{"[]", "no event"},
		{"{}", "no event"},
		{"{\"event\":1}", "no event"},
		{"{\"event\":\"decision\"}", "without a verdict"},
		{LINE("\"x\":1"), "no method and target"},
		{LINE("\"request\":\"GET\""), "no method and target"},
		{LINE("\"request\":\"GET containers\""), "no path"},
		{LINE("\"request\":\"GET /x?a=%zz\""), ""},
		{LINE(
			 "\"request\":\"GET /x?a=...&b=...&c=...&d=...&e=...&f=...&g=...&h=...&i=...&j=...&k=...&l="
			 "...&m=...&n=...&o=...&p=...&q=...\""),
	     "hidden"},
		{LINE("\"event\":\"decision\""), ""}, /* twice */
	};
	struct arena *arena = arena_new(1 << 20);
	struct audit_record record;
	struct error error;

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		assert_int_equal(read_line(arena, table[i][0], &record, &error), AUDIT_LINE_BAD);
		assert_true(error.text[0] != '\0');
		assert_non_null(strstr(error.text, table[i][1]));
	}
	arena_free(arena);
}

static void without_memory_a_line_is_bad(void **state)
{
	const char *line =
		LINE("\"request\":\"POST /containers/create?name=a\",\"body\":{\"Image\":\"x\"}");
	struct audit_record record;
	struct error error;
	size_t limit = 0;
	bool fine = false;

	(void)state;
	for (; !fine; limit += 16) {
		struct arena *arena = arena_new(limit);

		fine = read_line(arena, line, &record, &error) == AUDIT_LINE_DECISION;
		assert_true(fine || error.text[0] != '\0');
		arena_free(arena);
	}
	assert_true(limit > 100);
}

/* A log is no witness for how many names a certificate can have. */
static void more_names_than_a_certificate_has(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	struct audit_record record;
	struct error error = {.text = ""};
	char text[4096];
	size_t len;

	(void)state;
	len = (size_t)snprintf(
		text, sizeof text,
		"{\"event\":\"decision\",\"request\":\"GET /info\",\"verdict\":\"allow\",\"operation\":\"system.info\",\"api\":\"1.41\","
		"\"certificate\":{\"serial\":\"1\"},\"certificate_names\":[\"o:x\"");
	for (int i = 0; i < 2 * IDENTITY_NAMES_MAX; i++)
		len += (size_t)snprintf(text + len, sizeof text - len, ",\"o:x\"");
	len += (size_t)snprintf(text + len, sizeof text - len, "]}");
	assert_int_equal(audit_record_read(arena, text, len, &record, &error), AUDIT_LINE_DECISION);
	assert_int_equal(record.identity.certificate.organizations.count, IDENTITY_NAMES_MAX);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(more_names_than_a_certificate_has),
		cmocka_unit_test(a_decision_is_read),
		cmocka_unit_test(what_is_missing_is_known),
		cmocka_unit_test(others_are_passed_over),
		cmocka_unit_test(bad_lines_are_told),
		cmocka_unit_test(without_memory_a_line_is_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
