/* New networks: their driver, options, addresses, and the configurations that they may be made from. A
 * network that exists is judged in check_network.c. */
#include "policy/check.h"

#include "policy/arena.h"
#include "policy/cidr.h"
#include "policy/error.h"
#include "policy/facts.h"
#include "policy/json.h"
#include "policy/request.h"
#include "policy/spec.h"

#include <string.h>

static const struct network_rules *network_rules(const struct check *check)
{
	return &check->policy->network;
}

/* ---- addresses ---- */

static bool deny_subnet(struct check *check, const char *field, const char *text,
                        const char *reason)
{
	const struct cidrs *subnets = &network_rules(check)->subnets;

	return check_deny(
		check, (struct rule){.name = "network.subnets", .place = subnets->place, .value = text},
		"leave it out, or stay within what the policy lists", "%s is '%s'%s%s", field,
		check_shown(check, text), *reason != '\0' ? ", which " : "", reason);
}

bool check_network_address(struct check *check, const char *field, const char *text)
{
	const struct cidrs *subnets = &network_rules(check)->subnets;
	struct ip_address address;

	if (!ip_parse(text, &address))
		return deny_subnet(check, field, text, "is no address");
	for (size_t i = 0; i < subnets->count; i++) {
		if (cidr_holds(&subnets->list[i], &address))
			return true;
	}
	return deny_subnet(check, field, text, "");
}

static bool judge_range(struct check *check, const char *field, const char *text)
{
	const struct cidrs *subnets = &network_rules(check)->subnets;
	struct error error;
	struct cidr range;

	if (!cidr_parse(text, &range, &error))
		return deny_subnet(check, field, text, error.text);
	for (size_t i = 0; i < subnets->count; i++) {
		if (cidr_holds_range(&subnets->list[i], &range))
			return true;
	}
	return deny_subnet(check, field, text, "");
}

static bool judge_auxiliary(struct check *check, const char *name, const json_t *value)
{
	const char *text = json_string_value(value);

	(void)name;
	return text == NULL || *text == '\0' ||
	       check_network_address(check, "AuxiliaryAddresses", text);
}

/* One element of IPAM.Config. What is not said the daemon chooses, within the subnet. */
static bool judge_pool(struct check *check, const json_t *pool)
{
	const char *subnet, *range, *gateway;

	if (!check_text(check, pool, "Subnet", &subnet) ||
	    !check_text(check, pool, "IPRange", &range) ||
	    !check_text(check, pool, "Gateway", &gateway))
		return false;
	return (*subnet == '\0' || judge_range(check, "Subnet", subnet)) &&
	       (*range == '\0' || judge_range(check, "IPRange", range)) &&
	       (*gateway == '\0' || check_network_address(check, "Gateway", gateway)) &&
	       check_each_member(check, pool, "AuxiliaryAddresses", judge_auxiliary);
}

/* Without a list, whoever may set anything may set this, too. */
static bool any_pool_is_fine(const struct check *check)
{
	return !network_rules(check)->subnets.given && network_rules(check)->other_properties.on;
}

static bool check_pools(struct check *check, const json_t *ipam)
{
	const json_t *pools;
	bool fine = true;

	if (!check_list(check, ipam, "Config", &pools))
		return false;
	for (size_t i = 0; fine && i < json_array_size(pools) && !any_pool_is_fine(check); i++) {
		const char *outer = check_enter(check, "IPAM.Config[%zu].", i);
		fine = judge_pool(check, json_array_get(pools, i));
		check_leave(check, outer);
	}
	return fine;
}

static bool check_ipam_driver(struct check *check, const json_t *ipam)
{
	const struct network_rules *rules = network_rules(check);
	const char *driver;

	if (!check_text(check, ipam, "Driver", &driver))
		return false;
	if (*driver == '\0' || strcmp(driver, "default") == 0 ||
	    check_listed(&rules->ipam_drivers, driver) || check_listed(&rules->drivers, driver))
		return true;
	return check_deny(check, check_list_rule("network.ipam_drivers", &rules->ipam_drivers, driver),
	                  "use the default one", "IPAM.Driver is '%s'", check_shown(check, driver));
}

static bool check_ipam(struct check *check, const json_t *network)
{
	const json_t *ipam;

	return check_object(check, network, "IPAM", &ipam) && check_ipam_driver(check, ipam) &&
	       check_pools(check, ipam);
}

/* ---- options ---- */

bool check_option_listed(struct check *check, const struct patterns *allowed, const char *name,
                         const json_t *value)
{
	const char *text = json_string_value(value);

	if (check_listed(allowed, name))
		return true;
	const char *both = arena_format(check->arena, "%s=%s", name, text != NULL ? text : "");
	return both != NULL && check_listed(allowed, both);
}

static bool is_forced(const struct network_rules *rules, const char *name)
{
	for (size_t i = 0; i < rules->force_options.count; i++) {
		if (strcmp(rules->force_options.list[i].name, name) == 0)
			return true;
	}
	return false;
}

/* What is forced may be said: it is overwritten. */
static bool judge_option(struct check *check, const char *name, const json_t *value)
{
	const struct network_rules *rules = network_rules(check);

	if (check_option_listed(check, &rules->options, name, value) || is_forced(rules, name))
		return true;
	return check_deny(check, check_list_rule("network.options", &rules->options, name),
	                  "create it without this --opt", "Options has '%s'", check_shown(check, name));
}

