/* What a container sees of the host's files: binds, volumes, tmpfs, the mounts of other
 * containers. Paths are judged as they are written, once clean. Symbolic links on the host are the
 * daemon's to follow, at each start anew: so nothing below what a client can write is a source. */
#include "policy/check.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/json.h"
#include "policy/spec.h"
#include "policy/text.h"

#include <string.h>

/* One bind of the host, wherever it was written. */
struct bind_use {
	const char *source; /* clean */
	bool write;
	const char *writer; /* what makes a read-only mount of it one that writes; else NULL */
	enum propagation propagation;
};

/* True when PATH is DIRECTORY or lies below it; both are clean. */
static bool is_at_or_below(const char *path, const char *directory)
{
	size_t len = strlen(directory);

	if (strcmp(directory, "/") == 0)
		return true;
	return strncmp(path, directory, len) == 0 && (path[len] == '\0' || path[len] == '/');
}

static bool is_below(const char *path, const char *directory)
{
	return strcmp(path, directory) != 0 && is_at_or_below(path, directory);
}

/* Whoever talks to one of these owns the host. By name, since they may be anywhere. */
static bool is_engine_socket(const char *path)
{
	static const char *const names[] = {"docker.sock",    "containerd.sock",
	                                    "buildkitd.sock", "containerd.sock.ttrpc",
	                                    "podman.sock",    "crio.sock"};
	const char *slash = strrchr(path, '/');

	for (size_t i = 0; slash != NULL && i < sizeof names / sizeof names[0]; i++) {
		if (strcmp(slash + 1, names[i]) == 0)
			return true;
	}
	return false;
}

/* True when PATTERN, which ends at an engine's socket, has a directory above that socket that is
 * PATH. */
static bool is_directory_above(struct arena *arena, const char *path, const char *pattern)
{
	for (const char *slash = strchr(pattern + 1, '/'); slash != NULL;
	     slash = strchr(slash + 1, '/')) {
		const char *directory = arena_copy(arena, pattern, (size_t)(slash - pattern));
		if (directory == NULL || text_matches(directory, path))
			return true;
	}
	return false;
}

/* True when PATH is a directory in or below which engines are known to keep their sockets. */
static bool is_above_engine_socket(struct arena *arena, const char *path)
{
	static const char *const usual[] = {
		"/run/docker.sock",
		"/run/containerd/containerd.sock",
		"/run/docker/containerd/containerd.sock",
		"/run/buildkit/buildkitd.sock",
		"/run/podman/podman.sock",
		"/run/crio/crio.sock",
		"/run/user/*/docker.sock",
		"/run/user/*/podman/podman.sock",
		"/run/user/*/containerd/containerd.sock",
	};
	const char *run = text_starts_with(path, "/var/run") ? path + strlen("/var") : path;

	if (strcmp(path, "/") == 0 || strcmp(path, "/var") == 0)
		return true;
	for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++) {
		if (is_directory_above(arena, run, usual[i]))
			return true;
	}
	return false;
}

/* A socket is opened by a rule for exactly that socket; a directory above one by a rule for the
 * directory where a socket below it is listed as well. */
static bool socket_is_listed(const struct bind_rules *rules, const char *path)
{
	for (size_t i = 0; i < rules->count; i++) {
		const char *listed = rules->list[i].source;
		if (is_engine_socket(listed) && is_at_or_below(listed, path))
			return true;
	}
	return false;
}

/* What a policy would have to list; where the source is not the trouble, no source would do. */
static struct rule bind_setting(const struct bind_use *use, struct place place)
{
	return (struct rule){.name = "container.binds",
	                     .place = place,
	                     .value = use->source,
	                     .write = use->write};
}

static bool deny_bind(struct check *check, struct rule rule, const struct bind_use *use,
                      const char *why)
{
	return check_deny(check, rule, "use a volume, or a path that the policy lists", "'%s' %s",
	                  check_shown(check, use->source), why);
}

static bool judge_bind(struct check *check, const struct bind_use *use)
{
	const struct bind_rules *rules = &check->policy->container.binds;
	const struct bind_rule *refused = NULL;

	if (use->propagation == PROPAGATION_SHARED)
		return deny_bind(check, check_rule("container.binds", rules->place), use,
		                 "would be shared (Propagation): its mounts would appear on the host");
	if ((is_engine_socket(use->source) || is_above_engine_socket(check->arena, use->source)) &&
	    !socket_is_listed(rules, use->source))
		return deny_bind(check,
		                 is_engine_socket(use->source)
		                     ? bind_setting(use, rules->place)
		                     : check_rule("container.binds", rules->place),
		                 use, "is, or holds, the socket of a container engine");
	for (size_t i = 0; i < rules->count; i++) {
		const struct bind_rule *rule = &rules->list[i];
		if (rule->write && is_below(use->source, rule->source))
			return deny_bind(
				check, check_rule("container.binds", rule->place), use,
				"lies below a directory that clients write: a symbolic link there could "
				"lead anywhere; mount that directory itself");
	}
	for (size_t i = 0; i < rules->count; i++) {
		const struct bind_rule *rule = &rules->list[i];
		if (!is_at_or_below(use->source, rule->source))
			continue;
		if (rule->write || !use->write)
			return true;
		refused = rule;
	}
	if (refused != NULL && use->writer != NULL)
		return deny_bind(check, bind_setting(use, refused->place), use,
		                 arena_format(check->arena, "may be mounted read-only, and %s writes to it",
		                              use->writer));
	if (refused != NULL)
		return deny_bind(check, bind_setting(use, refused->place), use,
		                 "may be mounted read-only and not relabelled");
	return deny_bind(check, bind_setting(use, rules->place), use, "is a path of the host");
}

