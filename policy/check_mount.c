/* What is mounted into a container: volumes, tmpfs, images, the mounts of other containers. Binds of
 * the host's paths have a file of their own. */
#include "policy/check.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/json.h"
#include "policy/spec.h"
#include "policy/text.h"

#include <string.h>

static bool judge_driver_options(struct check *check, const char *driver, const json_t *config)
{
	const char *outer = check_enter(check, "VolumeOptions.DriverConfig.");
	bool fine = check_volume_options(check, driver, config, "Options");

	check_leave(check, outer);
	return fine;
}

/* Newer engines refuse one that leaves the volume or image; nobody is to count on that. */
static bool check_subpath(struct check *check, const char *where, const json_t *options)
{
	const char *subpath;

	if (!check_text(check, options, "Subpath", &subpath))
		return false;
	return spec_is_inside(subpath) ||
	       check_deny_malformed(check, "%s.Subpath is '%s', which leaves what is mounted", where,
	                            check_shown(check, subpath));
}

static bool judge_volume_mount(struct check *check, const json_t *mount)
{
	const json_t *options, *config;
	const char *source, *driver;
	bool read_only;

	if (!check_text(check, mount, "Source", &source) ||
	    !check_flag(check, mount, "ReadOnly", &read_only) ||
	    !check_object(check, mount, "VolumeOptions", &options) ||
	    !check_object(check, options, "DriverConfig", &config) ||
	    !check_text(check, config, "Name", &driver))
		return false;
	return check_volume_driver(check, "VolumeOptions.DriverConfig.Name", driver) &&
	       judge_driver_options(check, driver, config) &&
	       check_subpath(check, "VolumeOptions", options) &&
	       (*source == '\0' || (check_race_volume(check, "Source", source) &&
	                            check_volume_named(check, "Source", source) &&
	                            check_world_volume(check, "Source", source, !read_only)));
}

/* Words of tmpfs that neither bring device nodes to life nor make the mount something other than
 * a tmpfs. */
static bool is_tmpfs_option(const char *option, size_t len)
{
	static const char *const words[] = {
		"ro",    "rw",        "exec",        "noexec",        "suid",     "nosuid",     "nodev",
		"atime", "noatime",   "diratime",    "nodiratime",    "relatime", "norelatime", "sync",
		"async", "dirsync",   "strictatime", "nostrictatime", "size",     "mode",       "uid",
		"gid",   "nr_inodes", "nr_blocks",   "mpol",
	};

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (strlen(words[i]) == len && strncmp(words[i], option, len) == 0)
			return true;
	}
	return false;
}

static bool judge_tmpfs_option(struct check *check, const char *option, size_t len)
{
	if (check->policy->container.other_properties.on ||
	    is_tmpfs_option(option, strcspn(option, "=,")))
		return true;
	const char *copy = arena_copy(check->arena, option, len);
	return check_deny(check,
	                  check_rule("container.other_properties",
	                             check->policy->container.other_properties.place),
	                  "mount the tmpfs without this option",
	                  "has the option '%s', which is not harmless",
	                  copy != NULL ? check_shown(check, copy) : "");
}

/* "rw,size=64m" under its path. */
static bool judge_tmpfs(struct check *check, const char *path, const json_t *value)
{
	const char *option = json_string_value(value);

	if (option == NULL)
		return check_deny_malformed(check, "Tmpfs has no options for '%s'",
		                            check_shown(check, path));
	const char *outer = check_enter(check, "Tmpfs of '%s' ", check_shown(check, path));
	bool fine = true;
	while (fine && *option != '\0') {
		size_t len = strcspn(option, ",");
		fine = judge_tmpfs_option(check, option, len);
		option += len;
		option += *option == ',' ? 1 : 0;
	}
	check_leave(check, outer);
	return fine;
}

/* A list of [name] and [name, value]. */
static bool judge_tmpfs_mount(struct check *check, const json_t *mount)
{
	const json_t *options, *list;

	if (!check_object(check, mount, "TmpfsOptions", &options) ||
	    !check_list(check, options, "Options", &list))
		return false;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *pair = json_array_get(list, i);
		const char *name = json_string_value(json_array_get(pair, 0));
		if (name == NULL || json_array_size(pair) > 2 || strpbrk(name, "=,") != NULL)
			return check_deny_malformed(check, "TmpfsOptions.Options has a strange element");
		const char *value = json_string_value(json_array_get(pair, 1));
		if (value != NULL && strchr(value, ',') != NULL)
			return check_deny_malformed(check, "TmpfsOptions.Options has a comma in a value");
		const char *outer = check_enter(check, "TmpfsOptions.Options ");
		bool fine = judge_tmpfs_option(check, name, strlen(name));
		check_leave(check, outer);
		if (!fine)
			return false;
	}
	return true;
}

