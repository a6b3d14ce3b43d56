/* Asks the daemon for the facts a verdict needs, one after the other, over the worker's pooled connections. */
#include "proxy/lookup.h"

#include "policy/arena.h"
#include "policy/facts.h"
#include "policy/path.h"
#include "proxy/ask.h"
#include "proxy/former.h"
#include "proxy/loop.h"
#include "proxy/owners.h"
#include "proxy/provenance.h"
#include "proxy/upstream.h"

#include <stdlib.h>

enum { LOOKUP_BYTES_MAX = 8 * 1024 * 1024 }; /* for one request */

struct lookup {
	struct deferred deferred;
	struct lookup_source source;
	struct arena *arena;
	struct facts *facts;
	struct fact *fact;                                       /* the one being asked about */
	enum { STORE_UNASKED, STORE_ASKING, STORE_ASKED } store; /* where the daemon keeps images */
	struct ask *ask;
	struct timer *begin;
	bool ended;
	void (*done)(void *);
	void *context;
};

static void lookup_next(void *context);

static void lookup_free(void *object)
{
	struct lookup *lookup = object;

	timer_free(lookup->begin);
	free(lookup);
}

static void lookup_release(struct lookup *lookup)
{
	lookup->ended = true;
	timer_stop(lookup->begin);
	loop_defer_free(lookup->source.loop, &lookup->deferred, lookup_free);
}

/* An image store that could not be asked about stays unknown, where digests prove nothing. */
static void fail_question(struct lookup *lookup, const char *message)
{
	if (lookup->store == STORE_ASKING) {
		lookup->store = STORE_ASKED;
		lookup_next(lookup);
		return;
	}
	lookup->fact->state = FACT_FAILED;
	lookup->fact->message = arena_string(lookup->arena, message);
	lookup_next(lookup);
}

/* Names of images have slashes. */
static bool has_slashes(enum object_kind kind)
{
	return kind == OBJECT_IMAGE || kind == OBJECT_DISTRIBUTION;
}

/* The inspect target of an object, or NULL for kinds that are never asked about. */
static const char *fact_target(const struct lookup *lookup)
{
	const char *name =
		path_encode(lookup->arena, fact_wire(lookup->fact), has_slashes(lookup->fact->kind));
	const char *format = NULL;

	switch (lookup->fact->kind) {
	case OBJECT_CONTAINER:
		format = "/v%u.%u/containers/%s/json";
		break;
	case OBJECT_EXEC:
		format = "/v%u.%u/exec/%s/json";
		break;
	case OBJECT_IMAGE:
		format = "/v%u.%u/images/%s/json";
		break;
	case OBJECT_VOLUME:
		format = "/v%u.%u/volumes/%s";
		break;
	case OBJECT_NETWORK:
		format = "/v%u.%u/networks/%s";
		break;
	case OBJECT_SERVICE:
		format = "/v%u.%u/services/%s";
		break;
	case OBJECT_TASK:
		format = "/v%u.%u/tasks/%s";
		break;
	case OBJECT_SECRET:
		format = "/v%u.%u/secrets/%s";
		break;
	case OBJECT_CONFIG:
		format = "/v%u.%u/configs/%s";
		break;
	case OBJECT_DAEMON:
		format = "/v%u.%u/%s";
		break;
	case OBJECT_DISTRIBUTION:
		format = "/v%u.%u/distribution/%s/json";
		break;
	case OBJECT_NONE:
	case OBJECT_PLUGIN:
	case OBJECT_NODE:
		return NULL;
	}
	/* An empty name would ask for a list. */
	if (name == NULL || name[0] == '\0')
		return NULL;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	return arena_format(lookup->arena, format, lookup->source.version.major,
	                    lookup->source.version.minor, name);
#pragma GCC diagnostic pop
}

static const char *question_target(const struct lookup *lookup)
{
	if (lookup->store != STORE_ASKING)
		return fact_target(lookup);
	return arena_format(lookup->arena, "/v%u.%u/info", lookup->source.version.major,
	                    lookup->source.version.minor);
}

static void learn_store(struct lookup *lookup, const struct fetch_answer *answer)
{
	enum image_store store = image_store_learn(answer->status, answer->body, answer->len);

	lookup->store = STORE_ASKED;
	lookup->facts->image_store = store;
	upstream_set_image_store(lookup->source.upstream, lookup->source.generation, store);
}

