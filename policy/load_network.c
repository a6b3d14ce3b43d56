/* Owns the settings of `network` and `volume`. */
#include "policy/load_keys.h"

#include "policy/arena.h"
#include "policy/text.h"

#include <string.h>

/* "com.docker.network.driver.mtu=1400": names with dots cannot be names in a settings file. */
static bool read_named_value(struct loader *loader, const config_setting_t *setting, void *entry)
{
	struct named_value *value = entry;
	const char *text = setting_text(loader, setting);
	const char *equals = text != NULL ? strchr(text, '=') : NULL;

	if (text == NULL)
		return false;
	if (equals == NULL || equals == text)
		return setting_problem(loader, setting, "'%s' is not written \"name=value\"",
		                       text_printable(loader->arena, text, 100));
	value->name = arena_copy(loader->arena, text, (size_t)(equals - text));
	value->value = arena_string(loader->arena, equals + 1);
	if (value->name == NULL || value->value == NULL)
		return setting_exhausted(loader, setting);
	return true;
}

static void read_named_values(struct loader *loader, const struct key *key,
                              const config_setting_t *setting, void *member)
{
	struct named_values fresh = {.place = setting_place(loader, setting)};

	(void)key;
	fresh.list =
		setting_read_list(loader, setting, sizeof *fresh.list, read_named_value, &fresh.count);
	if (fresh.list != NULL)
		*(struct named_values *)member = fresh;
}

static bool is_mac_pattern(const char *text)
{
	return text[strspn(text, "0123456789abcdef:*")] == '\0';
}

static const char *keep_mac_address(struct loader *loader, const struct key *key,
                                    const config_setting_t *setting, const char *value)
{
	const char *kept = NULL;

	(void)key;
	if (!is_mac_pattern(value)) {
		setting_problem(loader, setting, "'%s' is not written like \"02:42:*\", in lower case",
		                text_printable(loader->arena, value, 100));
		return NULL;
	}
	kept = arena_string(loader->arena, value);
	if (kept == NULL)
		setting_exhausted(loader, setting);
	return kept;
}

static const struct key volume_list[] = {
	PATTERNS("drivers", volume.drivers, NULL),
	PATTERNS("options", volume.options, NULL),
	READ("nfs", volume.nfs, read_shares),
	READ("cifs", volume.cifs, read_shares),
	READ("tmpfs_size", volume.tmpfs_size, read_tmpfs_size),
};
static const struct key network_list[] = {
	PATTERNS("drivers", network.drivers, NULL),
	PATTERNS("ipam_drivers", network.ipam_drivers, NULL),
	PATTERNS("options", network.options, NULL),
	READ("force_options", network.force_options, read_named_values),
	READ("internal", network.internal, read_choice),
	READ("ipv6", network.ipv6, read_choice),
	READ("attachable", network.attachable, read_choice),
	READ("subnets", network.subnets, read_cidrs),
	PATTERNS("endpoint_options", network.endpoint_options, NULL),
	PATTERNS("mac_addresses", network.mac_addresses, keep_mac_address),
	FLAG("config_networks", network.config_networks),
	FLAG("other_properties", network.other_properties),
};

const struct keys volume_keys = KEYS(volume_list);
const struct keys network_keys = KEYS(network_list);
