/* Holds what is hidden in answers against tests/register/answers.tsv: every operation is there, every text in its answer, and which
 * groups of `redact` hide it; an answer that tells such things and is not read, or a place that is not found, fails here. */
#include "policy/answer_filter.h"
#include "policy/arena.h"
#include "policy/policy.h"
#include "policy/request.h"
#include "policy/route.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LINE_SIZE = 512, CELLS = 4, GROUPS = 8, ROWS_MIN = 1500, TEXT_SIZE = 4096, ROWS_MAX = 4096 };

#define FILE_NAME "tests/register/answers.tsv"
#define MARK      "TELLTALE"

static const char *const group_names[GROUPS] = {"env",    "labels", "options",    "commands",
                                                "mounts", "host",   "registries", "secrets"};

struct text {
	char bytes[TEXT_SIZE];
	size_t len;
};

struct row {
	char line[LINE_SIZE];
	char *operation, *path, *groups, *sample; /* in LINE; "" where the row is shorter */
};

static struct row rows[ROWS_MAX];
static size_t row_count;

static void read_row(const char *line)
{
	struct row *row = &rows[row_count++];
	char **cells[CELLS] = {&row->operation, &row->path, &row->groups, &row->sample};
	char *rest = row->line;

	assert_true(row_count < ROWS_MAX);
	snprintf(row->line, sizeof row->line, "%s", line);
	for (size_t i = 0; i < CELLS; i++) {
		size_t len = strcspn(rest, "\t");
		bool last = rest[len] == '\0';

		*cells[i] = rest;
		rest[len] = '\0';
		rest += len + (last ? 0 : 1);
	}
}

static int read_rows(void **state)
{
	FILE *input = fopen(FILE_NAME, "r");
	char line[LINE_SIZE];

	(void)state;
	if (input == NULL)
		return -1;
	while (fgets(line, sizeof line, input) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] != '#' && line[0] != '\0')
			read_row(line);
	}
	fclose(input);
	return 0;
}

static bool put(void *owner, const char *bytes, size_t len)
{
	struct text *text = owner;

	assert_true(len < sizeof text->bytes - text->len);
	memcpy(text->bytes + text->len, bytes, len);
	text->len += len;
	text->bytes[text->len] = '\0';
	return true;
}

static void put_string(struct text *text, const char *string)
{
	put(text, string, strlen(string));
}

/* ---- one answer ---- */

/* "[]/Env[]" holding SAMPLE is [{"Env":["..."]}]; a name that is "*" may be any. */
static void write_answer(const char *path, const char *sample, struct text *text)
{
	char closing[LINE_SIZE];
	size_t open = sizeof closing - 1;

	closing[open] = '\0';
	text->len = 0;
	while (*path != '\0') {
		bool list = path[0] == '[';
		size_t len = list ? 2 : 1 + strcspn(path + 1, "/[");

		closing[--open] = list ? ']' : '}';
		put_string(text, list ? "[" : "{\"");
		if (!list) {
			put(text, path[1] == '*' ? "NAME" : path + 1, path[1] == '*' ? 4 : len - 1);
			put_string(text, "\":");
		}
		path += len;
	}
	put_string(text, "\"");
	put_string(text, sample);
	put_string(text, "\"");
	put_string(text, closing + open);
}

static void hide(struct redact_rules *rules, size_t group)
{
	static const char *everything[] = {"*"};
	static struct place places[1];
	const struct patterns all = {.list = everything, .count = 1, .places = places};
	struct patterns *const lists[] = {&rules->env, &rules->labels, &rules->options};
	struct flag *const flags[] = {&rules->commands, &rules->mounts, &rules->host,
	                              &rules->registries, &rules->secrets};

	if (group < 3)
		*lists[group] = all;
	else
		flags[group - 3]->on = true;
}

/* What a client without a tenant hears of TEXT, an answer to ROUTE. */
static void filter(const struct route *route, const struct redact_rules *rules,
                   const struct text *text, struct text *out)
{
	const struct request request = {.route = route, .method = route->method, .version = {1, 41}};
	const struct answer_sink sink = {put, out};
	struct answer_filter *filter;
	size_t taken = 0;

	out->len = 0;
	out->bytes[0] = '\0';
	if (!answer_is_filtered(&request, NULL, rules)) {
		put(out, text->bytes, text->len);
		return;
	}
	filter = answer_filter_new(&request, NULL, rules, &sink);
	assert_non_null(filter);
	if (answer_filter_feed(filter, text->bytes, text->len, &taken) != ANSWER_GOES_ON ||
	    taken != text->len || answer_filter_end(filter) != ANSWER_GOES_ON)
		fail_msg("%s: cannot be read: %s", route->operation, text->bytes);
	answer_filter_free(filter);
}

static bool is_hidden(const struct row *row, size_t group)
{
	static struct text text, out;
	struct redact_rules rules = {.mounts = {.on = false}};

	write_answer(row->path, row->sample[0] != '\0' ? row->sample : "/" MARK, &text);
	hide(&rules, group);
	filter(route_of_operation(row->operation), &rules, &text, &out);
	assert_true(out.len > 0);
	return strstr(out.bytes, MARK) == NULL;
}

/* "env,labels", or "-". */
static void groups_of(const struct row *row, struct text *groups)
{
	groups->len = 0;
	for (size_t i = 0; i < GROUPS; i++) {
		if (!is_hidden(row, i))
			continue;
		if (groups->len > 0)
			put_string(groups, ",");
		put_string(groups, group_names[i]);
	}
	if (groups->len == 0)
		put_string(groups, "-");
}

static void what_is_listed_is_hidden_and_nothing_else(void **state)
{
	unsigned wrong = 0;

	(void)state;
	assert_in_range(row_count, ROWS_MIN, ROWS_MAX);
	for (size_t i = 0; i < row_count; i++) {
		const struct row *row = &rows[i];
		struct text groups;

		if (strcmp(row->path, "none") == 0)
			continue;
		groups_of(row, &groups);
		if (strcmp(groups.bytes, row->groups) == 0)
			continue;
		print_error("%s %s: hidden by %s, and not by %s\n", row->operation, row->path, groups.bytes,
		            row->groups);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

static void every_operation_is_listed(void **state)
{
	size_t count;
	const struct route *routes = route_catalogue(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		size_t at = 0;

		while (at < row_count && strcmp(rows[at].operation, routes[i].operation) != 0)
			at++;
		if (at == row_count)
			fail_msg("nothing is known of the answer to %s: " FILE_NAME, routes[i].operation);
	}
	for (size_t i = 0; i < row_count; i++)
		assert_non_null(route_of_operation(rows[i].operation));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_listed_is_hidden_and_nothing_else),
		cmocka_unit_test(every_operation_is_listed),
	};

	return cmocka_run_group_tests(tests, read_rows, NULL);
}
