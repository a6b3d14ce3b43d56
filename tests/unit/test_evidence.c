/* The lists of tests/differentials.tsv and tests/bypass.tsv say where each of their ids is tested: it
 * must be found there. What waits is counted, so that nobody puts off another one unseen. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proxy/file_text.h"

enum { LINE_SIZE = 1024, FILE_MAX = 4 << 20, IDS_MAX = 1024, ID_SIZE = 16 };

struct list {
	const char *file;
	char ids[IDS_MAX][ID_SIZE]; /* that have been seen */
	size_t count, waiting;
};

static bool is_part_of_id(char c)
{
	return isalnum((unsigned char)c) || c == '-';
}

/* ID as a word of its own. */
static bool holds(const char *text, const char *id)
{
	size_t len = strlen(id);

	for (const char *at = strstr(text, id); at != NULL; at = strstr(at + 1, id)) {
		if ((at == text || !is_part_of_id(at[-1])) && !is_part_of_id(at[len]))
			return true;
	}
	return false;
}

static void check_id(struct list *list, const char *id, const char *file)
{
	size_t len;
	char *text;

	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(list->ids[i], id) == 0)
			fail_msg("%s: %s stands there twice", list->file, id);
	}
	assert_true(list->count < IDS_MAX && strlen(id) < ID_SIZE);
	memcpy(list->ids[list->count++], id, strlen(id) + 1);
	if (strcmp(file, "waits") == 0) {
		list->waiting++;
		return;
	}
	text = file_text_read(file, FILE_MAX, &len);
	if (text == NULL)
		fail_msg("%s: there is no file %s", list->file, file);
	if (!holds(text, id))
		fail_msg("%s: %s is not found in %s", list->file, id, file);
	free(text);
}

/* "J01 J02<tab>what it is about<tab>tests/vectors/differentials.txt" */
static void check_row(struct list *list, char *line)
{
	char *fact = strchr(line, '\t'), *file = fact != NULL ? strchr(fact + 1, '\t') : NULL;

	if (file == NULL || file == fact + 1)
		fail_msg("%s: '%s' has no three columns", list->file, line);
	*fact = '\0';
	*file++ = '\0';
	while (*line != '\0') {
		size_t len = strcspn(line, " ");
		bool last = line[len] == '\0';

		line[len] = '\0';
		check_id(list, line, file);
		line += len + (last ? 0 : 1);
	}
}

static void check_list(const char *file, size_t count, size_t waiting)
{
	struct list *list = calloc(1, sizeof *list);
	FILE *input = fopen(file, "r");
	char line[LINE_SIZE];

	assert_non_null(list);
	assert_non_null(input);
	list->file = file;
	while (fgets(line, sizeof line, input) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] != '#' && line[0] != '\0')
			check_row(list, line);
	}
	fclose(input);
	assert_int_equal(list->count, count);
	assert_int_equal(list->waiting, waiting);
	free(list);
}

static void each_differential_is_tested_where_it_says(void **state)
{
	(void)state;
	check_list("tests/differentials.tsv", 644, 0);
}

static void each_bypass_is_tested_where_it_says(void **state)
{
	(void)state;
	check_list("tests/bypass.tsv", 175, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_differential_is_tested_where_it_says),
		cmocka_unit_test(each_bypass_is_tested_where_it_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
