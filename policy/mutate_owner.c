/* What a tenant makes is sealed as its own, whatever the request or an image says. */
#include "policy/mutate_parts.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/facts.h"
#include "policy/json.h"
#include "policy/private_names.h"
#include "policy/quota.h"
#include "policy/request.h"
#include "policy/world.h"

#include <string.h>

/* The object MEMBER of OWNER, made where it is missing or null. NULL when there is no memory. */
static json_t *object_at(json_t *owner, const char *member)
{
	json_t *object = json_object_get(owner, member);

	if (json_is_object(object))
		return object;
	object = json_object();
	if (object == NULL || json_object_set_new(owner, member, object) != 0)
		return NULL;
	return object;
}

static bool seal_member(const struct mutation *m, const struct world *world, enum object_kind kind,
                        json_t *owner)
{
	json_t *labels = owner != NULL ? object_at(owner, "Labels") : NULL;

	return (labels != NULL && world_label(world, kind, "", labels)) || mutation_exhausted(m);
}

static bool seal_body(const struct mutation *m, enum object_kind kind)
{
	return seal_member(m, m->facts->world, kind, m->request->body);
}

/* Volumes that come to be with the container, or with each of a service's tasks. */
static bool seal_mounts(const struct mutation *m, const struct world *world, json_t *owner)
{
	json_t *mounts = json_object_get(owner, "Mounts"), *mount;
	size_t i;

	json_array_foreach(mounts, i, mount)
	{
		const char *type = json_member_string(mount, "Type");

		if (type != NULL && strcmp(type, "volume") == 0 &&
		    !seal_member(m, world, OBJECT_VOLUME, object_at(mount, "VolumeOptions")))
			return false;
	}
	return true;
}

/* The id of the image that the container will be made from; "" for none, which brings no labels. NULL with the error set. */
static const char *image_of_container(const struct mutation *m)
{
	const char *text = json_member_string(m->request->body, "Image");
	const struct fact *image;

	if (text == NULL || *text == '\0')
		return "";
	image = facts_find(m->facts, OBJECT_IMAGE, text);
	if (image != NULL && image->state == FACT_FOUND)
		return image->id;
	error_set(m->error, "the container's image has not been looked up");
	return NULL;
}

/* The request says no longer what the image was looked up as once that is fixed: this comes before. */
bool mutate_seal_container(const struct mutation *m)
{
	const struct world *world = m->facts->world;
	const char *image = world != NULL ? image_of_container(m) : NULL;
	json_t *labels;

	if (world == NULL || image == NULL)
		return world == NULL;
	labels = object_at(m->request->body, "Labels");
	return (labels != NULL && world_label(world, OBJECT_CONTAINER, image, labels)) ||
	       mutation_exhausted(m);
}

static bool own_container(const struct mutation *m)
{
	json_t *body = m->request->body;

	return (quota_label(body, json_object_get(body, "Labels")) || mutation_exhausted(m)) &&
	       seal_mounts(m, m->facts->world, json_object_get(body, "HostConfig"));
}

static bool own_network(const struct mutation *m)
{
	/* Engines up to 24 would make a second one of another's name, and tell of the first. */
	return seal_body(m, OBJECT_NETWORK) &&
	       (json_object_set_new(m->request->body, "CheckDuplicate", json_true()) == 0 ||
	        mutation_exhausted(m));
}

static bool own_volume(const struct mutation *m)
{
	return seal_body(m, OBJECT_VOLUME);
}

static bool own_secret(const struct mutation *m)
{
	return seal_body(m, OBJECT_SECRET);
}

static bool own_config(const struct mutation *m)
{
	return seal_body(m, OBJECT_CONFIG);
}

/* A service's tasks keep the seal that they have: by another one each update would be of all of them. */
static struct world world_of_tasks(const struct mutation *m, const char *name)
{
	struct world world = *m->facts->world;
	const char *asked = m->request->captures.name;
	const struct fact *service = asked != NULL ? facts_find(m->facts, OBJECT_SERVICE, asked) : NULL;
	const json_t *spec = service != NULL ? json_member(service->inspected, "Spec") : NULL;
	const json_t *container = json_member(json_member(spec, "TaskTemplate"), "ContainerSpec");
	const json_t *labels = json_member(container, "Labels");

	if (world_owns_labels(&world, OBJECT_TASK, name, labels))
		memcpy(world.nonce, json_member_string(labels, SEAL_LABEL), SEAL_NONCE_DIGITS);
	return world;
}

static bool seal_tasks(const struct mutation *m, const char *name, json_t *container)
{
	const struct world world = world_of_tasks(m, name);
	json_t *labels = container != NULL ? object_at(container, "Labels") : NULL;

	return ((labels != NULL && world_label(&world, OBJECT_TASK, name, labels)) ||
	        mutation_exhausted(m)) &&
	       seal_mounts(m, &world, container);
}

/* The service's name as the daemon will have it, which its tasks' containers are called after. NULL without one, or memory. */
static const char *name_of_service(const struct mutation *m)
{
	const struct world *world = m->facts->world;
	const char *name = json_member_string(m->request->body, "Name");

	return name != NULL && private_names_are_for(world, OBJECT_SERVICE)
	           ? private_names_new(world, OBJECT_SERVICE, name)
	           : name;
}

static bool own_service(const struct mutation *m)
{
	const char *name = name_of_service(m);
	json_t *task = object_at(m->request->body, "TaskTemplate");
	json_t *container = task != NULL ? object_at(task, "ContainerSpec") : NULL;

	if (name == NULL)
		return error_set(m->error, "a service of a tenant's needs a name");
	return seal_body(m, OBJECT_SERVICE) && seal_tasks(m, name, container);
}

bool mutate_owner(const struct mutation *m)
{
	static const struct {
		const char *operation;
		bool (*own)(const struct mutation *m);
	} table[] = {
		{"build.classic", mutate_own_build},  {"image.commit", mutate_own_changes},
		{"image.import", mutate_own_changes}, {"config.create", own_config},
		{"config.update", own_config},        {"container.create", own_container},
		{"network.create", own_network},      {"secret.create", own_secret},
		{"secret.update", own_secret},        {"service.create", own_service},
		{"service.update", own_service},      {"volume.create", own_volume},
	};

	if (m->facts->world == NULL)
		return true;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		if (strcmp(table[i].operation, m->request->route->operation) == 0)
			return table[i].own(m);
	}
	return true;
}
