/* Networks that tenants share. Whoever is there is found by names and addresses, and where two have one, either answers. So a
 * tenant has none there that it chose and another may have: its containers are found by their names, which are nobody else's. */
#include "policy/check.h"

#include "policy/facts.h"
#include "policy/identity.h"
#include "policy/json.h"
#include "policy/policy.h"
#include "policy/private_names.h"
#include "policy/query.h"
#include "policy/request.h"
#include "policy/schema_register.h"
#include "policy/spec.h"
#include "policy/text.h"
#include "policy/world.h"

#include <string.h>

enum { SHORT_ID_LENGTH = 12 };

/* The network NAME where tenants meet by names; NULL for any other, one that is not known yet, and where the policy lets
 * them. On those that every daemon has there are no names. */
static const struct fact *shared_network(const struct check *check, const char *name)
{
	const struct fact *fact = check->closed && !check->policy->tenancy.any_endpoint.on
	                              ? facts_find(check->facts, OBJECT_NETWORK, name)
	                              : NULL;
	const char *own = fact != NULL && fact->state == FACT_FOUND && fact->shared
	                      ? json_member_string(fact->inspected, "Name")
	                      : NULL;

	return own != NULL && spec_mode_is_network(own) ? fact : NULL;
}

static bool deny_choice(struct check *check, const struct fact *network, const char *property,
                        const char *value)
{
	return check_deny_malformed(
		check,
		"the network '%s' is shared among tenants, where %s '%s' could be another's: leave it "
		"out, or have the policy say tenancy = { shared = { any_endpoint = true; }; }",
		check_shown(check, network->name), property, check_shown(check, value));
}

static bool has_private_names(const struct check *check)
{
	return private_names_are_for(check->facts->world, OBJECT_CONTAINER);
}

/* The first digits of CONTAINER's id are a name that it has anyway. */
static bool is_short_id(const struct fact *container, const char *name)
{
	return container != NULL && strlen(name) == SHORT_ID_LENGTH &&
	       text_starts_with(container->id, name);
}

/* With names of its own, a tenant's aliases get the tenant's before them (mutate_names.c). */
static bool judge_aliases(struct check *check, const struct fact *network, const json_t *aliases,
                          const struct fact *container)
{
	for (size_t i = 0; !has_private_names(check) && i < json_array_size(aliases); i++) {
		const char *alias = json_string_value(json_array_get(aliases, i));

		if (alias != NULL && !is_short_id(container, alias))
			return deny_choice(check, network, "the alias", alias);
	}
	return true;
}

static bool judge_text(struct check *check, const struct fact *network, const json_t *object,
                       const char *property)
{
	const char *text = json_member_string(object, property);

	return text == NULL || text[0] == '\0' || deny_choice(check, network, property, text);
}

static bool judge_endpoint(struct check *check, const struct fact *network, const json_t *endpoint,
                           const struct fact *container)
{
	const json_t *addresses = json_member(endpoint, "IPAMConfig");
	const json_t *local = json_array_get(json_member(addresses, "LinkLocalIPs"), 0);

	return judge_aliases(check, network, json_member(endpoint, "Aliases"), container) &&
	       judge_text(check, network, addresses, "IPv4Address") &&
	       judge_text(check, network, addresses, "IPv6Address") &&
	       (local == NULL ||
	        deny_choice(check, network, "LinkLocalIPs", json_string_value(local))) &&
	       judge_text(check, network, endpoint, "MacAddress");
}

/* In a swarm services are found by their names, too, and with common ones a container may have the same. */
static bool judge_swarm(struct check *check, const struct fact *network)
{
	const char *scope = json_member_string(network->inspected, "Scope");

	if (scope == NULL || strcmp(scope, "swarm") != 0 || has_private_names(check))
		return true;
	return check_deny_malformed(
		check,
		"the network '%s' is shared among tenants and the swarm's, where a container could have "
		"the name of another's service: join it by a service, or have the policy say "
		"tenancy = { names = \"private\"; }",
		check_shown(check, network->name));
}

