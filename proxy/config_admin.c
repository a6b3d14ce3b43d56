/* The groups `admin` and `metrics`. Nobody is asked who they are on the admin listener: it stays on this machine unless it
 * is said that it may not. */
#include "proxy/config_admin.h"

#include "policy/error.h"
#include "policy/text.h"
#include "proxy/admin_setup.h"
#include "proxy/config_read.h"

static void check(const struct section *section, const struct listener_spec *spec, bool insecure)
{
	struct error error = {.text = ""};

	if ((spec->socket != NULL) + (spec->address != NULL) != 1)
		section_problem(section, NULL, "admin needs one of socket and address");
	if (spec->address == NULL)
		return;
	if (!listener_address_check(spec->address, &error))
		section_problem(section, "address", "%s", error.text);
	else if (!insecure && !text_is_loopback(spec->address))
		section_problem(
			section, "address",
			"%s is open to the network: everyone who can reach it sees who does what. Use a "
			"loopback address or a socket, or add insecure = true if that may be",
			spec->address);
}

void config_read_admin(const struct section *root, struct admin_setup *setup)
{
	static const char *const keys[] = {"socket", "address", "insecure", NULL};
	static const char *const metrics_keys[] = {"tenants", NULL};
	struct section section = section_open(root, "admin"), metrics = section_open(root, "metrics");
	bool insecure = false;

	section_check_keys(&section, keys);
	section_check_keys(&metrics, metrics_keys);
	setup->spec.name = "admin";
	setup->spec.mode = 0660;
	setup->spec.owner = (uid_t)-1;
	setup->spec.group = (gid_t)-1;
	section_socket(&section, "socket", &setup->spec.socket);
	section_string(&section, "address", &setup->spec.address);
	section_flag(&section, "insecure", &insecure);
	section_flag(&metrics, "tenants", &setup->tenants);
	setup->given = section.setting != NULL;
	if (setup->given)
		check(&section, &setup->spec, insecure);
}
