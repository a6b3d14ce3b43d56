/* The pool of daemon connections of one worker, and what is known of the daemon behind them. */
#include "proxy/upstream.h"

#include "policy/cgroup_path.h"
#include "policy/json.h"
#include "policy/version_answer.h"
#include "proxy/config.h"
#include "proxy/dial.h"
#include "proxy/fetch.h"
#include "proxy/log.h"
#include "proxy/loop.h"
#include "proxy/stream.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { UPSTREAM_IDLE_MAX = 64, UPSTREAM_MESSAGE_SIZE = 512, UPSTREAM_TARGET_SIZE = 32 };

struct upstream_wait {
	struct deferred deferred;
	struct upstream *upstream;
	struct upstream_wait *next; /* of those that ask for the info */
	bool ended;
	struct dial *dial; /* of one that waits for a connection */
	uint64_t generation;
	upstream_info_callback *info_callback;
	upstream_stream_callback *stream_callback;
	void *context;
};

struct upstream {
	struct loop *loop;
	const struct upstream_config *config;
	struct ssl_ctx_st *tls;
	char host[300];
	bool known;
	struct daemon_info info;
	enum image_store image_store; /* of this generation, */
	struct cgroup_layout layout;  /* and this; no driver: nobody has asked */
	struct stream *anchor;
	struct stream *idle[UPSTREAM_IDLE_MAX];
	size_t idle_count;
	/* The question under way. */
	struct dial *dial;
	struct fetch *fetch;
	struct stream *asking;
	struct upstream_wait *waiting;
};

static void forget_idle(struct upstream *upstream, const struct stream *stream)
{
	for (size_t i = 0; i < upstream->idle_count; i++) {
		if (upstream->idle[i] != stream)
			continue;
		upstream->idle[i] = upstream->idle[--upstream->idle_count];
		return;
	}
}

/* An idle connection says nothing: whatever comes, it is of no use any more. */
static void idle_event(struct stream *stream, enum stream_event event, void *owner)
{
	if (event == STREAM_DRAINED)
		return;
	forget_idle(owner, stream);
	stream_abort(stream);
}

size_t upstream_shed(struct upstream *upstream)
{
	size_t count = upstream->idle_count;

	while (upstream->idle_count > 0)
		stream_abort(upstream->idle[--upstream->idle_count]);
	return count;
}

/* The daemon's boot is over: its connections are dead or will be, and what was known of it is void. */
static void end_generation(struct upstream *upstream)
{
	upstream->known = false;
	upstream->image_store = IMAGE_STORE_UNKNOWN;
	upstream->layout.driver = CGROUP_DRIVER_UNKNOWN;
	if (upstream->anchor != NULL)
		stream_abort(upstream->anchor);
	upstream->anchor = NULL;
	while (upstream->idle_count > 0)
		stream_abort(upstream->idle[--upstream->idle_count]);
}

static void anchor_event(struct stream *stream, enum stream_event event, void *owner)
{
	struct upstream *upstream = owner;

	if (event == STREAM_DRAINED || stream != upstream->anchor)
		return;
	log_line(LOG_INFO, "the Docker daemon closed its connections");
	end_generation(upstream);
}

static void wait_free(void *object)
{
	free(object);
}

static struct upstream_wait *wait_new(struct upstream *upstream, void *context)
{
	struct upstream_wait *wait = calloc(1, sizeof *wait);

	if (wait == NULL)
		return NULL;
	wait->upstream = upstream;
	wait->context = context;
	return wait;
}

static void wait_end(struct upstream_wait *wait)
{
	wait->ended = true;
	loop_defer_free(wait->upstream->loop, &wait->deferred, wait_free);
}

