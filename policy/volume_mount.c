/* Reads mount options, kind by kind. For each kind there is a list of words that change how its files
 * are read, cached or shown, and none that leads anywhere else. */
#include "policy/volume_mount.h"

#include "policy/arena.h"
#include "policy/cidr.h"
#include "policy/error.h"
#include "policy/text.h"

#include <stddef.h>
#include <string.h>

enum { SHOWN_MAX = 40 };

const char *volume_mount_kind_name(enum volume_mount_kind kind)
{
	switch (kind) {
	case VOLUME_MOUNT_OTHER:
		return "other";
	case VOLUME_MOUNT_BIND:
		return "bind";
	case VOLUME_MOUNT_NFS:
		return "nfs";
	case VOLUME_MOUNT_CIFS:
		return "cifs";
	case VOLUME_MOUNT_TMPFS:
		return "tmpfs";
	}
	return "other";
}

/* ---- words ---- */

/* One "name" or "name=value" of O; VALUE is NULL when there is no '='. */
struct word {
	const char *name, *value;
};

/* What the words of O have said so far. */
struct reading {
	struct arena *arena;
	struct volume_mount *mount;
	bool said_access, recursive, said_propagation;
	const char *address; /* of addr= */
};

static bool is_one_of(const char *const *words, const char *word)
{
	for (; *words != NULL; words++) {
		if (strcmp(*words, word) == 0)
			return true;
	}
	return false;
}

/* "ro", "rw" and what every file system takes. */
static bool read_common(struct reading *reading, const struct word *word)
{
	static const char *const words[] = {"atime",    "noatime",    "diratime", "nodiratime",
	                                    "relatime", "norelatime", "noexec",   "nosuid",
	                                    "nodev",    "sync",       "async",    "dirsync",
	                                    "exec",     "suid",       "dev",      "defaults",
	                                    NULL};

	if (word->value != NULL)
		return false;
	if (strcmp(word->name, "ro") == 0 || strcmp(word->name, "rw") == 0) {
		bool again = reading->said_access;
		reading->said_access = true;
		reading->mount->write = word->name[1] == 'w';
		return !again;
	}
	return is_one_of(words, word->name);
}

static bool read_bind_word(struct reading *reading, const struct word *word)
{
	bool again = reading->said_propagation;

	if (word->value != NULL)
		return false;
	if (strcmp(word->name, "bind") == 0 || strcmp(word->name, "rbind") == 0) {
		reading->recursive = reading->recursive || word->name[0] == 'r';
		return true;
	}
	reading->said_propagation = true;
	return word->name[0] != '\0' && !again &&
	       spec_parse_propagation(word->name, &reading->mount->propagation);
}

/* Of addr= the daemon takes the first and the kernel the last. */
static bool read_address(struct reading *reading, const char *value)
{
	bool again = reading->address != NULL;

	reading->address = value;
	return !again && value != NULL && *value != '\0';
}

static bool read_nfs_word(struct reading *reading, const struct word *word)
{
	static const char *const flags[] = {"hard",     "soft",       "softerr",    "intr",
	                                    "nointr",   "lock",       "nolock",     "ac",
	                                    "noac",     "cto",        "nocto",      "acl",
	                                    "noacl",    "tcp",        "udp",        "rdma",
	                                    "resvport", "noresvport", "sharecache", "nosharecache",
	                                    "rdirplus", "nordirplus", "v3",         "v4",
	                                    "v4.0",     "v4.1",       "v4.2",       NULL};
	static const char *const values[] = {"vers",        "nfsvers",    "minorversion", "proto",
	                                     "timeo",       "retrans",    "retry",        "rsize",
	                                     "wsize",       "sec",        "actimeo",      "acregmin",
	                                     "acregmax",    "acdirmin",   "acdirmax",     "nconnect",
	                                     "lookupcache", "local_lock", "mountvers",    "mountproto",
	                                     NULL};

	if (strcmp(word->name, "addr") == 0)
		return read_address(reading, word->value);
	if (strcmp(word->name, "port") == 0)
		return word->value != NULL && strcmp(word->value, "2049") == 0;
	return is_one_of(word->value != NULL ? values : flags, word->name);
}

