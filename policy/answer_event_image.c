/* Events of images. An image may be several tenants', each by names of its own, and an event is told to whom both belong: the image
 * and the name. What a tenant has named or pulled becomes its own a moment after the daemon tells of it, when quaymaster gives the
 * image the tag that holds it; what was told before waits for that one's event, and takes its place. */
#include "policy/answer_parts.h"
#include "policy/arena.h"
#include "policy/error.h"
#include "policy/hold.h"
#include "policy/json.h"
#include "policy/owner_cache.h"
#include "policy/reference.h"
#include "policy/text.h"

#include <string.h>

enum { ATTRIBUTES_MAX = 200 };

struct image_event {
	const char *action;
	const char *id;   /* "sha256:..."; NULL: only the name is told */
	const char *name; /* NULL: it is about no name */
};

static bool is_id(const char *text)
{
	return text_starts_with(text, "sha256:");
}

/* A pull or push tells a name in the id's place, and the name's repository beside. */
static struct image_event read_event(const json_t *value)
{
	const json_t *actor = json_member(value, "Actor");
	const char *id = json_member_string(actor, "ID");
	const char *name = json_member_string(json_member(actor, "Attributes"), "name");
	struct image_event event = {.action = json_member_string(value, "Action")};

	if (id != NULL && is_id(id))
		event.id = id;
	event.name = event.id == NULL ? id : name != NULL && !is_id(name) ? name : NULL;
	return event;
}

static bool is_action(const struct image_event *event, const char *action)
{
	return event->action != NULL && strcmp(event->action, action) == 0;
}

/* What was learnt of an image or a name that may have become the tenant's, or another's, does not hold. */
static void forget_former(struct answer *answer, const struct image_event *event)
{
	enum ownership owner = OWNERSHIP_FOREIGN;

	if (answer->waits > 0)
		return;
	if (event->id != NULL && owner_cache_find(answer->owners, OBJECT_IMAGE, event->id, &owner) &&
	    owner != OWNERSHIP_OWN)
		owner_cache_forget(answer->owners, OBJECT_IMAGE, event->id);
	if (event->name != NULL && (event->id == NULL || (owner_cache_find(answer->owners, OBJECT_IMAGE,
	                                                                   event->name, &owner) &&
	                                                  owner != OWNERSHIP_OWN)))
		owner_cache_forget(answer->owners, OBJECT_IMAGE, event->name);
}

/* ---- what comes before it is held ---- */

void answer_forget_unheld(struct answer *answer)
{
	for (size_t i = 0; i < ANSWER_UNHELD_MAX; i++) {
		json_decref(answer->unheld[i]);
		answer->unheld[i] = NULL;
	}
}

static void await_hold(struct answer *answer, const struct image_event *event, json_t *value)
{
	const json_t *attributes = json_member(json_member(value, "Actor"), "Attributes");
	json_t **place = &answer->unheld[answer->unheld_next % ANSWER_UNHELD_MAX];

	if (event->name == NULL || json_object_size(attributes) > ATTRIBUTES_MAX)
		return;
	answer->unheld_next++;
	json_decref(*place);
	*place = json_incref(value);
}

/* True when the event in VALUE is about what HOLD, a tag of the image ID, holds. */
static bool is_held(const struct answer *answer, const json_t *value, const struct hold *hold,
                    const char *id)
{
	const struct image_event event = read_event(value);
	char hash[SEAL_NONCE_DIGITS + 1];
	struct reference reference;
	struct error error;
	const char *name;

	if (event.name == NULL || (event.id != NULL && strcmp(event.id, id) != 0) ||
	    !reference_parse(answer->world.arena, event.name, &reference, &error))
		return false;
	name = hold_name(answer->world.arena, &reference);
	if (name == NULL)
		return false;
	hold_hash(name, hash);
	return strcmp(hash, hold->name) == 0;
}

/* Takes what has waited for HOLD; NULL for nothing. Of several, others may have given the image that name before: only the last
 * can be the tenant's doing. */
static json_t *take_waiting(struct answer *answer, const struct hold *hold, const char *id)
{
	json_t *last = NULL;

	for (size_t i = 0; i < ANSWER_UNHELD_MAX; i++) {
		size_t place = (answer->unheld_next + i) % ANSWER_UNHELD_MAX; /* the oldest first */
		json_t *waiting = answer->unheld[place];

		if (waiting == NULL || !is_held(answer, waiting, hold, id))
			continue;
		json_decref(last);
		last = waiting;
		answer->unheld[place] = NULL;
	}
	return last;
}

/* Puts that into VALUE, in place of what tells of HOLD. */
static enum answer_fate tell_waiting(struct answer *answer, json_t *value, const struct hold *hold,
                                     const char *id)
{
	json_t *waiting = take_waiting(answer, hold, id);
	bool fine;

	if (waiting == NULL)
		return ANSWER_LEAVE_OUT;
	owner_cache_put(answer->owners, OBJECT_IMAGE, read_event(waiting).name, OWNERSHIP_OWN);
	json_object_clear(value);
	fine = json_object_update(value, waiting) == 0;
	json_decref(waiting);
	return fine ? ANSWER_KEEP : ANSWER_BREAK;
}

/* Tags that hold are nobody's to see. What they say of the image lasts as long as they do. */
static enum answer_fate judge_hold(struct answer *answer, const struct image_event *event,
                                   json_t *value)
{
	struct hold hold;
	char id[sizeof "sha256:" + SHA256_DIGITS];

	if (event->id == NULL || strlen(event->id) >= sizeof id ||
	    !hold_read(answer->world.key, event->id, event->name, &hold) ||
	    strcmp(hold.tenant, answer->world.tenant) != 0)
		return ANSWER_LEAVE_OUT;
	memcpy(id, event->id, strlen(event->id) + 1);
	if (!is_action(event, "tag")) {
		owner_cache_forget(answer->owners, OBJECT_IMAGE, id);
		return ANSWER_LEAVE_OUT;
	}
	owner_cache_put(answer->owners, OBJECT_IMAGE, id, OWNERSHIP_OWN);
	return tell_waiting(answer, value, &hold, id);
}

/* ---- the rest ---- */

/* What is not known of the image and the name is asked, the one after the other. */
static bool knows(struct answer *answer, const struct image_event *event, enum ownership *owner)
{
	*owner = OWNERSHIP_OWN;
	if (event->id != NULL && !answer_knows(answer, OBJECT_IMAGE, event->id, owner))
		return false;
	if (*owner == OWNERSHIP_FOREIGN || event->name == NULL)
		return true;
	return answer_knows(answer, OBJECT_IMAGE, event->name, owner);
}

enum answer_fate answer_judge_image_event(struct answer *answer, json_t *value)
{
	const struct image_event event = read_event(value);
	enum ownership owner;

	if (event.id == NULL && event.name == NULL)
		return ANSWER_LEAVE_OUT;
	if (event.name != NULL && hold_is_reserved(event.name))
		return judge_hold(answer, &event, value);
	forget_former(answer, &event);
	if (!knows(answer, &event, &owner))
		return ANSWER_WAIT;
	if (owner == OWNERSHIP_FOREIGN)
		await_hold(answer, &event, value);
	else if (event.name != NULL && is_action(&event, "untag"))
		owner_cache_forget(answer->owners, OBJECT_IMAGE, event.name);
	return answer_keep(owner);
}
