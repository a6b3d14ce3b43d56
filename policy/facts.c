/* Remembers what the engine asked about the daemon's objects, and reads the daemon's answers
 * with suspicion. Who fetches them, and when, is the proxy's business. */
#include "policy/facts.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/json.h"
#include "policy/private_names.h"
#include "policy/text.h"
#include "policy/world_image.h"

#include <string.h>

/* The inspection of one object is a few dozen kilobytes at most; these are far above that. */
enum { ANSWER_BYTES_MAX = 4 << 20, ANSWER_NODES_MAX = 100000, ANSWER_DEPTH_MAX = 64 };

enum { ID_LENGTH = 64, SWARM_ID_LENGTH = 25, MESSAGE_LENGTH_MAX = 300 };

/* A fact found under one name answers for the full id as well. */
static bool answers_for(const struct fact *fact, enum object_kind kind, const char *name)
{
	/* A volume's id is the daemon's name of it, which means another one to a tenant with names of its own. */
	bool has_id =
		fact->state == FACT_FOUND && (kind != OBJECT_VOLUME || (fact->wire == NULL && !fact->raw));

	if (fact->kind != kind || fact->remembered)
		return false;
	return (!fact->raw && strcmp(fact->name, name) == 0) || (has_id && strcmp(fact->id, name) == 0);
}

const struct fact *facts_find(const struct facts *facts, enum object_kind kind, const char *name)
{
	for (size_t i = 0; i < facts->count; i++) {
		if (answers_for(&facts->list[i], kind, name))
			return &facts->list[i];
	}
	return NULL;
}

static struct fact *add(struct facts *facts, const struct fact *fact)
{
	if (facts->count == FACTS_MAX || fact->name == NULL)
		return NULL;
	facts->list[facts->count] = *fact;
	return &facts->list[facts->count++];
}

static struct fact *add_raw(struct arena *arena, struct facts *facts, enum object_kind kind,
                            const char *name)
{
	const char *copy = arena_string(arena, name);

	return add(facts,
	           &(struct fact){.kind = kind, .name = copy, .raw = true, .world = facts->world});
}

struct fact *facts_about(struct arena *arena, struct facts *facts, enum object_kind kind,
                         const char *name)
{
	for (size_t i = 0; i < facts->count; i++) {
		if (answers_for(&facts->list[i], kind, name)) {
			facts->list[i].owner_only = false;
			return &facts->list[i];
		}
	}
	const char *copy = arena_string(arena, name);
	const char *wire =
		copy != NULL && facts->world != NULL ? private_names_wire(facts->world, kind, copy) : copy;
	if (wire == NULL)
		return NULL;
	return add(facts, &(struct fact){.kind = kind,
	                                 .name = copy,
	                                 .wire = wire != copy ? wire : NULL,
	                                 .world = facts->world});
}

struct fact *facts_about_wire(struct arena *arena, struct facts *facts, enum object_kind kind,
                              const char *name)
{
	bool private = private_names_are_for(facts->world, kind);
	const char *shown = private ? private_names_shown(facts->world, kind, name) : name;

	if (!private || shown != name || private_names_is_id(kind, name) ||
	    world_shares(facts->world, kind, name))
		return facts_about(arena, facts, kind, shown);
	for (size_t i = 0; i < facts->count; i++) {
		if (facts->list[i].raw && facts->list[i].kind == kind &&
		    strcmp(facts->list[i].name, name) == 0)
			return &facts->list[i];
	}
	return add_raw(arena, facts, kind, name);
}

struct fact *facts_about_owner(struct arena *arena, struct facts *facts, enum object_kind kind,
                               const char *id)
{
	size_t before = facts->count;
	struct fact *fact;

	for (size_t i = 0; i < facts->count; i++) {
		fact = &facts->list[i];
		if (fact->owner_only && fact->kind == kind && strcmp(fact->name, id) == 0)
			return fact;
	}
	fact = facts_about(arena, facts, kind, id);
	if (fact != NULL && facts->count > before)
		fact->owner_only = fact_id_lasts(kind, id);
	return fact;
}

void fact_remember(struct fact *fact)
{
	fact->state = FACT_FOUND;
	fact->id = fact->name;
	fact->remembered = true;
}

const char *fact_wire(const struct fact *fact)
{
	return fact->wire != NULL ? fact->wire : fact->name;
}

const char *fact_made_name(const struct fact *fact)
{
	return fact->world != NULL ? private_names_wire(fact->world, fact->kind, fact->name)
	                           : fact->name;
}

bool facts_wanted(const struct facts *facts)
{
	for (size_t i = 0; i < facts->count; i++) {
		if (facts->list[i].state == FACT_WANTED)
			return true;
	}
	return false;
}

static void release_tree(void *tree)
{
	json_decref(tree);
}

static json_t *read_tree(const char *body, size_t len, struct error *error)
{
	static const struct json_limits limits = {ANSWER_BYTES_MAX, ANSWER_NODES_MAX, ANSWER_DEPTH_MAX};
	json_t *tree = NULL;

	return json_read(body, len, &limits, &tree, error) == JSON_FINE ? tree : NULL;
}

