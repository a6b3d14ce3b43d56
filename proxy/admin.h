/* The admin listener: metrics, health and status over plain HTTP, for GET and nothing else. A thread of its own, with a loop of its
 * own: a stuck worker does not keep it from saying so. */
#ifndef QUAYMASTER_PROXY_ADMIN_H
#define QUAYMASTER_PROXY_ADMIN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct admin;
struct admin_setup;
struct audit;
struct edition;
struct error;
struct listener_sockets;
struct metrics;
struct ssl_ctx_st;
struct upstream_config;

/* What it tells of; outlives it. */
struct admin_source {
	const struct admin_setup *setup;
	struct metrics *metrics;
	struct audit *audit;
	bool audit_required;
	const struct upstream_config *upstream;
	struct ssl_ctx_st *upstream_tls;
	atomic_uint *connections;
	atomic_uint_fast64_t *body_budget; /* what is left of */
	uint64_t body_budget_all;
	atomic_uint_fast64_t *turned_ms; /* when all workers had come round last, by admin_clock_ms */
};

/* Takes SOCKETS, which are closed at the end. NULL: no memory, and they are closed. */
struct admin *admin_new(const struct admin_source *source, const struct listener_sockets *sockets);
/* Starts answering, by EDITION at first. False with ERROR. */
bool admin_start(struct admin *admin, struct edition *edition, struct error *error);
/* EDITION is in force; RELOADED: by a reload. Any thread. */
void admin_take(struct admin *admin, struct edition *edition, bool reloaded);
/* A reload was refused. Any thread. */
void admin_note_refusal(struct admin *admin);
void admin_close(struct admin *admin);

uint64_t admin_clock_ms(void);

#endif
