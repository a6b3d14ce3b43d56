/* One thread with one event loop. Connections are kept in a list only so that they can be ended with the worker. */
#include "proxy/worker.h"

#include "policy/error.h"
#include "proxy/audit.h"
#include "proxy/config.h"
#include "proxy/conn.h"
#include "proxy/edition.h"
#include "proxy/entrance.h"
#include "proxy/json_pool.h"
#include "proxy/log.h"
#include "proxy/loop.h"
#include "proxy/metrics.h"
#include "proxy/owners.h"
#include "proxy/tls_context.h"
#include "proxy/upstream.h"

#include <openssl/ssl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum {
	REJUDGED_A_TURN = 32, /* connections: others have to wait for so long, and no longer */
	SHED_AT_ONCE = 16,
	RESERVED = 16, /* descriptors */
	RETRY_MS = 10
};

/* One listening descriptor as this worker watches it. */
struct post {
	struct post *next;
	struct worker *worker;
	const struct entrance *entrance;
	const struct edition_listener *listener; /* of the edition that the worker goes by */
	int fd;
	struct listener_watch *watch;
};

struct worker {
	struct workshop *workshop;
	struct loop *loop;
	struct upstream *upstream;
	struct audit_desk *desk; /* NULL: no log is required */
	struct conn_context context;
	struct conn *conns;
	struct post *posts;
	struct soon rejudging;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t took;
	bool left;                    /* under the mutex */
	const struct roster *offered; /* under the mutex; NULL: what was offered was taken */
	unsigned knocks;              /* asked whether it turns; by one thread only */
	atomic_uint answered;         /* of those */
	bool leaving;                 /* loop thread only */
};

static void link_conn(struct worker *worker, struct conn *conn)
{
	conn_links(conn)->next = worker->conns;
	if (worker->conns != NULL)
		conn_links(worker->conns)->previous = conn;
	worker->conns = conn;
}

static void unlink_conn(struct worker *worker, struct conn *conn)
{
	const struct conn_links *links = conn_links(conn);

	if (links->previous != NULL)
		conn_links(links->previous)->next = links->next;
	else
		worker->conns = links->next;
	if (links->next != NULL)
		conn_links(links->next)->previous = links->previous;
}

static void conn_closed(struct conn *conn, void *owner)
{
	struct worker *worker = owner;

	unlink_conn(worker, conn);
	atomic_fetch_sub(&worker->workshop->connections, 1);
}

/* Makes room: closes connections that wait for a request, the client's that have waited longest (the newest come first in the
 * list) and then the daemon's. False: everything that is open is in use. */
static bool shed(struct worker *worker, unsigned wanted)
{
	struct conn *conn = worker->conns, *previous;
	unsigned closed = 0;

	while (conn != NULL && conn_links(conn)->next != NULL)
		conn = conn_links(conn)->next;
	for (; conn != NULL && closed < wanted; conn = previous) {
		previous = conn_links(conn)->previous;
		closed += conn_shed(conn);
	}
	return closed > 0 || upstream_shed(worker->upstream) > 0;
}

static bool short_of_descriptors(void *owner)
{
	const struct post *post = owner;

	return shed(post->worker, SHED_AT_ONCE);
}

/* Numbers are given from the lowest on: what FD is tells how many are left for connections to the daemon, and for files. */
static bool is_near_limit(int fd)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_NOFILE, &limit) == 0 && (rlim_t)fd + RESERVED >= limit.rlim_cur;
}

/* A count may go over by the number of workers for an instant: the limit is about memory, not about fairness. */
static bool admit(struct worker *worker)
{
	struct workshop *workshop = worker->workshop;
	unsigned limit = worker->context.edition->config->limits.connections;

	if (atomic_fetch_add(&workshop->connections, 1) < limit || shed(worker, 1))
		return true;
	atomic_fetch_sub(&workshop->connections, 1);
	log_line(LOG_WARNING, "limits.connections (%u) reached: a connection was refused", limit);
	return false;
}

static void accepted(int fd, void *owner)
{
	const struct post *post = owner;
	struct worker *worker = post->worker;
	struct ssl_ctx_st *tls = post->listener->tls;
	struct conn *conn = NULL;
	SSL *ssl = NULL;

	if (!admit(worker)) {
		close(fd);
		return;
	}
	if (is_near_limit(fd))
		(void)shed(worker, SHED_AT_ONCE);
	if (tls != NULL && (ssl = tls_accept(tls)) == NULL)
		close(fd);
	else
		conn = conn_take(&worker->context, post->listener, fd, ssl);
	if (conn != NULL)
		link_conn(worker, conn);
	else
		atomic_fetch_sub(&worker->workshop->connections, 1);
}

