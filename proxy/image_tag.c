/* One POST to the daemon over a connection of its own, since what has an effect is not tried twice. */
#include "proxy/image_tag.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/json.h"
#include "policy/request.h"
#include "policy/text.h"
#include "proxy/fetch.h"
#include "proxy/loop.h"
#include "proxy/stream.h"
#include "proxy/upstream.h"

#include <stdio.h>
#include <stdlib.h>

enum { FAILURE_SIZE = 400, SHOWN_MAX = 300, STATUS_CREATED = 201 };

struct image_tag {
	struct deferred deferred;
	struct image_tag_order order;
	const char *target; /* in the request's arena */
	struct timer *begin;
	struct upstream_wait *wait;
	struct stream *stream;
	struct fetch *fetch;
	void (*done)(const char *, void *);
	void *context;
};

/* "/v1.41/images/alpine@sha256:.../tag?repo=alpine&tag=3.19", or NULL. */
static const char *print_target(const struct request *request)
{
	struct arena *arena = request->arena;
	const char *image = query_value(&request->query, "fromImage");
	const char *digest = query_value(&request->query, "tag");
	const char *name = image != NULL ? path_encode(arena, image, true) : NULL;
	const char *tag =
		request->pinned_tag != NULL ? path_encode(arena, request->pinned_tag, false) : NULL;

	if (name == NULL || digest == NULL || tag == NULL)
		return NULL;
	return arena_format(arena, "/v%u.%u/images/%s@%s/tag?repo=%s&tag=%s", request->version.major,
	                    request->version.minor, name, digest, name, tag);
}

static void image_tag_free(void *object)
{
	struct image_tag *tag = object;

	timer_free(tag->begin);
	free(tag);
}

static void image_tag_release(struct image_tag *tag)
{
	timer_stop(tag->begin);
	loop_defer_free(tag->order.loop, &tag->deferred, image_tag_free);
}

static void finish(struct image_tag *tag, const char *failure)
{
	image_tag_release(tag);
	tag->done(failure, tag->context);
}

/* The daemon's own words, as they can stand in a message. */
static const char *daemon_words(struct arena *arena, const struct fetch_answer *answer)
{
	static const struct json_limits limits = {1 << 16, 1000, 8};
	json_t *tree = NULL;
	struct error error;
	const char *words, *shown = NULL;

	if (json_read(answer->body, answer->len, &limits, &tree, &error) == JSON_FINE) {
		words = json_member_string(tree, "message");
		shown = words != NULL ? text_printable(arena, words, SHOWN_MAX) : NULL;
	}
	json_decref(tree);
	return shown != NULL ? shown : "the daemon gave no reason";
}

static void answered(const struct fetch_answer *answer, void *context)
{
	struct image_tag *tag = context;
	struct stream *stream = tag->stream;
	char failure[FAILURE_SIZE];

	tag->fetch = NULL;
	tag->stream = NULL;
	if (answer->status != 0 && answer->reusable)
		upstream_return(tag->order.upstream, tag->order.generation, stream);
	else
		stream_abort(stream);
	if (answer->status == STATUS_CREATED) {
		finish(tag, NULL);
		return;
	}
	snprintf(failure, sizeof failure, "%s",
	         answer->status == 0 ? answer->message
	                             : daemon_words(tag->order.request->arena, answer));
	finish(tag, failure);
}

static void connected(enum upstream_result result, struct stream *stream, const char *message,
                      void *context)
{
	struct image_tag *tag = context;
	const struct fetch_question question = {METHOD_POST,
	                                        tag->target,
	                                        upstream_host(tag->order.upstream),
	                                        {NULL, 0}};

	tag->wait = NULL;
	if (result != UPSTREAM_READY) {
		finish(tag, message);
		return;
	}
	tag->stream = stream;
	stream_set_owner(stream, NULL, NULL);
	tag->fetch = fetch_start(tag->order.loop, stream, &question, answered, tag);
	if (tag->fetch != NULL)
		return;
	tag->stream = NULL;
	stream_abort(stream);
	finish(tag, "out of memory");
}

static void begin(void *context)
{
	struct image_tag *tag = context;

	tag->wait = upstream_connect(tag->order.upstream, tag->order.generation, connected, tag);
	if (tag->wait == NULL)
		finish(tag, "out of memory");
}

struct image_tag *image_tag_new(const struct image_tag_order *order,
                                void (*done)(const char *failure, void *context), void *context)
{
	struct image_tag *tag = calloc(1, sizeof *tag);

	if (tag == NULL)
		return NULL;
	*tag = (struct image_tag){.order = *order, .done = done, .context = context};
	tag->target = print_target(order->request);
	tag->begin = timer_new(order->loop, begin, tag);
	if (tag->target != NULL && tag->begin != NULL)
		return tag;
	image_tag_free(tag);
	return NULL;
}

void image_tag_begin(struct image_tag *tag)
{
	timer_start(tag->begin, 0); /* from the loop, so that DONE never comes before this returns */
}

void image_tag_cancel(struct image_tag *tag)
{
	if (tag == NULL)
		return;
	upstream_cancel(tag->wait);
	fetch_cancel(tag->fetch);
	if (tag->stream != NULL)
		stream_abort(tag->stream);
	image_tag_release(tag);
}
