/* One file at a time. What is hashed costs the loop its time, so that it is bounded by what the client sends: compressed in
 * compressed, a few kilobytes could stand for gigabytes. */
#include "proxy/upload_contents.h"

#include "policy/archive_contents.h"
#include "policy/tar_scan.h"
#include "proxy/gunzip.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

enum { MAGIC_SIZE = 3, EXPANSION_MAX = 64, ALLOWANCE_BYTES = 8 << 20, PATH_SIZE = 4096 };

static const char too_large[] = "expands to far more than it is; send it uncompressed";
static const char no_memory[] = "needs too much memory to be looked into";

struct upload_contents {
	struct archive_contents *stock;
	uint64_t allowed; /* bytes that may still be hashed */
	bool overdrawn;
	/* Of the file at hand. */
	char path[PATH_SIZE];
	EVP_MD_CTX *hash, *unpacked; /* OpenSSL's: layers are large */
	struct gunzip *gunzip;       /* NULL: it is not compressed, or badly */
	char start[MAGIC_SIZE];
	size_t seen, size;
	char *text; /* NULL: it is none to be kept */
};

struct upload_contents *upload_contents_new(void)
{
	struct upload_contents *contents = calloc(1, sizeof *contents);

	if (contents == NULL)
		return NULL;
	contents->allowed = ALLOWANCE_BYTES;
	contents->stock = archive_contents_new();
	contents->hash = EVP_MD_CTX_new();
	contents->unpacked = EVP_MD_CTX_new();
	if (contents->stock != NULL && contents->hash != NULL && contents->unpacked != NULL)
		return contents;
	upload_contents_free(contents);
	return NULL;
}

void upload_contents_free(struct upload_contents *contents)
{
	if (contents == NULL)
		return;
	archive_contents_free(contents->stock);
	EVP_MD_CTX_free(contents->hash);
	EVP_MD_CTX_free(contents->unpacked);
	gunzip_free(contents->gunzip);
	free(contents->text);
	free(contents);
}

void upload_contents_expect(struct upload_contents *contents, size_t len)
{
	contents->allowed += (uint64_t)len * EXPANSION_MAX;
}

const struct archive_contents *upload_contents_stock(const struct upload_contents *contents)
{
	return contents->stock;
}

size_t upload_contents_bytes(const struct upload_contents *contents)
{
	return sizeof *contents + archive_contents_bytes(contents->stock) + ARCHIVE_DOCUMENT_BYTES_MAX;
}

/* ---- one file ---- */

static const char *begin(void *owner, const char *path, uint64_t size)
{
	struct upload_contents *contents = owner;
	size_t len = strlen(path);

	if (len >= sizeof contents->path)
		return "has a name that is too long";
	memcpy(contents->path, path, len + 1);
	contents->seen = 0;
	contents->size = 0;
	if (EVP_DigestInit_ex(contents->hash, EVP_sha256(), NULL) != 1 ||
	    EVP_DigestInit_ex(contents->unpacked, EVP_sha256(), NULL) != 1)
		return no_memory;
	if (size == 0 || size > ARCHIVE_DOCUMENT_BYTES_MAX)
		return NULL;
	contents->size = (size_t)size;
	contents->text = malloc(contents->size);
	return contents->text != NULL ? NULL : no_memory;
}

static bool take_unpacked(void *owner, const char *bytes, size_t len)
{
	struct upload_contents *contents = owner;

	contents->overdrawn = len > contents->allowed;
	if (contents->overdrawn)
		return false;
	contents->allowed -= len;
	return EVP_DigestUpdate(contents->unpacked, bytes, len) == 1;
}

/* What is no gzip after all is of no use as one. */
static const char *unpack(struct upload_contents *contents, const char *bytes, size_t len)
{
	if (contents->gunzip == NULL ||
	    gunzip_feed(contents->gunzip, bytes, len, take_unpacked, contents))
		return NULL;
	gunzip_free(contents->gunzip);
	contents->gunzip = NULL;
	return contents->overdrawn ? too_large : NULL;
}

/* Tells by its first bytes whether it is compressed; *LEN is moved past what was used for that. */
static const char *sniff(struct upload_contents *contents, const char **bytes, size_t *len)
{
	while (contents->seen<MAGIC_SIZE && * len> 0) {
		contents->start[contents->seen++] = **bytes;
		(*bytes)++;
		(*len)--;
	}
	if (contents->seen < MAGIC_SIZE || memcmp(contents->start, "\x1f\x8b\x08", MAGIC_SIZE) != 0)
		return NULL;
	contents->gunzip = gunzip_new();
	return contents->gunzip != NULL ? unpack(contents, contents->start, MAGIC_SIZE) : no_memory;
}

static const char *data(void *owner, const char *bytes, size_t len)
{
	struct upload_contents *contents = owner;
	const char *wrong = NULL;

	if (len > contents->allowed)
		return too_large;
	contents->allowed -= len;
	if (EVP_DigestUpdate(contents->hash, bytes, len) != 1)
		return no_memory;
	if (contents->text != NULL)
		memcpy(contents->text + contents->seen, bytes,
		       len); /* the scan tells of no more than SIZE */
	if (contents->seen < MAGIC_SIZE)
		wrong = sniff(contents, &bytes, &len);
	contents->seen += len;
	return wrong == NULL && len > 0 ? unpack(contents, bytes, len) : wrong;
}

/* White space is allowed before it. */
static bool could_be_object(const struct upload_contents *contents)
{
	size_t at = 0;

	while (at < contents->size && strchr(" \t\r\n", contents->text[at]) != NULL &&
	       contents->text[at] != '\0')
		at++;
	return at < contents->size && contents->text[at] == '{';
}

static const char *end(void *owner)
{
	struct upload_contents *contents = owner;
	bool unpacked = contents->gunzip != NULL && gunzip_is_complete(contents->gunzip);
	bool kept = contents->text != NULL && could_be_object(contents);
	uint8_t digest[SHA256_BYTES];
	const char *wrong = no_memory;

	if (EVP_DigestFinal_ex(contents->hash, digest, NULL) == 1)
		wrong = archive_contents_add_file(contents->stock, contents->path, digest,
		                                  kept ? contents->text : NULL, contents->size);
	if (wrong == NULL && unpacked)
		wrong = EVP_DigestFinal_ex(contents->unpacked, digest, NULL) == 1
		            ? archive_contents_add(contents->stock, digest)
		            : no_memory;
	gunzip_free(contents->gunzip);
	contents->gunzip = NULL;
	free(contents->text);
	contents->text = NULL;
	return wrong;
}

void upload_contents_listen(struct upload_contents *contents, struct tar_scan *scan)
{
	tar_scan_listen(scan, &(struct tar_listener){begin, data, end, contents});
}