/* What is not there any more may be remembered. */
static void learn_former(struct lookup *lookup, struct fact *fact)
{
	const struct lookup_source *source = &lookup->source;
	const struct former_name name = {source->policy, source->tenant, fact_made_name(fact)};
	const char *text;
	size_t len;

	if (source->former == NULL || source->policy == NULL || source->tenant == NULL ||
	    name.name == NULL || fact->kind != OBJECT_CONTAINER || fact->state != FACT_MISSING)
		return;
	text = former_find(source->former, lookup->arena, &name, &len);
	if (text == NULL)
		return;
	lookup->facts->bytes += len;
	fact_learn_former(lookup->arena, fact, text, len);
}

static struct owners_scope scope_of(const struct lookup *lookup)
{
	return (struct owners_scope){lookup->source.generation, lookup->source.edition};
}

static void learn_fact(struct lookup *lookup, const struct fetch_answer *answer)
{
	struct fact *fact = lookup->fact;
	const struct owners_scope scope = scope_of(lookup);

	fact_learn(lookup->arena, fact, answer->status, answer->body, answer->len);
	learn_former(lookup, fact);
	if (lookup->source.owners != NULL)
		owners_note(lookup->source.owners, &scope, fact);
	if (fact->kind != OBJECT_IMAGE || fact->state != FACT_FOUND)
		return;
	if (lookup->source.provenance != NULL)
		fact->origin_count =
			provenance_find(lookup->source.provenance, lookup->arena, fact->id, &fact->origins);
	if (lookup->facts->image_store == IMAGE_STORE_UNKNOWN && lookup->store == STORE_UNASKED)
		lookup->store = STORE_ASKING;
}

static void question_answered(const struct fetch_answer *answer, void *context)
{
	struct lookup *lookup = context;

	lookup->ask = NULL;
	if (answer->status == 0) {
		fail_question(lookup, answer->message);
		return;
	}
	lookup->facts->bytes += answer->len;
	if (lookup->store == STORE_ASKING)
		learn_store(lookup, answer);
	else
		learn_fact(lookup, answer);
	lookup_next(lookup);
}

/* The client's credentials go only where the daemon would take them with its own request: to a registry. */
static bool sends_credentials(const struct lookup *lookup)
{
	return lookup->store != STORE_ASKING && lookup->fact->kind == OBJECT_DISTRIBUTION &&
	       lookup->source.registry_auth != NULL;
}

static void put_question(struct lookup *lookup)
{
	const struct header credentials = {"X-Registry-Auth", lookup->source.registry_auth};
	const struct ask_setup question = {
		.loop = lookup->source.loop,
		.upstream = lookup->source.upstream,
		.generation = lookup->source.generation,
		.method = METHOD_GET,
		.target = question_target(lookup),
		.extra = sends_credentials(lookup) ? &credentials : NULL,
	};

	if (question.target != NULL)
		lookup->ask = ask_start(&question, question_answered, lookup);
	if (lookup->ask == NULL)
		fail_question(lookup, "it cannot be looked up");
}

static bool is_remembered(const struct lookup *lookup, const struct fact *fact)
{
	const struct owners_scope scope = scope_of(lookup);

	return lookup->source.owners != NULL && owners_know(lookup->source.owners, &scope, fact);
}

/* The next one that has to be asked about. */
static struct fact *first_wanted(const struct lookup *lookup)
{
	for (size_t i = 0; i < lookup->facts->count; i++) {
		struct fact *fact = &lookup->facts->list[i];

		if (fact->state != FACT_WANTED)
			continue;
		if (!is_remembered(lookup, fact))
			return fact;
		fact_remember(fact);
	}
	return NULL;
}

static void lookup_next(void *context)
{
	struct lookup *lookup = context;

	lookup->fact = first_wanted(lookup);
	if (lookup->fact == NULL && lookup->store != STORE_ASKING) {
		lookup_release(lookup);
		lookup->done(lookup->context);
		return;
	}
	if (lookup->facts->bytes > LOOKUP_BYTES_MAX)
		fail_question(lookup, "too much would have to be read to judge this request");
	else
		put_question(lookup);
}

struct lookup *lookup_start(const struct lookup_source *source, struct arena *arena,
                            struct facts *facts, void (*done)(void *context), void *context)
{
	struct lookup *lookup = calloc(1, sizeof *lookup);

	if (lookup == NULL)
		return NULL;
	*lookup = (struct lookup){
		.source = *source, .arena = arena, .facts = facts, .done = done, .context = context};
	facts->image_store = upstream_image_store(source->upstream, source->generation);
	lookup->begin = timer_new(source->loop, lookup_next, lookup);
	if (lookup->begin == NULL) {
		free(lookup);
		return NULL;
	}
	timer_start(lookup->begin, 0); /* from the loop, so that DONE never comes before this returns */
	return lookup;
}

void lookup_cancel(struct lookup *lookup)
{
	if (lookup == NULL || lookup->ended)
		return;
	ask_cancel(lookup->ask);
	lookup_release(lookup);
}
