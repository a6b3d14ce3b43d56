/* Owns the settings of `container.ports`. */
#include "policy/load_keys.h"

#include "policy/arena.h"
#include "policy/cidr.h"
#include "policy/text.h"

#include <string.h>

/* Kept in its shortest form: it is sent as it stands. */
static const char *keep_address(struct loader *loader, const struct key *key,
                                const config_setting_t *setting, const char *value)
{
	struct ip_address address;

	(void)key;
	if (!ip_parse(value, &address)) {
		setting_problem(loader, setting, "'%s' is no IP address",
		                text_printable(loader->arena, value, 100));
		return NULL;
	}
	const char *kept = ip_print(loader->arena, &address);
	if (kept == NULL)
		setting_exhausted(loader, setting);
	return kept;
}

/* "8080", "20000-29999", or "ephemeral" for a port that the daemon chooses. */
static bool read_port_range(struct loader *loader, const config_setting_t *setting, void *entry)
{
	struct port_range *range = entry;
	const char *text = setting_text(loader, setting);

	if (text == NULL)
		return false;
	if (strcmp(text, "ephemeral") == 0) {
		*range = (struct port_range){0, 0};
		return true;
	}
	if (spec_parse_host_port(text, range) && range->first > 0)
		return true;
	return setting_problem(loader, setting,
	                       "'%s' is no port from 1 to 65535, no range like 20000-29999 and not "
	                       "\"ephemeral\"",
	                       text_printable(loader->arena, text, 100));
}

static void read_port_ranges(struct loader *loader, const struct key *key,
                             const config_setting_t *setting, void *member)
{
	struct port_ranges fresh = {.given = true, .place = setting_place(loader, setting)};

	(void)key;
	fresh.list =
		setting_read_list(loader, setting, sizeof *fresh.list, read_port_range, &fresh.count);
	if (fresh.list != NULL)
		*(struct port_ranges *)member = fresh;
}

void check_port_rules(struct loader *loader, const config_setting_t *group,
                      const struct port_rules *rules)
{
	const char *text = rules->default_host_address;
	const config_setting_t *container = config_setting_get_member(group, "container");
	const config_setting_t *written =
		container != NULL ? config_setting_get_member(container, "ports") : NULL;
	struct ip_address address;

	if (written == NULL || text == NULL || !rules->host_addresses.given ||
	    !ip_parse(text, &address))
		return;
	for (size_t i = 0; i < rules->host_addresses.count; i++) {
		if (cidr_holds(&rules->host_addresses.list[i], &address))
			return;
	}
	setting_problem(loader, written, "default_host_address is %s, which host_addresses do not have",
	                text);
}

static const struct key port_list[] = {
	READ("publish", container.ports.publish, read_choice),
	READ("host_addresses", container.ports.host_addresses, read_cidrs),
	{.name = "default_host_address",
     .kind = KEY_TEXT,
     .offset = offsetof(struct policy, container.ports.default_host_address),
     .keep = keep_address},
	READ("host_ports", container.ports.host_ports, read_port_ranges),
};

const struct keys port_keys = KEYS(port_list);
