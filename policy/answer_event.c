/* Events. Those of containers carry their labels, and with them who is said to own them; that it is so, and whose everything else is,
 * has to be known. What tells of the daemon, its plugins, its nodes and its builder is for no tenant. */
#include "policy/answer_parts.h"
#include "policy/json.h"
#include "policy/owner_cache.h"

#include <string.h>

/* One event, in its parts. */
struct event {
	enum object_kind kind;
	const char *action, *id;
	const json_t *attributes;
};

static enum object_kind kind_of(const char *type)
{
	static const enum object_kind kinds[] = {OBJECT_CONTAINER, OBJECT_IMAGE,   OBJECT_NETWORK,
	                                         OBJECT_VOLUME,    OBJECT_SERVICE, OBJECT_SECRET,
	                                         OBJECT_CONFIG};

	for (size_t i = 0; type != NULL && i < sizeof kinds / sizeof *kinds; i++) {
		if (strcmp(type, object_kind_name(kinds[i])) == 0)
			return kinds[i];
	}
	return OBJECT_NONE;
}

static bool is_action(const struct event *event, const char *action)
{
	return event->action != NULL && strcmp(event->action, action) == 0;
}

/* What was learnt before of another volume of that name does not hold. */
static void forget_former(struct answer *answer, const struct event *event)
{
	if (event->kind == OBJECT_VOLUME && is_action(event, "create") && answer->waits == 0)
		owner_cache_forget(answer->owners, event->kind, event->id);
}

/* A container that joins, leaves, mounts or unmounts must be the tenant's as well. False when it has to be asked about. */
static bool find_container(struct answer *answer, const struct event *event, enum ownership *owner)
{
	const char *container = json_member_string(event->attributes, "container");

	*owner = OWNERSHIP_OWN;
	return container == NULL || container[0] == '\0' ||
	       answer_knows(answer, OBJECT_CONTAINER, container, owner);
}

static enum answer_fate judge_known(struct answer *answer, const struct event *event)
{
	enum ownership owner = OWNERSHIP_FOREIGN, container = OWNERSHIP_FOREIGN;

	forget_former(answer, event);
	if (!answer_knows(answer, event->kind, event->id, &owner))
		return ANSWER_WAIT;
	if (owner == OWNERSHIP_FOREIGN)
		return ANSWER_LEAVE_OUT;
	if (!find_container(answer, event, &container))
		return ANSWER_WAIT;
	if (event->kind == OBJECT_VOLUME && is_action(event, "destroy"))
		owner_cache_forget(answer->owners, event->kind, event->id);
	return answer_keep(container);
}

/* What not even says to be the tenant's is not asked about. */
static enum answer_fate judge_container(struct answer *answer, const struct event *event)
{
	const char *said = json_member_string(event->attributes, SEAL_TENANT_LABEL);
	enum ownership owner;

	if (said == NULL || strcmp(said, answer->world.tenant) != 0)
		return ANSWER_LEAVE_OUT;
	if (!answer_knows(answer, OBJECT_CONTAINER, event->id, &owner))
		return ANSWER_WAIT;
	return answer_keep(owner);
}

enum answer_fate answer_judge_event(struct answer *answer, json_t *value)
{
	const json_t *actor = json_member(value, "Actor");
	const struct event event = {
		.kind = kind_of(json_member_string(value, "Type")),
		.action = json_member_string(value, "Action"),
		.id = json_member_string(actor, "ID"),
		.attributes = json_member(actor, "Attributes"),
	};

	if (event.kind == OBJECT_NONE || event.id == NULL || event.id[0] == '\0')
		return ANSWER_LEAVE_OUT;
	if (event.kind == OBJECT_CONTAINER)
		return judge_container(answer, &event);
	return event.kind == OBJECT_IMAGE ? answer_judge_image_event(answer, value)
	                                  : judge_known(answer, &event);
}