/* ---- what a policy has a will of its own about ---- */

static bool check_choice(struct check *check, const json_t *network, const char *property,
                         struct rule rule, const struct choice *choice)
{
	bool asked;

	if (!check_flag(check, network, property, &asked))
		return false;
	if (!choice->given || !asked || choice->on)
		return true;
	return check_deny(check, rule, "create it without", "%s is true", property);
}

static bool check_choices(struct check *check, const json_t *network)
{
	const struct network_rules *rules = network_rules(check);

	return check_choice(check, network, "Internal",
	                    check_rule("network.internal", rules->internal.place), &rules->internal) &&
	       check_choice(check, network, "EnableIPv6", check_rule("network.ipv6", rules->ipv6.place),
	                    &rules->ipv6) &&
	       check_choice(check, network, "Attachable",
	                    check_rule("network.attachable", rules->attachable.place),
	                    &rules->attachable);
}

/* ---- configurations that networks are made from ---- */

static bool deny_configuration(struct check *check, const char *property, const char *value)
{
	const struct place place = network_rules(check)->config_networks.place;

	return check_deny(check, check_rule("network.config_networks", place),
	                  "give the network its own settings", "%s is %s", property, value);
}

static bool check_config_only(struct check *check, const json_t *network)
{
	const struct network_rules *rules = network_rules(check);
	bool only;

	if (!check_flag(check, network, "ConfigOnly", &only))
		return false;
	return !only || rules->config_networks.on || rules->other_properties.on ||
	       deny_configuration(check, "ConfigOnly", "true");
}

static bool holds_forced_options(struct check *check, const json_t *configuration)
{
	const struct network_rules *rules = network_rules(check);
	const json_t *options = json_member(configuration, "Options");

	for (size_t i = 0; i < rules->force_options.count; i++) {
		const struct named_value *forced = &rules->force_options.list[i];
		const char *value = json_member_string(options, forced->name);
		if (value == NULL || strcmp(value, forced->value) != 0)
			return check_deny(check,
			                  check_rule("network.force_options", rules->force_options.place),
			                  "make the configuration anew", "Options lack '%s=%s'", forced->name,
			                  forced->value);
	}
	return true;
}

/* The daemon copies a configuration as it is, by its name: nothing can be written into the copy. */
static bool judge_settings(struct check *check, const json_t *found)
{
	const struct choice *ipv6 = &network_rules(check)->ipv6;

	if (ipv6->given && ipv6->on && !json_member_true(found, "EnableIPv6") &&
	    !check_deny(check, check_rule("network.ipv6", ipv6->place), "make the configuration anew",
	                "EnableIPv6 is false"))
		return false;
	return check_each_member(check, found, "Options", judge_option) &&
	       holds_forced_options(check, found) && check_ipam(check, found) &&
	       check_choices(check, found);
}

static bool judge_configuration(struct check *check, const char *name, const json_t *found)
{
	const char *real_name = json_member_string(found, "Name");
	bool fine =
		json_member_true(found, "ConfigOnly") && real_name != NULL && strcmp(real_name, name) == 0;
	const char *outer = check_enter(check, "ConfigFrom.Network '%s': ", check_shown(check, name));

	fine = fine ? judge_settings(check, found) : check_deny_malformed(check, "is no configuration");
	check_leave(check, outer);
	return fine;
}

static bool check_config_from(struct check *check, const json_t *network)
{
	const struct network_rules *rules = network_rules(check);
	const struct fact *fact;
	const json_t *from;
	const char *name;

	if (!check_object(check, network, "ConfigFrom", &from) ||
	    !check_text(check, from, "Network", &name))
		return false;
	const char *shown = arena_format(check->arena, "'%s'", check_shown(check, name));
	if (*name == '\0')
		return true;
	if (shown == NULL)
		return check_deny_malformed(check, "there is no memory left");
	if (!rules->config_networks.on && !rules->other_properties.on &&
	    !deny_configuration(check, "ConfigFrom.Network", shown))
		return false;
	if (!check_network_name(check, "ConfigFrom.Network", name))
		return false;
	if (check->policy->container.trust_existing.on)
		return true;
	return check_fact(check, OBJECT_NETWORK, name, &fact) &&
	       (fact == NULL || judge_configuration(check, name, fact->inspected));
}

bool check_network_create(struct check *check)
{
	const struct patterns *drivers = &network_rules(check)->drivers;
	const json_t *body = check->request->body;
	const char *name, *driver;

	if (!check_text(check, body, "Name", &name) || !check_protected(check, name) ||
	    !check_world_new_name(check, "Name", OBJECT_NETWORK, name) ||
	    !check_text(check, body, "Driver", &driver))
		return false;
	if (*driver != '\0' && strcmp(driver, "bridge") != 0 && !check_listed(drivers, driver) &&
	    !check_deny(check, check_list_rule("network.drivers", drivers, driver),
	                "use the bridge driver", "Driver is '%s'", check_shown(check, driver)))
		return false;
	return check_ipam(check, body) && check_each_member(check, body, "Options", judge_option) &&
	       check_choices(check, body) && check_config_only(check, body) &&
	       check_config_from(check, body);
}
