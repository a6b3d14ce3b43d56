/* What compresses an archive is told by its first bytes, as dockerd does it. */
#include "proxy/upload_scan.h"

#include "policy/tar_scan.h"
#include "policy/upload.h"
#include "proxy/gunzip.h"
#include "proxy/upload_contents.h"

#include <stdlib.h>
#include <string.h>

enum {
	SNIFFED = 10,
	GUNZIP_BYTES = 80 * 1024
}; /* dockerd looks at as many; zlib has about as much */

struct upload_scan {
	struct tar_scan *tar;
	struct gunzip *gunzip;            /* NULL: it is not compressed */
	struct upload_contents *contents; /* NULL: no stock is taken */
	size_t file_count;
	unsigned char start[SNIFFED];
	size_t started; /* of the start */
	bool sniffed;
	const char *wrong;
};

/* ---- the first bytes ---- */

static bool begins(const struct upload_scan *scan, const char *magic, size_t len)
{
	return scan->started >= len && memcmp(scan->start, magic, len) == 0;
}

/* zstd's frames to be skipped have sixteen magics. */
static bool is_zstd(const struct upload_scan *scan)
{
	return begins(scan, "\x28\xb5\x2f\xfd", 4) ||
	       (scan->started >= 8 && (scan->start[0] & 0xf0) == 0x50 &&
	        memcmp(scan->start + 1, "\x2a\x4d\x18", 3) == 0);
}

static const char *unread_compression(const struct upload_scan *scan)
{
	if (begins(scan, "BZh", 3))
		return "is compressed with bzip2, which is not looked into; use gzip, or none";
	if (begins(scan, "\xfd\x37\x7a\x58\x5a\x00", 6))
		return "is compressed with xz, which is not looked into; use gzip, or none";
	if (is_zstd(scan))
		return "is compressed with zstd, which is not looked into; use gzip, or none";
	return NULL;
}

static bool sniff(struct upload_scan *scan)
{
	scan->sniffed = true;
	scan->wrong = unread_compression(scan);
	if (scan->wrong != NULL)
		return false;
	if (!begins(scan, "\x1f\x8b\x08", 3))
		return true;
	scan->gunzip = gunzip_new();
	if (scan->gunzip == NULL)
		scan->wrong = "needs too much memory to be looked into";
	return scan->wrong == NULL;
}

/* ---- the rest ---- */

static bool take_plain(void *context, const char *bytes, size_t len)
{
	struct upload_scan *scan = context;

	if (tar_scan_feed(scan->tar, bytes, len))
		return true;
	scan->wrong = tar_scan_error(scan->tar);
	return false;
}

static bool take(struct upload_scan *scan, const char *bytes, size_t len)
{
	if (scan->gunzip == NULL)
		return take_plain(scan, bytes, len);
	if (gunzip_feed(scan->gunzip, bytes, len, take_plain, scan))
		return true;
	if (scan->wrong == NULL)
		scan->wrong = "is no proper gzip";
	return false;
}

/* Takes as much as is needed to tell what it is, then gives that on. */
static bool take_start(struct upload_scan *scan, const char **bytes, size_t *len, bool last)
{
	size_t part = SNIFFED - scan->started < *len ? SNIFFED - scan->started : *len;

	memcpy(scan->start + scan->started, *bytes, part);
	scan->started += part;
	*bytes += part;
	*len -= part;
	if (scan->started < SNIFFED && !last)
		return true;
	return sniff(scan) && take(scan, (const char *)scan->start, scan->started);
}

static bool finish(struct upload_scan *scan)
{
	if (scan->gunzip != NULL && !gunzip_is_complete(scan->gunzip))
		scan->wrong = "is cut short";
	else if (!tar_scan_finish(scan->tar))
		scan->wrong = tar_scan_error(scan->tar);
	return scan->wrong == NULL;
}

enum upload_state upload_scan_feed(struct upload_scan *scan, const char *bytes, size_t len,
                                   bool last)
{
	if (scan->wrong != NULL)
		return UPLOAD_REFUSED;
	if (scan->contents != NULL)
		upload_contents_expect(scan->contents, len);
	if (!scan->sniffed && !take_start(scan, &bytes, &len, last))
		return UPLOAD_REFUSED;
	if (!take(scan, bytes, len) || (last && !finish(scan)))
		return UPLOAD_REFUSED;
	return last || tar_scan_has_end(scan->tar) ? UPLOAD_HOLDS_END : UPLOAD_GOES_ON;
}

void upload_scan_tell(const struct upload_scan *scan, struct upload *upload)
{
	*upload = (struct upload){.wrong = scan->wrong};
	if (scan->contents != NULL)
		upload->contents = upload_contents_stock(scan->contents);
	for (size_t i = 0; i < scan->file_count; i++)
		upload->files[i].text = tar_scan_file(scan->tar, i, &upload->files[i].len);
}

size_t upload_scan_bytes(const struct upload_scan *scan)
{
	size_t stock =
		scan->contents != NULL ? upload_contents_bytes(scan->contents) + GUNZIP_BYTES : 0;

	return tar_scan_bytes(scan->tar) + (scan->gunzip != NULL ? GUNZIP_BYTES : 0) + stock;
}

static bool take_stock(struct upload_scan *scan)
{
	scan->contents = upload_contents_new();
	if (scan->contents == NULL)
		return false;
	upload_contents_listen(scan->contents, scan->tar);
	return true;
}

struct upload_scan *upload_scan_new(const struct upload_plan *plan)
{
	struct upload_scan *scan = calloc(1, sizeof *scan);

	if (scan == NULL)
		return NULL;
	scan->file_count = plan->count;
	scan->tar = tar_scan_new(plan->kind, plan->names, plan->count);
	if (scan->tar != NULL && (!plan->takes_stock || take_stock(scan)))
		return scan;
	upload_scan_free(scan);
	return NULL;
}

void upload_scan_free(struct upload_scan *scan)
{
	if (scan == NULL)
		return;
	tar_scan_free(scan->tar);
	gunzip_free(scan->gunzip);
	upload_contents_free(scan->contents);
	free(scan);
}
