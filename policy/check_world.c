/* A tenant's closed world. That foreign objects are missing is the facts' part (facts.c); here is what remains: operations
 * that cannot be parted among tenants, names that are taken, what is shared and stays as it is, and quaymaster's own labels. No
 * mode lifts any of it. */
#include "policy/check.h"

#include "policy/error.h"
#include "policy/identity.h"
#include "policy/json.h"
#include "policy/private_names.h"
#include "policy/query.h"
#include "policy/request.h"
#include "policy/schema_register.h"
#include "policy/text.h"
#include "policy/world.h"

#include <string.h>

/* What can be had of an operation in a closed world. What is not listed cannot be parted among tenants. */
enum parting {
	PARTING_NONE = 0,
	PARTING_COMMON, /* touches no object and tells of none */
	PARTING_APART /* the objects that it names and makes are the tenant's; its answer tells of those alone */
};

struct treatment {
	const char *operation;
	enum parting parting;
	bool changes; /* the object in the path, which must not be a shared one then */
};

/* Sorted by name. */
static const struct treatment treatments[] = {
	{"build.classic", PARTING_APART, false},
	{"config.create", PARTING_APART, false},
	{"config.inspect", PARTING_APART, false},
	{"config.list", PARTING_APART, false},
	{"config.remove", PARTING_APART, true},
	{"config.update", PARTING_APART, true},
	{"container.archive.get", PARTING_APART, false},
	{"container.archive.put", PARTING_APART, true},
	{"container.archive.stat", PARTING_APART, false},
	{"container.attach", PARTING_APART, true},
	{"container.attach.websocket", PARTING_APART, true},
	{"container.changes", PARTING_APART, false},
	{"container.create", PARTING_APART, false},
	{"container.export", PARTING_APART, false},
	{"container.inspect", PARTING_APART, false},
	{"container.kill", PARTING_APART, true},
	{"container.list", PARTING_APART, false},
	{"container.logs", PARTING_APART, false},
	{"container.pause", PARTING_APART, true},
	{"container.prune", PARTING_APART, false},
	{"container.remove", PARTING_APART, true},
	{"container.rename", PARTING_APART, true},
	{"container.resize", PARTING_APART, true},
	{"container.restart", PARTING_APART, true},
	{"container.start", PARTING_APART, true},
	{"container.stats", PARTING_APART, false},
	{"container.stop", PARTING_APART, true},
	{"container.top", PARTING_APART, false},
	{"container.unpause", PARTING_APART, true},
	{"container.update", PARTING_APART, true},
	{"container.wait", PARTING_APART, false},
	{"distribution.inspect", PARTING_COMMON, false},
	{"exec.create", PARTING_APART, true},
	{"exec.inspect", PARTING_APART, false},
	{"exec.resize", PARTING_APART, true},
	{"exec.start", PARTING_APART, true},
	{"image.commit", PARTING_APART, false},
	{"image.history", PARTING_APART, false},
	{"image.import", PARTING_APART, false},
	{"image.inspect", PARTING_APART, false},
	{"image.list", PARTING_APART, false},
	{"image.load", PARTING_APART, false},
	{"image.prune", PARTING_APART, false},
	{"image.pull", PARTING_APART, false},
	{"image.push", PARTING_APART, false},
	{"image.remove", PARTING_APART, true},
	{"image.save", PARTING_APART, false},
	{"image.search", PARTING_COMMON, false},
	{"image.tag", PARTING_APART, false},
	{"network.connect", PARTING_APART, false},
	{"network.create", PARTING_APART, false},
	{"network.disconnect", PARTING_APART, false},
	{"network.inspect", PARTING_APART, false},
	{"network.list", PARTING_APART, false},
	{"network.prune", PARTING_APART, false},
	{"network.remove", PARTING_APART, true},
	{"registry.auth", PARTING_COMMON, false},
	{"secret.create", PARTING_APART, false},
	{"secret.inspect", PARTING_APART, false},
	{"secret.list", PARTING_APART, false},
	{"secret.remove", PARTING_APART, true},
	{"secret.update", PARTING_APART, true},
	{"service.create", PARTING_APART, false},
	{"service.inspect", PARTING_APART, false},
	{"service.list", PARTING_APART, false},
	{"service.logs", PARTING_APART, false},
	{"service.remove", PARTING_APART, true},
	{"service.update", PARTING_APART, true},
	{"system.df", PARTING_APART, false},
	{"system.events", PARTING_APART, false},
	{"system.info", PARTING_APART, false},
	{"system.ping", PARTING_COMMON, false},
	{"system.version", PARTING_COMMON, false},
	{"task.inspect", PARTING_APART, false},
	{"task.list", PARTING_APART, false},
	{"task.logs", PARTING_APART, false},
	{"volume.create", PARTING_APART, false},
	{"volume.inspect", PARTING_APART, false},
	{"volume.list", PARTING_APART, false},
	{"volume.prune", PARTING_APART, false},
	{"volume.remove", PARTING_APART, true},
};

