/* The names that predicates have for who asks and for the objects that are asked about; and all names that there are,
 * for suggestions. */
#include "policy/predicate_register.h"

#include <stdio.h>
#include <string.h>

const struct identity_row identity_rows[] = {
	[IDENTITY_LISTENER] = {"listener", VALUE_TEXT, false},
	[IDENTITY_ADDRESS] = {"address", VALUE_TEXT, false},
	[IDENTITY_TENANT] = {"tenant", VALUE_TEXT, false},
	[IDENTITY_UID] = {"uid", VALUE_NUMBER, false},
	[IDENTITY_GID] = {"gid", VALUE_NUMBER, false},
	[IDENTITY_USER] = {"user", VALUE_TEXT, false},
	[IDENTITY_GROUP] = {"group", VALUE_TEXT, false},
	[IDENTITY_COMMON_NAME] = {"common_name", VALUE_TEXT, false},
	[IDENTITY_ORGANIZATION] = {"organization", VALUE_TEXT, true},
	[IDENTITY_ORGANIZATIONAL_UNIT] = {"organizational_unit", VALUE_TEXT, true},
	[IDENTITY_DNS] = {"dns", VALUE_TEXT, true},
	[IDENTITY_IP] = {"ip", VALUE_TEXT, true},
	[IDENTITY_EMAIL] = {"email", VALUE_TEXT, true},
	[IDENTITY_URI] = {"uri", VALUE_TEXT, true},
	[IDENTITY_ISSUER] = {"issuer", VALUE_TEXT, false},
	[IDENTITY_SERIAL] = {"serial", VALUE_TEXT, false},
	[IDENTITY_SPKI_SHA256] = {"spki_sha256", VALUE_TEXT, false},
	[IDENTITY_CONTAINER] = {"container", VALUE_WHOLE, false},
	[IDENTITY_CONTAINER_ID] = {"container.id", VALUE_TEXT, false},
	[IDENTITY_CONTAINER_NAME] = {"container.name", VALUE_TEXT, false},
	[IDENTITY_CONTAINER_IMAGE] = {"container.image", VALUE_TEXT, false},
	[IDENTITY_CONTAINER_TENANT] = {"container.tenant", VALUE_TEXT, false},
	[IDENTITY_CONTAINER_LABEL] = {"container.label", VALUE_TEXT, false},
};

const size_t identity_row_count = sizeof identity_rows / sizeof *identity_rows;

/* What the daemon tells of an object, and where. */
static const struct target_row target_rows[] = {
	{OBJECT_CONTAINER, "id", KIND_STRING, {"Id"}},
	{OBJECT_CONTAINER, "name", KIND_STRING, {"Name"}},
	{OBJECT_CONTAINER, "image", KIND_STRING, {"Config", "Image"}},
	{OBJECT_CONTAINER, "state", KIND_STRING, {"State", "Status"}},
	{OBJECT_CONTAINER, "label", KIND_STRING_MAP, {"Config", "Labels"}},
	{OBJECT_CONTAINER, "network", KIND_SET, {"NetworkSettings", "Networks"}},
	{OBJECT_VOLUME, "name", KIND_STRING, {"Name"}},
	{OBJECT_VOLUME, "driver", KIND_STRING, {"Driver"}},
	{OBJECT_VOLUME, "scope", KIND_STRING, {"Scope"}},
	{OBJECT_VOLUME, "label", KIND_STRING_MAP, {"Labels"}},
	{OBJECT_VOLUME, "option", KIND_STRING_MAP, {"Options"}},
	{OBJECT_NETWORK, "id", KIND_STRING, {"Id"}},
	{OBJECT_NETWORK, "name", KIND_STRING, {"Name"}},
	{OBJECT_NETWORK, "driver", KIND_STRING, {"Driver"}},
	{OBJECT_NETWORK, "scope", KIND_STRING, {"Scope"}},
	{OBJECT_NETWORK, "internal", KIND_BOOL, {"Internal"}},
	{OBJECT_NETWORK, "label", KIND_STRING_MAP, {"Labels"}},
	{OBJECT_NETWORK, "option", KIND_STRING_MAP, {"Options"}},
	{OBJECT_SERVICE, "id", KIND_STRING, {"ID"}},
	{OBJECT_SERVICE, "name", KIND_STRING, {"Spec", "Name"}},
	{OBJECT_SERVICE, "label", KIND_STRING_MAP, {"Spec", "Labels"}},
	{OBJECT_SERVICE, "image", KIND_STRING, {"Spec", "TaskTemplate", "ContainerSpec", "Image"}},
	{OBJECT_IMAGE, "id", KIND_STRING, {"Id"}},
	{OBJECT_IMAGE, "tag", KIND_STRINGS, {"RepoTags"}},
	{OBJECT_IMAGE, "digest", KIND_STRINGS, {"RepoDigests"}},
	{OBJECT_IMAGE, "label", KIND_STRING_MAP, {"Config", "Labels"}},
	{OBJECT_IMAGE, "user", KIND_STRING, {"Config", "User"}},
};

