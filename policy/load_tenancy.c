/* Owns the settings of `tenancy` in a policy: what a tenant's world has besides its own. */
#include "policy/load_keys.h"

#include <string.h>

static void read_names(struct loader *loader, const struct key *key,
                       const config_setting_t *setting, void *member)
{
	const char *text = setting_text(loader, setting);

	(void)key;
	if (text == NULL)
		return;
	if (strcmp(text, "private") == 0)
		*(bool *)member = true;
	else if (strcmp(text, "common") == 0)
		*(bool *)member = false;
	else
		setting_problem(loader, setting, "must be \"private\" or \"common\"");
}

static const struct key shared_list[] = {
	FLAG("any_endpoint", tenancy.any_endpoint),
	PATTERNS("networks", tenancy.networks, NULL),
	PATTERNS("volumes", tenancy.volumes, NULL),
	READ("images", tenancy.images, read_images),
};
static const struct keys shared_keys = KEYS(shared_list);

static const struct key tenancy_list[] = {
	FLAG("open", tenancy.open),
	GROUP("shared", shared_keys),
	READ("names", tenancy.private_names, read_names),
};
const struct keys tenancy_keys = KEYS(tenancy_list);