static const struct treatment *find_treatment(const char *operation)
{
	for (size_t i = 0; i < sizeof treatments / sizeof *treatments; i++) {
		if (strcmp(treatments[i].operation, operation) == 0)
			return &treatments[i];
	}
	return NULL;
}

bool check_world_operation(struct check *check)
{
	const char *operation = check->request->route->operation;

	if (!check->closed || find_treatment(operation) != NULL)
		return true;
	return check_deny_malformed(
		check, "the tenant '%s' has a world of its own, and %s cannot be parted among tenants",
		check->identity->grant.tenant, operation);
}

bool check_world_is_known(struct check *check)
{
	const struct policy *policy = check->policy;

	if (!check->closed)
		return true;
	if (policy->unrestricted.on || policy->container.trust_existing.on)
		return check_deny_malformed(
			check,
			"a policy with %s cannot keep the tenant '%s' in its own world; "
			"extend another one, or write tenancy = { open = true; }",
			policy->unrestricted.on ? "unrestricted" : "trust_existing",
			check->identity->grant.tenant);
	if (check->facts != NULL && check->facts->world == NULL)
		return check_deny_malformed(check, "nothing is known of what the tenant '%s' owns",
		                            check->identity->grant.tenant);
	return true;
}

bool check_world_object(struct check *check, const struct fact *fact)
{
	const struct treatment *treatment = find_treatment(check->request->route->operation);

	if (!check->closed || fact == NULL || !fact->shared || treatment == NULL || !treatment->changes)
		return true;
	return check_deny_malformed(check,
	                            "%s '%s' is shared among tenants, and none of them changes it",
	                            object_kind_name(fact->kind), check_shown(check, fact->name));
}

/* Told in an exec's words, so that nothing is learnt of the container. */
bool check_world_exec(struct check *check)
{
	const char *name = check->request->captures.name, *container;
	const struct fact *exec, *owner;

	if (!check->closed || check->request->route->object != OBJECT_EXEC)
		return true;
	if (!check_fact(check, OBJECT_EXEC, name, &exec))
		return false;
	if (exec == NULL)
		return true;
	container = json_member_string(exec->inspected, "ContainerID");
	if (container == NULL)
		return check_deny_malformed(check, "the daemon does not tell whose exec this is");
	if (!check_owner(check, OBJECT_CONTAINER, container, &owner))
		return false;
	return owner == NULL || owner->state == FACT_FOUND ||
	       check_deny_missing(check,
	                          world_missing(check->arena, OBJECT_EXEC, check_shown(check, name)));
}

bool check_world_name(struct check *check, const char *field, const struct fact *fact)
{
	if (!check->closed || fact == NULL || !fact->hidden || check->existing)
		return true;
	return check_deny_malformed(check, "%s: the %s name '%s' is taken", field,
	                            object_kind_name(fact->kind), check_shown(check, fact->name));
}

