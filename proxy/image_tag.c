/* Each step goes over a connection of its own, since what has an effect is not tried twice. */
#include "proxy/image_tag.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/json.h"
#include "policy/request.h"
#include "policy/text.h"
#include "proxy/ask.h"
#include "proxy/loop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FAILURE_SIZE = 400, SHOWN_MAX = 300, STEPS_MAX = 256 };

/* The target is in the request's arena. */
struct tag_step {
	enum method method;
	const char *target;
};

struct image_tag {
	struct deferred deferred;
	struct image_tag_order order;
	struct tag_step steps[STEPS_MAX];
	size_t count, next;
	bool broken;         /* there was no memory for one of them */
	const char *failure; /* of what is no step; NULL: none */
	struct timer *begin;
	struct ask *ask;
	void (*done)(const char *, void *);
	void *context;
};

/* "/v1.41/images/NAME", or NULL. */
static const char *print_image(const struct image_tag *tag, const char *name)
{
	const struct request *request = tag->order.request;
	const char *encoded = path_encode(request->arena, name, true);

	return encoded != NULL ? arena_format(request->arena, "/v%u.%u/images/%s",
	                                      request->version.major, request->version.minor, encoded)
	                       : NULL;
}

static void add_step(struct image_tag *tag, enum method method, const char *target)
{
	if (target == NULL || tag->count == STEPS_MAX)
		tag->broken = true;
	else
		tag->steps[tag->count++] = (struct tag_step){method, target};
}

void image_tag_give(struct image_tag *tag, const char *image, const char *name)
{
	struct arena *arena = tag->order.request->arena;
	const char *path = print_image(tag, image), *colon = strrchr(name, ':');
	const char *repository =
		arena_copy(arena, name, colon != NULL ? (size_t)(colon - name) : strlen(name));
	const char *encoded = repository != NULL ? path_encode(arena, repository, true) : NULL;
	const char *version = colon != NULL ? path_encode(arena, colon + 1, false) : NULL;

	add_step(tag, METHOD_POST,
	         path != NULL && encoded != NULL && version != NULL
	             ? arena_format(arena, "%s/tag?repo=%s&tag=%s", path, encoded, version)
	             : NULL);
}

/* As forcefully as the client's own removal. */
void image_tag_take(struct image_tag *tag, const char *name)
{
	const struct request *request = tag->order.request;
	const char *path = print_image(tag, name), *force = query_value(&request->query, "force");
	bool forced = force != NULL && strcmp(force, "1") == 0;

	add_step(tag, METHOD_DELETE,
	         path != NULL ? arena_format(request->arena, "%s?force=%d", path, forced ? 1 : 0)
	                      : NULL);
}

void image_tag_fail(struct image_tag *tag, const char *reason)
{
	tag->failure = reason;
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

static void next_step(struct image_tag *tag);

static bool is_done(const struct image_tag *tag, unsigned status)
{
	if (tag->steps[tag->next].method == METHOD_DELETE)
		return status == 200 || status == 404 || status == 409;
	return status == 201;
}

static void answered(const struct fetch_answer *answer, void *context)
{
	struct image_tag *tag = context;
	char failure[FAILURE_SIZE];

	tag->ask = NULL;
	if (is_done(tag, answer->status)) {
		tag->next++;
		next_step(tag);
		return;
	}
	snprintf(failure, sizeof failure, "%s",
	         answer->status == 0 ? answer->message
	                             : daemon_words(tag->order.request->arena, answer));
	finish(tag, failure);
}

static void next_step(struct image_tag *tag)
{
	const struct tag_step *step = &tag->steps[tag->next];

	if (tag->broken || tag->next == tag->count) {
		finish(tag, tag->broken ? "out of memory" : tag->failure);
		return;
	}
	const struct ask_setup question = {.loop = tag->order.loop,
	                                   .upstream = tag->order.upstream,
	                                   .generation = tag->order.generation,
	                                   .method = step->method,
	                                   .fresh = true,
	                                   .target = step->target};
	tag->ask = ask_start(&question, answered, tag);
	if (tag->ask == NULL)
		finish(tag, "out of memory");
}

static void begin(void *context)
{
	next_step(context);
}

struct image_tag *image_tag_new(const struct image_tag_order *order,
                                void (*done)(const char *failure, void *context), void *context)
{
	struct image_tag *tag = calloc(1, sizeof *tag);

	if (tag == NULL)
		return NULL;
	*tag = (struct image_tag){.order = *order, .done = done, .context = context};
	tag->begin = timer_new(order->loop, begin, tag);
	if (tag->begin != NULL)
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
	ask_cancel(tag->ask);
	image_tag_release(tag);
}
