/* A configuration file and everything it includes, off the disk and through libconfig. */
#ifndef QUAYMASTER_PROXY_CONFIG_FILE_H
#define QUAYMASTER_PROXY_CONFIG_FILE_H

#include <libconfig.h>
#include <stdbool.h>

struct problems;

/* Reads FILE into TREE (initialised by the caller). What libconfig would quietly misread is refused first, in FILE and
 * in each file that it includes with `@include "name"`, which is relative to FILE's directory. */
bool config_file_parse(const char *file, config_t *tree, struct problems *problems);

#endif
