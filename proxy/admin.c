/* The admin listener. One visit is one connection with one request: its head is read, the daemon is asked whether it is
 * there, the page is written, and the connection closed. */
#define _GNU_SOURCE /* clock_gettime */
#include "proxy/admin.h"

#include "policy/arena.h"
#include "policy/builder.h"
#include "policy/error.h"
#include "policy/route.h"
#include "proxy/admin_pages.h"
#include "proxy/admin_setup.h"
#include "proxy/ask.h"
#include "proxy/audit.h"
#include "proxy/edition.h"
#include "proxy/fetch.h"
#include "proxy/http_read.h"
#include "proxy/http_write.h"
#include "proxy/log.h"
#include "proxy/loop.h"
#include "proxy/metrics.h"
#include "proxy/stream.h"
#include "proxy/upstream.h"

#include <event2/buffer.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	VISITS_MAX = 32,
	HEAD_BYTES = 8 * 1024,
	HEADERS_MAX = 50,
	ARENA_BYTES = 256 * 1024,
	VISIT_MS = 5000, /* for the head, and for the daemon */
	LINGER_MS = 1000,
	STUCK_MS = 10 * 1000
};

enum page { PAGE_METRICS, PAGE_STATUS, PAGE_READY, PAGE_HEALTH };

static const struct page_row {
	const char *target, *type;
	enum page page;
} pages[] = {
	{"/metrics", "text/plain; version=0.0.4; charset=utf-8", PAGE_METRICS},
	{"/status", "application/json", PAGE_STATUS},
	{"/readyz", "application/json", PAGE_READY},
	{"/healthz", "application/json", PAGE_HEALTH},
};

struct admin {
	struct admin_source source;
	struct listener_sockets sockets;
	struct loop *loop;
	struct upstream *upstream;
	struct listener_watch *watches[LISTENER_FDS_MAX];
	struct visit *visits;
	unsigned visit_count;
	pthread_t thread;
	bool running;
	int64_t started;
	atomic_uint_fast64_t reloads_taken, reloads_refused;
	atomic_int_fast64_t reloaded;
	pthread_mutex_t mutex;
	struct edition *edition; /* under the mutex */
};

struct visit {
	struct deferred deferred;
	struct visit *next, *previous;
	struct admin *admin;
	struct stream *stream; /* NULL: it has ended */
	struct arena *arena;
	struct timer *timer;
	size_t scanned;
	struct http_request_head head;
	const struct page_row *page; /* NULL: its head is being read */
	struct ask *ask;
	struct upstream_wait *wait;
};

