/* Audit logs off the disk, line by line. */
#ifndef QUAYMASTER_PROXY_AUDIT_LINES_H
#define QUAYMASTER_PROXY_AUDIT_LINES_H

#include <stdbool.h>

struct arena;
struct audit_record;
struct error;

/* What was read. */
struct audit_lines {
	unsigned long decisions, others, bad;
};

/* Calls TAKE for each decision of FILE ("-" is standard input), whose record lives in ARENA until it returns; its LINE is
 * counted from 1. Lines that are none of the log's are counted, and the first of a file is told on standard error. False with
 * ERROR when the file cannot be read, or TAKE says no. Blocks. */
bool audit_lines_read(const char *file, struct audit_lines *lines,
                      bool (*take)(void *context, struct arena *arena,
                                   const struct audit_record *record, unsigned long line,
                                   struct error *error),
                      void *context, struct error *error);

#endif
