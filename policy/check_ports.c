/* Which of the host's addresses and ports a container is published on. A binding without an address
 * means all of them, one without a port means one that the daemon chooses, and a container port
 * without any binding means one without both. */
#include "policy/check.h"

#include "policy/cidr.h"
#include "policy/json.h"
#include "policy/request.h"
#include "policy/spec.h"

#include <string.h>

static const struct port_rules *port_rules(const struct check *check)
{
	return &check->policy->container.ports;
}

static bool are_open(const struct port_rules *rules)
{
	return !rules->publish.given && !rules->host_addresses.given && !rules->host_ports.given &&
	       rules->default_host_address == NULL;
}

/* Listening on 0.0.0.0 or :: is listening everywhere: only a range that says just that, or one that
 * holds everything, means it. */
static bool range_opens(const struct cidr *range, const struct ip_address *address)
{
	return cidr_holds(range, address) &&
	       (!ip_is_unspecified(address) || range->length == 0 || cidr_is_single(range));
}

static bool address_is_open(const struct cidrs *listed, const struct ip_address *address)
{
	if (!listed->given)
		return true;
	for (size_t i = 0; i < listed->count; i++) {
		if (range_opens(&listed->list[i], address))
			return true;
	}
	return false;
}

static bool all_addresses_are_open(const struct cidrs *listed)
{
	const struct ip_address v4 = {.family = IP_V4}, v6 = {.family = IP_V6};

	return address_is_open(listed, &v4) && address_is_open(listed, &v6);
}

static bool deny_address(struct check *check, const char *text)
{
	return check_deny(check,
	                  check_rule("container.ports.host_addresses",
	                             port_rules(check)->host_addresses.place),
	                  "publish it on an address that the policy lists, like -p 127.0.0.1:8080:80",
	                  "is published on %s%s", *text != '\0' ? "" : "all addresses of the host",
	                  check_shown(check, text));
}

/* Only into a new container is a default written (mutate_ports.c): a service's ports have no address. */
static bool default_is_written(const struct check *check)
{
	return port_rules(check)->default_host_address != NULL && !check->existing &&
	       strcmp(check->request->route->operation, "container.create") == 0;
}

/* What the daemon cannot read it takes for all addresses. */
static bool judge_address(struct check *check, const char *text)
{
	const struct port_rules *rules = port_rules(check);
	struct ip_address address;

	if (*text == '\0' && default_is_written(check))
		text = rules->default_host_address;
	if (*text == '\0')
		return all_addresses_are_open(&rules->host_addresses) || deny_address(check, text);
	if (!ip_parse(text, &address))
		return check_deny_malformed(check, "has the HostIp '%s', which is no address",
		                            check_shown(check, text));
	return address_is_open(&rules->host_addresses, &address) || deny_address(check, text);
}

static bool port_is_open(const struct port_ranges *listed, const struct port_range *asked)
{
	if (!listed->given)
		return true;
	for (size_t i = 0; i < listed->count; i++) {
		const struct port_range *range = &listed->list[i];
		if (asked->first >= range->first && asked->last <= range->last)
			return true;
	}
	return false;
}

static bool judge_port(struct check *check, const char *text)
{
	const struct port_ranges *listed = &port_rules(check)->host_ports;
	struct port_range asked;

	if (!spec_parse_host_port(text, &asked))
		return check_deny_malformed(check, "has the HostPort '%s', which is no port",
		                            check_shown(check, text));
	if (port_is_open(listed, &asked))
		return true;
	return check_deny(check, check_rule("container.ports.host_ports", listed->place),
	                  "publish it on a port that the policy lists", "is published on %s%s",
	                  asked.first == 0 ? "a port that the daemon chooses" : "port ",
	                  asked.first == 0 ? "" : check_shown(check, text));
}

static bool judge_publishing(struct check *check)
{
	const struct choice *publish = &port_rules(check)->publish;

	if (!publish->given || publish->on)
		return true;
	return check_deny(check, check_rule("container.ports.publish", publish->place),
	                  "run it without -p: containers of one network reach each other anyway",
	                  "is published");
}

static bool judge_binding(struct check *check, const json_t *binding)
{
	const char *address, *port;

	return check_text(check, binding, "HostIp", &address) &&
	       check_text(check, binding, "HostPort", &port) && judge_address(check, address) &&
	       judge_port(check, port);
}

/* A list without an element, or none, is one with an empty element. */
static bool judge_bindings(struct check *check, const char *port, const json_t *bindings)
{
	const char *outer = check_enter(check, "PortBindings: %s ", check_shown(check, port));
	bool fine = judge_publishing(check);

	if (fine && bindings != NULL && !json_is_array(bindings) && !json_is_null(bindings))
		fine = check_deny_malformed(check, "has no list");
	if (fine && json_array_size(bindings) == 0)
		fine = judge_binding(check, NULL);
	for (size_t i = 0; fine && i < json_array_size(bindings); i++)
		fine = judge_binding(check, json_array_get(bindings, i));
	check_leave(check, outer);
	return fine;
}

/* Nobody knows here which ports the image exposes, so that no default address can be given them. */
static bool check_publish_all(struct check *check, const json_t *host)
{
	const struct port_rules *rules = port_rules(check);
	bool all;

	if (!check_flag(check, host, "PublishAllPorts", &all))
		return false;
	if (!all)
		return true;
	const char *outer = check_enter(check, "PublishAllPorts: every port ");
	bool fine = judge_publishing(check) &&
	            (all_addresses_are_open(&rules->host_addresses) || deny_address(check, "")) &&
	            judge_port(check, "");
	check_leave(check, outer);
	return fine;
}

bool check_ports(struct check *check, const json_t *host)
{
	if (are_open(port_rules(check)))
		return true;
	return check_each_member(check, host, "PortBindings", judge_bindings) &&
	       check_publish_all(check, host);
}
