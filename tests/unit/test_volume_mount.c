/* What type, o and device of a local volume mount: read to the last word, or not at all. What policies make of it is
 * in tests/vectors/volume_rules.txt. */
#include "policy/arena.h"
#include "policy/error.h"
#include "policy/volume_mount.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void assert_same(const char *got, const char *wanted)
{
	if (wanted == NULL)
		assert_null(got);
	else
		assert_string_equal(got, wanted);
}

static void mounts_are_read(void **state)
{
	static const struct {
		const char *type, *o, *device;
		struct volume_mount mount;
	} rows[] = {
		{"none", "bind", "/a", {.kind = VOLUME_MOUNT_BIND, .path = "/a", .write = true}},
		{"bind", "ro,bind", "/a/b", {.kind = VOLUME_MOUNT_BIND, .path = "/a/b"}},
		{"none", "rbind,ro", "/a", {.kind = VOLUME_MOUNT_BIND, .path = "/a", .write = true}},
		{"none",
	     "bind,rslave,noexec",
	     "/",
	     {.kind = VOLUME_MOUNT_BIND, .path = "/", .write = true, .propagation = PROPAGATION_SLAVE}},
		{"nfs",
	     "addr=10.0.0.5",
	     ":/x",
	     {.kind = VOLUME_MOUNT_NFS, .path = "/x", .server = "10.0.0.5", .write = true}},
		{"nfs4",
	     "ro,addr=nfs.example,vers=4.2",
	     "NFS.example:/x/y",
	     {.kind = VOLUME_MOUNT_NFS, .path = "/x/y", .server = "nfs.example"}},
		{"nfs",
	     "addr=fd00::5,soft",
	     "[fd00::5]:/x",
	     {.kind = VOLUME_MOUNT_NFS, .path = "/x", .server = "fd00::5", .write = true}},
		{"cifs",
	     "",
	     "//files/share",
	     {.kind = VOLUME_MOUNT_CIFS, .path = "/share", .server = "files", .write = true}},
		{"cifs",
	     "addr=10.0.0.7,ro,password=a=b",
	     "//files/share/x",
	     {.kind = VOLUME_MOUNT_CIFS, .path = "/share/x", .server = "10.0.0.7"}},
		{"tmpfs", "", "tmpfs", {.kind = VOLUME_MOUNT_TMPFS, .write = true}},
		{"tmpfs",
	     "size=64m,nosuid",
	     "tmpfs",
	     {.kind = VOLUME_MOUNT_TMPFS, .write = true, .size_bytes = 64LL << 20}},
	};
	struct arena *arena = arena_new(1 << 16);

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct volume_mount *wanted = &rows[i].mount;
		struct error error = {""};
		struct volume_mount mount;

		if (!volume_mount_read(arena, rows[i].type, rows[i].o, rows[i].device, &mount, &error))
			fail_msg("%s %s %s: %s", rows[i].type, rows[i].o, rows[i].device, error.text);
		assert_int_equal(mount.kind, wanted->kind);
		assert_same(mount.path, wanted->path);
		assert_same(mount.server, wanted->server);
		assert_int_equal(mount.write, wanted->write);
		assert_int_equal(mount.propagation, wanted->propagation);
		assert_int_equal(mount.size_bytes, wanted->size_bytes);
	}
	arena_free(arena);
}

static void kinds_are_told_by_type_and_bind(void **state)
{
	static const struct {
		const char *type, *o, *name;
	} rows[] = {
		{"", "", "other"},           {"ext4", "", "other"},        {"nfs", "", "nfs"},
		{"nfs4", "", "nfs"},         {"nfs3", "", "other"},        {"cifs", "", "cifs"},
		{"smb3", "", "other"},       {"tmpfs", "", "tmpfs"},       {"tmpfs", "bind", "bind"},
		{"none", "ro,bind", "bind"}, {"none", "rbind,ro", "bind"}, {"none", "binds", "other"},
		{"none", "xbind", "other"},  {"none", "bind=1", "other"},  {"none", "a,bind,b", "bind"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_string_equal(volume_mount_kind_name(volume_mount_kind(rows[i].type, rows[i].o)),
		                    rows[i].name);
}

/* The vectors have the others. */
static void secrets_stay_out_of_messages(void **state)
{
	struct arena *arena = arena_new(1 << 16);
	struct error error = {""};
	struct volume_mount mount;

	(void)state;
	assert_false(volume_mount_read(arena, "cifs", "evil=topsecret,password=topsecret", "//a/b",
	                               &mount, &error));
	assert_non_null(strstr(error.text, "'evil'"));
	assert_null(strstr(error.text, "topsecret"));
	arena_free(arena);
}

static void what_is_of_no_kind_or_finds_no_memory_is_refused(void **state)
{
	struct arena *arena = arena_new(1 << 16), *empty = arena_new(0);
	struct error error = {""};
	struct volume_mount mount;

	(void)state;
	assert_false(volume_mount_read(arena, "ext4", "", "/dev/sda", &mount, &error));
	assert_false(volume_mount_read(empty, "nfs", "addr=a", ":/x", &mount, &error));
	assert_false(volume_mount_read(empty, "cifs", "", "//a/b", &mount, &error));
	assert_false(volume_mount_read(empty, "none", "bind", "/x", &mount, &error));
	arena_free(arena);
	arena_free(empty);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mounts_are_read),
		cmocka_unit_test(kinds_are_told_by_type_and_bind),
		cmocka_unit_test(secrets_stay_out_of_messages),
		cmocka_unit_test(what_is_of_no_kind_or_finds_no_memory_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