/* The answer as a tree that lives as long as ARENA, or NULL. */
static const json_t *read_answer(struct arena *arena, const char *body, size_t len,
                                 struct error *error)
{
	json_t *tree = read_tree(body, len, error);

	if (tree == NULL)
		return NULL;
	if (!arena_own(arena, release_tree, tree)) {
		error_set(error, "out of memory");
		return NULL;
	}
	if (!json_is_object(tree)) {
		error_set(error, "the daemon's answer is not an object");
		return NULL;
	}
	return tree;
}

static bool is_hex_id(const char *id)
{
	return strlen(id) == ID_LENGTH && text_is_lower_hex(id);
}

bool fact_id_lasts(enum object_kind kind, const char *id)
{
	return (kind == OBJECT_CONTAINER || kind == OBJECT_NETWORK) && is_hex_id(id);
}

/* Networks of a swarm have ids of the swarm's kind. */
static bool is_swarm_id(const char *id)
{
	return strlen(id) == SWARM_ID_LENGTH &&
	       strspn(id, "0123456789abcdefghijklmnopqrstuvwxyz") == SWARM_ID_LENGTH;
}

static bool is_of_swarm(enum object_kind kind)
{
	return kind == OBJECT_SERVICE || kind == OBJECT_TASK || kind == OBJECT_SECRET ||
	       kind == OBJECT_CONFIG;
}

/* A task has a name of its own, its service's with more behind it. */
static bool is_named_in_spec(enum object_kind kind)
{
	return is_of_swarm(kind) && kind != OBJECT_TASK;
}

/* "web.1.ID" names a task whose name the daemon does not tell. */
static bool is_task_of(const char *asked, const char *id)
{
	const char *dot = strrchr(asked, '.');

	return dot != NULL && strcmp(dot + 1, id) == 0;
}

/* True when the object called NAME with the id ID is what a question about ASKED should have
 * found. */
static bool is_the_one(const char *asked, const char *id, const char *name)
{
	if (name != NULL && *name == '/')
		name++;
	return text_starts_with(id, asked) || (name != NULL && strcmp(name, asked) == 0);
}

/* The full id in the daemon's answer about FACT, or NULL when the answer is odd or about
 * something else. */
static const char *answer_id(const struct fact *fact, const json_t *answer)
{
	bool swarm = is_of_swarm(fact->kind);
	const char *id = json_member_string(answer, fact->kind == OBJECT_EXEC || swarm ? "ID" : "Id");
	const char *name =
		json_member_string(is_named_in_spec(fact->kind) ? json_member(answer, "Spec") : answer,
	                       "Name");

	if (fact->kind == OBJECT_DAEMON)
		return json_member_string(answer, "ServerVersion") != NULL ? fact->name : NULL;
	if (fact->kind == OBJECT_VOLUME)
		return name != NULL && strcmp(name, fact_wire(fact)) == 0 ? name : NULL;
	if (fact->kind == OBJECT_DISTRIBUTION)
		id = json_member_string(json_member(answer, "Descriptor"), "digest");
	if (id == NULL)
		return NULL;
	if (fact->kind == OBJECT_IMAGE || fact->kind == OBJECT_DISTRIBUTION)
		return text_starts_with(id, "sha256:") && is_hex_id(id + strlen("sha256:")) ? id : NULL;
	if (!(is_hex_id(id) && !swarm) && !(is_swarm_id(id) && (swarm || fact->kind == OBJECT_NETWORK)))
		return NULL;
	if (fact->kind == OBJECT_TASK && is_task_of(fact_wire(fact), id))
		return id;
	return is_the_one(fact_wire(fact), id, name) ? id : NULL;
}

static void learn_failure(struct arena *arena, struct fact *fact, const char *reason)
{
	fact->state = FACT_FAILED;
	fact->id = NULL;
	fact->inspected = NULL;
	fact->message = text_printable(arena, reason, MESSAGE_LENGTH_MAX);
}

/* An exec is looked at in its container, which is a fact of its own. */
static bool has_owner(enum object_kind kind)
{
	return kind != OBJECT_EXEC && kind != OBJECT_DAEMON && kind != OBJECT_DISTRIBUTION;
}

/* By the name that the tenant used. */
static void say_missing(struct arena *arena, struct fact *fact)
{
	const char *message = world_missing(arena, fact->kind, fact->name);

	fact->state = message != NULL ? FACT_MISSING : FACT_FAILED;
	fact->message = message != NULL ? text_printable(arena, message, MESSAGE_LENGTH_MAX) : NULL;
	fact->status = 404;
}

static void hide(struct arena *arena, struct fact *fact)
{
	say_missing(arena, fact);
	fact->id = NULL;
	fact->inspected = NULL;
	fact->hidden = true;
}

/* An error of the daemon's, that many objects have such an id say, would tell of others' as well. */
static bool is_told_off(const struct fact *fact)
{
	return fact->state == FACT_FAILED && fact->status >= 400 && fact->status < 500;
}