uint64_t admin_clock_ms(void)
{
	struct timespec now = {0};

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* --- a visit's end --------------------------------------------------------------------------------------------- */

static void visit_free(void *object)
{
	struct visit *visit = object;

	timer_free(visit->timer);
	arena_free(visit->arena);
	free(visit);
}

static void visit_end(struct visit *visit, bool politely)
{
	struct admin *admin = visit->admin;

	ask_cancel(visit->ask);
	upstream_cancel(visit->wait);
	visit->ask = NULL;
	visit->wait = NULL;
	timer_stop(visit->timer);
	if (politely)
		stream_close(visit->stream, LINGER_MS);
	else
		stream_abort(visit->stream);
	visit->stream = NULL;
	if (visit->previous != NULL)
		visit->previous->next = visit->next;
	else
		admin->visits = visit->next;
	if (visit->next != NULL)
		visit->next->previous = visit->previous;
	admin->visit_count--;
	loop_defer_free(admin->loop, &visit->deferred, visit_free);
}

static void answer_error(struct visit *visit, unsigned status, const char *message)
{
	bool head_only = visit->head.method != NULL && strcmp(visit->head.method, "HEAD") == 0;

	http_write_error(stream_output(visit->stream), status, message, head_only, true);
	visit_end(visit, true);
}

/* --- pages ----------------------------------------------------------------------------------------------------- */

static bool workers_turn(const struct admin *admin)
{
	uint64_t turned = atomic_load(admin->source.turned_ms);

	return admin_clock_ms() - turned < STUCK_MS;
}

static bool print_page(const struct visit *visit, const struct admin_facts *facts,
                       struct builder *page)
{
	switch (visit->page->page) {
	case PAGE_METRICS:
		admin_print_metrics(facts, page);
		return true;
	case PAGE_STATUS:
		admin_print_status(facts, page);
		return true;
	case PAGE_READY:
		return admin_print_ready(facts, page);
	case PAGE_HEALTH:
		return admin_print_health(facts, page);
	}
	return false;
}

static void gather(struct admin *admin, const struct edition *edition, const char *daemon_down,
                   struct admin_facts *facts)
{
	const struct admin_source *source = &admin->source;

	*facts = (struct admin_facts){
		.edition = edition,
		.audit_used = audit_listens(source->audit),
		.audit_required = source->audit_required,
		.connections = atomic_load(source->connections),
		.body_bytes = source->body_budget_all - atomic_load(source->body_budget),
		.reloads_taken = atomic_load(&admin->reloads_taken),
		.reloads_refused = atomic_load(&admin->reloads_refused),
		.started = admin->started,
		.reloaded = atomic_load(&admin->reloaded),
		.now = time(NULL),
		.daemon_down = daemon_down,
		.workers_turn = workers_turn(admin),
		.tenants = source->setup->tenants,
	};
	audit_count(source->audit, &facts->audit);
}

static struct edition *retain_edition(struct admin *admin)
{
	struct edition *edition;

	pthread_mutex_lock(&admin->mutex);
	edition = edition_retain(admin->edition);
	pthread_mutex_unlock(&admin->mutex);
	return edition;
}

static bool send_page(struct visit *visit, bool fine, const struct builder *page)
{
	struct header headers[] = {{"Content-Type", visit->page->type}, {"Cache-Control", "no-store"}};
	const struct http_message message = {.framing = FRAMING_LENGTH,
	                                     .length = page->len,
	                                     .close = true,
	                                     .headers = {headers, 2}};
	struct evbuffer *output = stream_output(visit->stream);

	return !page->failed && http_write_response(output, fine ? 200 : 503, NULL, &message) &&
	       (strcmp(visit->head.method, "HEAD") == 0 ||
	        evbuffer_add(output, page->text, page->len) == 0);
}

static void show(struct visit *visit, const char *daemon_down)
{
	struct edition *edition = retain_edition(visit->admin);
	struct builder page = {.text = NULL};
	struct metrics_sum *sums;
	struct admin_facts facts;
	bool fine;

	gather(visit->admin, edition, daemon_down, &facts);
	sums = metrics_read(visit->admin->source.metrics, &facts.sum_count);
	facts.sums = sums;
	fine = print_page(visit, &facts, &page);
	edition_release(edition);
	free(sums);
	if (sums == NULL || !send_page(visit, fine, &page))
		answer_error(visit, 503, "out of memory");
	else
		visit_end(visit, true);
	builder_clear(&page);
}

/* --- is the daemon there? -------------------------------------------------------------------------------------- */

static void pinged(const struct fetch_answer *answer, void *context)
{
	struct visit *visit = context;
	const char *down = NULL;

	visit->ask = NULL;
	if (answer->status == 0)
		down = answer->message != NULL ? answer->message : "the Docker daemon does not answer";
	else if (answer->status != 200)
		down = "the Docker daemon answers a ping with an error";
	show(visit, down);
}

static void ask_daemon(struct visit *visit);

static void met(enum upstream_result result, const struct daemon_info *info, const char *message,
                void *context)
{
	struct visit *visit = context;

	(void)info;
	visit->wait = NULL;
	if (result == UPSTREAM_READY)
		ask_daemon(visit);
	else
		show(visit, message != NULL ? message : "the Docker daemon does not answer");
}

static void ask_daemon(struct visit *visit)
{
	struct admin *admin = visit->admin;
	const struct daemon_info *info = upstream_known(admin->upstream);
	const struct ask_setup setup = {
		.loop = admin->loop,
		.upstream = admin->upstream,
		.generation = info != NULL ? info->generation : 0,
		.method = METHOD_GET,
		.target = "/_ping",
	};

	if (info != NULL)
		visit->ask = ask_start(&setup, pinged, visit);
	else
		visit->wait = upstream_ask(admin->upstream, met, visit);
	if (visit->ask == NULL && visit->wait == NULL)
		show(visit, "out of memory");
}

/* --- requests -------------------------------------------------------------------------------------------------- */

static const struct page_row *find_page(const char *target)
{
	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
		if (strcmp(target, pages[i].target) == 0)
			return &pages[i];
	return NULL;
}

/* A browser that was lured here names where it comes from. */
static bool is_of_browser(const struct headers *headers)
{
	return headers_value(headers, "Origin") != NULL ||
	       headers_value(headers, "Sec-Fetch-Site") != NULL;
}

static void serve(struct visit *visit)
{
	const struct http_request_head *head = &visit->head;
	const struct page_row *page = find_page(head->target);

	if (is_of_browser(&head->headers)) {
		answer_error(visit, 403, "no browsers here");
	} else if (page == NULL) {
		answer_error(visit, 404, "there are /metrics, /status, /healthz and /readyz");
	} else if (strcmp(head->method, "GET") != 0 && strcmp(head->method, "HEAD") != 0) {
		answer_error(visit, 405, "only GET and HEAD");
	} else if (head->framing != FRAMING_NONE || head->upgrade) {
		answer_error(visit, 400, "no bodies and no upgrades here");
	} else {
		visit->page = page;
		stream_watch_hangup(visit->stream, true);
		if (page->page == PAGE_HEALTH)
			show(visit, NULL);
		else
			ask_daemon(visit);
	}
}

static void read_head(struct visit *visit)
{
	const struct http_limits limits = {HEAD_BYTES, HEADERS_MAX};
	struct http_fault fault = {0};

	switch (http_read_request(stream_input(visit->stream), visit->arena, &limits, &visit->scanned,
	                          &visit->head, &fault)) {
	case HTTP_MORE:
		if (stream_peer_finished(visit->stream))
			visit_end(visit, false);
		break;
	case HTTP_DONE:
		timer_start(visit->timer, VISIT_MS);
		serve(visit);
		break;
	case HTTP_BAD:
		visit->head.method = NULL;
		answer_error(visit, fault.status, fault.message);
		break;
	}
}

static void visit_event(struct stream *stream, enum stream_event event, void *owner)
{
	struct visit *visit = owner;

	(void)stream;
	switch (event) {
	case STREAM_READY:
	case STREAM_DATA:
	case STREAM_EOF:
		if (visit->page == NULL)
			read_head(visit);
		return;
	case STREAM_DRAINED:
		return;
	case STREAM_TRUNCATED:
	case STREAM_FAILED:
		visit_end(visit, false);
		return;
	}
}

static void timed_out(void *context)
{
	struct visit *visit = context;

	if (visit->page == NULL)
		visit_end(visit, false);
	else
		show(visit, "the Docker daemon does not answer in time");
}

static void accepted(int fd, void *owner)
{
	struct admin *admin = owner;
	struct visit *visit = admin->visit_count < VISITS_MAX ? calloc(1, sizeof *visit) : NULL;

	if (visit == NULL) {
		close(fd);
		return;
	}
	visit->admin = admin;
	visit->arena = arena_new(ARENA_BYTES);
	visit->timer = timer_new(admin->loop, timed_out, visit);
	if (visit->arena == NULL || visit->timer == NULL)
		close(fd);
	else
		visit->stream = stream_take(admin->loop, fd, false, visit_event, visit);
	if (visit->stream == NULL) {
		visit_free(visit);
		return;
	}
	visit->next = admin->visits;
	if (admin->visits != NULL)
		admin->visits->previous = visit;
	admin->visits = visit;
	admin->visit_count++;
	timer_start(visit->timer, VISIT_MS);
}

/* --- the thread ------------------------------------------------------------------------------------------------ */

static void *work(void *object)
{
	struct admin *admin = object;

	loop_run(admin->loop);
	return NULL;
}

struct admin *admin_new(const struct admin_source *source, const struct listener_sockets *sockets)
{
	struct listener_sockets taken = *sockets;
	struct admin *admin = calloc(1, sizeof *admin);

	if (admin == NULL) {
		listener_close(&source->setup->spec, &taken);
		return NULL;
	}
	admin->source = *source;
	admin->sockets = taken;
	admin->started = time(NULL);
	atomic_init(&admin->reloaded, admin->started);
	pthread_mutex_init(&admin->mutex, NULL);
	return admin;
}

static bool start_watches(struct admin *admin)
{
	for (size_t i = 0; i < admin->sockets.count; i++) {
		admin->watches[i] = listener_watch_new(admin->loop, admin->sockets.fds[i], accepted, admin);
		if (admin->watches[i] == NULL)
			return false;
	}
	return true;
}

bool admin_start(struct admin *admin, struct edition *edition, struct error *error)
{
	admin->edition = edition_retain(edition);
	admin->loop = loop_new();
	if (admin->loop != NULL)
		admin->upstream =
			upstream_new(admin->loop, admin->source.upstream, admin->source.upstream_tls);
	if (admin->upstream != NULL && start_watches(admin))
		admin->running = pthread_create(&admin->thread, NULL, work, admin) == 0;
	return admin->running || error_set(error, "cannot start the admin listener: out of memory");
}

void admin_take(struct admin *admin, struct edition *edition, bool reloaded)
{
	struct edition *before;

	pthread_mutex_lock(&admin->mutex);
	before = admin->edition;
	admin->edition = edition_retain(edition);
	pthread_mutex_unlock(&admin->mutex);
	edition_release(before);
	if (!reloaded)
		return;
	atomic_fetch_add(&admin->reloads_taken, 1);
	atomic_store(&admin->reloaded, time(NULL));
}

void admin_note_refusal(struct admin *admin)
{
	atomic_fetch_add(&admin->reloads_refused, 1);
}

void admin_close(struct admin *admin)
{
	if (admin == NULL)
		return;
	if (admin->running) {
		loop_stop(admin->loop);
		pthread_join(admin->thread, NULL);
	}
	for (size_t i = 0; i < admin->sockets.count; i++)
		if (admin->watches[i] != NULL)
			listener_watch_free(admin->watches[i]);
	while (admin->visits != NULL)
		visit_end(admin->visits, false);
	if (admin->upstream != NULL)
		upstream_free(admin->upstream);
	if (admin->loop != NULL)
		loop_free(admin->loop);
	if (admin->sockets.count > 0)
		listener_close(&admin->source.setup->spec, &admin->sockets);
	edition_release(admin->edition);
	pthread_mutex_destroy(&admin->mutex);
	free(admin);
}
