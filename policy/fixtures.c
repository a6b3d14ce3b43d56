/* Objects of a daemon that is not there. They answer like the daemon would, through fact_learn, so
 * that an impossible answer is as impossible here. */
#include "policy/fixtures.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/facts.h"
#include "policy/hold.h"
#include "policy/identity.h"
#include "policy/json.h"
#include "policy/reference.h"
#include "policy/text.h"
#include "policy/trial.h"
#include "policy/world.h"

#include <string.h>

enum { SHOWN_MAX = 60 };

struct fixture {
	struct fixture *next;
	enum object_kind
		kind; /* OBJECT_NONE: the last container of that name, which is there no more */
	const char *name;
	const char *answer;
};

struct fixture_record {
	struct fixture_record *next;
	const char *id;
	struct image_origin origin;
};

enum object_kind fixtures_kind(const char *name)
{
	static const enum object_kind kinds[] = {OBJECT_CONTAINER, OBJECT_EXEC,        OBJECT_IMAGE,
	                                         OBJECT_VOLUME,    OBJECT_NETWORK,     OBJECT_SERVICE,
	                                         OBJECT_TASK,      OBJECT_SECRET,      OBJECT_CONFIG,
	                                         OBJECT_DAEMON,    OBJECT_DISTRIBUTION};

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (strcmp(object_kind_name(kinds[i]), name) == 0)
			return kinds[i];
	}
	return OBJECT_NONE;
}

static const struct fixture *find(const struct fixtures *fixtures, enum object_kind kind,
                                  const char *name)
{
	for (const struct fixture *known = fixtures->first; known != NULL; known = known->next) {
		if (known->kind == kind && strcmp(known->name, name) == 0)
			return known;
	}
	return NULL;
}

static bool keep(struct fixtures *fixtures, const struct fixture *read, struct error *error)
{
	struct fixture *fixture = arena_alloc(fixtures->arena, sizeof *fixture);

	if (fixtures->count >= FIXTURES_MAX)
		return error_set(error, "there are more than %d facts", FIXTURES_MAX);
	if (fixture == NULL)
		return error_set(error, "out of memory");
	*fixture = (struct fixture){.kind = read->kind,
	                            .name = arena_string(fixtures->arena, read->name),
	                            .answer = arena_string(fixtures->arena, read->answer)};
	if (fixture->name == NULL || fixture->answer == NULL)
		return error_set(error, "out of memory");
	if (fixtures->last == NULL)
		fixtures->first = fixture;
	else
		fixtures->last->next = fixture;
	fixtures->last = fixture;
	fixtures->count++;
	return true;
}

/* ANSWER as the daemon would tell it of TENANT's own object; NULL where there is no such thing. */
static const char *sealed_answer(struct arena *arena, enum object_kind kind, const char *tenant,
                                 const char *answer)
{
	static const struct json_limits limits = {1 << 20, 20000, 64};
	struct world world = {.tenant = tenant, .nonce = TRIAL_NONCE};
	struct seal_key key;
	struct error error;
	json_t *tree = NULL;
	const char *text = NULL;
	size_t len;

	trial_key(&key);
	world.key = &key;
	if (json_read(answer, strlen(answer), &limits, &tree, &error) == JSON_FINE &&
	    world_label_object(&world, kind, tree))
		text = json_print(arena, tree, &len);
	json_decref(tree);
	return text;
}

/* ANSWER as the daemon would tell it of an image that TENANT holds under NAME; NULL where there is no such thing. */
static const char *held_answer(struct arena *arena, const char *tenant, const char *name,
                               const char *answer)
{
	static const struct json_limits limits = {1 << 20, 20000, 64};
	struct reference reference;
	struct seal_key key;
	struct error error;
	char hold[HOLD_SIZE];
	json_t *tree = NULL, *tags;
	const char *text = NULL, *id, *held;
	size_t len;

	trial_key(&key);
	if (json_read(answer, strlen(answer), &limits, &tree, &error) != JSON_FINE)
		return NULL;
	id = json_member_string(tree, "Id");
	held = reference_parse(arena, name, &reference, &error) ? hold_name(arena, &reference) : NULL;
	tags = json_object_get(tree, "RepoTags");
	if (id != NULL && held != NULL && hold_make(&key, tenant, id, held, hold) &&
	    json_array_append_new(tags, json_string(hold)) == 0)
		text = json_print(arena, tree, &len);
	json_decref(tree);
	return text;
}

/* What a fact's line says before its answer: of whom the object is, and who holds it under which name. */
static const char *read_owners(struct fixtures *fixtures, enum object_kind kind, char *rest)
{
	const char *word = text_take_word(&rest), *tenant, *name = NULL, *answer;
	bool held = strcmp(word, "held") == 0;

	if (strcmp(word, "=") == 0)
		return rest;
	if (!held && strcmp(word, "of") != 0)
		return NULL;
	tenant = text_take_word(&rest);
	if (held)
		name = text_take_word(&rest);
	answer = identity_is_tenant(tenant) ? read_owners(fixtures, kind, rest) : NULL;
	if (answer == NULL)
		return NULL;
	return held ? held_answer(fixtures->arena, tenant, name, answer)
	            : sealed_answer(fixtures->arena, kind, tenant, answer);
}

