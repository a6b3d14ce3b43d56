/* One thread with one event loop. Connections are kept in a list only so that they can be ended with the worker. */
#include "proxy/worker.h"

#include "policy/error.h"
#include "proxy/config.h"
#include "proxy/conn.h"
#include "proxy/json_pool.h"
#include "proxy/log.h"
#include "proxy/loop.h"
#include "proxy/tls_context.h"
#include "proxy/upstream.h"

#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One listening descriptor as this worker watches it. */
struct post {
	struct worker *worker;
	struct entrance *entrance;
	struct listener_watch *watch;
};

struct worker {
	struct workshop *workshop;
	struct loop *loop;
	struct upstream *upstream;
	struct conn_context context;
	struct conn *conns;
	struct post *posts;
	size_t post_count;
	pthread_t thread;
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

/* A count may go over by the number of workers for an instant: the limit is about memory, not about fairness. */
static bool admit(struct workshop *workshop)
{
	if (atomic_fetch_add(&workshop->connections, 1) < workshop->config->limits.connections)
		return true;
	atomic_fetch_sub(&workshop->connections, 1);
	log_line(LOG_WARNING, "limits.connections (%u) reached: a connection was refused",
	         workshop->config->limits.connections);
	return false;
}

static SSL *new_tls(struct entrance *entrance)
{
	SSL *ssl;

	pthread_mutex_lock(&entrance->mutex);
	ssl = tls_accept(entrance->tls);
	pthread_mutex_unlock(&entrance->mutex);
	return ssl;
}

static void accepted(int fd, void *owner)
{
	const struct post *post = owner;
	struct worker *worker = post->worker;
	bool tls = post->entrance->config->tls;
	struct conn *conn = NULL;
	SSL *ssl = NULL;

	if (!admit(worker->workshop)) {
		close(fd);
		return;
	}
	if (tls && (ssl = new_tls(post->entrance)) == NULL)
		close(fd);
	else
		conn = conn_take(&worker->context, post->entrance->config->spec.name, fd, ssl);
	if (conn != NULL)
		link_conn(worker, conn);
	else
		atomic_fetch_sub(&worker->workshop->connections, 1);
}

static size_t count_sockets(const struct workshop *workshop)
{
	size_t count = 0;

	for (size_t i = 0; i < workshop->entrance_count; i++)
		count += workshop->entrances[i].sockets.count;
	return count;
}

static bool man_posts(struct worker *worker)
{
	struct workshop *workshop = worker->workshop;

	worker->posts = calloc(count_sockets(workshop) + 1, sizeof *worker->posts);
	if (worker->posts == NULL)
		return false;
	for (size_t i = 0; i < workshop->entrance_count; i++) {
		struct entrance *entrance = &workshop->entrances[i];

		for (size_t j = 0; j < entrance->sockets.count; j++) {
			struct post *post = &worker->posts[worker->post_count++];

			post->worker = worker;
			post->entrance = entrance;
			post->watch =
				listener_watch_new(worker->loop, entrance->sockets.fds[j], accepted, post);
			if (post->watch == NULL)
				return false;
		}
	}
	return true;
}

static void worker_free(struct worker *worker)
{
	for (size_t i = 0; i < worker->post_count; i++)
		if (worker->posts[i].watch != NULL)
			listener_watch_free(worker->posts[i].watch);
	while (worker->conns != NULL) {
		struct conn *conn = worker->conns;

		unlink_conn(worker, conn);
		conn_abort(conn);
		atomic_fetch_sub(&worker->workshop->connections, 1);
	}
	upstream_free(worker->upstream);
	if (worker->loop != NULL)
		loop_free(worker->loop);
	free(worker->posts);
	free(worker);
}

static void *work(void *object)
{
	struct worker *worker = object;

	loop_run(worker->loop);
	json_pool_drain();
	return NULL;
}

static bool worker_init(struct worker *worker)
{
	struct workshop *workshop = worker->workshop;

	worker->loop = loop_new();
	if (worker->loop == NULL)
		return false;
	worker->upstream =
		upstream_new(worker->loop, &workshop->config->upstream, workshop->upstream_tls);
	if (worker->upstream == NULL)
		return false;
	worker->context = (struct conn_context){
		.loop = worker->loop,
		.upstream = worker->upstream,
		.config = workshop->config,
		.audit = workshop->audit,
		.provenance = workshop->provenance,
		.former = workshop->former,
		.body_budget = &workshop->body_budget,
		.closed = conn_closed,
		.owner = worker,
	};
	return man_posts(worker);
}

struct worker *worker_start(struct workshop *workshop, struct error *error)
{
	struct worker *worker = calloc(1, sizeof *worker);

	if (worker == NULL) {
		error_set(error, "out of memory for a worker");
		return NULL;
	}
	worker->workshop = workshop;
	if (!worker_init(worker) || pthread_create(&worker->thread, NULL, work, worker) != 0) {
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
