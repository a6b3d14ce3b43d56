/* Requests on their way into the groups that policies are made of. Ids are all made the same, so that a request counts as
 * often as it was made whatever object it was about. */
#include "policy/learn_parts.h"

#include "policy/arena.h"
#include "policy/audit_record.h"
#include "policy/builder.h"
#include "policy/error.h"
#include "policy/generalise.h"
#include "policy/text.h"

#include <stdint.h>
#include <string.h>

static const char any_id[] = "0123456789ab0123456789ab0123456789ab0123456789ab0123456789ab0123";

struct learn *learn_new(struct arena *arena, const struct learn_setup *setup)
{
	struct learn *learn = arena_alloc(arena, sizeof *learn);

	if (learn != NULL)
		*learn = (struct learn){.arena = arena, .setup = *setup};
	return learn;
}

/* ---- groups ---- */

/* Whom the request was made by: "" where the log does not tell. */
static const char *key_of(const struct learn *learn, const struct audit_record *record)
{
	const struct identity *identity = &record->identity;
	const char *name = NULL;

	switch (learn->setup.by) {
	case LEARN_BY_POLICY:
		name = record->policy;
		break;
	case LEARN_BY_USER:
		name = identity->peer.user;
		if (identity->peer.present && name == NULL)
			name = identity->peer.uid == UINT32_MAX
			           ? NULL
			           : arena_format(learn->arena, "%u", identity->peer.uid);
		break;
	case LEARN_BY_COMMON_NAME:
		name = identity->certificate.common_name;
		break;
	}
	return name != NULL ? name : "";
}

/* A name of the settings language: letters, digits, '-' and '_'. */
static const char *setting_name(struct arena *arena, const char *key, size_t number)
{
	char *name = arena_format(arena, "learned-%s", key[0] != '\0' ? key : "unknown");
	bool plain = true;

	for (char *c = name; c != NULL && *c != '\0'; c++) {
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_", *c) != NULL)
			continue;
		*c = '-';
		plain = false;
	}
	return name == NULL || plain ? name : arena_format(arena, "%s-%zu", name, number);
}

/* What a client rule would ask for; a star would stand for more than itself. */
static const char *condition_of(const struct learn *learn, const char *key)
{
	struct builder builder = {.text = NULL};
	unsigned long long number;

	if (key[0] == '\0' || learn->setup.by == LEARN_BY_POLICY || strpbrk(key, "*$") != NULL)
		return NULL;
	if (learn->setup.by == LEARN_BY_COMMON_NAME)
		builder_add(&builder, "certificate = { common_name = ");
	else if (text_to_number(key, UINT32_MAX, &number))
		builder_format(&builder, "uid = %llu;", number);
	else
		builder_add(&builder, "user = ");
	if (builder.text != NULL && text_ends_with(builder.text, "= "))
		builder_string(&builder, key);
	if (learn->setup.by == LEARN_BY_COMMON_NAME)
		builder_add(&builder, "; };");
	else if (!text_starts_with(builder.text != NULL ? builder.text : "", "uid"))
		builder_add(&builder, ";");
	return builder_take(&builder, learn->arena);
}

static void release(void *tree)
{
	json_decref(tree);
}

static struct learn_group *new_group(struct learn *learn, const char *key, size_t number)
{
	static const char *const kinds[] = {[LEARN_BY_POLICY] = "policy",
	                                    [LEARN_BY_USER] = "user",
	                                    [LEARN_BY_COMMON_NAME] = "common name"};
	struct learn_group *group = arena_alloc(learn->arena, sizeof *group);

	if (group == NULL)
		return NULL;
	*group = (struct learn_group){
		.arena = learn->arena,
		.key = arena_string(learn->arena, key),
		.name = setting_name(learn->arena, key, number),
		.title = arena_format(learn->arena, "%s '%s'", kinds[learn->setup.by],
	                          text_printable(learn->arena, key, 100)),
		.condition = condition_of(learn, key),
		.index = json_object(),
		.remedy = {.arena = learn->arena},
	};
	if (group->index == NULL || !arena_own(learn->arena, release, group->index) ||
	    group->key == NULL || group->name == NULL || group->title == NULL)
		return NULL;
	return group;
}

static struct learn_group *group_for(struct learn *learn, const struct audit_record *record)
{
	const char *key = key_of(learn, record);
	struct learn_group **at = &learn->first;
	size_t number = 1;

	for (; *at != NULL; at = &(*at)->next, number++) {
		if (strcmp((*at)->key, key) == 0)
			return *at;
	}
	*at = new_group(learn, key, number);
	return *at;
}

/* ---- requests ---- */

/* The same for all requests that differ in ids only. */
static const char *request_key(struct arena *arena, const struct learn_request *request)
{
	return arena_format(arena, "%s %s %s", request->method, request->target, request->body);
}

static bool grow(struct learn_group *group)
{
	size_t room = group->room == 0 ? 64 : group->room * 2;
	struct learn_request **larger =
		arena_calloc(group->arena, room, sizeof(struct learn_request *));

	if (larger == NULL)
		return false;
	for (size_t i = 0; i < group->request_count; i++)
		larger[i] = group->requests[i];
	group->requests = larger;
	group->room = room;
	return true;
}

static struct learn_request *add_request(struct learn *learn, struct learn_group *group,
                                         const struct learn_request *fresh, const char *key)
{
	struct learn_request *request = arena_alloc(learn->arena, sizeof *request);
	json_int_t place = (json_int_t)group->request_count;

	if (request == NULL || (group->request_count == group->room && !grow(group)) ||
	    group->requests == NULL ||
	    json_object_set_new_nocheck(group->index, key, json_integer(place)) != 0)
		return NULL;
	*request = *fresh;
	group->requests[group->request_count++] = request;
	learn->requests++;
	return request;
}

static bool count_request(struct learn *learn, struct learn_group *group,
                          const struct audit_record *record, struct error *error)
{
	const char *target = generalise_ids(learn->arena, record->target, any_id);
	const struct learn_request fresh = {
		.method = arena_string(learn->arena, record->method),
		.target = target != NULL ? arena_string(learn->arena, target) : NULL,
		.body = arena_string(learn->arena, record->body),
	};
	bool whole = fresh.method != NULL && fresh.target != NULL && fresh.body != NULL;
	const char *key = whole ? request_key(learn->arena, &fresh) : NULL;
	const json_t *known = key != NULL ? json_object_get(group->index, key) : NULL;
	struct learn_request *request = NULL;

	if (known != NULL && group->requests != NULL)
		request = group->requests[json_integer_value(known)];
	else if (learn->requests == LEARN_REQUESTS_MAX)
		return error_set(error, "more than %d requests differ", LEARN_REQUESTS_MAX);
	else if (key != NULL)
		request = add_request(learn, group, &fresh, key);
	if (request == NULL)
		return error_set(error, "out of memory");
	request->count++;
	return true;
}

bool learn_add(struct learn *learn, const struct audit_record *record, struct error *error)
{
	struct learn_group *group = group_for(learn, record);

	if (group == NULL)
		return error_set(error, "out of memory");
	group->count++;
	group->builds = group->builds || text_starts_with(record->operation, "build.");
	group->hidden += record->hidden_count > 0 ? 1 : 0;
	if (record->cut) {
		group->cut++;
		return true;
	}
	return count_request(learn, group, record, error);
}
