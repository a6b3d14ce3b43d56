/* What conn.c (the connection) and conn_request.c (one request on it) share, and nobody else. */
#ifndef QUAYMASTER_PROXY_CONN_PRIVATE_H
#define QUAYMASTER_PROXY_CONN_PRIVATE_H

#include "policy/facts.h"
#include "policy/identity.h"
#include "policy/peer_container.h"
#include "policy/request.h"
#include "policy/upload.h"
#include "policy/verdict.h"
#include "proxy/audit_queue.h"
#include "proxy/conn.h"
#include "proxy/http_body.h"
#include "proxy/http_read.h"
#include "proxy/loop.h"

#include <stddef.h>

struct edition;
struct edition_listener;
struct error;
struct evbuffer;
struct image_tag;
struct metrics_series;
struct image_watch;
struct exchange_setup;
struct policy;
struct quota_demand;
struct quota_ticket;
struct tally;
struct exchange_refusal;
struct turn_filter;
struct upload_scan;

/* What a request asks for of its tenant's quota. */
struct claim {
	struct conn *conn;
	struct quota_demand *demand;
	struct quota_ticket *ticket; /* NULL: it asks for nothing that is limited, or has ended */
	struct tally *tally;
	struct image_tag *strays; /* that are to be held before it is counted again; NULL: none */
	unsigned mended;          /* how often that was so */
	bool at_gate;             /* what is asked for is in the archive, whose end waits */
};

/* One request's life: zeroed for the next. */
struct turn {
	struct arena *arena;
	struct http_request_head head;
	struct request request;
	struct request asked; /* as it was before it was rewritten, for whoever judges it again; without
	                         a body where the answer is no stream */
	struct facts *facts;
	struct edition *world_edition; /* that the world of FACTS is of; NULL: there is none */
	struct facts *who; /* about the container that the client may be in; NULL: none were needed */
	struct verdict verdict;
	struct body_reader reader;
	struct evbuffer *body; /* of an inspected request */
	struct image_watch *watch;
	struct image_tag *tag;      /* what was pulled by digest will get; NULL: nothing */
	struct facts *loaded;       /* images whose ids are being looked up for the record */
	struct upload_scan *scan;   /* of an archive that is looked into; NULL: none is */
	struct upload upload;       /* what was found there */
	struct turn_filter *filter; /* of an answer that is changed on its way; NULL: it is not */
	uint64_t scan_budgeted;     /* of those, for that */
	uint64_t budgeted;          /* bytes taken from the body budget */
	uint64_t facts_budgeted;    /* of those, for what was looked up */
	uint64_t generation;        /* of the daemon that the request is judged for */
	uint64_t id, started_ms;
	struct claim claim, load_claim;
	bool holding; /* tags that hold images are being given, and nobody has said that it is done */
	const char *told, *told_body; /* for the audit log, from before the request was rewritten */
	size_t told_body_len;
	struct audit_wait written; /* for its decision to be */
	const char *decision;      /* that was counted last; NULL: none, or it has ended */
	struct metrics_series *route_series, *tenant_series;
	uint64_t looked_up_ms; /* when that began */
	bool have_head, typed, body_read;
	bool audited; /* a decision line was written, a completion line is due */
};

