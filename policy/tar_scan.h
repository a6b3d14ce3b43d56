/* Reads a tar archive on its way to the daemon, piece by piece, for the few files in it that say what it
 * is about. Strict: whatever Go's archive/tar, which the daemon reads with, and others could read in two
 * ways is refused, and so is whatever could put another content in the place of such a file. Bounded in
 * memory, not in length. */
#ifndef QUAYMASTER_POLICY_TAR_SCAN_H
#define QUAYMASTER_POLICY_TAR_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tar_scan;

enum tar_kind {
	TAR_OF_IMAGES, /* docker save's: plain files, and links nowhere but where docker save puts them */
	TAR_OF_CONTEXT /* a build's: anything, but nothing may be written through a link */
};

enum { TAR_WANTED_MAX = 4, TAR_FILE_BYTES_MAX = 1 << 20 };

/* A scan that looks for the files NAMES (COUNT of them; "manifest.json", "a/Dockerfile"), each at most once
 * and of TAR_FILE_BYTES_MAX. NAMES must outlive it. NULL when there is no memory. */
struct tar_scan *tar_scan_new(enum tar_kind kind, const char *const *names, size_t count);
void tar_scan_free(struct tar_scan *scan); /* NULL is fine */

/* Is told of each file of the archive, in pieces; each call returns NULL, or what is wrong with the archive. */
struct tar_listener {
	const char *(*begin)(void *owner, const char *path, uint64_t size); /* PATH is cleaned */
	const char *(*data)(void *owner, const char *bytes, size_t len);
	const char *(*end)(void *owner);
	void *owner;
};

/* Before the first bytes. LISTENER is copied. */
void tar_scan_listen(struct tar_scan *scan, const struct tar_listener *listener);

/* Takes the next bytes. False when the archive is refused: tar_scan_error says why, and nothing is taken
 * any more. */
bool tar_scan_feed(struct tar_scan *scan, const char *bytes, size_t len);
/* True once the first block of the end marker was there: a reader that has it may take the archive for
 * complete. Only zeros may follow. */
bool tar_scan_has_end(const struct tar_scan *scan);
/* No more bytes will come. False when the archive is refused: it ends within an entry. */
bool tar_scan_finish(struct tar_scan *scan);
/* "has a file larger than ..."; NULL while nothing is wrong. */
const char *tar_scan_error(const struct tar_scan *scan);

/* The content of the file NAMES[INDEX], terminated, with its length; NULL when it has not come (whole).
 * Lives as long as the scan. */
const char *tar_scan_file(const struct tar_scan *scan, size_t index, size_t *len);

/* What it has in memory now; for whoever keeps to a budget. */
size_t tar_scan_bytes(const struct tar_scan *scan);

#endif