/* The daemon tells names of containers apart by their case, and names in DNS it does not; and what is called "example.com" is
 * found there in place of the real one. */
static bool judge_name(struct check *check, const struct fact *network, const char *name)
{
	if (name == NULL || has_private_names(check) ||
	    strpbrk(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ.") == NULL)
		return true;
	return check_deny_malformed(
		check,
		"the network '%s' is shared among tenants, where a container "
		"called '%s' could be taken for another: use small letters, and no dots",
		check_shown(check, network->name), check_shown(check, name));
}

/* ---- containers ---- */

/* What BODY, of a create, says of itself on NETWORK. */
static bool judge_joining(struct check *check, const char *name, const json_t *body,
                          const json_t *endpoint)
{
	const struct fact *network = shared_network(check, name);

	return network == NULL ||
	       (judge_swarm(check, network) &&
	        judge_name(check, network, query_value(&check->request->query, "name")) &&
	        judge_text(check, network, body, "Hostname") &&
	        judge_text(check, network, body, "MacAddress") &&
	        judge_endpoint(check, network, endpoint, NULL));
}

bool check_world_joining(struct check *check)
{
	const json_t *body = check->request->body;
	const json_t *endpoints = json_member(json_member(body, "NetworkingConfig"), "EndpointsConfig");
	const char *mode = json_member_string(json_member(body, "HostConfig"), "NetworkMode"), *name;
	json_t *endpoint;

	if (mode != NULL && !judge_joining(check, mode, body, NULL))
		return false;
	json_object_foreach(schema_borrow(endpoints), name, endpoint)
	{
		if (!judge_joining(check, name, body, endpoint))
			return false;
	}
	return true;
}

bool check_world_connecting(struct check *check, const char *container, const json_t *endpoint)
{
	const struct fact *network = shared_network(check, check->request->captures.name);
	const struct fact *fact = facts_find(check->facts, OBJECT_CONTAINER, container);
	const char *hostname;

	if (network == NULL || fact == NULL || fact->state != FACT_FOUND)
		return true; /* nothing is known yet, or it is refused */
	hostname = json_member_string(json_member(fact->inspected, "Config"), "Hostname");
	if (hostname != NULL && hostname[0] != '\0' && !is_short_id(fact, hostname))
		return deny_choice(check, network, "the container's host name", hostname);
	return judge_swarm(check, network) &&
	       judge_name(check, network, json_member_string(fact->inspected, "Name")) &&
	       judge_endpoint(check, network, endpoint, fact);
}

/* Wherever the container is: between two verdicts it may have been connected elsewhere, and only the name is judged here. */
bool check_world_renaming(struct check *check, const char *name)
{
	const struct patterns *shared = &check->policy->tenancy.networks;
	struct fact network = {.name = NULL};

	if (!check->closed || check->policy->tenancy.any_endpoint.on || shared->count == 0)
		return true;
	network.name = shared->list[0];
	return judge_name(check, &network, name);
}

/* ---- services ---- */

static bool judge_targets(struct check *check, const json_t *owner, const json_t *container)
{
	const json_t *targets = json_member(owner, "Networks");

	for (size_t i = 0; i < json_array_size(targets); i++) {
		const json_t *target = json_array_get(targets, i);
		const char *name = json_member_string(target, "Target");
		const struct fact *network = name != NULL ? shared_network(check, name) : NULL;

		if (network != NULL &&
		    !(judge_text(check, network, container, "Hostname") &&
		      judge_aliases(check, network, json_member(target, "Aliases"), NULL)))
			return false;
	}
	return true;
}

bool check_world_targets(struct check *check, const json_t *spec)
{
	const json_t *task = json_member(spec, "TaskTemplate");
	const json_t *container = json_member(task, "ContainerSpec");

	return judge_targets(check, task, container) && judge_targets(check, spec, container);
}