/* Tells everyone who asked. Each callback may ask again: the list is taken off first. */
static void tell_waiting(struct upstream *upstream, enum upstream_result result,
                         const char *message)
{
	const struct daemon_info info = upstream->info;
	struct upstream_wait *wait = upstream->waiting;

	upstream->waiting = NULL;
	while (wait != NULL) {
		struct upstream_wait *next = wait->next;
		bool cancelled = wait->ended;

		if (!cancelled) {
			wait->info_callback(result, result == UPSTREAM_READY ? &info : NULL, message,
			                    wait->context);
			wait->ended = true;
		}
		loop_defer_free(upstream->loop, &wait->deferred, wait_free);
		wait = next;
	}
}

static void ask_failed(struct upstream *upstream, enum upstream_result result, const char *message)
{
	if (upstream->asking != NULL)
		stream_abort(upstream->asking);
	upstream->asking = NULL;
	tell_waiting(upstream, result, message);
}

/* Dockerd names its main component "Engine"; podman and others do not. */
static bool is_dockerd(const json_t *version)
{
	const json_t *components = json_member(version, "Components");

	for (size_t i = 0; i < json_array_size(components); i++) {
		const char *name = json_member_string(json_array_get(components, i), "Name");

		if (name != NULL && strcmp(name, "Engine") == 0)
			return true;
	}
	return false;
}

/* Narrows what the daemon speaks to what clients may use: the catalogue does not know all, and the
 * configuration may leave out more. NULL when something is left. */
static const char *narrow_range(const struct api_config *api, struct daemon_info *info)
{
	const struct api_version oldest = {1, API_MINOR_OLDEST}, newest = {1, API_MINOR_NEWEST};
	const struct api_version spoken = info->range.newest;
	struct api_range *range = &info->range;

	if (api_version_compare(range->oldest, oldest) < 0)
		range->oldest = oldest;
	if (api_version_compare(range->newest, newest) > 0)
		range->newest = newest;
	if (api_version_compare(range->oldest, range->newest) > 0)
		return "its API versions are all unknown to this quaymaster";
	range->engine = range->newest;
	if (api->ceiling.major != 0 && api_version_compare(api->ceiling, range->newest) < 0)
		range->newest = api->ceiling;
	if (api_version_compare(range->oldest, range->newest) > 0)
		return "its oldest API version is above api.ceiling";
	range->floor = api->floor_auto ? range->oldest : api->floor;
	info->capped = api_version_compare(spoken, range->newest) > 0;
	return NULL;
}

/* NULL when it is a daemon to work with, else why not. */
static const char *learn_version(struct upstream *upstream, const struct fetch_answer *answer)
{
	const struct json_limits limits = {.bytes = 64 * 1024, .nodes = 2000, .depth = 16};
	struct api_range *range = &upstream->info.range;
	const char *why = NULL;
	json_t *version = NULL;

	if (answer->status != 200 ||
	    json_read(answer->body, answer->len, &limits, &version, NULL) != JSON_FINE)
		return "its answer to GET /version makes no sense";
	range->newest = version_from_text(json_member_string(version, "ApiVersion"));
	range->oldest = version_from_text(json_member_string(version, "MinAPIVersion"));
	if (!upstream->config->any_engine && !is_dockerd(version))
		why = "it is not dockerd; set upstream.engine = \"any\" to use it all the same";
	else if (range->newest.major == 0 || range->oldest.major == 0)
		why = "its answer to GET /version names no API versions";
	else
		why = narrow_range(&upstream->config->api, &upstream->info);
	json_decref(version);
	return why;
}

static void log_range(const struct api_range *range)
{
	log_line(LOG_INFO, "the Docker daemon speaks API 1.%u to 1.%u", range->oldest.minor,
	         range->engine.minor);
	if (api_version_compare(range->newest, range->engine) < 0)
		log_line(LOG_INFO, "clients are told of API 1.%u at most", range->newest.minor);
	if (range->floor.major != 0)
		log_line(LOG_INFO, "requests of older clients that only look are read as of API 1.%u",
		         api_version_compare(range->floor, range->oldest) < 0 ? range->oldest.minor
		                                                              : range->floor.minor);
}

