/* Lines on their way to the audit log's sinks: a bounded queue, the thread that empties it, and who waits for that. No
 * worker ever waits for a disk. */
#ifndef QUAYMASTER_PROXY_AUDIT_QUEUE_H
#define QUAYMASTER_PROXY_AUDIT_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct audit_desk;
struct audit_queue;
struct audit_sinks;
struct audit_wait;
struct error;
struct loop;

/* What has become of lines since the start. */
struct audit_counts {
	uint64_t written, lost; /* lost: there was no room for them, or a sink had to go on without */
	size_t queued_bytes, room_bytes;
	bool failing; /* no line can be written at the moment */
};

/* Takes SINKS, of which at least one must take a line; REQUIRED: all of them. NULL with ERROR, SINKS closed. */
struct audit_queue *audit_queue_start(struct audit_sinks *sinks, size_t room_bytes, bool required,
                                      struct error *error);
/* Tries once more to write what is left, then frees it. */
void audit_queue_stop(struct audit_queue *queue);

/* From any thread. False when there is no room for LINE, which ends with its newline: it is counted as lost. */
bool audit_queue_add(struct audit_queue *queue, const char *line, size_t len);
/* Has the sinks opened anew, soon. From any thread. */
void audit_queue_reopen(struct audit_queue *queue);
/* Waits until all that was added is written; false when it cannot be. Not for a loop's thread. */
bool audit_queue_flush(struct audit_queue *queue);
void audit_queue_count(struct audit_queue *queue, struct audit_counts *counts);

/* Where those of one loop wait. NULL: no memory. Free it before the loop, with nobody waiting. */
struct audit_desk *audit_desk_new(struct audit_queue *queue, struct loop *loop);
void audit_desk_free(struct audit_desk *desk); /* NULL is fine */

/* Somebody who waits until what was added up to now is written. Zeroed: nobody. */
struct audit_wait {
	struct audit_wait *next, *previous;
	uint64_t mark;
	void (*done)(bool written, void *owner); /* called once, by the loop */
	void *owner;
};

enum audit_answer {
	AUDIT_REFUSED = 0, /* it cannot be written */
	AUDIT_WRITTEN,
	AUDIT_PENDING /* WAIT will be told */
};

/* On the desk's loop. WAIT must stay where it is until it was told or cancelled. */
enum audit_answer audit_desk_await(struct audit_desk *desk, struct audit_wait *wait);
void audit_desk_cancel(struct audit_desk *desk, struct audit_wait *wait); /* not waiting is fine */

#endif
