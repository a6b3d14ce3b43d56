/* Identities of arbitrary certificates: what is taken is clean text within bounds, and the same each time. */
#include "policy/arena.h"
#include "policy/error.h"
#include "policy/identity.h"
#include "policy/text.h"
#include "proxy/identity.h"

#include <assert.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void assert_clean(const char *name)
{
	assert(text_is_utf8(name, strlen(name)));
	for (const char *byte = name; *byte != '\0'; byte++)
		assert((unsigned char)*byte >= 0x20 && *byte != 0x7f);
}

static void assert_same_list(const struct name_list *a, const struct name_list *b)
{
	assert(a->count == b->count && a->count <= IDENTITY_NAMES_MAX);
	for (size_t i = 0; i < a->count; i++) {
		assert_clean(a->names[i]);
		assert(*a->names[i] != '\0' && strcmp(a->names[i], b->names[i]) == 0);
	}
}

static void assert_same(const struct certificate_identity *a, const struct certificate_identity *b)
{
	assert(a->present && b->present);
	assert((a->common_name == NULL) == (b->common_name == NULL));
	if (a->common_name != NULL) {
		assert_clean(a->common_name);
		assert(*a->common_name != '\0' && strcmp(a->common_name, b->common_name) == 0);
	}
	assert_same_list(&a->organizations, &b->organizations);
	assert_same_list(&a->organizational_units, &b->organizational_units);
	assert_same_list(&a->dns, &b->dns);
	assert_same_list(&a->ip, &b->ip);
	assert_same_list(&a->email, &b->email);
	assert_same_list(&a->uri, &b->uri);
	assert_clean(a->issuer);
	assert(strspn(a->serial, "0123456789ABCDEF") == strlen(a->serial) && *a->serial != '\0');
	assert(strlen(a->spki_sha256) == 64 && text_is_lower_hex(a->spki_sha256));
	assert(strcmp(a->issuer, b->issuer) == 0 && strcmp(a->serial, b->serial) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const unsigned char *at = data;
	X509 *certificate = size < 65536 ? d2i_X509(NULL, &at, (long)size) : NULL;
	struct arena *arena = arena_new(16 * size + 65536);
	struct certificate_identity first, again;
	struct error error = {""};

	assert(arena != NULL);
	if (certificate != NULL) {
		if (identity_from_certificate(arena, certificate, &first, &error)) {
			assert(identity_from_certificate(arena, certificate, &again, &error));
			assert_same(&first, &again);
		} else {
			assert(!first.present && error.text[0] != '\0');
		}
	}
	X509_free(certificate);
	ERR_clear_error();
	arena_free(arena);
	return 0;
}
