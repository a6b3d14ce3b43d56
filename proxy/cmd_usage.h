/* What commands tell on standard error. COMMAND is a subcommand's name: "run". */
#ifndef QUAYMASTER_PROXY_CMD_USAGE_H
#define QUAYMASTER_PROXY_CMD_USAGE_H

#include "proxy/log.h"

#include <stdbool.h>

enum { ENGINE_MINOR_DEFAULT = 51 };

/* Tells what is wrong, and where to read on. Returns EXIT_USAGE. */
int usage_wrong(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Only the second of these: getopt or a function below has told the first. */
int usage_hint(const char *command);

/* Tells that OPTION cannot be VALUE, and what is EXPECTED. Returns false. */
bool usage_value(const char *command, const char *option, const char *value, const char *expected);
/* Reads the VALUE of --engine, the newest API version of a daemon; false, told, when it is none. */
bool usage_engine(const char *command, const char *value, unsigned *minor);

struct problems;

/* Each on a line of its own, with WHAT before it; none where PROBLEMS is NULL. */
void usage_problems(const char *what, const struct problems *problems);
void usage_log(enum log_level level, const struct problems *problems);

#endif