/* True when the daemon may have it by another name, by which it is asked once more. */
static bool has_other_wire(struct fact *fact)
{
	const char *next = fact->state == FACT_MISSING && fact->wire != NULL
	                       ? private_names_next(fact->world, fact->kind, fact->name, fact->wire)
	                       : NULL;

	if (next == NULL)
		return false;
	fact->wire = next != fact->name ? next : NULL;
	fact->state = FACT_WANTED;
	return true;
}

static enum ownership owner_in(const struct world *world, const struct fact *fact)
{
	return fact->kind == OBJECT_IMAGE ? world_image_asked(world, fact->inspected, fact->name)
	                                  : world_owner(world, fact->kind, fact->inspected);
}

bool facts_are_in(const struct facts *facts, const struct world *world)
{
	for (size_t i = 0; i < facts->count; i++) {
		const struct fact *fact = &facts->list[i];

		if (fact->state == FACT_FOUND && !fact->remembered && has_owner(fact->kind) &&
		    owner_in(world, fact) == OWNERSHIP_FOREIGN)
			return false;
	}
	return true;
}

static void confine(struct arena *arena, struct fact *fact)
{
	if (fact->world == NULL || !has_owner(fact->kind))
		return;
	if (is_told_off(fact))
		hide(arena, fact);
	if (fact->state == FACT_MISSING && fact->wire != NULL)
		say_missing(arena, fact);
	if (fact->state != FACT_FOUND)
		return;
	enum ownership owner = owner_in(fact->world, fact);

	fact->shared = owner == OWNERSHIP_SHARED;
	if (owner == OWNERSHIP_FOREIGN)
		hide(arena, fact);
}

static void learn_object(struct arena *arena, struct fact *fact, const json_t *answer)
{
	fact->id = answer_id(fact, answer);
	if (fact->id == NULL) {
		learn_failure(arena, fact,
		              fact->kind == OBJECT_DISTRIBUTION
		                  ? "the daemon's answer tells no digest (sha256:...)"
		                  : "the daemon's answer is not about the object that was asked for");
		fact->status = 0;
		return;
	}
	fact->inspected = answer;
	fact->state = FACT_FOUND;
}

static void learn_refusal(struct arena *arena, struct fact *fact, const json_t *answer)
{
	const char *message = json_member_string(answer, "message");

	learn_failure(arena, fact, message != NULL ? message : "the daemon gave no reason");
	if (fact->status == 404 && message != NULL)
		fact->state = FACT_MISSING;
}

void fact_learn(struct arena *arena, struct fact *fact, unsigned status, const char *body,
                size_t len)
{
	struct error error = {{0}};
	const json_t *answer = read_answer(arena, body, len, &error);

	fact->status = status;
	if (answer == NULL) {
		learn_failure(arena, fact, error.text);
		fact->status = 0;
	} else if (status == 200) {
		learn_object(arena, fact, answer);
	} else {
		learn_refusal(arena, fact, answer);
	}
	if (!has_other_wire(fact))
		confine(arena, fact);
}

/* moby's graph drivers. A containerd snapshotter may have any other name. */
static bool is_graph_driver(const char *driver)
{
	static const char *const drivers[] = {"aufs",    "btrfs",    "devicemapper", "fuse-overlayfs",
	                                      "overlay", "overlay2", "vfs",          "zfs"};

	for (size_t i = 0; driver != NULL && i < sizeof drivers / sizeof *drivers; i++) {
		if (strcmp(drivers[i], driver) == 0)
			return true;
	}
	return false;
}

/* True where DriverStatus, a list of pairs, tells the type of a driver: only snapshotters have one. */
static bool has_driver_type(const json_t *info)
{
	const json_t *status = json_member(info, "DriverStatus");

	for (size_t i = 0; i < json_array_size(status); i++) {
		const char *key = json_string_value(json_array_get(json_array_get(status, i), 0));

		if (key != NULL && strcmp(key, "driver-type") == 0)
			return true;
	}
	return false;
}

enum image_store image_store_learn(unsigned status, const char *body, size_t len)
{
	enum image_store store = IMAGE_STORE_UNKNOWN;
	struct error error;
	json_t *info = status == 200 ? read_tree(body, len, &error) : NULL;

	if (has_driver_type(info))
		store = IMAGE_STORE_CONTAINERD;
	else if (is_graph_driver(json_member_string(info, "Driver")))
		store = IMAGE_STORE_CLASSIC;
	json_decref(info);
	return store;
}

void fact_learn_former(struct arena *arena, struct fact *fact, const char *text, size_t len)
{
	struct error error = {{0}};
	const json_t *former = read_answer(arena, text, len, &error);
	const char *name = json_member_string(former, "Name"), *made = fact_made_name(fact);

	if (fact->kind == OBJECT_CONTAINER && fact->state == FACT_MISSING && name != NULL &&
	    made != NULL && strcmp(name[0] == '/' ? name + 1 : name, made) == 0)
		fact->former = former;
}
