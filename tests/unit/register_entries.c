/* Builds the list from the catalogue, and knows what each posture has to show. */
#include "tests/unit/register_entries.h"

#include "policy/header_table.h"
#include "policy/route.h"
#include "policy/schema.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ENTRIES_MAX = 4096 };

static struct entry *find(struct entries *entries, enum entry_kind kind, const char *operation,
                          const char *name)
{
	for (size_t i = 0; i < entries->count; i++) {
		struct entry *entry = &entries->list[i];

		if (entry->kind == kind && strcmp(entry->operation, operation) == 0 &&
		    strcmp(entry->name, name) == 0)
			return entry;
	}
	return NULL;
}

/* Some operations have several routes with the same parameters. */
static void add(struct entries *entries, enum entry_kind kind, const char *operation,
                const char *name, enum posture posture)
{
	struct entry *entry;

	if (find(entries, kind, operation, name) != NULL)
		return;
	assert(entries->count < ENTRIES_MAX && strlen(name) < ENTRY_NAME_SIZE);
	entry = &entries->list[entries->count++];
	*entry = (struct entry){.kind = kind, .operation = operation, .posture = posture};
	memcpy(entry->name, name, strlen(name) + 1);
}

struct visit {
	struct entries *entries;
	const char *operation;
};

/* What PATH is a part of is in the list already. */
static bool is_inside_denied(const struct visit *visit, const char *path)
{
	for (size_t i = 0; i < visit->entries->count; i++) {
		const struct entry *entry = &visit->entries->list[i];
		size_t len = strlen(entry->name);

		if (entry->kind == ENTRY_PROPERTY && entry->posture == POSTURE_DENY &&
		    strcmp(entry->operation, visit->operation) == 0 &&
		    strncmp(entry->name, path, len) == 0 && strchr(".[", path[len]) != NULL &&
		    path[len] != '\0')
			return true;
	}
	return false;
}

static void add_property(const char *path, const struct field *field, void *context)
{
	const struct visit *visit = context;
	enum posture posture = field->posture;

	if (posture != POSTURE_DROP && is_inside_denied(visit, path))
		posture = POSTURE_DENY;
	add(visit->entries, ENTRY_PROPERTY, visit->operation, path, posture);
}

const char *entries_body_operation(const struct route *route)
{
	size_t count;
	const struct route *routes = route_catalogue(&count);

	for (size_t i = 0; i < count; i++) {
		if (routes[i].schema == route->schema)
			return routes[i].operation;
	}
	return route->operation;
}

struct entries entries_of_register(void)
{
	struct entries entries = {calloc(ENTRIES_MAX, sizeof *entries.list), 0};
	size_t route_count, header_count;
	const struct route *routes = route_catalogue(&route_count);
	const struct header_def *headers = header_catalogue(&header_count);

	assert(entries.list != NULL);
	for (size_t i = 0; i < route_count; i++) {
		struct visit visit = {&entries, entries_body_operation(&routes[i])};

		for (size_t j = 0; j < routes[i].parameter_count; j++)
			add(&entries, ENTRY_PARAMETER, routes[i].operation, routes[i].parameters[j].name,
			    routes[i].parameters[j].posture);
		if (routes[i].schema != NULL)
			schema_each(routes[i].schema, add_property, &visit);
	}
	for (size_t i = 0; i < header_count; i++)
		add(&entries, ENTRY_HEADER, "", headers[i].name, headers[i].posture);
	return entries;
}

void entries_free(struct entries *entries)
{
	free(entries->list);
	*entries = (struct entries){NULL, 0};
}

void entries_note(struct entries *entries, enum entry_kind kind, const char *operation,
                  const char *name, unsigned evidence)
{
	struct entry *entry = find(entries, kind, operation, name);

	if (entry != NULL)
		entry->evidence |= evidence;
}

/* A header that is denied is refused before any policy is asked, so that nothing can open it. What is
 * denied may be sent by whatever policy opens it. */
static unsigned wanted(const struct entry *entry)
{
	switch (entry->posture) {
	case POSTURE_DENY:
		return entry->kind == ENTRY_HEADER ? EVIDENCE_DENIED : EVIDENCE_DENIED | EVIDENCE_SENT;
	case POSTURE_HARMLESS:
		return EVIDENCE_SENT;
	case POSTURE_JUDGED:
	case POSTURE_CAPPED:
	case POSTURE_OWNED:
		return EVIDENCE_DENIED | EVIDENCE_SENT;
	case POSTURE_REWRITTEN:
		return EVIDENCE_WRITTEN;
	case POSTURE_DROP:
		return EVIDENCE_DROPPED;
	}
	return 0;
}

const char *entry_lacks(const struct entry *entry)
{
	unsigned unlooked = entry->posture == POSTURE_DENY && (entry->evidence & EVIDENCE_UNLOOKED) != 0
	                        ? EVIDENCE_SENT
	                        : 0;
	unsigned lacking = wanted(entry) & ~(entry->evidence | unlooked);

	if (lacking == (EVIDENCE_DENIED | EVIDENCE_SENT))
		return "a denial, and one that is sent";
	if (lacking == EVIDENCE_DENIED)
		return "a denial";
	if (lacking == EVIDENCE_SENT)
		return "one that is sent";
	if (lacking == EVIDENCE_WRITTEN)
		return "one that is rewritten";
	return lacking == EVIDENCE_DROPPED ? "one that is dropped" : "";
}
