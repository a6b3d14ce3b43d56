/* Compares what was given with what was sent, property by property, parameter by parameter and header
 * by header; and reads from a denial's message which of them it is about. */
#include "tests/unit/register_evidence.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/header_table.h"
#include "policy/json.h"
#include "policy/policy.h"
#include "policy/query.h"
#include "policy/schema.h"
#include "policy/text.h"
#include "policy/trial.h"
#include "tests/unit/register_entries.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MENTIONS_MAX = 512, SCRATCH_BYTES = 32 << 20 };

/* Something that is there, and what it says: all values that a property has in a body, in order. */
struct mention {
	const char *name;
	const char *text;
	bool says_something;
	const struct mention *up; /* the property that it is inside of */
};

struct mentions {
	struct arena *arena;
	struct mention list[MENTIONS_MAX];
	size_t count;
};

static struct mention *mention_of(struct mentions *mentions, const char *name)
{
	for (size_t i = 0; i < mentions->count; i++) {
		if (strcmp(mentions->list[i].name, name) == 0)
			return &mentions->list[i];
	}
	return NULL;
}

static struct mention *note(struct mentions *mentions, const char *name, const char *text,
                            bool says_something)
{
	struct mention *mention = mention_of(mentions, name);

	if (mention == NULL) {
		assert(mentions->count < MENTIONS_MAX);
		mention = &mentions->list[mentions->count++];
		*mention = (struct mention){.name = arena_string(mentions->arena, name), .text = ""};
	}
	mention->text = arena_format(mentions->arena, "%s %s", mention->text, text);
	mention->says_something = mention->says_something || says_something;
	assert(mention->name != NULL && mention->text != NULL);
	return mention;
}

/* ---- bodies ---- */

static void read_object(struct mentions *mentions, const struct schema *schema,
                        const struct mention *up, const char *path, json_t *object);

/* Every object of SCHEMA inside VALUE, however deep in lists and maps. */
static void read_inside(struct mentions *mentions, const struct field *field,
                        const struct mention *up, const char *path, json_t *value, bool is_map)
{
	const char *key;
	json_t *element;
	size_t i;

	if (json_is_array(value)) {
		json_array_foreach(value, i, element)
			read_inside(mentions, field, up, arena_format(mentions->arena, "%s[]", path), element,
		                false);
	} else if (is_map) {
		json_object_foreach(value, key, element)
			read_inside(mentions, field, up, arena_format(mentions->arena, "%s.*", path), element,
		                false);
	} else if (json_is_object(value)) {
		read_object(mentions, field->of, up, path, value);
	}
}

static const struct field *field_of(const struct schema *schema, const char *key)
{
	for (size_t i = 0; i < schema->count; i++) {
		if (text_equal_folded(schema->fields[i].name, key))
			return &schema->fields[i];
	}
	return NULL;
}

static void read_object(struct mentions *mentions, const struct schema *schema,
                        const struct mention *up, const char *path, json_t *object)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		const struct field *field = field_of(schema, key);
		const char *name;
		struct mention *mention;
		char *text;
		bool present;

		if (field == NULL)
			continue;
		name = arena_format(mentions->arena, "%s%s%s", path, *path != '\0' ? "." : "", field->name);
		text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);
		present =
			!json_is_empty(value) || field->kind == KIND_OBJECT || field->posture == POSTURE_JUDGED;
		mention = note(mentions, name, text, present && !json_is_null(value));
		mention->up = up;
		free(text);
		if (field->of != NULL)
			read_inside(mentions, field, mention, name, value,
			            field->kind == KIND_OBJECT_MAP || field->kind == KIND_OBJECTS_MAP);
	}
}

static void read_body(struct mentions *mentions, const struct route *route, const char *body)
{
	json_t *tree = body != NULL && *body != '\0'
	                   ? json_loads(body, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL)
	                   : NULL;
	json_t *element;
	size_t i;

	if (route->schema != NULL && json_is_object(tree))
		read_object(mentions, route->schema, NULL, "", tree);
	if (route->schema != NULL && json_is_array(tree)) {
		json_array_foreach(tree, i, element)
			read_object(mentions, route->schema, NULL, "", element);
	}
	json_decref(tree);
}

