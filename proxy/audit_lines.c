/* Audit logs off the disk. A log may be larger than memory: one line is held at a time. */
#include "proxy/audit_lines.h"

#include "policy/arena.h"
#include "policy/audit_record.h"
#include "policy/error.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_BYTES = 64 << 20 };

struct reading {
	const char *file;
	unsigned long line;
	struct audit_lines *lines;
	bool complained;
};

static void complain(struct reading *reading, const struct error *error)
{
	reading->lines->bad++;
	if (!reading->complained)
		fprintf(stderr, "%s:%lu: not a line of an audit log: %s\n", reading->file, reading->line,
		        error->text);
	reading->complained = true;
}

static size_t without_newline(const char *text, size_t len)
{
	while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		len--;
	return len;
}

bool audit_lines_read(const char *file, struct audit_lines *lines,
                      bool (*take)(void *context, struct arena *arena,
                                   const struct audit_record *record, unsigned long line,
                                   struct error *error),
                      void *context, struct error *error)
{
	struct reading reading = {.file = file, .lines = lines};
	FILE *stream = strcmp(file, "-") == 0 ? stdin : fopen(file, "re");
	bool fine = stream != NULL || error_set(error, "%s: %s", file, strerror(errno));
	char *text = NULL;
	size_t room = 0;
	ssize_t len;

	while (fine && (len = getline(&text, &room, stream)) >= 0) {
		struct arena *arena = arena_new(ARENA_BYTES);
		struct audit_record record;
		struct error bad = {.text = "out of memory"};
		enum audit_line kind = AUDIT_LINE_BAD;

		reading.line++;
		if (arena != NULL)
			kind =
				audit_record_read(arena, text, without_newline(text, (size_t)len), &record, &bad);
		if (kind == AUDIT_LINE_DECISION) {
			lines->decisions++;
			fine = take(context, arena, &record, reading.line, error);
		} else if (kind == AUDIT_LINE_OTHER) {
			lines->others++;
		} else if (without_newline(text, (size_t)len) > 0) {
			complain(&reading, &bad);
		}
		arena_free(arena);
	}
	if (fine && ferror(stream))
		fine = error_set(error, "%s: %s", file, strerror(errno));
	free(text);
	if (stream != NULL && stream != stdin)
		fclose(stream);
	return fine;
}
