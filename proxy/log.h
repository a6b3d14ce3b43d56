/* The program's own log: one line an event to standard error, escaped, with a level.
 * Thread-safe. */
#ifndef QUAYMASTER_PROXY_LOG_H
#define QUAYMASTER_PROXY_LOG_H

#include <stdbool.h>

enum log_level { LOG_ERROR = 0, LOG_WARNING, LOG_INFO, LOG_DEBUG };

void log_set_level(enum log_level level);
bool log_level_from_text(const char *text, enum log_level *level);
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
