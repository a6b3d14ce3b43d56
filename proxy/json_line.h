/* One JSON object as one line of text, built field by field in a fixed buffer: for logs that must never allocate,
 * never break a line and never show a control character. */
#ifndef QUAYMASTER_PROXY_JSON_LINE_H
#define QUAYMASTER_PROXY_JSON_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { JSON_LINE_SIZE = 32 * 1024, JSON_LINE_STRING_MAX = 2048 };

struct json_line {
	char text[JSON_LINE_SIZE];
	size_t len;
	bool skipping; /* inside a nested object or a list that did not fit */
};

void json_line_begin(struct json_line *line);
/* A NULL value adds nothing. Strings are cut to JSON_LINE_STRING_MAX bytes; control bytes and bytes that are not UTF-8
 * become \u00NN. A field that no longer fits is left out whole. */
void json_line_string(struct json_line *line, const char *name, const char *value);
/* TEXT is JSON on one line, in UTF-8. False when it no longer fits, and was left out. */
bool json_line_json(struct json_line *line, const char *name, const char *text);
void json_line_number(struct json_line *line, const char *name, uint64_t value);
void json_line_object(struct json_line *line,
                      const char *name);      /* opens an object; they do not nest deeper */
void json_line_close(struct json_line *line); /* closes it */
/* Opens a list of strings, in the line itself and not in an object; adds to it; and closes it. An item that no longer
 * fits is left out. */
void json_line_list(struct json_line *line, const char *name);
void json_line_item(struct json_line *line, const char *value);
void json_line_list_end(struct json_line *line);
/* Closes the line with its newline. */
void json_line_end(struct json_line *line);

#endif
