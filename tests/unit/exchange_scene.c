/* Plays the connection's part in an exchange: lends the client's stream and passes on its events. */
#include "tests/unit/exchange_scene.h"

#include "policy/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { LINGER_MS = 50 };

const struct fake_answer silent[] = {{.request = "GET /version", .bytes = fake_version},
                                     {.request = ""},
                                     {.request = NULL}};

static struct scene *scene_of(struct ends *ends)
{
	return (struct scene *)ends;
}

static void note_done(const struct exchange_outcome *outcome, void *owner)
{
	struct scene *scene = owner;

	scene->done++;
	scene->outcome = *outcome;
	scene->exchange = NULL;
	snprintf(scene->message, sizeof scene->message, "%s",
	         outcome->message != NULL ? outcome->message : "");
	if (outcome->end == EXCHANGE_TUNNELLED || outcome->end == EXCHANGE_CUT)
		scene->bench.ends.server.stream = NULL;
}

bool is_done(struct ends *ends)
{
	return scene_of(ends)->done > 0;
}

/* What a connection does for its exchange. */
static void pass_events(struct end *end, enum stream_event event)
{
	struct scene *scene = scene_of(end->ends);

	if (event == STREAM_FAILED || event == STREAM_TRUNCATED) {
		scene->gone = true;
		exchange_abort(scene->exchange);
		scene->exchange = NULL;
		end_abort(end);
	} else if (scene->exchange != NULL && event != STREAM_READY) {
		exchange_advance(scene->exchange);
	}
}

/* Everything but the exchange. */
void scene_open(struct scene *scene, const struct fake_answer *answers)
{
	int fds[2];

	memset(scene, 0, sizeof *scene);
	bench_open(&scene->bench, answers);
	socket_pair(OVER_UNIX, fds);
	ends_join(&scene->bench.ends, fds[0], fds[1]);
	scene->bench.ends.server.keep = true;
	ends_run(&scene->bench.ends, both_ready);
	scene->bench.ends.server.react = pass_events;
	bench_generation(&scene->bench);
	scene->arena = arena_new(MIB);
	assert_non_null(scene->arena);
}

void scene_close(struct scene *scene)
{
	exchange_abort(scene->exchange);
	bench_close(&scene->bench);
	arena_free(scene->arena);
}

/* Reads "GET /info" into the request that is to be sent. */
void ask_for(struct scene *scene, const char *method, const char *target, bool upgrade)
{
	const struct api_range range = {.oldest = {1, 24}, .newest = {1, 41}};
	struct header list[] = {{"Connection", "Upgrade"}, {"Upgrade", "tcp"}};
	const struct request_head head = {.method = method,
	                                  .target = target,
	                                  .headers = {list, upgrade ? 2 : 0}};
	struct refusal refusal = {0};

	if (!request_read_head(scene->arena, &head, &range, &scene->request, &refusal))
		fail_msg("%s %s: %s", method, target, refusal.message);
	scene->setup = (struct exchange_setup){
		.loop = scene->bench.ends.loop,
		.upstream = scene->bench.upstream,
		.generation = bench_generation(&scene->bench),
		.client = scene->bench.ends.server.stream,
		.request = &scene->request,
		.client_minor = 1,
		.keep_alive = true,
		.limits = {.head_bytes = 64 * 1024, .headers = 100},
		.linger_ms = LINGER_MS,
	};
}

void prepare(struct scene *scene)
{
	scene->exchange = exchange_new(&scene->setup, note_done, scene);
	assert_non_null(scene->exchange);
}

void begin(struct scene *scene)
{
	prepare(scene);
	exchange_begin(scene->exchange);
}

void finish(struct scene *scene)
{
	ends_run(&scene->bench.ends, is_done);
	bench_settle(&scene->bench);
	assert_int_equal(scene->done, 1);
}

void settle(struct scene *scene)
{
	bench_settle(&scene->bench);
}

struct end *client_of(struct scene *scene)
{
	return &scene->bench.ends.client;
}

struct fake_connection *daemon_of(struct scene *scene)
{
	return fake_daemon_last(&scene->bench.daemon);
}

void assert_heard(struct evbuffer *buffer, const char *text)
{
	size_t len = evbuffer_get_length(buffer);
	const char *heard = len > 0 ? (const char *)evbuffer_pullup(buffer, -1) : "";

	if (len != strlen(text) || memcmp(heard, text, len) != 0)
		fail_msg("heard %.*s", (int)len, heard);
}

size_t pooled(struct scene *scene)
{
	uint64_t generation = bench_generation(&scene->bench);
	struct stream *stream;
	size_t count = 0;

	while ((stream = upstream_reuse(scene->bench.upstream, generation)) != NULL) {
		stream_abort(stream);
		count++;
	}
	return count;
}
