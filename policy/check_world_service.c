/* Services of a tenant's, whose specification says more than its labels do. */
#include "policy/check.h"

#include "policy/arena.h"
#include "policy/facts.h"
#include "policy/json.h"
#include "policy/reference.h"
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

/* True when the service has been made of that image already. */
static bool is_of_service(const struct check *check, const char *image)
{
	const char *name = check->request->captures.name;
	const struct fact *service =
		name != NULL ? facts_find(check->facts, OBJECT_SERVICE, name) : NULL;
	const json_t *container =
		service != NULL ? container_of(json_member(service->inspected, "Spec")) : NULL;
	const char *former = json_member_string(container, "Image");

	return former != NULL && strcmp(former, image) == 0;
}

/* By its digest, which a registry may have told. NULL while that is not known. */
static const char *fixed_name(struct check *check, const struct reference *reference)
{
	const char *tagged = reference_tagged(check->arena, reference), *digest = reference->digest;
	const struct fact *fact;

	if (digest == NULL && tagged != NULL) {
		fact = facts_find(check->facts, OBJECT_DISTRIBUTION, tagged);
		digest = fact != NULL && fact->state == FACT_FOUND ? fact->id : NULL;
	}
	return digest != NULL ? arena_format(check->arena, "%s@%s", reference->familiar, digest) : NULL;
}

/* Where a node cannot pull, since the registry asks for other credentials, say, it takes what it has by that digest: another
 * tenant's. */
bool check_world_service_image(struct check *check, const char *field,
                               const struct reference *reference)
{
	const char *image = json_member_string(container_of(check->request->body), "Image");
	const struct fact *fact;
	const char *name;

	if (!check->closed || (image != NULL && is_of_service(check, image)))
		return true;
	name = fixed_name(check, reference);
	if (name == NULL)
		return check->waiting || check_deny_malformed(check, "%s: the image cannot be told", field);
	if (world_shares(check->facts->world, OBJECT_IMAGE, name))
		return true;
	if (!check_optional_fact(check, OBJECT_IMAGE, name, &fact))
		return false;
	return fact == NULL || fact->state == FACT_FOUND ||
	       check_deny_malformed(
			   check,
			   "%s '%s' is not here for you; pull it first, since nodes could have "
			   "it of another tenant",
			   field, check_shown(check, name));
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
