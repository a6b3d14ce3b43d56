/* The audit log: one JSON line for each decision before it is acted on, one for each completion, with one id.
 * Never a secret; control characters escaped. Thread-safe; nobody ever waits for a disk here. */
#ifndef QUAYMASTER_PROXY_AUDIT_H
#define QUAYMASTER_PROXY_AUDIT_H

#include "proxy/audit_queue.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct audit;
struct audit_setup;
struct error;
struct identity;
struct policy;
struct request;
struct verdict;

/* A SETUP that names nothing makes a log that swallows everything. Its texts must outlive the log. NULL with ERROR when
 * something cannot be opened. */
struct audit *audit_open(const struct audit_setup *setup, struct error *error);
void audit_close(struct audit *audit); /* NULL is fine */
/* Has its file opened anew, soon: what was there has been given another name. */
void audit_reopen(struct audit *audit);
/* Waits until all that was said is written; false when it cannot be. Blocks. */
bool audit_flush(struct audit *audit);
void audit_count(struct audit *audit, struct audit_counts *counts);
/* Where workers wait for their decisions to be written before they act on them; NULL: nobody has to. */
struct audit_queue *audit_waited_for(const struct audit *audit);

struct audit_decision {
	uint64_t id;
	const struct identity *identity;
	const char *policy;    /* name, or NULL */
	const char *operation; /* NULL when the request was not understood */
	const char *request;   /* request_describe, or a target without its query: never a secret */
	unsigned api_minor;    /* of the API version 1.x that the request is in; 0: not understood */
	const char *body;      /* request_describe_body: what the client asked for; NULL: nothing */
	size_t body_len;
	const char *verdict; /* "allow", "deny" or "refuse" */
	unsigned status;     /* of a denial or refusal */
	const char *rule;
	const char *reason;
	const struct verdict *judged; /* whose remarks are told; NULL: there are none */
};

/* A client that was let in is not allowed any more, or what it has under way is not: that was cut. */
struct audit_revocation {
	uint64_t id; /* of the request under way; else a new one */
	const struct identity *identity;
	const char *policy;    /* that it had; NULL: none */
	const char *operation; /* under way, or NULL */
	const char *rule; /* that denies the operation now; NULL: the client is not allowed at all */
	const char *reason;
};

struct audit_completion {
	uint64_t id;
	unsigned status;
	uint64_t bytes_in, bytes_out; /* of bodies and tunnels, from and to the client */
	uint64_t milliseconds;
	const char *outcome; /* "complete", "refused", "broken", "client-gone", "stopped", "revoked" */
};

/* False when lines go nowhere, and nobody need describe anything for them. */
bool audit_listens(const struct audit *audit);
/* A new id, unique in this process's life and, in practice, beyond. */
uint64_t audit_next_id(struct audit *audit);
/* False when there is no room for the line and the log is required: the request must be refused. Otherwise the line is
 * not written yet: see audit_waited_for. */
bool audit_decide(struct audit *audit, const struct audit_decision *decision);
void audit_complete(struct audit *audit, const struct audit_completion *completion);
void audit_revoke(struct audit *audit, const struct audit_revocation *revocation);

#endif