/* What has the tenant's own before it to the daemon. */
static bool judge_private_name(struct check *check, const char *field, enum object_kind kind,
                               const char *name)
{
	size_t most = private_names_length_max(check->facts->world, kind);

	if (private_names_is_id(kind, name))
		return check_deny_malformed(check,
		                            "%s: '%s' reads like an id; use a letter beyond f, or '-'",
		                            field, check_shown(check, name));
	return strlen(name) <= most ||
	       check_deny_malformed(check,
	                            "%s: the %s name '%s' is too long: behind the tenant's own, which "
	                            "the daemon sees before it, it has at most %zu characters",
	                            field, object_kind_name(kind), check_shown(check, name), most);
}

/* Names that begin as another tenant's do are for that one, where any tenant has names of its own. */
static bool judge_common_name(struct check *check, const char *field, enum object_kind kind,
                              const char *name)
{
	const bool *apart = check->policy->names_are_apart;
	const char *tenant = check->identity->grant.tenant;
	size_t len, prefix = private_names_prefix(name, &len);

	if (apart == NULL || !*apart || prefix == 0 ||
	    (strlen(tenant) == len && strncmp(name, tenant, len) == 0))
		return true;
	return check_deny_malformed(check,
	                            "%s: %s names that begin with '%.*s' are a tenant's with names of "
	                            "its own; use another one",
	                            field, object_kind_name(kind), (int)prefix, name);
}

bool check_world_new_name(struct check *check, const char *field, enum object_kind kind,
                          const char *name)
{
	const struct world *world = check->closed ? check->facts->world : NULL;

	if (world == NULL)
		return !check->closed;
	if (world_shares(world, kind, name))
		return check_deny_malformed(
			check, "%s: the %s '%s' is shared among tenants, and none of them makes it", field,
			object_kind_name(kind), check_shown(check, name));
	return private_names_are_for(world, kind) ? judge_private_name(check, field, kind, name)
	                                          : judge_common_name(check, field, kind, name);
}

/* ---- labels ---- */

/* Swarm's own labels tell its manager which task a container is. */
static bool is_reserved(const struct check *check, const char *label)
{
	return world_is_own_label(label) ||
	       (check->closed && text_starts_with(label, "com.docker.swarm."));
}

/* A label by which rules know a container counts only where no client can have set it. What an image brings does not
 * count by itself, and what other objects have tells nothing of who asks. */
static bool tells_who_asks(const struct check *check, const char *label)
{
	const struct label_keys *keys = check->policy->identity_labels;
	const char *operation = check->request->route->operation;

	return keys != NULL && label_keys_have(keys, label) &&
	       (text_starts_with(operation, "container.") || text_starts_with(operation, "service."));
}

static bool judge_label(struct check *check, const char *label, const json_t *value)
{
	(void)value;
	if (tells_who_asks(check, label))
		return check_deny_malformed(
			check,
			"the label '%s' tells a rule who is asking, so that no client may set it; leave it out",
			check_shown(check, label));
	return !is_reserved(check, label) ||
	       check_deny_malformed(check, "the label '%s' is reserved; leave it out",
	                            check_shown(check, label));
}

/* Every map called Labels, wherever it is. */
static bool judge_member(struct check *check, const char *key, const json_t *value)
{
	const char *label;
	json_t *text;

	if (strcmp(key, "Labels") != 0)
		return true;
	json_object_foreach(schema_borrow(value), label, text)
	{
		if (!judge_label(check, label, text))
			return false;
	}
	return true;
}

/* A build's labels, a JSON object in the query that was read once already. */
static bool judge_build_labels(struct check *check)
{
	static const struct json_limits limits = {1 << 20, 20000, 8};
	const char *text = query_value(&check->request->query, "labels");
	struct error error;
	json_t *labels = NULL;
	const char *label;
	json_t *value;
	bool fine = true;

	if (text == NULL || text[0] == '\0')
		return true;
	if (json_read(text, strlen(text), &limits, &labels, &error) != JSON_FINE)
		return check_deny_malformed(check, "labels: %s", error.text);
	json_object_foreach(labels, label, value)
	{
		fine = fine && judge_label(check, label, value);
	}
	json_decref(labels);
	return fine;
}

bool check_world_labels(struct check *check)
{
	return check_all_members(check, check->request->body, judge_member) &&
	       judge_build_labels(check);
}
