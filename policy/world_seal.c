/* The seals on objects: where they are, and what binds each to its object alone. Labels travel: an image that was made of a
 * container, or by somebody who read a container's labels, gives them to whatever is made of it. */
#include "policy/world.h"

#include "policy/identity.h"
#include "policy/json.h"
#include "policy/text.h"

#include <stdio.h>
#include <string.h>

enum { KIND_SIZE = 512, SERVICE_SIZE = 256, TASK_ID_LENGTH = 25 };

/* Which members lead to an inspected object's labels, the outermost first; NULL-terminated. */
static const char *const *labels_path(enum object_kind kind)
{
	static const char *const plain[] = {"Labels", NULL};
	static const char *const config[] = {"Config", "Labels", NULL};
	static const char *const spec[] = {"Spec", "Labels", NULL};
	static const char *const task[] = {"Spec", "ContainerSpec", "Labels", NULL};

	switch (kind) {
	case OBJECT_CONTAINER:
	case OBJECT_IMAGE:
		return config;
	case OBJECT_NETWORK:
	case OBJECT_VOLUME:
		return plain;
	case OBJECT_SERVICE:
	case OBJECT_SECRET:
	case OBJECT_CONFIG:
		return spec;
	case OBJECT_TASK:
		return task;
	case OBJECT_NONE:
	case OBJECT_EXEC:
	case OBJECT_PLUGIN:
	case OBJECT_NODE:
	case OBJECT_DAEMON:
	case OBJECT_DISTRIBUTION:
		break;
	}
	return NULL;
}

/* Only containers have their labels elsewhere in lists. */
static bool is_listed_container(enum object_kind kind, const json_t *object)
{
	return kind == OBJECT_CONTAINER && json_member(object, "Config") == NULL;
}

static const json_t *labels_of(enum object_kind kind, const json_t *object)
{
	const char *const *path = labels_path(is_listed_container(kind, object) ? OBJECT_VOLUME : kind);

	for (; path != NULL && *path != NULL; path++)
		object = json_member(object, *path);
	return path != NULL ? object : NULL;
}

/* ---- what a seal is bound to ---- */

static const char *or_nothing(const char *text)
{
	return text != NULL ? text : "";
}

/* The kind that the seal is made for, with what it is bound to. False when that is too long to be true. */
static bool print_kind(enum object_kind kind, const char *bound, char text[KIND_SIZE])
{
	bool binds = kind == OBJECT_CONTAINER || kind == OBJECT_TASK;
	int len = binds ? snprintf(text, KIND_SIZE, "%s %s", object_kind_name(kind), bound)
	                : snprintf(text, KIND_SIZE, "%s", object_kind_name(kind));

	return len > 0 && len < KIND_SIZE;
}

static const char *image_of(const json_t *container)
{
	bool listed = is_listed_container(OBJECT_CONTAINER, container);

	return or_nothing(json_member_string(container, listed ? "ImageID" : "Image"));
}

static const char *service_of(const json_t *labels)
{
	return or_nothing(json_member_string(labels, SEAL_SERVICE_LABEL));
}

/* "web.1.TASK": the container of a task is called after the service, and nothing else is by accident. False when NAME is not
 * of that form. */
static bool read_service(const char *name, char service[SERVICE_SIZE])
{
	const char *task = name != NULL ? strrchr(name, '.') : NULL, *slot = task;

	if (task == NULL || strlen(task + 1) != TASK_ID_LENGTH ||
	    strspn(task + 1, "0123456789abcdefghijklmnopqrstuvwxyz") != TASK_ID_LENGTH)
		return false;
	name += *name == '/' ? 1 : 0;
	do
		slot--;
	while (slot > name && *slot != '.');
	if (slot <= name || (size_t)(slot - name) >= SERVICE_SIZE)
		return false;
	memcpy(service, name, (size_t)(slot - name));
	service[slot - name] = '\0';
	return true;
}

/* ---- whose a seal is ---- */

static const char *sealed_tenant(const struct seal_key *key, enum object_kind kind,
                                 const char *bound, const json_t *labels)
{
	const char *tenant = json_member_string(labels, SEAL_TENANT_LABEL);
	const char *seal = json_member_string(labels, SEAL_LABEL);
	char text[KIND_SIZE];

	if (tenant == NULL || seal == NULL || !identity_is_tenant(tenant) ||
	    !print_kind(kind, bound, text))
		return NULL;
	return seal_holds(key, text, tenant, seal) ? tenant : NULL;
}

