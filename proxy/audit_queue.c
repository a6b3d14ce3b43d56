/* The audit log's queue. There are two buffers: one is filled, the other one, the batch, is being written; a batch that
 * cannot be written is kept and tried again. Lines are counted, and a mark is how many there were at some moment: who
 * waits for a mark waits for all lines up to it. */
#include "proxy/audit_queue.h"

#include "policy/error.h"
#include "proxy/audit_event.h"
#include "proxy/audit_sinks.h"
#include "proxy/json_line.h"
#include "proxy/log.h"
#include "proxy/loop.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RETRY_SECONDS = 1, WAKE_RETRY_MS = 10 };

struct buffer {
	char *bytes;
	size_t len;
};

struct audit_desk {
	struct audit_desk *next; /* under the mutex, like these two */
	bool waiting, posted;
	struct audit_queue *queue;
	struct loop *loop;
	struct audit_wait waits; /* the head of a ring, in order of marks; the loop's own */
};

struct audit_queue {
	struct audit_sinks *sinks; /* the writer's own */
	pthread_t writer;
	bool required;
	size_t room;
	pthread_mutex_t mutex; /* of all below */
	pthread_cond_t filled, settled;
	struct buffer lines, batch;
	uint64_t accepted, batch_mark, written, failed; /* marks */
	uint64_t lost, lost_untold;
	bool failing, stopping, reopening;
	struct audit_desk *desks;
};

/* --- those who wait -------------------------------------------------------------------------------------------- */

static void unlink_wait(struct audit_wait *wait)
{
	assert(wait->next != NULL && wait->previous != NULL);
	wait->next->previous = wait->previous;
	wait->previous->next = wait->next;
	wait->next = wait->previous = NULL;
}

/* The first one whose lines have been dealt with, taken off the list; NULL: there is none. */
static struct audit_wait *next_settled(struct audit_desk *desk, bool *written)
{
	struct audit_queue *queue = desk->queue;
	struct audit_wait *first = desk->waits.next != &desk->waits ? desk->waits.next : NULL;

	pthread_mutex_lock(&queue->mutex);
	desk->posted = false;
	*written = first != NULL && first->mark <= queue->written;
	if (first != NULL && !*written && first->mark > queue->failed)
		first = NULL;
	desk->waiting = first == NULL && desk->waits.next != &desk->waits;
	pthread_mutex_unlock(&queue->mutex);
	if (first != NULL)
		unlink_wait(first);
	return first;
}

/* Whoever is told may end others that wait: the list is looked at anew each time. */
static void tell_settled(void *object)
{
	struct audit_desk *desk = object;
	const struct audit_wait *wait;
	bool written;

	while ((wait = next_settled(desk, &written)) != NULL)
		wait->done(written, wait->owner);
}

/* False when a desk could not be woken, for want of memory. */
static bool wake_desks(struct audit_queue *queue)
{
	bool woken = true;

	pthread_mutex_lock(&queue->mutex);
	for (struct audit_desk *desk = queue->desks; desk != NULL; desk = desk->next) {
		if (desk->waiting && !desk->posted)
			desk->posted = loop_post(desk->loop, tell_settled, desk);
		woken = woken && (desk->posted || !desk->waiting);
	}
	pthread_mutex_unlock(&queue->mutex);
	return woken;
}

struct audit_desk *audit_desk_new(struct audit_queue *queue, struct loop *loop)
{
	struct audit_desk *desk = calloc(1, sizeof *desk);

	if (desk == NULL)
		return NULL;
	desk->queue = queue;
	desk->loop = loop;
	desk->waits.next = desk->waits.previous = &desk->waits;
	pthread_mutex_lock(&queue->mutex);
	desk->next = queue->desks;
	queue->desks = desk;
	pthread_mutex_unlock(&queue->mutex);
	return desk;
}

void audit_desk_free(struct audit_desk *desk)
{
	struct audit_desk **at;

	if (desk == NULL)
		return;
	assert(desk->waits.next == &desk->waits);
	pthread_mutex_lock(&desk->queue->mutex);
	for (at = &desk->queue->desks; *at != desk; at = &(*at)->next)
		;
	*at = desk->next;
	pthread_mutex_unlock(&desk->queue->mutex);
	free(desk);
}

