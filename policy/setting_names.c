/* A policy's settings by their names. Where each is kept is told by the loader's own tables, so that none is
 * forgotten. */
#include "policy/setting_names.h"

#include "policy/arena.h"
#include "policy/compat.h"
#include "policy/load_keys.h"
#include "policy/policy.h"
#include "policy/problems.h"
#include "policy/text.h"

#include <string.h>

enum { IMAGE_KINDS = 3, SETTING_NAME_SIZE = 64, LOADER_BYTES = 1 << 20 };

/* Settings with a reader of their own, as far as they open something; and a flag that does not. A table. */
static const struct {
	const char *name;
	enum setting_kind kind;
} special[] = {
	{"container.binds", SETTING_BINDS},     {"container.ports.publish", SETTING_FLAG},
	{"container.privileged", SETTING_FLAG}, {"container.security.no_new_privileges", SETTING_OTHER},
	{"images.produce", SETTING_LIST},       {"images.use", SETTING_LIST},
	{"unrestricted", SETTING_OTHER}, /* opens far more than was asked for */
};

/* The key of KEYS that the first part of NAME names, and *REST what is behind it. */
static const struct key *find_in(const struct keys *keys, const char *name, const char **rest)
{
	size_t len = strcspn(name, ".");

	*rest = name + len + (name[len] == '.' ? 1 : 0);
	for (size_t i = 0; i < keys->count; i++) {
		if (strlen(keys->list[i].name) == len && strncmp(keys->list[i].name, name, len) == 0)
			return &keys->list[i];
	}
	return NULL;
}

static const struct key *find_key(const char *name)
{
	const struct keys *keys = &policy_keys;
	const struct key *key = NULL;

	while (*name != '\0' && keys != NULL) {
		key = find_in(keys, name, &name);
		keys = key != NULL && key->kind == KEY_GROUP ? key->keys : NULL;
	}
	return *name == '\0' ? key : NULL;
}

static enum setting_kind kind_of_key(const struct key *key)
{
	if (key->kind == KEY_FLAG)
		return SETTING_FLAG;
	return key->kind == KEY_PATTERNS ? SETTING_LIST : SETTING_OTHER;
}

/* What hides something opens nothing. */
static bool hides(const char *name)
{
	return text_starts_with(name, "redact.");
}

enum setting_kind setting_kind(const char *name)
{
	const struct key *key = hides(name) ? NULL : find_key(name);

	for (size_t i = 0; i < sizeof special / sizeof *special; i++) {
		if (strcmp(special[i].name, name) == 0)
			return special[i].kind;
	}
	return key != NULL ? kind_of_key(key) : SETTING_OTHER;
}

/* ---- what the loader would say ---- */

/* The group that the last part of NAME is a member of, made under ROOT; *LAST is that part. NULL with no memory. */
static config_setting_t *make_groups(config_setting_t *root, const char *name, const char **last)
{
	for (const char *dot = strchr(name, '.'); dot != NULL && root != NULL;
	     name = dot + 1, dot = strchr(name, '.')) {
		char part[SETTING_NAME_SIZE];
		size_t len = (size_t)(dot - name);

		if (len >= sizeof part)
			return NULL;
		memcpy(part, name, len);
		part[len] = '\0';
		root = config_setting_add(root, part, CONFIG_TYPE_GROUP);
	}
	*last = name;
	return root;
}

static bool make_list(config_setting_t *group, const char *name, enum setting_kind kind,
                      const char *value)
{
	bool binds = kind == SETTING_BINDS;
	config_setting_t *list =
		config_setting_add(group, name, binds ? CONFIG_TYPE_LIST : CONFIG_TYPE_ARRAY);
	config_setting_t *entry = list == NULL ? NULL
	                          : binds      ? config_setting_add(list, NULL, CONFIG_TYPE_GROUP)
	                                       : config_setting_add(list, NULL, CONFIG_TYPE_STRING);

	if (binds && entry != NULL)
		entry = config_setting_add(entry, "source", CONFIG_TYPE_STRING);
	return entry != NULL && config_setting_set_string(entry, value) == CONFIG_TRUE;
}

static bool loads(const config_t *config)
{
	struct loader loader = {.arena = arena_new(LOADER_BYTES),
	                        .problems = problems_new(),
	                        .file = "a value"};
	struct policy *policy = loader.arena != NULL ? arena_alloc(loader.arena, sizeof *policy) : NULL;
	bool fine = policy != NULL && loader.problems != NULL;

	if (fine)
		setting_read_group(&loader, config_root_setting(config), &policy_keys, policy);
	fine = fine && problems_count(loader.problems) == 0;
	problems_free(loader.problems);
	arena_free(loader.arena);
	return fine;
}