static void version_answered(const struct fetch_answer *answer, void *context)
{
	struct upstream *upstream = context;
	char message[UPSTREAM_MESSAGE_SIZE];
	const char *why;

	upstream->fetch = NULL;
	if (answer->status == 0) {
		snprintf(message, sizeof message, "cannot ask the Docker daemon for its version: %s",
		         answer->message);
		ask_failed(upstream, UPSTREAM_UNREACHABLE, message);
		return;
	}
	why = learn_version(upstream, answer);
	if (why != NULL || !answer->reusable) {
		snprintf(message, sizeof message, "the Docker daemon is not usable: %s",
		         why != NULL ? why : "it does not keep connections open");
		ask_failed(upstream, UPSTREAM_REFUSED, message);
		return;
	}
	upstream->anchor = upstream->asking;
	upstream->asking = NULL;
	stream_set_owner(upstream->anchor, anchor_event, upstream);
	stream_resume(upstream->anchor);
	upstream->known = true;
	upstream->info.generation++;
	log_range(&upstream->info.range);
	tell_waiting(upstream, UPSTREAM_READY, NULL);
}

static void connected_to_ask(struct stream *stream, const char *message, void *context)
{
	struct upstream *upstream = context;
	const struct fetch_question question = {METHOD_GET, "/version", upstream->host, {NULL, 0}};

	upstream->dial = NULL;
	if (stream == NULL) {
		ask_failed(upstream, UPSTREAM_UNREACHABLE, message);
		return;
	}
	upstream->asking = stream;
	stream_set_owner(stream, NULL, NULL);
	upstream->fetch = fetch_start(upstream->loop, stream, &question, version_answered, upstream);
	if (upstream->fetch == NULL)
		ask_failed(upstream, UPSTREAM_UNREACHABLE, "out of memory");
}

static bool asking(const struct upstream *upstream)
{
	return upstream->dial != NULL || upstream->fetch != NULL;
}

static bool is_current(const struct upstream *upstream, uint64_t generation)
{
	return upstream->known && generation == upstream->info.generation;
}

/* A fresh connection may already lead to the daemon's next boot, before the loop has told of the anchor's end. */
static bool generation_holds(struct upstream *upstream, uint64_t generation)
{
	if (!is_current(upstream, generation))
		return false;
	if (upstream->anchor == NULL || stream_is_idle(upstream->anchor))
		return true;
	end_generation(upstream);
	return false;
}

/* What the Host header says: an IPv6 address needs its brackets (RFC 9112 §3.2). */
static void name_host(struct upstream *upstream)
{
	const char *host = upstream->config->host != NULL ? upstream->config->host : "docker";
	bool brackets = strchr(host, ':') != NULL;

	snprintf(upstream->host, sizeof upstream->host, "%s%s%s", brackets ? "[" : "", host,
	         brackets ? "]" : "");
}

struct upstream *upstream_new(struct loop *loop, const struct upstream_config *config,
                              struct ssl_ctx_st *tls)
{
	struct upstream *upstream = calloc(1, sizeof *upstream);

	if (upstream == NULL)
		return NULL;
	upstream->loop = loop;
	upstream->config = config;
	upstream->tls = tls;
	name_host(upstream);
	if (config->assumed.major != 0) {
		upstream->known = true;
		upstream->info.generation = 1;
		upstream->info.range =
			(struct api_range){.oldest = {1, API_MINOR_OLDEST}, .newest = config->assumed};
		narrow_range(&config->api, &upstream->info);
		upstream->info.capped = true; /* for all that is known */
	}
	return upstream;
}

/* Those who asked and were cancelled before the answer came. */
static void free_waiting(struct upstream *upstream)
{
	while (upstream->waiting != NULL) {
		struct upstream_wait *wait = upstream->waiting;

		assert(wait->ended);
		upstream->waiting = wait->next;
		free(wait);
	}
}

void upstream_free(struct upstream *upstream)
{
	if (upstream == NULL)
		return;
	dial_cancel(upstream->dial);
	fetch_cancel(upstream->fetch);
	if (upstream->asking != NULL)
		stream_abort(upstream->asking);
	free_waiting(upstream);
	end_generation(upstream);
	free(upstream);
}