bool fixtures_read(struct fixtures *fixtures, char *line, struct error *error)
{
	char *rest = line;
	const char *kind = text_take_word(&rest);
	const char *name = text_take_word(&rest);
	struct fixture read = {.kind = fixtures_kind(kind), .name = name};

	read.answer = read_owners(fixtures, read.kind, rest);
	if (read.answer == NULL)
		return error_set(error,
		                 "a fact is written: fact KIND NAME [of TENANT] [held TENANT NAME] = "
		                 "ANSWER, and the answer of a tenant's is an object with labels or tags");
	if (read.kind == OBJECT_NONE && strcmp(kind, "former") != 0)
		return error_set(error,
		                 "'%.*s' is no kind of object; there are container, exec, image, volume, "
		                 "network and distribution",
		                 SHOWN_MAX, kind);
	if (find(fixtures, read.kind, name) != NULL)
		return error_set(error, "%s '%.*s' has a fact already", kind, SHOWN_MAX, name);
	return keep(fixtures, &read, error);
}

static bool keep_record(struct fixtures *fixtures, const struct fixture_record *read,
                        struct error *error)
{
	struct fixture_record *record = arena_alloc(fixtures->arena, sizeof *record);

	if (fixtures->count >= FIXTURES_MAX)
		return error_set(error, "there are more than %d facts", FIXTURES_MAX);
	if (record == NULL)
		return error_set(error, "out of memory");
	*record = *read;
	record->next = fixtures->records;
	record->id = arena_string(fixtures->arena, read->id);
	record->origin.policy =
		read->origin.policy != NULL ? arena_string(fixtures->arena, read->origin.policy) : NULL;
	fixtures->records = record;
	fixtures->count++;
	return record->id != NULL || error_set(error, "out of memory");
}

bool fixtures_read_record(struct fixtures *fixtures, char *line, struct error *error)
{
	char *rest = line;
	const char *id = text_take_word(&rest), *how = text_take_word(&rest);
	const char *name = text_take_word(&rest), *by = text_take_word(&rest);
	struct fixture_record read = {.id = id, .origin = {.made = strcmp(how, "made") == 0}};
	struct reference reference;

	if ((!read.origin.made && strcmp(how, "pulled") != 0) ||
	    strcmp(by, read.origin.made ? "by" : "") != 0)
		return error_set(error,
		                 "a record is written: record ID pulled NAME, or record ID made NAME "
		                 "by POLICY");
	read.origin.policy = read.origin.made ? rest : NULL;
	if (strcmp(name, "-") == 0 && read.origin.made)
		return keep_record(fixtures, &read, error);
	if (!reference_parse(fixtures->arena, name, &reference, error))
		return error_prefix(error, "'%.*s' ", SHOWN_MAX, name);
	read.origin.name = reference.name;
	read.origin.tag = reference.tag;
	return keep_record(fixtures, &read, error);
}

static void add_origins(const struct fixtures *fixtures, struct arena *arena, struct fact *fact)
{
	struct image_origin *origins = arena_calloc(arena, fixtures->count, sizeof *origins);
	const struct fixture_record *record = fixtures->records;

	for (; origins != NULL && record != NULL; record = record->next) {
		if (strcmp(record->id, fact->id) == 0)
			origins[fact->origin_count++] = record->origin;
	}
	fact->origins = origins;
}

static void answer_missing(struct arena *arena, struct fact *fact)
{
	const char *kind = object_kind_name(fact->kind);
	const char *text = arena_format(arena, "{\"message\":\"No such %s: %s\"}", kind, fact->name);

	fact_learn(arena, fact, 404, text != NULL ? text : "", text != NULL ? strlen(text) : 0);
}

static void answer(const struct fixtures *fixtures, struct arena *arena, struct fact *fact)
{
	const struct fixture *known = find(fixtures, fact->kind, fact->name);

	if (known == NULL)
		answer_missing(arena, fact);
	else
		fact_learn(arena, fact, 200, known->answer, strlen(known->answer));
	known = known == NULL ? find(fixtures, OBJECT_NONE, fact->name) : NULL;
	if (known != NULL)
		fact_learn_former(arena, fact, known->answer, strlen(known->answer));
	if (fact->kind == OBJECT_IMAGE && fact->state == FACT_FOUND)
		add_origins(fixtures, arena, fact);
}

void fixtures_answer(void *context, struct arena *arena, struct facts *facts)
{
	for (size_t i = 0; i < facts->count; i++) {
		if (facts->list[i].state == FACT_WANTED)
			answer(context, arena, &facts->list[i]);
	}
}
