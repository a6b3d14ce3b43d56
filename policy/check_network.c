/* Networks that exist: which may be joined, and how. A driver decides what wire a container is put
 * on. New networks are judged in check_network_create.c. */
#include "policy/check.h"

#include "policy/error.h"
#include "policy/facts.h"
#include "policy/json.h"
#include "policy/request.h"
#include "policy/spec.h"

#include <string.h>

/* A network that reaches further than new ones may. */
static bool judge_internal(struct check *check, const json_t *network)
{
	const struct choice *internal = &check->policy->network.internal;

	if (!internal->given || !internal->on || json_member_true(network, "Internal"))
		return true;
	return check_deny(check, check_rule("network.internal", internal->place),
	                  "use a network made within this policy", "Internal is false");
}

/* Networks of the host driver are the host's own namespace whatever they are called; one of the null
 * driver leads nowhere. */
static bool judge_driver(struct check *check, const json_t *network, const char *driver)
{
	const struct patterns *modes = &check->policy->container.network_modes;
	const struct patterns *drivers = &check->policy->network.drivers;

	if (strcmp(driver, "null") == 0)
		return true;
	if (strcmp(driver, "host") == 0)
		return check_listed(modes, "host") ||
		       check_deny(check, check_list_rule("container.network_modes", modes, "host"),
		                  "use another network", "Driver is 'host'");
	if (strcmp(driver, "bridge") != 0 && strcmp(driver, "overlay") != 0 &&
	    !check_listed(drivers, driver) &&
	    !check_deny(check, check_list_rule("network.drivers", drivers, driver),
	                "use a network of the bridge driver", "Driver is '%s'",
	                check_shown(check, driver)))
		return false;
	return judge_internal(check, network);
}

/* Judges the network NAME, and gives the fact when there is one. */
static bool check_network_fact(struct check *check, const char *name, const struct fact **fact)
{
	if (!check_fact(check, OBJECT_NETWORK, name, fact))
		return false;
	if (*fact == NULL)
		return true;
	const char *driver = json_member_string((*fact)->inspected, "Driver");
	const char *outer = check_enter_anew(check, "network '%s': ", check_shown(check, name));
	bool fine = driver != NULL ? judge_driver(check, (*fact)->inspected, driver)
	                           : check_deny_malformed(check, "the daemon tells no driver");
	check_leave(check, outer);
	return fine;
}

bool check_network_name(struct check *check, const char *field, const char *name)
{
	if (!spec_is_name(name))
		return check_deny_malformed(check, "%s is '%s', which cannot be a network's name", field,
		                            check_shown(check, name));
	return check_protected(check, name);
}

bool check_network_named(struct check *check, const char *field, const char *name)
{
	const struct fact *fact;

	return check_network_name(check, field, name) &&
	       (check->policy->container.trust_existing.on || check_network_fact(check, name, &fact));
}

static bool judge_link(struct check *check, const char *text)
{
	struct error error;
	struct link link;

	if (!spec_parse_link(check->arena, text, &link, &error))
		return check_deny_malformed(check, "EndpointConfig.Links has '%s', which %s",
		                            check_shown(check, text), error.text);
	return check_container_named(check, "EndpointConfig.Links", link.container);
}

static bool is_predefined(const char *name)
{
	return strcmp(name, "bridge") == 0 || strcmp(name, "none") == 0 || strcmp(name, "host") == 0;
}

/* Being connected later must not give what a create would not: the default bridge for everybody,
 * "none" and other networks where the policy lists them as modes. */
static bool judge_connected_mode(struct check *check, const struct fact *network)
{
	const struct patterns *modes = &check->policy->container.network_modes;
	const char *name = json_member_string(network->inspected, "Name");

	if (name == NULL)
		return check_deny_malformed(check, "the network has no name");
	if (strcmp(name, "bridge") == 0 && check_default_network(check))
		return true;
	const char *word = is_predefined(name) ? name : "named";
	if (check_listed(modes, word))
		return true;
	return check_deny(check, check_list_rule("container.network_modes", modes, word),
	                  "use a network of your own", "the network is '%s'", check_shown(check, name));
}

bool check_network_listed(struct check *check, const char *name)
{
	const struct fact *network = NULL;

	return check_network_fact(check, name, &network) &&
	       (network == NULL || judge_connected_mode(check, network));
}

bool check_network_connect(struct check *check)
{
	const json_t *body = check->request->body, *endpoint;
	const char *container;

	if (!check_text(check, body, "Container", &container) ||
	    !check_object(check, body, "EndpointConfig", &endpoint))
		return false;
	if (!check->policy->container.trust_existing.on &&
	    !check_network_listed(check, check->request->captures.name))
		return false;
	if (!check_container_named(check, "Container", spec_container_name(container)) ||
	    !check_count(check, endpoint, "Links") ||
	    !check_each_string(check, endpoint, "Links", judge_link))
		return false;
	const char *outer = check_enter(check, "EndpointConfig.");
	bool fine = check_endpoint(check, endpoint);
	check_leave(check, outer);
	return fine && check_world_connecting(check, spec_container_name(container), endpoint);
}

/* Taking a container off a network gives nothing: it is resolved, not judged. */
bool check_network_disconnect(struct check *check)
{
	const struct fact *fact;
	const char *container;

	if (!check_text(check, check->request->body, "Container", &container))
		return false;
	container = spec_container_name(container);
	if (!spec_is_name(container))
		return check_deny_malformed(check, "Container is '%s', which cannot be a container's name",
		                            check_shown(check, container));
	if (!check_protected(check, container))
		return false;
	return check->policy->container.trust_existing.on ||
	       check_fact(check, OBJECT_CONTAINER, container, &fact);
}