/* --- posts ----------------------------------------------------------------------------------------------------- */

static struct post *find_post(const struct worker *worker, const struct entrance *entrance, int fd)
{
	struct post *post = worker->posts;

	while (post != NULL && (post->entrance != entrance || post->fd != fd))
		post = post->next;
	return post;
}

static bool man_post(struct worker *worker, const struct entrance *entrance, int fd,
                     const struct edition_listener *listener)
{
	struct post *post = find_post(worker, entrance, fd);

	if (post == NULL) {
		post = calloc(1, sizeof *post);
		if (post == NULL)
			return false;
		*post = (struct post){.worker = worker, .entrance = entrance, .fd = fd};
		post->watch = listener_watch_new(worker->loop, fd, accepted, post);
		if (post->watch == NULL) {
			free(post);
			return false;
		}
		listener_watch_on_shortage(post->watch, short_of_descriptors);
		post->next = worker->posts;
		worker->posts = post;
	}
	post->listener = listener;
	return true;
}

static bool man_posts(struct worker *worker, const struct roster *roster)
{
	const struct entrances *entrances = &roster->entrances;
	bool manned = true;

	for (size_t i = 0; i < entrances->count; i++) {
		const struct entrance *entrance = entrances->list[i];

		for (size_t j = 0; j < entrance->sockets.count; j++)
			manned = man_post(worker, entrance, entrance->sockets.fds[j],
			                  &roster->edition->listeners[i]) &&
			         manned;
	}
	return manned;
}

/* NULL: all of them. */
static void leave_posts(struct worker *worker, const struct roster *roster)
{
	struct post **at = &worker->posts;

	while (*at != NULL) {
		struct post *post = *at;

		if (roster != NULL && entrances_have(&roster->entrances, post->entrance)) {
			at = &post->next;
			continue;
		}
		*at = post->next;
		listener_watch_free(post->watch);
		free(post);
	}
}

/* --- another roster -------------------------------------------------------------------------------------------- */

/* Starts over at each turn, since any of them may have gone meanwhile. */
static void rejudge(void *object)
{
	struct worker *worker = object;
	struct conn *conn = worker->conns;
	unsigned judged = 0;

	while (conn != NULL && judged < REJUDGED_A_TURN) {
		struct conn *next = conn_links(conn)->next;

		if (conn_rejudge(conn))
			judged++;
		conn = next;
	}
	if (conn != NULL)
		loop_soon(worker->loop, &worker->rejudging);
}

/* Without memory for a watch the others go on: a worker that accepts from some listeners is better than none. */
static void go_by(struct worker *worker, const struct roster *roster)
{
	struct edition *before = worker->context.edition;

	leave_posts(worker, roster);
	if (!worker->leaving && !man_posts(worker, roster))
		log_line(LOG_ERROR, "out of memory: a worker does not accept from every listener");
	worker->context.edition = edition_retain(roster->edition);
	worker->context.provenance = roster->provenance;
	edition_release(before);
	loop_soon(worker->loop, &worker->rejudging);
}

static void take_offer(void *object)
{
	struct worker *worker = object;

	pthread_mutex_lock(&worker->mutex);
	if (worker->offered != NULL)
		go_by(worker, worker->offered);
	worker->offered = NULL;
	pthread_cond_signal(&worker->took);
	pthread_mutex_unlock(&worker->mutex);
}

/* There is no other way to reach a worker: without memory it is tried until there is some. */
static void post_surely(struct worker *worker, void (*callback)(void *))
{
	static const struct timespec pause = {.tv_nsec = RETRY_MS * 1000 * 1000L};

	while (!loop_post(worker->loop, callback, worker))
		nanosleep(&pause, NULL);
}

static void offer(struct worker *worker, const struct roster *roster)
{
	pthread_mutex_lock(&worker->mutex);
	worker->offered = roster;
	pthread_mutex_unlock(&worker->mutex);
	post_surely(worker, take_offer);
}

static void await_taking(struct worker *worker)
{
	pthread_mutex_lock(&worker->mutex);
	while (worker->offered != NULL)
		pthread_cond_wait(&worker->took, &worker->mutex);
	pthread_mutex_unlock(&worker->mutex);
}

