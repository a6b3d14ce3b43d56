/* The page of `quaymaster status`: what it shows, and that nothing in what it is made of is believed. */
#include "proxy/status_text.h"

#include "policy/builder.h"
#include "policy/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static json_t *parse(const char *text)
{
	static const struct json_limits limits = {100000, 10000, 16};
	struct error error;
	json_t *tree = NULL;

	assert_int_equal(json_read(text, strlen(text), &limits, &tree, &error), JSON_FINE);
	return tree;
}

static void assert_page(const char *now, const char *before, const char *expected)
{
	json_t *status = parse(now), *earlier = before != NULL ? parse(before) : NULL;
	struct builder page = {.text = NULL};

	status_text_print(status, earlier, &page);
	assert_string_equal(page.text, expected);
	builder_clear(&page);
	json_decref(status);
	json_decref(earlier);
}

#define DENIED(count) "{\"decision\":\"deny\",\"count\":" count "}"

static const char now[] =
	"{\"version\":\"1\",\"pid\":7,\"started\":1000,\"now\":91210,\"connections\":3,"
	"\"workers_turn\":true,\"daemon\":{\"up\":true},"
	"\"audit\":{\"failing\":false,\"written\":9,\"lost\":0},"
	"\"listeners\":[{\"name\":\"a\"},{\"name\":\"b\",\"certificate_end\":264010},"
	"{\"name\":\"c\",\"certificate_end\":1}],"
	"\"requests\":[{\"decision\":\"allow\",\"count\":50}," DENIED(
		"4") "],"
			 "\"denied\":[{\"reason\":\"x\",\"policy\":\"ci\",\"route\":\"/r\",\"listener\":\"a\",\"count\":1},"
			 "{\"reason\":\"y\",\"policy\":\"ci\",\"route\":\"/r\",\"listener\":\"a\",\"count\":3}],"
			 "\"routes\":[{\"method\":\"GET\",\"route\":\"/events\",\"count\":1,\"under_way\":2},"
			 "{\"method\":\"GET\",\"route\":\"/info\",\"count\":1,\"under_way\":0}],"
			 "\"tenants\":[{\"tenant\":\"t\",\"decision\":\"allow\",\"count\":5,\"under_way\":0}]}";
static const char before[] = "{\"now\":91200,\"requests\":[{\"decision\":\"allow\",\"count\":9}]}";

static void test_everything(void **state)
{
	(void)state;
	assert_page(now, before,
	            "quaymaster   1, process 7, up 1d 1h\n"
	            "daemon       answers\n"
	            "connections  3 open, 2 requests under way\n"
	            "requests     54, 4.5/s\n"
	            "denied       4, 0.4/s\n"
	            "refused      0, which were no requests, or could not be served\n"
	            "audit log    9 lines, 0 lost\n"
	            "listeners    a\n"
	            "             b, certificate until 1970-01-04, in 2d 0h\n"
	            "             c, certificate until 1970-01-01: IT HAS ENDED\n"
	            "\nUNDER WAY   WHAT\n"
	            "         2  GET /events\n"
	            "\n   DENIED   WHY, BY WHICH POLICY, WHAT, WHERE\n"
	            "         3  y ci /r a\n"
	            "         1  x ci /r a\n"
	            "\n REQUESTS   TENANT\n"
	            "         5  t allow\n");
}

static void test_nothing_is_believed(void **state)
{
	static const char *const strange[] = {
		"{}",
		"[]",
		"{\"listeners\":7,\"routes\":{\"a\":[]},\"requests\":[1,null,[]],\"now\":\"x\"}",
		"{\"daemon\":[],\"audit\":[],\"tenants\":[{\"count\":-1}],\"denied\":[{\"count\":1}]}",
		"{\"now\":9223372036854775807,\"started\":0,\"routes\":[{\"under_way\":1}]}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof strange / sizeof *strange; i++) {
		json_t *status = parse(strange[i]);
		struct builder page = {.text = NULL};

		status_text_print(status, status, &page);
		assert_non_null(strstr(page.text, "DOES NOT ANSWER"));
		builder_clear(&page);
		json_decref(status);
	}
}

static void test_nothing_speaks_to_a_terminal(void **state)
{
	json_t *status = parse("{\"version\":\"\\u001b[2J\\u0007\\n\xc2\x9b\"}");
	struct builder page = {.text = NULL};

	(void)state;
	status_text_print(status, NULL, &page);
	assert_memory_equal(page.text, "quaymaster   ?[2J????, process", 30);
	builder_clear(&page);
	json_decref(status);
}

/* The ten with the most, in order, of however many. */
static void test_tables_are_short(void **state)
{
	struct builder rows = {.text = NULL};
	struct builder page = {.text = NULL};
	json_t *status;

	(void)state;
	builder_add(&rows, "{\"routes\":[");
	for (unsigned i = 1; i <= 30; i++)
		builder_format(&rows, "%s{\"route\":\"/r%u\",\"under_way\":%u}", i > 1 ? "," : "", i,
		               i * 7 % 31);
	builder_add(&rows, "]}");
	status = parse(rows.text);
	builder_clear(&rows);
	status_text_print(status, NULL, &page);
	assert_non_null(
		strstr(page.text, "\n        30   /r22\n        29   /r13\n        28   /r4\n"));
	assert_non_null(strstr(page.text, "\n        21   /r3\n"));
	assert_null(strstr(page.text, "\n        20 "));
	builder_clear(&page);
	json_decref(status);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_everything),
		cmocka_unit_test(test_nothing_is_believed),
		cmocka_unit_test(test_nothing_speaks_to_a_terminal),
		cmocka_unit_test(test_tables_are_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