struct conn {
	struct deferred deferred;
	struct conn_links links;
	const struct conn_context *context;
	struct edition *edition; /* by which it, and its request, were judged; it may be of the past */
	const struct edition_listener *listener; /* of EDITION */
	uint64_t looked_at; /* the serial of the edition by which conn_rejudge did so last */
	enum conn_state state;
	struct stream *client; /* NULL once it was given away */
	struct timer *timer;
	struct arena *arena; /* the connection's: identity */
	struct identity identity;
	const struct policy *policy;
	uint64_t accepted_ms;     /* peer_process_clock_ms */
	struct peer_process peer; /* read with the first edition that asks about containers */
	bool peer_read;
	bool identified;       /* the identity is whole, and the policy is the one that it gives */
	size_t scanned;        /* of the head that is coming */
	bool reuse;            /* after the answer that is draining another request may come */
	bool idle;             /* between requests, no byte of the next has come */
	bool served;           /* has had an answer */
	bool leaving;          /* it ends with the request under way, or the one that is coming */
	bool revoked;          /* it is no longer allowed, and about to end */
	bool left;             /* the client has, and what it asked for is seen to its end */
	bool advancing, again; /* conn_advance is under way; and was asked for once more */
	struct quota_ticket *ticket; /* of the connection itself; NULL: they are not counted */
	struct turn turn;
	struct upstream_wait *wait;
	struct lookup *lookup;
	struct exchange *exchange;
};

enum step { STEP_AGAIN, STEP_WAIT };

/* conn.c */
void conn_enter(struct conn *conn, enum conn_state state);
void conn_advance(struct conn *conn);
void conn_close(struct conn *conn); /* politely, after what is queued has been sent */
void conn_finish(struct conn *conn, const char *outcome, unsigned status,
                 bool reuse); /* the turn is over */

/* conn_identify.c */
/* After the handshake: who is asking, so far as it can be known without the daemon. False with ERROR when the connection is to
 * be refused. */
bool conn_meet(struct conn *conn, struct error *error);
/* The rest, before the first verdict: a step of CONN_DECIDE, for a conn that is not identified yet. */
enum step conn_identify(struct conn *conn, uint64_t generation);
/* For the edition in force: true when CONTAINER, which is the identity's, answers all that its client rules ask, or could be made to
 * without asking the daemon. Uses ARENA. */
bool conn_identify_at_once(struct conn *conn, struct arena *arena,
                           struct container_identity *container);

/* conn_answer.c */
/* Writes {"message": ...}. The connection goes on only when the request was understood and read whole. */
enum step conn_answer(struct conn *conn, unsigned status, const char *message);
/* The same, audited, for what is no request to dockerd, or cannot be served: the policy has no part in it. */
enum step conn_refuse(struct conn *conn, unsigned status, const char *message);
/* The same for the verdict of the policy. */
enum step conn_deny(struct conn *conn);

/* conn_request.c: the handlers of the states that deal with a request */
enum step conn_read_head(struct conn *conn);
enum step conn_read_body(struct conn *conn);
enum step conn_decide(struct conn *conn);
enum step conn_wait(struct conn *conn);
enum step conn_exchange(struct conn *conn);
/* Tells a client that waits for it to go on with the body. False: no memory. */
bool turn_continue(struct conn *conn);
void turn_clear(struct conn *conn);
/* Takes BYTES more from the body budget for this turn; they are given back with it. */
bool turn_take_budget(struct conn *conn, uint64_t bytes);
/* Starts looking up what is wanted of FACTS; DONE is called with CONN. False: no memory. */
bool turn_look_up(struct conn *conn, struct facts *facts, void (*done)(void *context));
/* The same, in an ARENA of its own, for who cancels it itself. NULL: no memory. */
struct lookup *turn_look_up_in(struct conn *conn, struct arena *arena, struct facts *facts,
                               void (*done)(void *context), void *context);
/* The newest API version that the daemon itself speaks. */
struct api_version turn_engine_version(const struct conn *conn);
/* Takes what the last look-up has cost from the body budget. */
bool turn_pay_facts(struct conn *conn);
/* Drops whatever the request has under way with the daemon. */
void turn_abandon(struct conn *conn);

/* conn_rejudge.c */
/* Goes over to the edition in force: to be called where nothing of a request depends on the old one. False when the
 * client is no longer allowed: the connection, or the request, has ended. */
bool conn_catch_up(struct conn *conn);
/* Keeps the request as it is now, about to be rewritten. False: no memory. */
bool turn_keep_asked(struct conn *conn);