static bool judge_image_mount(struct check *check, const json_t *mount)
{
	const json_t *options;
	const char *source;

	return check_text(check, mount, "Source", &source) &&
	       check_object(check, mount, "ImageOptions", &options) &&
	       check_subpath(check, "ImageOptions", options) &&
	       check_image_reference(check, "Source", source);
}

/* Types are dockerd's own lower-case words; npipe and cluster volumes are not for us. */
static bool judge_mount(struct check *check, const json_t *mount)
{
	static const struct {
		const char *type;
		bool (*judge)(struct check *check, const json_t *mount);
	} types[] = {
		{"bind", check_bind_mount},
		{"volume", judge_volume_mount},
		{"tmpfs", judge_tmpfs_mount},
		{"image", judge_image_mount},
	};
	const char *type;
	if (!check_text(check, mount, "Type", &type))
		return false;
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		if (strcmp(type, types[i].type) == 0)
			return types[i].judge(check, mount);
	}
	return check_deny_malformed(check, "Type '%s' is none that may be mounted",
	                            check_shown(check, type));
}

/* Calls JUDGE for each mount of the list Mounts. */
static bool check_each_mount(struct check *check, const json_t *object,
                             bool (*judge)(struct check *check, const json_t *mount))
{
	const json_t *mounts;
	bool fine = true;

	if (!check_list(check, object, "Mounts", &mounts))
		return false;
	for (size_t i = 0; fine && i < json_array_size(mounts); i++) {
		const char *outer = check_enter(check, "Mounts[%zu].", i);
		fine = judge(check, json_array_get(mounts, i));
		check_leave(check, outer);
	}
	return fine;
}

static bool judge_volumes_from(struct check *check, const char *text)
{
	const struct flag *rule = &check->policy->container.volumes_from;
	struct volumes_from from;
	struct error error;

	if (!rule->on && !check_deny(check, check_rule("container.volumes_from", rule->place),
	                             "name the volumes themselves", "VolumesFrom has '%s'",
	                             check_shown(check, text)))
		return false;
	if (!spec_parse_volumes_from(check->arena, text, &from, &error))
		return check_deny_malformed(check, "VolumesFrom has '%s', which %s",
		                            check_shown(check, text), error.text);
	return check_container_named(check, "VolumesFrom", from.container);
}

bool check_new_mounts(struct check *check, const json_t *host)
{
	const char *driver;

	return check_text(check, host, "VolumeDriver", &driver) &&
	       check_volume_driver(check, "VolumeDriver", driver) &&
	       check_each_string(check, host, "Binds", check_bind_text) &&
	       check_each_mount(check, host, judge_mount) &&
	       check_each_member(check, host, "Tmpfs", judge_tmpfs) &&
	       check_count(check, host, "VolumesFrom") &&
	       check_each_string(check, host, "VolumesFrom", judge_volumes_from);
}

static bool judge_existing_mount(struct check *check, const json_t *mount)
{
	const char *type, *name;

	if (!check_text(check, mount, "Type", &type) || !check_text(check, mount, "Name", &name))
		return false;
	if (strcmp(type, "bind") == 0)
		return check_existing_bind(check, mount);
	if (strcmp(type, "volume") == 0)
		return check_volume_named(check, "Name", name) &&
		       check_world_volume(check, "Name", name, !json_is_false(json_member(mount, "RW")));
	if (strcmp(type, "tmpfs") == 0 || strcmp(type, "image") == 0)
		return true;
	return check_deny_malformed(check, "Type '%s' is none that may be mounted",
	                            check_shown(check, type));
}

/* The list of what is really mounted: it holds what Binds, Mounts, VolumesFrom and the image
 * came to. */
bool check_existing_mounts(struct check *check, const json_t *container)
{
	if (!json_is_array(json_member(container, "Mounts")))
		return check_deny_malformed(check, "the daemon does not say what is mounted");
	return check_each_mount(check, container, judge_existing_mount);
}
