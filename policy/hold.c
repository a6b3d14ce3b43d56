/* Prints and reads the tags that hold images. Which of them count for whom is world_image.c's. */
#include "policy/hold.h"

#include "policy/arena.h"
#include "policy/reference.h"
#include "policy/sha256.h"
#include "policy/text.h"

#include <stdio.h>
#include <string.h>

#define HOLD_REPOSITORY "/held:"

enum { KIND_SIZE = 96 };

/* dockerd writes what is at Docker Hub without its registry: "docker.io/quaymaster.invalid/x" would look like ours. */
bool hold_is_reserved(const char *text)
{
	return strstr(text, HOLD_DOMAIN) != NULL;
}

const char *hold_name(struct arena *arena, const struct reference *reference)
{
	if (reference->digest != NULL)
		return arena_format(arena, "%s@%s", reference->name, reference->digest);
	return arena_format(arena, "%s:%s", reference->name,
	                    reference->tag != NULL ? reference->tag : "latest");
}

void hold_hash(const char *name, char hash[SEAL_NONCE_DIGITS + 1])
{
	struct sha256 state;
	char digits[SHA256_DIGITS + 1];

	sha256_begin(&state);
	sha256_add(&state, name, strlen(name));
	sha256_end(&state, digits);
	memcpy(hash, digits, SEAL_NONCE_DIGITS);
	hash[SEAL_NONCE_DIGITS] = '\0';
}

/* The seal is of a kind that no label's is: of one image alone. */
static bool print_kind(const char *id, char kind[KIND_SIZE])
{
	int len = snprintf(kind, KIND_SIZE, "hold %s", id);

	return len > 0 && len < KIND_SIZE;
}

bool hold_make(const struct seal_key *key, const char *tenant, const char *id, const char *name,
               char hold[HOLD_SIZE])
{
	char kind[KIND_SIZE], hash[SEAL_NONCE_DIGITS + 1], seal[SEAL_SIZE];

	hold_hash(name, hash);
	if (!print_kind(id, kind) ||
	    !seal_make(key, &(struct seal_claim){.kind = kind, .tenant = tenant, .nonce = hash}, seal))
		return false;
	seal[SEAL_NONCE_DIGITS] = '-'; /* a colon cannot be in a tag */
	int len = snprintf(hold, HOLD_SIZE, HOLD_DOMAIN "%s" HOLD_REPOSITORY "%s", tenant, seal);
	return len > 0 && len < HOLD_SIZE;
}

/* "team-a/held:": what is before the tag. */
static const char *read_tenant(const char *text, char tenant[TENANT_SIZE])
{
	const char *slash = strchr(text, '/');
	size_t len = slash != NULL ? (size_t)(slash - text) : TENANT_SIZE;

	if (len >= TENANT_SIZE || !text_starts_with(slash, HOLD_REPOSITORY))
		return NULL;
	memcpy(tenant, text, len);
	tenant[len] = '\0';
	return identity_is_tenant(tenant) ? slash + strlen(HOLD_REPOSITORY) : NULL;
}

bool hold_read(const struct seal_key *key, const char *id, const char *tag, struct hold *hold)
{
	char kind[KIND_SIZE], seal[SEAL_SIZE];
	const char *sealed = NULL;

	if (text_starts_with(tag, HOLD_DOMAIN))
		sealed = read_tenant(tag + strlen(HOLD_DOMAIN), hold->tenant);
	if (sealed == NULL || strlen(sealed) != SEAL_SIZE - 1 || sealed[SEAL_NONCE_DIGITS] != '-' ||
	    !print_kind(id, kind))
		return false;
	memcpy(seal, sealed, sizeof seal);
	seal[SEAL_NONCE_DIGITS] = ':';
	memcpy(hold->name, sealed, SEAL_NONCE_DIGITS);
	hold->name[SEAL_NONCE_DIGITS] = '\0';
	return seal_holds(key, kind, hold->tenant, seal);
}
