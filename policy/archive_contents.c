/* A table of digests, and a list of texts. A path is known by its digest, too. */
#include "policy/archive_contents.h"

#include "policy/tar_header.h"
#include "policy/text.h"

#include <stdlib.h>
#include <string.h>

#define DIGEST_PREFIX "sha256:"

enum { SLOTS = 4 * ARCHIVE_FILES_MAX, DOCUMENTS_MAX = 2048 };

/* Of what was sent, and, told apart by a byte before what is hashed, of where it was. */
struct slot {
	bool used;
	uint8_t digest[SHA256_BYTES];
};

struct document {
	uint8_t path[SHA256_BYTES], digest[SHA256_BYTES];
	char *text;
	size_t len;
};

struct archive_contents {
	struct slot *slots; /* SLOTS of them */
	size_t count;
	struct document *documents; /* DOCUMENTS_MAX of them */
	size_t document_count, document_bytes;
};

struct archive_contents *archive_contents_new(void)
{
	struct archive_contents *contents = calloc(1, sizeof *contents);

	if (contents == NULL)
		return NULL;
	contents->slots = calloc(SLOTS, sizeof *contents->slots);
	contents->documents = calloc(DOCUMENTS_MAX, sizeof *contents->documents);
	if (contents->slots != NULL && contents->documents != NULL)
		return contents;
	archive_contents_free(contents);
	return NULL;
}

void archive_contents_free(struct archive_contents *contents)
{
	if (contents == NULL)
		return;
	for (size_t i = 0; i < contents->document_count; i++)
		free(contents->documents[i].text);
	free(contents->documents);
	free(contents->slots);
	free(contents);
}

/* ---- adding ---- */

/* The digests are hashes, so that any of their bytes spread well; who makes them collide pays for it himself. */
static struct slot *slot_of(const struct archive_contents *contents,
                            const uint8_t digest[SHA256_BYTES])
{
	uint32_t hash;

	memcpy(&hash, digest, sizeof hash);
	for (size_t i = 0; i < SLOTS; i++) {
		struct slot *slot = &contents->slots[(hash + i) % SLOTS];

		if (!slot->used || memcmp(slot->digest, digest, SHA256_BYTES) == 0)
			return slot;
	}
	return NULL;
}

const char *archive_contents_add(struct archive_contents *contents,
                                 const uint8_t digest[SHA256_BYTES])
{
	struct slot *slot = slot_of(contents, digest);

	if (slot == NULL || contents->count == 3 * ARCHIVE_FILES_MAX)
		return "has more files than can be looked at";
	contents->count += slot->used ? 0 : 1;
	slot->used = true;
	memcpy(slot->digest, digest, SHA256_BYTES);
	return NULL;
}

static void hash_path(const char *path, uint8_t digest[SHA256_BYTES])
{
	struct sha256 hash;

	sha256_begin(&hash);
	sha256_add(&hash, "path ", strlen("path "));
	sha256_add(&hash, path, strlen(path));
	sha256_end_raw(&hash, digest);
}

/* What goes beyond what is kept is not there for whoever asks. */
static const char *keep(struct archive_contents *contents, struct document *document,
                        const char *text)
{
	if (contents->document_count == DOCUMENTS_MAX || document->len > ARCHIVE_DOCUMENT_BYTES_MAX ||
	    document->len > ARCHIVE_DOCUMENTS_BYTES_MAX - contents->document_bytes)
		return NULL;
	document->text = malloc(document->len + 1);
	if (document->text == NULL)
		return "needs too much memory to be looked into";
	memcpy(document->text, text, document->len);
	document->text[document->len] = '\0';
	contents->document_bytes += document->len;
	contents->documents[contents->document_count++] = *document;
	return NULL;
}

const char *archive_contents_add_file(struct archive_contents *contents, const char *path,
                                      const uint8_t digest[SHA256_BYTES], const char *text,
                                      size_t len)
{
	struct document document = {.len = len};
	const char *wrong;

	hash_path(path, document.path);
	const struct slot *slot = slot_of(contents, document.path);
	if (slot != NULL && slot->used)
		return "has a file twice";
	memcpy(document.digest, digest, SHA256_BYTES);
	wrong = archive_contents_add(contents, document.path);
	if (wrong == NULL)
		wrong = archive_contents_add(contents, digest);
	return wrong != NULL || text == NULL ? wrong : keep(contents, &document, text);
}

/* ---- asking ---- */

static int nibble(char digit)
{
	return digit <= '9' ? digit - '0' : digit - 'a' + 10;
}

static bool read_digest(const char *text, uint8_t digest[SHA256_BYTES])
{
	const char *digits = text + strlen(DIGEST_PREFIX);

	if (!text_starts_with(text, DIGEST_PREFIX) || strlen(digits) != SHA256_DIGITS ||
	    !text_is_lower_hex(digits))
		return false;
	for (size_t i = 0; i < SHA256_BYTES; i++)
		digest[i] = (uint8_t)(nibble(digits[2 * i]) << 4 | nibble(digits[2 * i + 1]));
	return true;
}

static void print_digest(const uint8_t digest[SHA256_BYTES],
                         char text[SHA256_DIGITS + sizeof DIGEST_PREFIX])
{
	static const char hex[] = "0123456789abcdef";

	memcpy(text, DIGEST_PREFIX, strlen(DIGEST_PREFIX));
	text += strlen(DIGEST_PREFIX);
	for (size_t i = 0; i < SHA256_DIGITS; i++)
		text[i] = hex[digest[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15];
	text[SHA256_DIGITS] = '\0';
}

bool archive_contents_have(const struct archive_contents *contents, const char *digest)
{
	uint8_t bytes[SHA256_BYTES];
	const struct slot *slot = read_digest(digest, bytes) ? slot_of(contents, bytes) : NULL;

	return slot != NULL && slot->used;
}

const char *archive_contents_text(const struct archive_contents *contents, const char *digest,
                                  size_t *len)
{
	uint8_t bytes[SHA256_BYTES];

	for (size_t i = 0; read_digest(digest, bytes) && i < contents->document_count; i++) {
		const struct document *document = &contents->documents[i];

		if (memcmp(document->digest, bytes, SHA256_BYTES) == 0) {
			*len = document->len;
			return document->text;
		}
	}
	return NULL;
}

/* docker save's layers may be links, and are no texts. */
bool archive_contents_digest_at(const struct archive_contents *contents, const char *path,
                                char digest[SHA256_DIGITS + sizeof DIGEST_PREFIX])
{
	char clean[TAR_NAME_SIZE];
	uint8_t wanted[SHA256_BYTES];

	if (!tar_path_clean(path, clean) || text_ends_with(clean, "layer.tar"))
		return false;
	hash_path(clean, wanted);
	for (size_t i = 0; i < contents->document_count; i++) {
		if (memcmp(contents->documents[i].path, wanted, SHA256_BYTES) == 0) {
			print_digest(contents->documents[i].digest, digest);
			return true;
		}
	}
	return false;
}

size_t archive_contents_bytes(const struct archive_contents *contents)
{
	return SLOTS * sizeof *contents->slots + DOCUMENTS_MAX * sizeof *contents->documents +
	       contents->document_bytes;
}