static bool read_cifs_word(struct reading *reading, const struct word *word)
{
	static const char *const flags[] = {
		"guest",        "seal",       "nounix",     "unix",    "serverino", "noserverino",
		"mfsymlinks",   "nobrl",      "brl",        "nolock",  "forceuid",  "noforceuid",
		"forcegid",     "noforcegid", "perm",       "noperm",  "soft",      "hard",
		"mapposix",     "mapchars",   "nomapchars", "dynperm", "nodynperm", "posixpaths",
		"noposixpaths", "intr",       "nointr",     "cifsacl", NULL};
	static const char *const values[] = {"username", "user",      "password",      "pass",
	                                     "domain",   "dom",       "workgroup",     "vers",
	                                     "sec",      "uid",       "gid",           "file_mode",
	                                     "dir_mode", "iocharset", "cache",         "rsize",
	                                     "wsize",    "actimeo",   "echo_interval", "credits",
	                                     NULL};

	if (strcmp(word->name, "addr") == 0)
		return read_address(reading, word->value);
	if (strcmp(word->name, "port") == 0)
		return word->value != NULL && strcmp(word->value, "445") == 0;
	return is_one_of(word->value != NULL ? values : flags, word->name);
}

static bool read_tmpfs_word(struct reading *reading, const struct word *word)
{
	static const char *const values[] = {"mode", "uid", "gid", "nr_inodes", NULL};
	bool again = reading->mount->size_bytes > 0;

	if (strcmp(word->name, "size") == 0)
		return !again && word->value != NULL &&
		       text_to_size(word->value, &reading->mount->size_bytes) &&
		       reading->mount->size_bytes > 0;
	return word->value != NULL && is_one_of(values, word->name);
}

static bool read_word(struct reading *reading, const struct word *word)
{
	if (read_common(reading, word))
		return true;
	switch (reading->mount->kind) {
	case VOLUME_MOUNT_OTHER:
		return false;
	case VOLUME_MOUNT_BIND:
		return read_bind_word(reading, word);
	case VOLUME_MOUNT_NFS:
		return read_nfs_word(reading, word);
	case VOLUME_MOUNT_CIFS:
		return read_cifs_word(reading, word);
	case VOLUME_MOUNT_TMPFS:
		return read_tmpfs_word(reading, word);
	}
	return false;
}

/* Cuts the next word off *REST; NULL when there is none. */
static char *take_word(char **rest, struct word *word)
{
	char *name = *rest;
	char *comma = strchr(name, ','), *equals;

	if (comma != NULL)
		*comma = '\0';
	*rest = comma != NULL ? comma + 1 : NULL;
	equals = strchr(name, '=');
	if (equals != NULL)
		*equals = '\0';
	*word = (struct word){name, equals != NULL ? equals + 1 : NULL};
	return name;
}

static bool read_words(struct reading *reading, const char *o, struct error *error)
{
	char *rest = arena_string(reading->arena, o);

	if (rest == NULL)
		return error_set(error, "there is no memory left");
	while (rest != NULL && *o != '\0') {
		struct word word;
		const char *name = take_word(&rest, &word);
		if (!read_word(reading, &word))
			return error_set(error, "has '%s' in its option 'o', which no rule is about",
			                 text_printable(reading->arena, name, SHOWN_MAX));
	}
	return true;
}

/* True when one of O's words is WORD. */
static bool has_word(const char *o, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = o; at != NULL; at = strchr(at, ',')) {
		at += *at == ',' ? 1 : 0;
		if (strncmp(at, word, len) == 0 && (at[len] == ',' || at[len] == '\0'))
			return true;
	}
	return false;
}

/* Whoever binds, binds, whatever type is named. */
enum volume_mount_kind volume_mount_kind(const char *type, const char *o)
{
	static const struct {
		const char *type;
		enum volume_mount_kind kind;
	} types[] = {
		{"nfs", VOLUME_MOUNT_NFS},
		{"nfs4", VOLUME_MOUNT_NFS},
		{"cifs", VOLUME_MOUNT_CIFS},
		{"tmpfs", VOLUME_MOUNT_TMPFS},
	};