bool setting_accepts(const char *name, const char *value)
{
	enum setting_kind kind = setting_kind(name);
	config_setting_t *group;
	const char *last;
	config_t config;
	bool fine;

	if (kind != SETTING_LIST && kind != SETTING_BINDS)
		return false;
	config_init(&config);
	group = make_groups(config_root_setting(&config), name, &last);
	fine = group != NULL && make_list(group, last, kind, value) && loads(&config);
	config_destroy(&config);
	return fine;
}

/* ---- lists ---- */

static const void *member(const struct policy *policy, const struct key *key)
{
	return (const char *)policy + key->offset;
}

static const struct image_list *images_of(const struct policy *policy, const char *name)
{
	return strcmp(name, "images.use") == 0 ? &policy->images.use : &policy->images.produce;
}

static size_t image_count(const struct image_list *list)
{
	size_t count = list->names.count + list->tagged.count + list->digests.count;

	for (size_t i = 0; i < IMAGE_KINDS; i++)
		count += list->own[i].stars.count;
	return count;
}

static const char *image_entry(const struct image_list *list, size_t index)
{
	const struct patterns *const kinds[IMAGE_KINDS] = {&list->names, &list->tagged, &list->digests};

	for (size_t i = 0; i < IMAGE_KINDS; i++) {
		if (index < kinds[i]->count)
			return kinds[i]->list[index];
		index -= kinds[i]->count;
	}
	for (size_t i = 0; i < IMAGE_KINDS; i++) {
		if (index < list->own[i].stars.count)
			return list->own[i].texts[index];
		index -= list->own[i].stars.count;
	}
	return NULL;
}

size_t setting_count(const struct policy *policy, const char *name)
{
	const struct key *key = find_key(name);

	if (key == NULL)
		return 0;
	switch (setting_kind(name)) {
	case SETTING_LIST:
		if (key->kind == KEY_READ)
			return image_count(images_of(policy, name));
		return ((const struct patterns *)member(policy, key))->count;
	case SETTING_BINDS:
		return policy->container.binds.count;
	case SETTING_FLAG:
	case SETTING_OTHER:
		break;
	}
	return 0;
}

const char *setting_entry(const struct policy *policy, const char *name, size_t index, bool *write)
{
	const struct key *key = find_key(name);

	*write = false;
	if (key == NULL || index >= setting_count(policy, name))
		return NULL;
	if (setting_kind(name) == SETTING_BINDS) {
		*write = policy->container.binds.list[index].path.write;
		return policy->container.binds.list[index].path.source;
	}
	if (key->kind == KEY_READ)
		return image_entry(images_of(policy, name), index);
	return ((const struct patterns *)member(policy, key))->list[index];
}

/* ---- closing ---- */

/* A list that was not written asks nothing of images. */
static void close_images(struct image_list *list)
{
	if (list->set)
		*list = (struct image_list){.set = true, .place = list->place};
}

static void close_setting(const struct key *key, struct policy *policy)
{
	void *target = (char *)policy + key->offset;

	if (key->kind == KEY_FLAG)
		((struct flag *)target)->on = false;
	if (key->kind == KEY_PATTERNS)
		*(struct patterns *)target = (struct patterns){.place = ((struct patterns *)target)->place};
}

static void close_group(const struct keys *keys, struct policy *policy)
{
	for (size_t i = 0; i < keys->count; i++) {
		if (keys->list[i].kind == KEY_GROUP)
			close_group(keys->list[i].keys, policy);
		else
			close_setting(&keys->list[i], policy);
	}
}

void policy_close(const struct policy *policy, struct policy *closed)
{
	/* Variables that open nothing: what they do not open is held against a request under their name. */
	static const struct compat shut[] = {
		[COMPAT_TECNATIVA] = {.dialect = COMPAT_TECNATIVA},
		[COMPAT_LINUXSERVER] = {.dialect = COMPAT_LINUXSERVER},
	};

	*closed = *policy;
	close_group(&policy_keys, closed);
	closed->container.privileged.on = false;
	closed->container.privileged_runtime = NULL;
	closed->container.binds = (struct bind_rules){.place = policy->container.binds.place};
	close_images(&closed->images.use);
	close_images(&closed->images.produce);
	closed->mode = MODE_ENFORCE;
	if (policy->compat != NULL)
		closed->compat = &shut[policy->compat->dialect];
	closed->deny = policy->deny;
	closed->protected = policy->protected;
	closed->redact = policy->redact;
	closed->images.registries =
		policy->images.registries; /* an empty one is none, and restricts nothing */
}
