/* Mount options of local volumes: type, o and device, each on a line. Whatever is read has a clean path, leads where
 * the words say that it leads, and holds no word that leads elsewhere. */
#include "policy/arena.h"
#include "policy/error.h"
#include "policy/volume_mount.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Words by which a mount reaches another server, another file system or a file of the host. */
static const char *const forbidden[] = {
	"mountaddr=",   "mounthost=",  "clientaddr=", "mountport=",   "ip=",          "unc=",
	"target=",      "prefixpath=", "srcaddr=",    "netbiosname=", "servern=",     "cred=",
	"credentials=", "lowerdir=",   "remount",     "move",         "shared,bind=", "trans=",
	"loop",         "subvol=",     "nr_blocks=",  "fsc",          "migration",    "posix_unc=",
};

static void assert_no_forbidden_word(const char *o)
{
	for (const char *at = o; at != NULL; at = strchr(at, ',')) {
		at += *at == ',' ? 1 : 0;
		for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++)
			assert(strncmp(at, forbidden[i], strlen(forbidden[i])) != 0);
	}
}

/* The value of the only addr= in O, as a daemon or a kernel would find it; NULL when there is none. */
static const char *only_address(struct arena *arena, const char *o)
{
	const char *found = NULL;

	for (const char *at = o; at != NULL; at = strchr(at, ',')) {
		at += *at == ',' ? 1 : 0;
		if (strncmp(at, "addr=", 5) != 0)
			continue;
		assert(found == NULL);
		found = arena_copy(arena, at + 5, strcspn(at + 5, ","));
		assert(found != NULL && *found != '\0');
	}
	return found;
}

static void assert_sound(struct arena *arena, const struct volume_mount *mount, const char *o,
                         const char *device)
{
	const char *address = only_address(arena, o);

	assert(mount->kind != VOLUME_MOUNT_OTHER);
	assert_no_forbidden_word(o);
	if (mount->kind == VOLUME_MOUNT_TMPFS) {
		assert(mount->path == NULL && mount->size_bytes >= 0);
		return;
	}
	assert(mount->path != NULL && mount->path[0] == '/');
	assert(strcmp(spec_clean_path(arena, mount->path), mount->path) == 0);
	assert(strcmp(device + strlen(device) - strlen(mount->path), mount->path) == 0);
	if (mount->kind == VOLUME_MOUNT_BIND)
		assert(mount->server == NULL && address == NULL);
	else
		assert(mount->server != NULL && (address == NULL || strcmp(mount->server, address) == 0));
	if (mount->kind == VOLUME_MOUNT_NFS)
		assert(address != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(1 << 20);
	struct volume_mount mount;
	struct error error = {""};

	if (arena != NULL && size < 4096 && memchr(data, 0, size) == NULL) {
		char *type = arena_alloc(arena, size + 1), *o, *device;

		assert(type != NULL);
		if (size > 0)
			memcpy(type, data, size);
		o = type + strcspn(type, "\n");
		if (*o != '\0')
			*o++ = '\0';
		device = o + strcspn(o, "\n");
		if (*device != '\0')
			*device++ = '\0';
		if (volume_mount_read(arena, type, o, device, &mount, &error))
			assert_sound(arena, &mount, o, device);
		else
			assert(error.text[0] != '\0');
	}
	arena_free(arena);
	return 0;
}
