/* Holds the register against tests/register: whatever the Engine API has must have an entry, and
 * whatever has an entry must be known to be there, for the reason that the list gives. */
#include "policy/header_table.h"
#include "policy/route.h"
#include "policy/schema.h"
#include "policy/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LINE_SIZE = 512, ROWS_MAX = 2048, CELLS = 6, PROPERTIES_MIN = 900, PARAMETERS_MIN = 230 };

/* A list of tests/register. A shorter row's last cells are empty. */
struct list {
	const char *file;
	char *rows[ROWS_MAX][CELLS];
	bool met[ROWS_MAX];
	size_t count;
};

static void read_row(struct list *list, char *line)
{
	char **cells = list->rows[list->count++];
	char *rest = strdup(line);

	assert_in_range(list->count, 1, ROWS_MAX);
	for (size_t i = 0; i < CELLS; i++) {
		size_t len = strcspn(rest, "\t");
		bool last = rest[len] == '\0';

		cells[i] = rest;
		rest[len] = '\0';
		rest += len + (last ? 0 : 1);
	}
}

static struct list *read_list(const char *file)
{
	struct list *list = calloc(1, sizeof *list);
	FILE *input = fopen(file, "r");
	char line[LINE_SIZE];

	if (input == NULL)
		fail_msg("cannot open %s", file);
	list->file = file;
	while (fgets(line, sizeof line, input) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] != '#' && line[0] != '\0')
			read_row(list, line);
	}
	fclose(input);
	return list;
}

static void free_list(struct list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->rows[i][0]);
	free(list);
}

/* The row of OPERATION and NAME, which is marked as met. */
static char **row_of(struct list *list, const char *operation, const char *name)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(list->rows[i][0], operation) == 0 && strcmp(list->rows[i][1], name) == 0) {
			list->met[i] = true;
			return list->rows[i];
		}
	}
	fail_msg("%s: nothing is known of %s of %s", list->file, name, operation);
	return NULL;
}

static void expect_all_met(const struct list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		if (!list->met[i])
			fail_msg("%s: the register lacks %s of %s", list->file, list->rows[i][1],
			         list->rows[i][0]);
	}
}

static unsigned minor_of(const char *cell)
{
	unsigned long long minor = 0;

	assert_true(text_to_number(cell, API_MINOR_NEWEST, &minor));
	return (unsigned)minor;
}

static void expect_kind(char **row, const char *kind)
{
	if (strcmp(row[2], kind) != 0)
		fail_msg("%s of %s is %s, the register says %s", row[1], row[0], row[2], kind);
}

/* The register may know a thing earlier than its description did, never later. */
static void expect_since(char **row, unsigned since)
{
	if (since > minor_of(row[3]))
		fail_msg("%s of %s is of 1.%s, the register says 1.%u", row[1], row[0], row[3], since);
}

/* What no daemon reads is never sent, and what a client alone made up may go nowhere else. */
static void expect_source(char **row, const char *source, enum posture posture)
{
	bool client = strcmp(source, "client") == 0;

	if (!client && strcmp(source, "published") != 0 && strcmp(source, "daemon") != 0)
		fail_msg("%s of %s: '%s' knows it?", row[1], row[0], source);
	if (client && posture != POSTURE_DROP)
		fail_msg("%s of %s is a client's own and must be dropped", row[1], row[0]);
}

struct visit {
	struct list *list;
	const char *operation;
};

static void check_property(const char *path, const struct field *field, void *context)
{
	struct visit *visit = context;
	char **row = row_of(visit->list, visit->operation, path);

	expect_kind(row, json_kind_name(field->kind));
	expect_since(row, field->since);
	expect_source(row, row[4], field->posture);
}

static void the_properties_are_those_of_the_api(void **state)
{
	struct list *list = read_list("tests/register/properties.tsv");
	size_t count;
	const struct route *routes = route_catalogue(&count);

	(void)state;
	assert_true(list->count >= PROPERTIES_MIN);
	for (size_t i = 0; i < count; i++) {
		struct visit visit = {list, routes[i].operation};

		if (routes[i].schema != NULL)
			schema_each(routes[i].schema, check_property, &visit);
	}
	expect_all_met(list);
	free_list(list);
}

static void check_parameter(struct list *list, const struct route *route,
                            const struct parameter_def *def)
{
	static const char *const kinds[] = {
		[PARAMETER_STRING] = "string",   [PARAMETER_BOOL] = "boolean",
		[PARAMETER_INTEGER] = "integer", [PARAMETER_JSON] = "JSON",
		[PARAMETER_FILTERS] = "filters",
	};
	char **row = row_of(list, route->operation, def->name);
	char kind[32];

	snprintf(kind, sizeof kind, "%s%s", def->repeatable ? "many " : "", kinds[def->kind]);
	expect_kind(row, kind);
	expect_since(row, def->since);
	expect_source(row, row[5], def->posture);
	assert_int_equal(def->until, strcmp(row[4], "-") == 0 ? 0 : minor_of(row[4]));
}

static void the_parameters_are_those_of_the_api(void **state)
{
	struct list *list = read_list("tests/register/parameters.tsv");
	size_t count;
	const struct route *routes = route_catalogue(&count);

	(void)state;
	assert_true(list->count >= PARAMETERS_MIN);
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < routes[i].parameter_count; j++)
			check_parameter(list, &routes[i], &routes[i].parameters[j]);
	}
	expect_all_met(list);
	free_list(list);
}

/* A browser's are denied, a client's own are dropped, and no route that reads one is left out. */
static void check_header(struct list *list, const struct header_def *def)
{
	char **row = row_of(list, def->name, header_audience_name(def->audience));
	bool browser = strcmp(row[2], "browser") == 0, client = strcmp(row[2], "client") == 0;

	assert_true(browser || client || strcmp(row[2], "daemon") == 0);
	assert_int_equal(browser, def->posture == POSTURE_DENY);
	assert_true(!client || def->posture == POSTURE_DROP);
	assert_ptr_equal(header_find(def->name), def);
}

static void the_headers_are_those_that_mean_something(void **state)
{
	struct list *list = read_list("tests/register/headers.tsv");
	size_t count;
	const struct header_def *headers = header_catalogue(&count);

	(void)state;
	for (size_t i = 0; i < count; i++)
		check_header(list, &headers[i]);
	expect_all_met(list);
	assert_ptr_equal(header_find("sec-fetch-site"), header_find("SEC-FETCH-MODE"));
	assert_null(header_find("Authz-User"));
	assert_null(header_find("X-HTTP-Method-Override"));
	free_list(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_properties_are_those_of_the_api),
		cmocka_unit_test(the_parameters_are_those_of_the_api),
		cmocka_unit_test(the_headers_are_those_that_mean_something),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
