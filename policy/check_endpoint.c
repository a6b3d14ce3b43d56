/* What a container asks of a network that it joins: addresses, options of the driver, a hardware
 * address. */
#include "policy/check.h"

#include "policy/arena.h"
#include "policy/json.h"
#include "policy/request.h"
#include "policy/text.h"

#include <string.h>

enum { MAC_LENGTH = 17 };

/* Whether the policy opens what ALLOWED would be about, had it been written, for the operation at hand. */
static bool is_open(const struct check *check, const struct patterns *allowed)
{
	const struct policy *policy = check->policy;

	if (allowed->place.file != NULL)
		return false;
	if (text_starts_with(check->request->route->operation, "network."))
		return policy->network.other_properties.on;
	return policy->container.other_properties.on;
}

static bool judge_link_local(struct check *check, const char *text)
{
	return *text == '\0' || check_network_address(check, "IPAMConfig.LinkLocalIPs", text);
}

/* Without a list of subnets, the daemon's own rules hold: an address lies in the network's subnet. */
static bool check_addresses(struct check *check, const json_t *endpoint)
{
	const json_t *ipam;
	const char *v4, *v6;

	if (!check->policy->network.subnets.given)
		return true;
	if (!check_object(check, endpoint, "IPAMConfig", &ipam) ||
	    !check_text(check, ipam, "IPv4Address", &v4) ||
	    !check_text(check, ipam, "IPv6Address", &v6))
		return false;
	return (*v4 == '\0' || check_network_address(check, "IPAMConfig.IPv4Address", v4)) &&
	       (*v6 == '\0' || check_network_address(check, "IPAMConfig.IPv6Address", v6)) &&
	       check_each_string(check, ipam, "LinkLocalIPs", judge_link_local);
}

static bool judge_driver_option(struct check *check, const char *name, const json_t *value)
{
	const struct patterns *allowed = &check->policy->network.endpoint_options;

	if (check_option_listed(check, allowed, name, value) || is_open(check, allowed))
		return true;
	return check_deny(check, check_list_rule("network.endpoint_options", allowed, name),
	                  "join the network without this option", "DriverOpts has '%s'",
	                  check_shown(check, name));
}

/* "02:42:AC:11:00:02" in lower case; NULL for any other way to write one. */
static const char *plain_mac(struct arena *arena, const char *text)
{
	char *mac = arena_string(arena, text);

	if (mac == NULL || strlen(mac) != MAC_LENGTH)
		return NULL;
	for (size_t i = 0; i < MAC_LENGTH; i++) {
		bool digit = (mac[i] >= '0' && mac[i] <= '9') || (mac[i] >= 'a' && mac[i] <= 'f');
		if (mac[i] >= 'A' && mac[i] <= 'F') {
			mac[i] = (char)(mac[i] - 'A' + 'a');
			digit = true;
		}
		if (i % 3 == 2 ? mac[i] != ':' : !digit)
			return NULL;
	}
	return mac;
}

bool check_mac_address(struct check *check, const json_t *object)
{
	const struct patterns *allowed = &check->policy->network.mac_addresses;
	const char *text;

	if (!check_text(check, object, "MacAddress", &text))
		return false;
	if (*text == '\0' || is_open(check, allowed))
		return true;
	const char *mac = plain_mac(check->arena, text);
	if (mac != NULL && check_listed(allowed, mac))
		return true;
	return check_deny(check, check_list_rule("network.mac_addresses", allowed, mac),
	                  "let the daemon choose it", "MacAddress is '%s'", check_shown(check, text));
}

bool check_endpoint(struct check *check, const json_t *endpoint)
{
	return check_addresses(check, endpoint) &&
	       check_each_member(check, endpoint, "DriverOpts", judge_driver_option) &&
	       check_mac_address(check, endpoint);
}
