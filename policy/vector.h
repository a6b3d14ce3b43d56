/* Policy tests as people write them (docs/policy-tests.md): a file of lines, each a request and the
 * verdict that it should get. Runs them against policies that somebody else has loaded. */
#ifndef QUAYMASTER_POLICY_VECTOR_H
#define QUAYMASTER_POLICY_VECTOR_H

#include "policy/facts.h"
#include "policy/fixtures.h"

#include <stdbool.h>
#include <stddef.h>

struct error;
struct policy;
struct policy_set;
struct trial;
struct trial_input;

struct vector_file {
	const char *text; /* the whole file */
	size_t len;
	const struct policy_set *policies; /* in force until a `policies` line names others */
	void *context;
	/* The policies of the file NAME of a `policies` line; NULL with ERROR. They must live until the
	 * run has ended. A NULL function forbids such lines. */
	const struct policy_set *(*load)(void *context, const char *name, struct error *error);
	/* A test that failed, or a line that makes no sense: what was expected, and what came. REPORT may
	 * have several lines, without a newline behind the last. */
	void (*failed)(void *context, unsigned line, const char *report);
	/* Every test, as it was asked of POLICY (NULL: of none) and as it came out. All of it lives until
	 * the function returns. May be NULL. */
	void (*tried)(void *context, const struct policy *policy, const struct trial_input *input,
	              const struct trial *trial);
};

struct vector_count {
	unsigned passed, failed;
};

/* Runs every test of FILE. Lines that make no sense count as failed; a line that is no test and is
 * fine counts as nothing. */
struct vector_count vector_run(const struct vector_file *file);

/* What a file tells about the daemon. */
struct vector_daemon {
	struct fixtures fixtures; /* its arena is the caller's */
	enum image_store store;
	unsigned minor; /* of the newest API version 1.x that it speaks */
};

/* Reads the lines of TEXT that are about the daemon into DAEMON, and passes over tests. False with ERROR, which names
 * the line. */
bool vector_read_daemon(const char *text, size_t len, struct vector_daemon *daemon,
                        struct error *error);

#endif
