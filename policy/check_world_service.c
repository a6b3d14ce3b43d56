/* Services of a tenant's, whose specification says more than its labels do. */
#include "policy/check.h"

#include "policy/facts.h"
#include "policy/json.h"
#include "policy/request.h"
#include "policy/world.h"

#include <string.h>

static const json_t *container_of(const json_t *spec)
{
	return json_member(json_member(spec, "TaskTemplate"), "ContainerSpec");
}

/* The config of a credential specification, which dockerd takes by its id. */
static bool check_credentials(struct check *check, const json_t *container)
{
	const json_t *credentials = json_member(json_member(container, "Privileges"), "CredentialSpec");
	const char *config = json_member_string(credentials, "Config");
	const struct fact *fact;

	return config == NULL || *config == '\0' || check_fact(check, OBJECT_CONFIG, config, &fact);
}

bool check_world_service(struct check *check, const json_t *spec)
{
	static const char *const others[] = {"PluginSpec", "NetworkAttachmentSpec"};
	const json_t *task = json_member(spec, "TaskTemplate");

	for (size_t i = 0; check->closed && i < sizeof others / sizeof *others; i++) {
		if (!json_is_empty(json_member(task, others[i])))
			return check_deny_malformed(check,
			                            "TaskTemplate.%s is of no container, and nobody's then",
			                            others[i]);
	}
	return !check->closed || check_credentials(check, container_of(spec));
}

static bool judge_name_in_body(struct check *check, enum object_kind kind)
{
	const char *name;

	return check_text(check, check->request->body, "Name", &name) &&
	       check_world_new_name(check, "Name", kind, name);
}

bool check_secret_name(struct check *check)
{
	return judge_name_in_body(check, OBJECT_SECRET);
}

bool check_config_name(struct check *check)
{
	return judge_name_in_body(check, OBJECT_CONFIG);
}

/* Volumes that the tasks make are theirs as the tasks themselves are. */
static bool seals_mounts(const struct world *world, const json_t *container)
{
	const json_t *mounts = json_member(container, "Mounts");

	for (size_t i = 0; i < json_array_size(mounts); i++) {
		const json_t *mount = json_array_get(mounts, i);
		const char *type = json_member_string(mount, "Type");
		const json_t *options = json_member(mount, "VolumeOptions");

		if (type != NULL && strcmp(type, "volume") == 0 &&
		    !world_owns_labels(world, OBJECT_VOLUME, "", json_member(options, "Labels")))
			return false;
	}
	return true;
}

bool check_world_former_service(struct check *check, const json_t *spec)
{
	const struct world *world = check->facts->world;
	const json_t *container = container_of(spec);
	const char *name = json_member_string(spec, "Name");

	if (!check->closed)
		return true;
	if (world != NULL && name != NULL &&
	    world_owns_labels(world, OBJECT_SERVICE, "", json_member(spec, "Labels")) &&
	    world_owns_labels(world, OBJECT_TASK, name, json_member(container, "Labels")) &&
	    seals_mounts(world, container))
		return true;
	return check_deny_malformed(check, "the former specification is not this tenant's");
}