enum audit_answer audit_desk_await(struct audit_desk *desk, struct audit_wait *wait)
{
	struct audit_queue *queue = desk->queue;
	enum audit_answer answer = AUDIT_PENDING;

	pthread_mutex_lock(&queue->mutex);
	wait->mark = queue->accepted;
	if (queue->failing)
		answer = AUDIT_REFUSED;
	else if (wait->mark <= queue->written)
		answer = AUDIT_WRITTEN;
	else
		desk->waiting = true;
	pthread_mutex_unlock(&queue->mutex);
	if (answer != AUDIT_PENDING)
		return answer;
	wait->next = &desk->waits;
	wait->previous = desk->waits.previous;
	desk->waits.previous->next = wait;
	desk->waits.previous = wait;
	return AUDIT_PENDING;
}

void audit_desk_cancel(struct audit_desk *desk, struct audit_wait *wait)
{
	(void)desk;
	if (wait->next != NULL)
		unlink_wait(wait);
}

/* --- the writer ------------------------------------------------------------------------------------------------ */

static void wait_for_retry(struct audit_queue *queue)
{
	struct timespec until = {0};

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += RETRY_SECONDS;
	while (!queue->stopping && !queue->reopening &&
	       pthread_cond_timedwait(&queue->filled, &queue->mutex, &until) != ETIMEDOUT)
		;
}

/* Says after the lines that there was room for how many there was none for. */
static void note_lost(struct audit_queue *queue)
{
	struct json_line line;

	audit_event_begin(&line, "lost", 0);
	json_line_number(&line, "lines", queue->lost_untold);
	json_line_end(&line);
	if (line.len > queue->room - queue->lines.len)
		return;
	memcpy(queue->lines.bytes + queue->lines.len, line.text, line.len);
	queue->lines.len += line.len;
	queue->accepted++;
	queue->lost_untold = 0;
}

/* Makes what has been filled the batch, unless the last one is still to be written. */
static void take_batch(struct audit_queue *queue)
{
	struct buffer empty = queue->batch;

	if (queue->batch.len > 0)
		return;
	if (queue->lost_untold > 0)
		note_lost(queue);
	queue->batch = queue->lines;
	queue->lines = empty;
	queue->batch_mark = queue->accepted;
}

/* False when it is time to stop, with nothing left to write or no way to. */
static bool await_work(struct audit_queue *queue, bool *reopen)
{
	bool work;

	pthread_mutex_lock(&queue->mutex);
	if (queue->failing)
		wait_for_retry(queue);
	while (queue->batch.len == 0 && queue->lines.len == 0 && queue->lost_untold == 0 &&
	       !queue->stopping && !queue->reopening)
		pthread_cond_wait(&queue->filled, &queue->mutex);
	take_batch(queue);
	*reopen = queue->reopening;
	queue->reopening = false;
	work = queue->batch.len > 0 || *reopen;
	pthread_mutex_unlock(&queue->mutex);
	return work;
}

/* True when it has just begun or ceased to fail. */
static bool note_settled(struct audit_queue *queue, bool written, uint64_t missed)
{
	bool changed;

	pthread_mutex_lock(&queue->mutex);
	changed = queue->failing == written;
	queue->failing = !written;
	queue->lost += missed;
	if (written) {
		queue->written = queue->batch_mark;
		queue->batch.len = 0;
	} else {
		queue->failed = queue->accepted;
	}
	pthread_cond_broadcast(&queue->settled);
	pthread_mutex_unlock(&queue->mutex);
	return changed;
}

static void settle(struct audit_queue *queue, bool written)
{
	static const struct timespec pause = {.tv_nsec = WAKE_RETRY_MS * 1000 * 1000L};

	if (note_settled(queue, written, audit_sinks_missed(queue->sinks)))
		log_line(written ? LOG_INFO : LOG_ERROR, "audit log: %s",
		         written ? "lines are written again"
		         : queue->required
		             ? "lines cannot be written; requests are refused until they can"
		             : "lines cannot be written, and are kept as long as there is room");
	while (!wake_desks(queue))
		nanosleep(&pause, NULL);
}

