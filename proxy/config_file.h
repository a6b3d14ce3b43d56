/* A configuration through libconfig: a file and everything it includes, or a text. */
#ifndef QUAYMASTER_PROXY_CONFIG_FILE_H
#define QUAYMASTER_PROXY_CONFIG_FILE_H

#include <libconfig.h>
#include <stdbool.h>

struct problems;

/* Reads FILE into TREE (initialised by the caller). What libconfig would quietly misread is refused first, in FILE and
 * in each file that it includes with `@include "name"`, which is relative to FILE's directory. */
bool config_file_parse(const char *file, config_t *tree, struct problems *problems);

/* The same for a TEXT that is no file's and includes nothing; messages call it NAME, which must outlive the tree. */
bool config_text_parse(const char *name, const char *text, config_t *tree,
                       struct problems *problems);

#endif
