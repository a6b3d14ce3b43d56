/* What the options `type`, `o` and `device` of a local volume make the daemon mount as root, read so
 * strictly that nothing is left to the kernel's or dockerd's own reading. */
#ifndef QUAYMASTER_POLICY_VOLUME_MOUNT_H
#define QUAYMASTER_POLICY_VOLUME_MOUNT_H

#include "policy/spec.h"

#include <stdbool.h>

struct arena;
struct error;

enum volume_mount_kind {
	VOLUME_MOUNT_OTHER = 0, /* a file system that no rule is about */
	VOLUME_MOUNT_BIND,      /* a path of the host */
	VOLUME_MOUNT_NFS,
	VOLUME_MOUNT_CIFS,
	VOLUME_MOUNT_TMPFS
};

/* "nfs", for messages. */
const char *volume_mount_kind_name(enum volume_mount_kind kind);

struct volume_mount {
	enum volume_mount_kind kind;
	const char *path;   /* of the host, or exported, "/share/path" of CIFS: clean */
	const char *server; /* of NFS and CIFS: an address or a name */
	bool write;
	enum propagation propagation; /* of a bind */
	long long size_bytes;         /* of tmpfs; 0: none is given */
};

/* What TYPE and O (either may be "") say the mount is. */
enum volume_mount_kind volume_mount_kind(const char *type, const char *o);

/* Reads a mount of a kind that is not OTHER. False with ERROR ("has the option 'port' in o, ...") when
 * anything in it is not known to stay within what the rules are about; no value of an option is told.
 * Strings live in ARENA. */
bool volume_mount_read(struct arena *arena, const char *type, const char *o, const char *device,
                       struct volume_mount *mount, struct error *error);

#endif