enum { TARGET_ROWS = sizeof target_rows / sizeof *target_rows };

enum object_kind predicate_target_kind(const struct route *route, enum path_root root)
{
	if (root == ROOT_CONTAINER)
		return strcmp(route->operation, "network.connect") == 0 ||
		               strcmp(route->operation, "network.disconnect") == 0
		           ? OBJECT_CONTAINER
		           : OBJECT_NONE;
	if (strcmp(route->operation, "image.commit") == 0)
		return OBJECT_CONTAINER;
	switch (route->object) {
	case OBJECT_CONTAINER:
	case OBJECT_EXEC:
		return OBJECT_CONTAINER;
	case OBJECT_VOLUME:
	case OBJECT_NETWORK:
	case OBJECT_SERVICE:
	case OBJECT_IMAGE:
		return route->object;
	case OBJECT_NONE:
	case OBJECT_PLUGIN:
	case OBJECT_TASK:
	case OBJECT_NODE:
	case OBJECT_SECRET:
	case OBJECT_CONFIG:
	case OBJECT_DAEMON:
	case OBJECT_DISTRIBUTION:
		break;
	}
	return OBJECT_NONE;
}

const struct target_row *target_row_find(enum object_kind object, const char *name)
{
	for (size_t i = 0; i < TARGET_ROWS; i++) {
		if (target_rows[i].object == object && strcmp(target_rows[i].name, name) == 0)
			return &target_rows[i];
	}
	return NULL;
}

const struct schema *register_body(const struct route *route)
{
	return route->body == BODY_JSON || route->body == BODY_JSON_OPTIONAL ? route->schema : NULL;
}

bool register_sends(const struct field *field)
{
	return field->posture != POSTURE_DROP && field->kind != KIND_ANY;
}

/* ---- names, for suggestions ---- */

enum { NAME_SIZE = SCHEMA_PATH_SIZE + 16 };

struct naming {
	const char *prefix;
	void (*visit)(const char *name, void *context);
	void *context;
};

/* "HostConfig.Mounts[].Type" of the register is written "HostConfig.Mounts.Type". */
static void name_field(const char *path, const struct field *field, void *context)
{
	const struct naming *naming = context;
	char name[NAME_SIZE];
	size_t len = 0;

	if (!register_sends(field))
		return;
	for (const char *at = naming->prefix; *at != '\0' && len + 1 < sizeof name; at++)
		name[len++] = *at;
	for (const char *at = path; *at != '\0' && len + 1 < sizeof name; at++) {
		if (*at != '[' && *at != ']')
			name[len++] = *at;
	}
	name[len] = '\0';
	naming->visit(name, naming->context);
}

static void name_member(const struct naming *naming, const char *root, const char *member)
{
	char name[NAME_SIZE];

	snprintf(name, sizeof name, "%s.%s", root, member);
	naming->visit(name, naming->context);
}

static void name_target(const struct naming *naming, const struct route *route, enum path_root root)
{
	const char *word = root == ROOT_TARGET ? "target" : "container";
	const enum object_kind object = predicate_target_kind(route, root);
	struct naming created = {root == ROOT_TARGET ? "target." : "container.", naming->visit,
	                         naming->context};

	for (size_t i = 0; i < TARGET_ROWS; i++) {
		if (target_rows[i].object == object)
			name_member(naming, word, target_rows[i].name);
	}
	if (object == OBJECT_CONTAINER)
		schema_each(&schema_container_create, name_field, &created);
}

void predicate_path_each(const struct path_scope *scope,
                         void (*visit)(const char *name, void *context), void *context)
{
	struct naming naming = {"", visit, context};
	const struct schema *schema =
		scope->element != NULL ? scope->element : register_body(scope->route);

	if (schema != NULL)
		schema_each(schema, name_field, &naming);
	if (scope->element != NULL)
		return;
	for (size_t i = 0; i < scope->route->parameter_count; i++)
		name_member(&naming, "query", scope->route->parameters[i].name);
	for (size_t i = 0; i < identity_row_count; i++)
		name_member(&naming, "identity", identity_rows[i].name);
	name_target(&naming, scope->route, ROOT_TARGET);
	name_target(&naming, scope->route, ROOT_CONTAINER);
}
