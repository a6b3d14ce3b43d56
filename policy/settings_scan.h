/* Refuses, in the raw text of a libconfig file, what libconfig would quietly take for something
 * else: integers that do not fit (it truncates them) and strings joined by a missing comma. */
#ifndef QUAYMASTER_POLICY_SETTINGS_SCAN_H
#define QUAYMASTER_POLICY_SETTINGS_SCAN_H

#include <stdbool.h>
#include <stddef.h>

struct problems;

/* Adds a problem for each find. True when there was none. Comments and strings are understood as
 * libconfig understands them. */
bool settings_scan(const char *file, const char *bytes, size_t len, struct problems *problems);

#endif