static const char *tenant_of_task_container(const struct seal_key *key, const char *name,
                                            const json_t *labels)
{
	char service[SERVICE_SIZE];

	return read_service(name, service) ? sealed_tenant(key, OBJECT_TASK, service, labels) : NULL;
}

/* By the image that it was made from; or as a task's, by any of its names: links give it others. */
static const char *tenant_of_container(const struct seal_key *key, const json_t *container,
                                       const json_t *labels)
{
	const json_t *names = json_member(container, "Names");
	const char *tenant = sealed_tenant(key, OBJECT_CONTAINER, image_of(container), labels);

	if (tenant == NULL)
		tenant = tenant_of_task_container(key, json_member_string(container, "Name"), labels);
	for (size_t i = 0; tenant == NULL && i < json_array_size(names); i++)
		tenant = tenant_of_task_container(key, json_string_value(json_array_get(names, i)), labels);
	return tenant;
}

const char *world_sealed_tenant(const struct seal_key *key, enum object_kind kind,
                                const json_t *object)
{
	const json_t *labels = labels_of(kind, object);

	if (kind == OBJECT_CONTAINER)
		return tenant_of_container(key, object, labels);
	/* A task's labels are its service's alone: no image has a part in them. */
	return sealed_tenant(key, kind, kind == OBJECT_TASK ? service_of(labels) : "", labels);
}

static bool is_own(const struct world *world, const char *tenant)
{
	return tenant != NULL && strcmp(tenant, world->tenant) == 0;
}

/* Most of what lists tell of is not even said to be the tenant's. */
bool world_owns(const struct world *world, enum object_kind kind, const json_t *object)
{
	const char *said = json_member_string(labels_of(kind, object), SEAL_TENANT_LABEL);

	return is_own(world, said) && world_sealed_tenant(world->key, kind, object) != NULL;
}

bool world_owns_labels(const struct world *world, enum object_kind kind, const char *bound,
                       const json_t *labels)
{
	return is_own(world, sealed_tenant(world->key, kind, bound, labels));
}

/* ---- sealing ---- */

bool world_label(const struct world *world, enum object_kind kind, const char *bound,
                 json_t *labels)
{
	char text[KIND_SIZE], seal[SEAL_SIZE];
	const struct seal_claim claim = {.kind = text, .tenant = world->tenant, .nonce = world->nonce};

	if (kind == OBJECT_TASK &&
	    json_object_set_new(labels, SEAL_SERVICE_LABEL, json_string(bound)) != 0)
		return false;
	return print_kind(kind, bound, text) && seal_make(world->key, &claim, seal) &&
	       json_object_set_new(labels, SEAL_TENANT_LABEL, json_string(world->tenant)) == 0 &&
	       json_object_set_new(labels, SEAL_LABEL, json_string(seal)) == 0;
}

bool world_label_object(const struct world *world, enum object_kind kind, json_t *object)
{
	const char *const *path = labels_path(kind);
	json_t *inner = object;

	if (path == NULL || !json_is_object(object))
		return false;
	for (; *path != NULL; path++) {
		json_t *outer = inner;

		inner = json_object_get(outer, *path);
		if (json_is_object(inner))
			continue;
		inner = json_object();
		if (inner == NULL || json_object_set_new(outer, *path, inner) != 0)
			return false;
	}
	return world_label(world, kind, kind == OBJECT_TASK ? service_of(inner) : image_of(object),
	                   inner);
}

bool world_is_own_label(const char *name)
{
	return text_starts_with(name, SEAL_PREFIX);
}

/* ---- hiding ---- */

static bool is_labels(const char *key)
{
	return strcmp(key, "Labels") == 0 || strcmp(key, "Attributes") == 0;
}

static void strip_labels(json_t *labels)
{
	const char *key;
	json_t *value;
	void *next;

	json_object_foreach_safe(labels, next, key, value)
	{
		if (world_is_own_label(key))
			json_object_del(labels, key);
	}
}

void world_hide_labels(json_t *value)
{
	const char *key;
	json_t *inner;
	size_t i;

	json_array_foreach(value, i, inner)
	{
		if (json_is_object(inner) || json_is_array(inner))
			world_hide_labels(inner);
	}
	json_object_foreach(value, key, inner)
	{
		if (is_labels(key))
			strip_labels(inner);
		else if (json_is_object(inner) || json_is_array(inner))
			world_hide_labels(inner);
	}
}