/* conn_send.c */
extern const char daemon_restarted[]; /* the message for clients */
/* Audits the request, which has been rewritten, and has it sent: where a log is required, not before that has it. */
enum step turn_send(struct conn *conn);
/* The decision could not be written in time. */
void turn_unaudited(struct conn *conn);

/* conn_audit.c */
/* Keeps what the audit log will tell of the request: to be called before it is rewritten. */
void turn_tell(struct conn *conn);
/* Tells the decision. False when it cannot be written and the log is required. */
bool turn_audit(struct conn *conn, const char *verdict, unsigned status, const char *rule,
                const char *reason);
/* Tells that it is allowed, and waits until that is written where it must be: AUDIT_PENDING has DONE called with CONN later. */
enum audit_answer turn_audit_allowed(struct conn *conn, void (*done)(bool written, void *conn));
extern const char unaudited[]; /* the message for clients */
/* Tells how the turn ended, unless that was told. */
void turn_audit_end(struct conn *conn, const char *outcome, unsigned status);

/* conn_names.c: a container whose name is free now, by an answer of STATUS, may be created anew, as it was, by whoever freed
 * it, until another has the name. */
void turn_note_names(struct conn *conn, unsigned status);

/* conn_quota.c */
/* Takes one request, be it understood or not, from what its tenant may make in that time. False when there are too many
 * connections or requests of its tenant's: it was answered. */
bool turn_is_within_rates(struct conn *conn);
/* The same for its connection alone, which counts from then on. */
bool turn_is_counted(struct conn *conn);
/* Sends the request when its tenant may have what it asks for; counts before, where it has to. */
enum step turn_ask_quota(struct conn *conn);
/* The same for the images of an archive whose end waits: true when turn_end_upload will say what becomes of it. */
bool turn_ask_load_quota(struct conn *conn, struct exchange_refusal *refusal);
/* How many images the tenant may hold by this request. */
long long turn_places(const struct conn *conn);
/* True when what the request does, and counts, goes on without its client: its answer is awaited, though nobody reads it. */
bool turn_outlives_client(const struct conn *conn);
/* What it asked for is the daemon's to show from now on. SURE: the daemon said what came of it, or never heard of it. */
void turn_settle(struct conn *conn, bool sure);
/* The connection is no longer one of its tenant's. */
void conn_settle(struct conn *conn);

/* conn_metrics.c */
void turn_count_decision(struct conn *conn, const char *decision, const char *rule);
/* How the turn ended, unless that was counted. Before its exchange is dropped. */
void turn_count_end(struct conn *conn, unsigned status, uint64_t bytes_in, uint64_t bytes_out,
                    uint64_t milliseconds);
void turn_count_lookup(const struct conn *conn, uint64_t milliseconds);
void conn_count_handshake(const struct conn *conn);
void conn_count_failure(const struct conn *conn, const char *text);

/* conn_world.c: gives the turn's facts the client's world. False: no memory, or no randomness. */
bool turn_enter_world(struct conn *conn);

/* conn_images.c: has the answer read for images that it tells of, where a policy asks where they came
 * from, or what is pulled has to get a tag. False: no memory. */
bool turn_watch_images(struct conn *conn, struct exchange_setup *setup);
/* conn_filter.c: has the answer cut down to the client's world, where it has one, and what the policy hides taken out of it. False: no
 * memory. */
bool turn_filter_answer(struct conn *conn, struct exchange_setup *setup);
void turn_filter_free(struct turn_filter *filter); /* NULL is fine */
/* conn_upload.c: has the archive that the request streams looked into, where its policy asks for that. False:
 * no memory. */
bool turn_watch_upload(struct conn *conn, struct exchange_setup *setup);
/* The archive's end waited: it goes to the daemon, or, with a REFUSAL, does not. */
void turn_end_upload(struct conn *conn, const struct exchange_refusal *refusal);

#endif