static bool judge_bind_text(struct check *check, const char *text)
{
	struct bind bind;
	struct error error;

	if (!spec_parse_bind(check->arena, text, &bind, &error))
		return check_deny_malformed(check, "Binds has '%s', which %s", check_shown(check, text),
		                            error.text);
	if (bind.source == NULL)
		return true;
	if (*bind.source != '/')
		return check_race_volume(check, "Binds", bind.source) &&
		       check_volume_named(check, "Binds", bind.source);
	const char *outer = check_enter(check, "Binds: ");
	bool fine = judge_bind(check, &(struct bind_use){
									  .source = bind.source,
									  .write = !bind.mode.read_only || bind.mode.relabel,
									  .propagation = bind.mode.propagation,
								  });
	check_leave(check, outer);
	return fine;
}

/* Mounts of type bind. Making the mount point writes to the host; a read-only mount whose
 * submounts stay writable is not read-only. */
static bool judge_bind_mount(struct check *check, const json_t *mount)
{
	const json_t *options;
	const char *source, *propagation;
	bool read_only, create, partly;
	struct bind_use use = {0};

	if (!check_text(check, mount, "Source", &source) ||
	    !check_flag(check, mount, "ReadOnly", &read_only) ||
	    !check_object(check, mount, "BindOptions", &options) ||
	    !check_text(check, options, "Propagation", &propagation) ||
	    !check_flag(check, options, "CreateMountpoint", &create) ||
	    !check_flag(check, options, "ReadOnlyNonRecursive", &partly))
		return false;
	if (!spec_parse_propagation(propagation, &use.propagation))
		return check_deny_malformed(check, "BindOptions.Propagation is '%s'",
		                            check_shown(check, propagation));
	use.source = spec_clean_path(check->arena, source);
	use.write = !read_only || create || partly;
	use.writer = create   ? "BindOptions.CreateMountpoint"
	             : partly ? "BindOptions.ReadOnlyNonRecursive"
	                      : NULL;
	if (use.source == NULL)
		return check_deny_malformed(check, "Source '%s' is not an absolute path",
		                            check_shown(check, source));
	const char *outer = check_enter(check, "Source ");
	bool fine = judge_bind(check, &use);
	check_leave(check, outer);
	return fine;
}

static bool judge_driver_options(struct check *check, const json_t *config)
{
	const char *outer = check_enter(check, "VolumeOptions.DriverConfig.");
	bool fine = check_volume_options(check, config, "Options");

	check_leave(check, outer);
	return fine;
}

static bool judge_volume_mount(struct check *check, const json_t *mount)
{
	const json_t *options, *config;
	const char *source, *driver;

	if (!check_text(check, mount, "Source", &source) ||
	    !check_object(check, mount, "VolumeOptions", &options) ||
	    !check_object(check, options, "DriverConfig", &config) ||
	    !check_text(check, config, "Name", &driver))
		return false;
	return check_volume_driver(check, "VolumeOptions.DriverConfig.Name", driver) &&
	       judge_driver_options(check, config) &&
	       (*source == '\0' || (check_race_volume(check, "Source", source) &&
	                            check_volume_named(check, "Source", source)));
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
	const char *source;

	return check_text(check, mount, "Source", &source) &&
	       check_image_reference(check, "Source", source);
}

/* Types are dockerd's own lower-case words; npipe and cluster volumes are not for us. */
static bool judge_mount(struct check *check, const json_t *mount)
{
	static const struct {
		const char *type;
		bool (*judge)(struct check *check, const json_t *mount);
	} types[] = {
		{"bind", judge_bind_mount},
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
	       check_each_string(check, host, "Binds", judge_bind_text) &&
	       check_each_mount(check, host, judge_mount) &&
	       check_each_member(check, host, "Tmpfs", judge_tmpfs) &&
	       check_count(check, host, "VolumesFrom") &&
	       check_each_string(check, host, "VolumesFrom", judge_volumes_from);
}

/* What is not said to be read-only is writable. */
static bool judge_existing_bind(struct check *check, const json_t *mount)
{
	const char *source, *propagation;
	struct bind_use use = {.write = !json_is_false(json_member(mount, "RW"))};

	if (!check_text(check, mount, "Source", &source) ||
	    !check_text(check, mount, "Propagation", &propagation))
		return false;
	use.source = spec_clean_path(check->arena, source);
	if (use.source == NULL || !spec_parse_propagation(propagation, &use.propagation))
		return check_deny_malformed(check, "Source '%s' or its propagation is strange",
		                            check_shown(check, source));
	const char *outer = check_enter(check, "Source ");
	bool fine = judge_bind(check, &use);
	check_leave(check, outer);
	return fine;
}

static bool judge_existing_mount(struct check *check, const json_t *mount)
{
	const char *type, *name;

	if (!check_text(check, mount, "Type", &type) || !check_text(check, mount, "Name", &name))
		return false;
	if (strcmp(type, "bind") == 0)
		return judge_existing_bind(check, mount);
	if (strcmp(type, "volume") == 0)
		return check_volume_named(check, "Name", name);
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
