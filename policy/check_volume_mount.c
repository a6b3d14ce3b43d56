/* Volumes of the local driver that are mounts: binds by the rules for binds, network file systems by the
 * servers and paths that the policy lists, tmpfs by its size. */
#include "policy/check.h"

#include "policy/arena.h"
#include "policy/bind_rules.h"
#include "policy/cidr.h"
#include "policy/error.h"
#include "policy/json.h"
#include "policy/listed_path.h"
#include "policy/text.h"
#include "policy/volume_mount.h"

#include <string.h>

/* The rules about a kind, for NFS and CIFS. */
static const struct share_rules *share_rules(const struct check *check, enum volume_mount_kind kind)
{
	const struct volume_rules *rules = &check->policy->volume;

	return kind == VOLUME_MOUNT_NFS ? &rules->nfs : &rules->cifs;
}

static bool server_is_listed(const struct share_rule *rule, const char *server)
{
	struct ip_address address;

	if (ip_parse(server, &address))
		return cidr_holds(&rule->range, &address);
	return rule->range.first.family == IP_NONE && text_equal_ascii(rule->server, server);
}

static bool deny_share(struct check *check, const struct volume_mount *mount, struct place place,
                       const char *why)
{
	const char *kind = volume_mount_kind_name(mount->kind);
	const char *name = mount->kind == VOLUME_MOUNT_NFS ? "volume.nfs" : "volume.cifs";

	return check_deny(check, check_rule(name, place),
	                  "use a volume without this mount, or a share that the policy lists",
	                  "mounts '%s' of '%s' by %s, %s", check_shown(check, mount->path),
	                  check_shown(check, mount->server), kind, why);
}

/* PATH for a server that may not tell capital letters from small ones. */
static const char *small_letters(struct arena *arena, const char *path)
{
	char *small = arena_string(arena, path);

	for (char *at = small; at != NULL && *at != '\0'; at++) {
		if (*at >= 'A' && *at <= 'Z')
			*at = (char)(*at - 'A' + 'a');
	}
	return small;
}

/* Whether somebody may write above what is mounted, by a rule about any server: one with a name and one
 * with an address may be the same. */
static bool is_written_above(struct check *check, const struct volume_mount *mount,
                             const struct share_rule *rule)
{
	struct listed_path small = rule->path;
	const char *path;

	if (mount->kind != VOLUME_MOUNT_CIFS)
		return listed_path_written_above(check->arena, &rule->path, mount->path);
	path = small_letters(check->arena, mount->path);
	small.source = small_letters(check->arena, rule->path.source);
	small.everyone =
		rule->path.everyone != NULL ? small_letters(check->arena, rule->path.everyone) : NULL;
	return path == NULL || small.source == NULL ||
	       (rule->path.everyone != NULL && small.everyone == NULL) ||
	       listed_path_written_above(check->arena, &small, path);
}

static bool judge_share(struct check *check, const struct volume_mount *mount)
{
	const struct share_rules *rules = share_rules(check, mount->kind);
	const struct share_rule *refused = NULL;

	for (size_t i = 0; i < rules->count; i++) {
		if (is_written_above(check, mount, &rules->list[i]))
			return deny_share(check, mount, rules->list[i].place,
			                  "below a directory that clients write");
	}
	for (size_t i = 0; i < rules->count; i++) {
		const struct share_rule *rule = &rules->list[i];
		if (!server_is_listed(rule, mount->server) ||
		    !listed_path_covers(check->arena, &rule->path, check->identity, mount->path))
			continue;
		if (rule->path.write || !mount->write)
			return true;
		refused = rule;
	}
	if (refused != NULL)
		return deny_share(check, mount, refused->place, "which needs the word 'ro' in option 'o'");
	return deny_share(check, mount, rules->place, "which is not listed");
}

static bool judge_tmpfs(struct check *check, const struct volume_mount *mount)
{
	const struct size_setting *most = &check->policy->volume.tmpfs_size;

	if (mount->size_bytes > 0 && mount->size_bytes <= most->bytes)
		return true;
	return check_deny(check, check_rule("volume.tmpfs_size", most->place),
	                  "give it a smaller one, like --opt o=size=64m",
	                  mount->size_bytes == 0 ? "is a tmpfs without a size"
	                                         : "is a tmpfs of more than the policy's size");
}

static bool judge_bind(struct check *check, const struct volume_mount *mount)
{
	const struct bind_use use = {
		.source = mount->path,
		.write = mount->write,
		.propagation = mount->propagation,
	};
	const char *outer = check_enter(check, "bind ");
	bool fine = check_bind(check, &use);

	check_leave(check, outer);
	return fine;
}

static bool judge_mount(struct check *check, const struct volume_mount *mount)
{
	switch (mount->kind) {
	case VOLUME_MOUNT_OTHER:
		return false;
	case VOLUME_MOUNT_BIND:
		return judge_bind(check, mount);
	case VOLUME_MOUNT_NFS:
	case VOLUME_MOUNT_CIFS:
		return judge_share(check, mount);
	case VOLUME_MOUNT_TMPFS:
		return judge_tmpfs(check, mount);
	}
	return false;
}

static bool has_rules(const struct check *check, enum volume_mount_kind kind)
{
	switch (kind) {
	case VOLUME_MOUNT_OTHER:
		return false;
	case VOLUME_MOUNT_BIND:
		return check->policy->container.binds.count > 0;
	case VOLUME_MOUNT_NFS:
	case VOLUME_MOUNT_CIFS:
		return share_rules(check, kind)->given;
	case VOLUME_MOUNT_TMPFS:
		return check->policy->volume.tmpfs_size.bytes > 0;
	}
	return false;
}

/* The rule that a mount is read for. */
static struct rule rule_about(const struct check *check, enum volume_mount_kind kind)
{
	switch (kind) {
	case VOLUME_MOUNT_OTHER:
		break;
	case VOLUME_MOUNT_BIND:
		return check_rule("container.binds", check->policy->container.binds.place);
	case VOLUME_MOUNT_NFS:
		return check_rule("volume.nfs", check->policy->volume.nfs.place);
	case VOLUME_MOUNT_CIFS:
		return check_rule("volume.cifs", check->policy->volume.cifs.place);
	case VOLUME_MOUNT_TMPFS:
		return check_rule("volume.tmpfs_size", check->policy->volume.tmpfs_size.place);
	}
	return check_rule("volume.options", check->policy->volume.options.place);
}

bool check_is_mount_by_rule(struct check *check, const json_t *options)
{
	const char *type = json_member_string(options, "type"), *o = json_member_string(options, "o");

	return type != NULL && has_rules(check, volume_mount_kind(type, o != NULL ? o : ""));
}

bool check_volume_mount(struct check *check, const json_t *options)
{
	const char *type, *o, *device;
	struct volume_mount mount;
	struct error error;

	if (!check_text(check, options, "type", &type) || !check_text(check, options, "o", &o) ||
	    !check_text(check, options, "device", &device))
		return false;
	if (volume_mount_read(check->arena, type, o, device, &mount, &error))
		return judge_mount(check, &mount);
	return check_deny(check, rule_about(check, volume_mount_kind(type, o)),
	                  "use only what cannot lead anywhere else", "%s", error.text);
}