void workers_take(struct worker *const *workers, size_t count, const struct roster *roster)
{
	for (size_t i = 0; i < count; i++)
		offer(workers[i], roster);
	for (size_t i = 0; i < count; i++)
		await_taking(workers[i]);
}

/* --- taking leave, and being alive ----------------------------------------------------------------------------- */

static void leave(void *object)
{
	struct worker *worker = object;
	struct conn *next;

	worker->leaving = true;
	leave_posts(worker, NULL);
	for (struct conn *conn = worker->conns; conn != NULL; conn = next) {
		next = conn_links(conn)->next;
		conn_leave(conn);
	}
	pthread_mutex_lock(&worker->mutex);
	worker->left = true;
	pthread_cond_signal(&worker->took);
	pthread_mutex_unlock(&worker->mutex);
}

void worker_leave(struct worker *worker)
{
	post_surely(worker, leave);
	pthread_mutex_lock(&worker->mutex);
	while (!worker->left)
		pthread_cond_wait(&worker->took, &worker->mutex);
	pthread_mutex_unlock(&worker->mutex);
}

static void answer_knock(void *object)
{
	struct worker *worker = object;

	atomic_fetch_add(&worker->answered, 1);
}

bool worker_turns(struct worker *worker)
{
	bool answered = atomic_load(&worker->answered) == worker->knocks;

	/* Without memory for the question it is put the next time. */
	if (answered && loop_post(worker->loop, answer_knock, worker))
		worker->knocks++;
	return answered;
}

/* --- the worker ------------------------------------------------------------------------------------------------ */

static void worker_free(struct worker *worker)
{
	leave_posts(worker, NULL);
	loop_soon_cancel(&worker->rejudging);
	while (worker->conns != NULL) {
		struct conn *conn = worker->conns;

		unlink_conn(worker, conn);
		conn_abort(conn);
		atomic_fetch_sub(&worker->workshop->connections, 1);
	}
	audit_desk_free(worker->desk);
	upstream_free(worker->upstream);
	owners_free(worker->context.owners);
	if (worker->loop != NULL)
		loop_free(worker->loop);
	edition_release(worker->context.edition);
	pthread_cond_destroy(&worker->took);
	pthread_mutex_destroy(&worker->mutex);
	free(worker);
}

static void *work(void *object)
{
	struct worker *worker = object;

	loop_run(worker->loop);
	json_pool_drain();
	return NULL;
}

static bool worker_init(struct worker *worker, const struct roster *roster)
{
	struct workshop *workshop = worker->workshop;

	worker->loop = loop_new();
	if (worker->loop == NULL)
		return false;
	worker->upstream =
		upstream_new(worker->loop, &workshop->started->upstream, workshop->upstream_tls);
	if (worker->upstream == NULL)
		return false;
	if (audit_waited_for(workshop->audit) != NULL)
		worker->desk = audit_desk_new(audit_waited_for(workshop->audit), worker->loop);
	if (audit_waited_for(workshop->audit) != NULL && worker->desk == NULL)
		return false;
	worker->context = (struct conn_context){
		.loop = worker->loop,
		.upstream = worker->upstream,
		.edition = edition_retain(roster->edition),
		.audit = workshop->audit,
		.desk = worker->desk,
		.metrics = metrics_shard_new(workshop->metrics),
		.provenance = roster->provenance,
		.former = workshop->former,
		.owners = owners_new(), /* NULL: nothing is remembered */
		.quotas = workshop->quotas,
		.body_budget = &workshop->body_budget,
		.closed = conn_closed,
		.owner = worker,
	};
	return man_posts(worker, roster);
}

struct worker *worker_start(struct workshop *workshop, const struct roster *roster,
                            struct error *error)
{
	struct worker *worker = calloc(1, sizeof *worker);

	if (worker == NULL) {
		error_set(error, "out of memory for a worker");
		return NULL;
	}
	worker->workshop = workshop;
	atomic_init(&worker->answered, 0);
	worker->rejudging = (struct soon){.run = rejudge, .object = worker};
	pthread_mutex_init(&worker->mutex, NULL);
	pthread_cond_init(&worker->took, NULL);
	if (!worker_init(worker, roster) || pthread_create(&worker->thread, NULL, work, worker) != 0) {
		error_set(error, "cannot start a worker: out of memory, descriptors or threads");
		worker_free(worker);
		return NULL;
	}
	return worker;
}

void worker_stop(struct worker *worker)
{
	loop_stop(worker->loop);
	pthread_join(worker->thread, NULL);
	worker_free(worker);
}
