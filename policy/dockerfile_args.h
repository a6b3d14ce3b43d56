/* The arguments of a Dockerfile that FROM may use: those before the first one. Inside of dockerfile*.c
 * only. */
#ifndef QUAYMASTER_POLICY_DOCKERFILE_ARGS_H
#define QUAYMASTER_POLICY_DOCKERFILE_ARGS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct arena;
struct error;

enum { DOCKERFILE_ARGS_MAX = 256 };

struct dockerfile_arg {
	const char *name;
	const char *value; /* its default; NULL: none */
	bool unclear;      /* what its value is cannot be told */
};

struct dockerfile_args {
	struct arena *arena;
	const json_t *given; /* with the build: a map of strings and nulls, or NULL */
	struct dockerfile_arg list[DOCKERFILE_ARGS_MAX];
	size_t count;
	bool unclear; /* an instruction could not be read: no value is certain */
};

/* Reads what stands behind ARG. What cannot be read makes the arguments unclear, which is no harm where none
 * is used. False when there are too many, or no memory. */
bool dockerfile_args_declare(struct dockerfile_args *args, const char *text, struct error *error);

/* WORD with its variables ($name, ${name}, ${name:-word}, ${name:+word}) filled in. NULL with ERROR when it
 * has anything else in it that a shell would look at, or a variable whose value cannot be told. */
const char *dockerfile_args_expand(const struct dockerfile_args *args, const char *word,
                                   struct error *error);

#endif
