/* The parts of `quaymaster explain`. */
#ifndef QUAYMASTER_PROXY_CMD_EXPLAIN_H
#define QUAYMASTER_PROXY_CMD_EXPLAIN_H

#include "policy/fixtures.h"
#include "policy/trial.h"
#include "proxy/shim.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

struct config;
struct error;
struct live;
struct policy_set;
struct written_identity;

/* What was asked for, and what answers it. */
struct explain_options {
	const char *config; /* NULL: the shipped presets alone */
	const char *as;
	const char *facts; /* a file with `fact` lines, or NULL */
	bool live;         /* the configured daemon answers */
	bool json, verbose;
	unsigned api_minor; /* the newest that the daemon speaks */
	unsigned seconds;   /* that a command may take */
	struct header headers[TRIAL_HEADERS_MAX + 16];
	size_t header_count;
};

/* Whoever judges: made once, used for every request. */
struct explain_context {
	const struct explain_options *options;
	struct arena *arena; /* lives as long as the command */
	struct policy_set *policies;
	struct written_identity *who;
	struct fixtures fixtures;
	struct config *daemon; /* whom to ask, and how; NULL: nobody */
	struct live *live;
	struct trial_setup setup;
	bool assumed; /* nobody was asked: objects are as assumed */
};

/* Explains INPUT, prints it or, for JSON, adds it to LIST; *ALLOWED tells the verdict. False when there is no memory. */
bool explain_one(struct explain_context *context, const struct trial_input *input, json_t *list,
                 bool *allowed);

/* cmd_explain_print.c: an explanation (policy/explain.h) in words. */
void explain_print(const json_t *explanation, FILE *out);

/* cmd_explain_live.c: the configured daemon as what answers facts. NULL with ERROR when it cannot be reached. RANGE gets
 * what it speaks. CONFIG must outlive it. */
struct live *live_open(const struct config *config, struct api_range *range, struct error *error);
void live_close(struct live *live);
/* A trial_setup's answer; CONTEXT is the struct live. */
void live_answer(void *context, struct arena *arena, struct facts *facts);

/* cmd_explain_docker.c: runs the docker command line WORDS (NULL-terminated) against a daemon that is not there, and
 * explains each of its requests. Returns the exit status. */
int explain_docker(struct explain_context *context, char **words);

/* cmd_explain_answers.c: what a daemon would answer if all went well. Everything lives in ARENA. */
void explain_answer(struct arena *arena, const struct request *request, struct shim_answer *answer);

/* cmd_explain_folder.c */
void explain_remove_folder(const char *folder);

#endif