/* ---- queries and headers ---- */

static void read_query(struct mentions *mentions, const char *target)
{
	const char *query = strchr(target, '?');
	struct error error;
	struct query parsed;

	if (query == NULL ||
	    !query_parse(mentions->arena, query + 1, strlen(query + 1), &parsed, &error))
		return;
	for (size_t i = 0; i < parsed.count; i++)
		note(mentions, parsed.parameters[i].name, parsed.parameters[i].value,
		     parsed.parameters[i].value[0] != '\0');
}

static void read_headers(struct mentions *mentions, const struct headers *headers)
{
	for (size_t i = 0; i < headers->count; i++) {
		const struct header_def *def = header_find(headers->list[i].name);

		if (def != NULL)
			note(mentions, def->name, headers->list[i].value, true);
	}
}

/* ---- what it shows ---- */

static const char *last_part(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot != NULL ? dot + 1 : name;
}

/* A header's name that ends in '-' stands for all that begin so. */
static bool is_word(const char *text, const char *at, size_t len)
{
	return (at == text || !isalnum((unsigned char)at[-1])) &&
	       (at[len - 1] == '-' || !isalnum((unsigned char)at[len]));
}

/* A service's containers are judged under the names that a create has for the same thing. */
static const struct {
	const char *service, *create;
} translations[] = {
	{"EndpointSpec", "PortBindings"},
	{"Ports", "PortBindings"},
	{"Protocol", "PortBindings"},
	{"PublishMode", "PortBindings"},
	{"PublishedPort", "PortBindings"},
	{"TargetPort", "PortBindings"},
	{"MemoryBytes", "MemoryReservation"},
	{"Resources", "Memory"},
	{"Limits", "Memory"},
	{"Reservations", "MemoryReservation"},
	{"GenericResources", "DeviceRequests"},
	{"AppArmor", "SecurityOpt"},
	{"CapabilityAdd", "CapAdd"},
	{"Disable", "SecurityOpt"},
	{"Level", "SecurityOpt"},
	{"LogDriver", "LogConfig"},
	{"MemoryBytes", "Memory"},
	{"Mode", "SecurityOpt"},
	{"NanoCPUs", "NanoCpus"},
	{"Pids", "PidsLimit"},
	{"StopGracePeriod", "StopTimeout"},
	{"Condition", "RestartPolicy"},
	{"MaxAttempts", "RestartPolicy"},
	{"Window", "RestartPolicy"},
	{"NoNewPrivileges", "SecurityOpt"},
	{"Privileges", "SecurityOpt"},
	{"Profile", "SecurityOpt"},
	{"Role", "SecurityOpt"},
	{"SELinuxContext", "SecurityOpt"},
	{"Seccomp", "SecurityOpt"},
	{"SwapBytes", "MemorySwap"},
	{"Type", "SecurityOpt"},
	{"User", "SecurityOpt"},
};

static bool names_word(const char *message, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = strstr(message, word); at != NULL; at = strstr(at + 1, word)) {
		if (is_word(message, at, len))
			return true;
	}
	return false;
}

static bool is_of_service(const struct mention *mention)
{
	return strncmp(mention->name, "TaskTemplate", 12) == 0 ||
	       strncmp(mention->name, "EndpointSpec", 12) == 0;
}

static bool names(const char *message, const struct mention *mention)
{
	const char *word = last_part(mention->name);

	if (names_word(message, word))
		return true;
	for (size_t i = 0; i < sizeof translations / sizeof translations[0]; i++) {
		if (is_of_service(mention) && strcmp(translations[i].service, word) == 0 &&
		    names_word(message, translations[i].create))
			return true;
	}
	return false;
}