const struct daemon_info *upstream_known(struct upstream *upstream)
{
	return upstream->known ? &upstream->info : NULL;
}

struct upstream_wait *upstream_ask(struct upstream *upstream, upstream_info_callback *callback,
                                   void *context)
{
	struct upstream_wait *wait = wait_new(upstream, context);

	assert(!upstream->known);
	if (wait == NULL)
		return NULL;
	if (!asking(upstream))
		upstream->dial =
			dial_start(upstream->loop, upstream->config, upstream->tls, connected_to_ask, upstream);
	if (!asking(upstream)) {
		free(wait);
		return NULL;
	}
	wait->info_callback = callback;
	wait->next = upstream->waiting;
	upstream->waiting = wait;
	return wait;
}

struct stream *upstream_reuse(struct upstream *upstream, uint64_t generation)
{
	if (!is_current(upstream, generation))
		return NULL;
	while (upstream->idle_count > 0) {
		struct stream *stream = upstream->idle[--upstream->idle_count];

		if (stream_is_idle(stream))
			return stream;
		stream_abort(stream);
	}
	return NULL;
}

static void connected(struct stream *stream, const char *message, void *context)
{
	struct upstream_wait *wait = context;

	wait->dial = NULL;
	wait_end(wait);
	if (stream != NULL && !generation_holds(wait->upstream, wait->generation)) {
		stream_abort(stream);
		stream = NULL;
		message = "the Docker daemon has just been restarted; try again";
	}
	wait->stream_callback(stream != NULL ? UPSTREAM_READY : UPSTREAM_UNREACHABLE, stream, message,
	                      wait->context);
}

struct upstream_wait *upstream_connect(struct upstream *upstream, uint64_t generation,
                                       upstream_stream_callback *callback, void *context)
{
	struct upstream_wait *wait = wait_new(upstream, context);

	if (wait == NULL)
		return NULL;
	wait->generation = generation;
	wait->stream_callback = callback;
	wait->dial = dial_start(upstream->loop, upstream->config, upstream->tls, connected, wait);
	if (wait->dial == NULL) {
		free(wait);
		return NULL;
	}
	return wait;
}

/* A cancelled question stays in the list until the answer comes; a cancelled connection is dropped at once. */
void upstream_cancel(struct upstream_wait *wait)
{
	if (wait == NULL || wait->ended)
		return;
	if (wait->dial == NULL) {
		wait->ended = true;
		return;
	}
	dial_cancel(wait->dial);
	wait_end(wait);
}

void upstream_return(struct upstream *upstream, uint64_t generation, struct stream *stream)
{
	bool room = upstream->idle_count < UPSTREAM_IDLE_MAX &&
	            upstream->idle_count < upstream->config->idle_connections;

	if (!room || !is_current(upstream, generation)) {
		stream_abort(stream);
		return;
	}
	stream_set_owner(stream, idle_event, upstream);
	upstream->idle[upstream->idle_count++] = stream;
	stream_resume(stream);
}

enum image_store upstream_image_store(const struct upstream *upstream, uint64_t generation)
{
	return is_current(upstream, generation) ? upstream->image_store : IMAGE_STORE_UNKNOWN;
}

void upstream_set_image_store(struct upstream *upstream, uint64_t generation,
                              enum image_store store)
{
	if (is_current(upstream, generation))
		upstream->image_store = store;
}

const struct cgroup_layout *upstream_layout(const struct upstream *upstream, uint64_t generation)
{
	return is_current(upstream, generation) && upstream->layout.driver != CGROUP_DRIVER_UNKNOWN
	           ? &upstream->layout
	           : NULL;
}

void upstream_set_layout(struct upstream *upstream, uint64_t generation,
                         const struct cgroup_layout *layout)
{
	if (is_current(upstream, generation))
		upstream->layout = *layout;
}

const struct upstream_config *upstream_config(const struct upstream *upstream)
{
	return upstream->config;
}

const char *upstream_host(const struct upstream *upstream)
{
	return upstream->host;
}