static bool is_stopping(struct audit_queue *queue)
{
	bool stopping;

	pthread_mutex_lock(&queue->mutex);
	stopping = queue->stopping;
	pthread_mutex_unlock(&queue->mutex);
	return stopping;
}

static void *write_lines(void *object)
{
	struct audit_queue *queue = object;
	bool reopen, written = true;

	while (await_work(queue, &reopen)) {
		if (reopen)
			audit_sinks_reopen(queue->sinks);
		written =
			audit_sinks_write(queue->sinks, queue->batch.bytes, queue->batch.len, queue->required);
		settle(queue, written);
		if (!written && is_stopping(queue))
			break;
	}
	if (!written)
		log_line(LOG_ERROR, "audit log: the last lines are lost");
	return NULL;
}

/* --- the queue ------------------------------------------------------------------------------------------------- */

static void queue_free(struct audit_queue *queue)
{
	audit_sinks_close(queue->sinks);
	pthread_cond_destroy(&queue->settled);
	pthread_cond_destroy(&queue->filled);
	pthread_mutex_destroy(&queue->mutex);
	free(queue->lines.bytes);
	free(queue->batch.bytes);
	free(queue);
}

static void init_locks(struct audit_queue *queue)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_mutex_init(&queue->mutex, NULL);
	pthread_cond_init(&queue->filled, &attributes);
	pthread_cond_init(&queue->settled, &attributes);
	pthread_condattr_destroy(&attributes);
}

struct audit_queue *audit_queue_start(struct audit_sinks *sinks, size_t room_bytes, bool required,
                                      struct error *error)
{
	struct audit_queue *queue = calloc(1, sizeof *queue);

	if (queue == NULL) {
		error_set(error, "audit: out of memory");
		audit_sinks_close(sinks);
		return NULL;
	}
	queue->sinks = sinks;
	queue->required = required;
	queue->room = room_bytes;
	init_locks(queue);
	queue->lines.bytes = malloc(room_bytes);
	queue->batch.bytes = malloc(room_bytes);
	if (queue->lines.bytes != NULL && queue->batch.bytes != NULL &&
	    pthread_create(&queue->writer, NULL, write_lines, queue) == 0)
		return queue;
	error_set(error, "audit: out of memory, or threads");
	queue_free(queue);
	return NULL;
}

void audit_queue_stop(struct audit_queue *queue)
{
	pthread_mutex_lock(&queue->mutex);
	queue->stopping = true;
	pthread_cond_signal(&queue->filled);
	pthread_mutex_unlock(&queue->mutex);
	pthread_join(queue->writer, NULL);
	queue_free(queue);
}

bool audit_queue_add(struct audit_queue *queue, const char *line, size_t len)
{
	bool room;

	pthread_mutex_lock(&queue->mutex);
	room = len <= queue->room - queue->lines.len;
	if (room) {
		memcpy(queue->lines.bytes + queue->lines.len, line, len);
		queue->lines.len += len;
		queue->accepted++;
	} else {
		queue->lost++;
		queue->lost_untold++;
	}
	pthread_cond_signal(&queue->filled);
	pthread_mutex_unlock(&queue->mutex);
	return room;
}

void audit_queue_reopen(struct audit_queue *queue)
{
	pthread_mutex_lock(&queue->mutex);
	queue->reopening = true;
	pthread_cond_signal(&queue->filled);
	pthread_mutex_unlock(&queue->mutex);
}

bool audit_queue_flush(struct audit_queue *queue)
{
	uint64_t mark;
	bool written;

	pthread_mutex_lock(&queue->mutex);
	mark = queue->accepted;
	while (queue->written < mark && queue->failed < mark)
		pthread_cond_wait(&queue->settled, &queue->mutex);
	written = queue->written >= mark;
	pthread_mutex_unlock(&queue->mutex);
	return written;
}

void audit_queue_count(struct audit_queue *queue, struct audit_counts *counts)
{
	pthread_mutex_lock(&queue->mutex);
	*counts = (struct audit_counts){
		.written = queue->written,
		.lost = queue->lost,
		.queued_bytes = queue->lines.len + queue->batch.len,
		.room_bytes = 2 * queue->room,
		.failing = queue->failing,
	};
	pthread_mutex_unlock(&queue->mutex);
}