	if (has_word(o, "bind") || has_word(o, "rbind"))
		return VOLUME_MOUNT_BIND;
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		if (strcmp(types[i].type, type) == 0)
			return types[i].kind;
	}
	return VOLUME_MOUNT_OTHER;
}

/* ---- devices ---- */

static bool set_path(struct reading *reading, const char *path, struct error *error)
{
	const char *clean = spec_clean_path(reading->arena, path);

	if (clean == NULL || strcmp(clean, path) != 0)
		return error_set(error, "has no absolute path in its shortest form in its option 'device'");
	reading->mount->path = clean;
	return true;
}

/* A read-only bind whose submounts stay writable is not read-only. */
static bool read_bind_device(struct reading *reading, const char *device, struct error *error)
{
	struct volume_mount *mount = reading->mount;

	mount->write = mount->write || reading->recursive;
	return set_path(reading, device, error);
}

/* HOST of the device goes nowhere: the address does. It must not look as if. */
static bool names_server(const struct reading *reading, const char *host, size_t len)
{
	const char *copy = arena_copy(reading->arena, host, len);

	return len == 0 || (copy != NULL && text_equal_ascii(copy, reading->address));
}

static bool read_nfs_device(struct reading *reading, const char *device, struct error *error)
{
	bool bracket = *device == '[';
	const char *colon = bracket ? strstr(device, "]:") : strchr(device, ':');
	const char *host = bracket ? device + 1 : device;

	if (reading->address == NULL)
		return error_set(error, "has no 'addr=' in its option 'o'");
	if (colon == NULL || !names_server(reading, host, (size_t)(colon - host)))
		return error_set(error, "has an option 'device' that is not ':/path' nor names the server "
		                        "as 'addr=' does");
	reading->mount->server = reading->address;
	return set_path(reading, colon + (bracket ? 2 : 1), error);
}

/* dockerd reads "//server/share/path" as a URL and unescapes it: only what that leaves alone. */
static bool read_cifs_device(struct reading *reading, const char *device, struct error *error)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-$/";
	const char *host = device + 2;
	size_t len;

	if (strncmp(device, "//", 2) != 0 || device[strspn(device, plain)] != '\0')
		return error_set(error, "has an option 'device' that is not '//server/share/path' of "
		                        "letters, digits and '._-$'");
	len = strcspn(host, "/");
	reading->mount->server =
		reading->address != NULL ? reading->address : arena_copy(reading->arena, host, len);
	if (len == 0 || host[len] == '\0' || reading->mount->server == NULL)
		return error_set(error, "names no share in its option 'device'");
	return set_path(reading, host + len, error);
}

static bool read_device(struct reading *reading, const char *device, struct error *error)
{
	switch (reading->mount->kind) {
	case VOLUME_MOUNT_OTHER:
		return error_set(error, "mounts a file system that no rule is about");
	case VOLUME_MOUNT_BIND:
		return read_bind_device(reading, device, error);
	case VOLUME_MOUNT_NFS:
		return read_nfs_device(reading, device, error);
	case VOLUME_MOUNT_CIFS:
		return read_cifs_device(reading, device, error);
	case VOLUME_MOUNT_TMPFS:
		return strcmp(device, "tmpfs") == 0 ||
		       error_set(error, "is a tmpfs whose option 'device' is not 'tmpfs'");
	}
	return false;
}

static bool type_fits(enum volume_mount_kind kind, const char *type)
{
	return kind != VOLUME_MOUNT_BIND || strcmp(type, "none") == 0 || strcmp(type, "bind") == 0;
}

bool volume_mount_read(struct arena *arena, const char *type, const char *o, const char *device,
                       struct volume_mount *mount, struct error *error)
{
	struct reading reading = {.arena = arena, .mount = mount};

	*mount = (struct volume_mount){.kind = volume_mount_kind(type, o), .write = true};
	if (!type_fits(mount->kind, type))
		return error_set(error, "binds with another type than 'none'");
	return read_words(&reading, o, error) && read_device(&reading, device, error);
}
