/* A folder for one test program's files, and commands run in it as they are typed. */
#ifndef QUAYMASTER_TESTS_UNIT_TEMPORARY_H
#define QUAYMASTER_TESTS_UNIT_TEMPORARY_H

#include <stddef.h>

enum { TEMPORARY_PATH_SIZE = 512, TEMPORARY_TEXT_SIZE = 256 * 1024 };

/* For cmocka's group setup and teardown: makes the folder, and removes it with the files in it. */
int temporary_make(void **state);
int temporary_remove(void **state);

/* The path of NAME in the folder, good for longer than a test. */
const char *temporary_path(const char *name);
/* Writes the file NAME, and returns its path. */
const char *temporary_file(const char *name, const char *text);

struct command_result {
	int status;
	char out[TEMPORARY_TEXT_SIZE], err[TEMPORARY_TEXT_SIZE];
};

/* Runs COMMAND with WORDS (NULL-terminated, its own name first), in this process. The result is good until the next
 * run. */
const struct command_result *command_run(int (*command)(int argc, char **argv),
                                         const char *const *words);

#endif
