/* Rewrites published ports: each gets an address of the host, in the spelling that was judged. */
#include "policy/mutate_parts.h"

#include "policy/arena.h"
#include "policy/cidr.h"
#include "policy/error.h"
#include "policy/json.h"
#include "policy/policy.h"
#include "policy/request.h"
#include "policy/text.h"

/* What takes the place of the HostIp TEXT, which may be NULL; NULL with the error set. */
static const char *host_address(const struct mutation *m, const char *text)
{
	const char *given =
		mutation_enforces(m) ? m->policy->container.ports.default_host_address : NULL;
	struct ip_address address;

	if (text == NULL || *text == '\0')
		return given != NULL ? given : "";
	if (!ip_parse(text, &address)) {
		error_set(m->error, "PortBindings has the HostIp '%s', which is no address",
		          text_printable(m->request->arena, text, 100));
		return NULL;
	}
	const char *printed = ip_print(m->request->arena, &address);
	if (printed == NULL)
		mutation_exhausted(m);
	return printed;
}

static bool rewrite_bindings(const struct mutation *m, json_t *bindings)
{
	if (json_array_size(bindings) == 0 && mutation_enforces(m) &&
	    json_array_append_new(bindings, json_object()) != 0)
		return mutation_exhausted(m);
	for (size_t i = 0; i < json_array_size(bindings); i++) {
		json_t *binding = json_array_get(bindings, i);
		const char *address = host_address(m, json_member_string(binding, "HostIp"));
		if (address == NULL || !mutation_set_string(m, binding, "HostIp", address))
			return false;
	}
	return true;
}

bool mutate_ports(const struct mutation *m, json_t *host)
{
	const struct port_rules *rules = &m->policy->container.ports;
	const char *port;
	json_t *bindings;

	if (!mutation_enforces(m) ||
	    (!rules->host_addresses.given && rules->default_host_address == NULL))
		return true;
	json_object_foreach(json_object_get(host, "PortBindings"), port, bindings)
	{
		if (!rewrite_bindings(m, bindings))
			return false;
	}
	return true;
}
