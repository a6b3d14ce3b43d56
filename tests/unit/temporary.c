/* A folder for one test program's files, and commands run in it as they are typed. */
#define _GNU_SOURCE
#include "tests/unit/temporary.h"

#include <fcntl.h>
#include <ftw.h>
#include <getopt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { WORDS_MAX = 16, PATHS = 256 };

static char folder[] = "/tmp/quaymaster-unit-XXXXXX";

int temporary_make(void **state)
{
	(void)state;
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *at)
{
	(void)status;
	(void)kind;
	(void)at;
	return remove(path);
}

int temporary_remove(void **state)
{
	(void)state;
	return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

const char *temporary_path(const char *name)
{
	static char paths[PATHS][TEMPORARY_PATH_SIZE];
	static unsigned next;
	char *path = paths[next++ % PATHS];

	assert_true(snprintf(path, TEMPORARY_PATH_SIZE, "%s/%s", folder, name) < TEMPORARY_PATH_SIZE);
	return path;
}

const char *temporary_file(const char *name, const char *text)
{
	const char *path = temporary_path(name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	return path;
}

static int redirect(int fd, const char *path)
{
	int kept = dup(fd);
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(kept >= 0 && file >= 0 && dup2(file, fd) >= 0);
	close(file);
	return kept;
}

static void restore(int fd, int kept)
{
	assert_true(dup2(kept, fd) >= 0);
	close(kept);
}

static void read_text(const char *path, char *text)
{
	FILE *file = fopen(path, "r");
	size_t len;

	assert_non_null(file);
	len = fread(text, 1, TEMPORARY_TEXT_SIZE - 1, file);
	text[len] = '\0';
	fclose(file);
}

const struct command_result *command_run(int (*command)(int argc, char **argv),
                                         const char *const *words)
{
	static struct command_result result;
	char *arguments[WORDS_MAX + 1] = {NULL};
	int count = 0, out, err;

	for (; words[count] != NULL; count++) {
		assert_in_range(count, 0, WORDS_MAX - 1);
		arguments[count] = strdup(words[count]);
	}
	(void)fflush(stdout);
	out = redirect(STDOUT_FILENO, temporary_path("stdout"));
	err = redirect(STDERR_FILENO, temporary_path("stderr"));
	optind = 0; /* glibc: begin anew */
	result.status = command(count, arguments);
	(void)fflush(stdout);
	restore(STDOUT_FILENO, out);
	restore(STDERR_FILENO, err);
	read_text(temporary_path("stdout"), result.out);
	read_text(temporary_path("stderr"), result.err);
	while (count > 0)
		free(arguments[--count]);
	return &result;
}