/* True when something that is inside of UP is what the message names. */
static bool names_inside(const struct mentions *given, const struct mention *up,
                         const char *message)
{
	for (size_t i = 0; i < given->count; i++) {
		const struct mention *mention = &given->list[i];

		while (mention != NULL && mention != up)
			mention = mention->up;
		if (mention == up && &given->list[i] != up && names(message, &given->list[i]))
			return true;
	}
	return false;
}

/* A message names the property itself, or one that it is inside of as a whole. */
static bool is_named(const struct mentions *given, const struct mention *mention,
                     const char *message)
{
	if (names(message, mention))
		return true;
	for (mention = mention->up; mention != NULL; mention = mention->up) {
		if (names(message, mention))
			return !names_inside(given, mention, message);
	}
	return false;
}

static unsigned shown(const struct mention *given, const struct mention *sent, bool unlooked)
{
	unsigned evidence = 0;

	if (sent == NULL)
		return EVIDENCE_DROPPED | EVIDENCE_WRITTEN;
	if (given->says_something)
		evidence |= unlooked ? EVIDENCE_UNLOOKED : EVIDENCE_SENT;
	if (strcmp(given->text, sent->text) != 0)
		evidence |= EVIDENCE_WRITTEN;
	return evidence;
}

struct comparison {
	struct entries *entries;
	enum entry_kind kind;
	const char *operation;
	const struct trial *trial;
	bool unlooked; /* the policy looks at nothing inside */
};

static void compare(const struct comparison *comparison, struct mentions *given,
                    struct mentions *sent)
{
	const struct trial *trial = comparison->trial;
	bool denied = trial->end == TRIAL_DENIED ||
	              (trial->end == TRIAL_REFUSED && comparison->kind == ENTRY_HEADER);

	for (size_t i = 0; i < given->count; i++) {
		const struct mention *mention = &given->list[i];
		unsigned evidence = 0;

		if (trial->end == TRIAL_ALLOWED)
			evidence = shown(mention, mention_of(sent, mention->name), comparison->unlooked);
		else if (denied && mention->says_something && is_named(given, mention, trial->message))
			evidence = EVIDENCE_DENIED;
		entries_note(comparison->entries, comparison->kind, comparison->operation, mention->name,
		             evidence);
	}
	for (size_t i = 0; trial->end == TRIAL_ALLOWED && i < sent->count; i++) {
		if (mention_of(given, sent->list[i].name) == NULL)
			entries_note(comparison->entries, comparison->kind, comparison->operation,
			             sent->list[i].name, EVIDENCE_WRITTEN);
	}
}

static struct mentions *new_mentions(struct arena *arena)
{
	struct mentions *mentions = arena_calloc(arena, 1, sizeof *mentions);

	assert(mentions != NULL);
	mentions->arena = arena;
	return mentions;
}

void evidence_note(struct entries *entries, const struct policy *policy,
                   const struct trial_input *input, const struct trial *trial)
{
	const struct route *route = trial->request.route;
	struct comparison comparison = {
		.entries = entries,
		.kind = ENTRY_PROPERTY,
		.operation = route != NULL ? route->operation : "",
		.trial = trial,
		.unlooked = policy != NULL && policy->unrestricted.on,
	};
	struct arena *arena = arena_new(SCRATCH_BYTES);
	struct mentions *given = new_mentions(arena), *sent = new_mentions(arena);

	if (route != NULL) {
		read_body(given, route, input->body);
		read_body(sent, route, trial->body);
		comparison.operation = entries_body_operation(route);
		compare(&comparison, given, sent);
		comparison.operation = route->operation;
		given->count = sent->count = 0;
		read_query(given, input->head.target);
		read_query(sent, trial->target != NULL ? trial->target : "");
		comparison.kind = ENTRY_PARAMETER;
		compare(&comparison, given, sent);
	}
	given->count = sent->count = 0;
	read_headers(given, &input->head.headers);
	read_headers(sent, &trial->request.headers);
	comparison.kind = ENTRY_HEADER;
	comparison.operation = "";
	compare(&comparison, given, sent);
	arena_free(arena);
}
