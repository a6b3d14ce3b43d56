/* What a certificate says, and what none may say. */
#include "policy/arena.h"
#include "policy/error.h"
#include "policy/identity.h"
#include "proxy/identity.h"
#include "tests/unit/pki.h"

#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ARENA_LIMIT = 64 * 1024 };

/* One attribute of a subject, in the ASN.1 type it is to have. */
struct attribute {
	const char *kind;
	int type;
	const char *bytes;
	int len; /* 0: to the end of BYTES */
};

static X509_NAME *make_name(const struct attribute *attributes, size_t count)
{
	X509_NAME *name = X509_NAME_new();

	assert_non_null(name);
	for (size_t i = 0; i < count && attributes[i].kind != NULL; i++) {
		const struct attribute *one = &attributes[i];
		int len = one->len != 0 ? one->len : (int)strlen(one->bytes);
		ASN1_STRING *value = ASN1_STRING_type_new(one->type);
		X509_NAME_ENTRY *entry = X509_NAME_ENTRY_create_by_txt(NULL, one->kind, V_ASN1_UTF8STRING,
		                                                       (const unsigned char *)"x", 1);

		assert_true(value != NULL && entry != NULL);
		assert_int_equal(ASN1_STRING_set(value, one->bytes, len), 1);
		X509_NAME_ENTRY_set_data(entry, one->type, ASN1_STRING_get0_data(value), len);
		assert_int_equal(X509_NAME_add_entry(name, entry, -1, 0), 1);
		X509_NAME_ENTRY_free(entry);
		ASN1_STRING_free(value);
	}
	return name;
}

/* Makes a certificate of SPEC and reads it. */
static bool read_spec(struct arena *arena, const struct pki_spec *spec,
                      struct certificate_identity *identity, struct error *error)
{
	struct pki_entity entity = pki_issue(NULL, spec);
	bool read = identity_from_certificate(arena, entity.certificate, identity, error);

	pki_free(&entity);
	return read;
}

static void a_full_certificate(void **state)
{
	const struct attribute attributes[] = {{"O", V_ASN1_UTF8STRING, "Example", 0},
	                                       {"OU", V_ASN1_PRINTABLESTRING, "Build", 0},
	                                       {"OU", V_ASN1_UTF8STRING, "CI", 0},
	                                       {"CN", V_ASN1_UTF8STRING, "\xd0\xba\xd0\xbb", 0}};
	struct pki_spec spec = {
		.subject = make_name(attributes, 4),
		.names = "DNS:A.example,DNS:*.b.example,IP:10.0.0.1,IP:::1,email:x@y.example,"
				 "URI:spiffe://ci.example/job/42,RID:1.2.3.4"};
	struct arena *arena = arena_new(ARENA_LIMIT);
	struct certificate_identity identity;

	(void)state;
	assert_true(read_spec(arena, &spec, &identity, NULL));
	assert_true(identity.present);
	assert_string_equal(identity.common_name, "\xd0\xba\xd0\xbb");
	assert_int_equal(identity.organizations.count, 1);
	assert_string_equal(identity.organizations.names[0], "Example");
	assert_int_equal(identity.organizational_units.count, 2);
	assert_string_equal(identity.organizational_units.names[1], "CI");
	assert_int_equal(identity.dns.count, 2);
	assert_string_equal(identity.dns.names[0], "A.example");
	assert_string_equal(identity.dns.names[1], "*.b.example");
	assert_int_equal(identity.ip.count, 2);
	assert_string_equal(identity.ip.names[0], "10.0.0.1");
	assert_string_equal(identity.ip.names[1], "::1");
	assert_int_equal(identity.email.count, 1);
	assert_string_equal(identity.email.names[0], "x@y.example");
	assert_int_equal(identity.uri.count, 1);
	assert_string_equal(identity.uri.names[0], "spiffe://ci.example/job/42");
	assert_string_equal(identity.issuer, "CN=\\D0\\BA\\D0\\BB,OU=CI,OU=Build,O=Example");
	assert_int_equal(strspn(identity.serial, "0123456789ABCDEF"), strlen(identity.serial));
	assert_int_equal(strspn(identity.spki_sha256, "0123456789abcdef"), 64);
	X509_NAME_free(spec.subject);
	arena_free(arena);
}

/* The digest is of the SubjectPublicKeyInfo, not of the bits inside, and the serial is the certificate's. */
static void serial_and_key_digest(void **state)
{
	struct pki_entity entity = pki_issue(NULL, &pki_client);
	struct arena *arena = arena_new(ARENA_LIMIT);
	struct certificate_identity identity;
	unsigned char *der = NULL;
	unsigned char digest[32];
	int len = i2d_PUBKEY(entity.key, &der);
	char expected[65] = "";

	(void)state;
	assert_true(len > 0 && EVP_Digest(der, (size_t)len, digest, NULL, EVP_sha256(), NULL) == 1);
	for (size_t i = 0; i < sizeof digest; i++)
		(void)snprintf(expected + 2 * i, 3, "%02x", digest[i]);
	assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(entity.certificate), 0xabc), 1);
	assert_true(identity_from_certificate(arena, entity.certificate, &identity, NULL));
	assert_string_equal(identity.spki_sha256, expected);
	assert_string_equal(identity.serial, "0ABC");
	assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(entity.certificate), -5), 1);
	assert_false(identity_from_certificate(arena, entity.certificate, &identity, NULL));
	OPENSSL_free(der);
	pki_free(&entity);
	arena_free(arena);
}

/* Some malformed text OpenSSL refuses to take into a certificate, and so to read out of one. */
static bool fits_a_certificate(const X509_NAME *name)
{
	X509 *scratch = X509_new();
	bool fits = scratch != NULL && X509_set_subject_name(scratch, name) == 1;

	X509_free(scratch);
	return fits;
}

/* A table of subjects, good and bad. */
static void subjects(void **state)
{
	static const struct {
		const char *title;
		struct attribute attributes[3];
		const char *common_name; /* NULL: refused; "": taken, without one */
	} table[] = {
		{"empty", {{0}}, ""},
		{"no common name", {{"O", V_ASN1_UTF8STRING, "x", 0}}, ""},
		{"one", {{"CN", V_ASN1_PRINTABLESTRING, "a b", 0}}, "a b"},
		{"a slash", {{"CN", V_ASN1_UTF8STRING, "good/CN=admin", 0}}, "good/CN=admin"},
		{"a comma", {{"CN", V_ASN1_UTF8STRING, "good,CN=admin", 0}}, "good,CN=admin"},
		{"UTF-16", {{"CN", V_ASN1_BMPSTRING, "\0a\x04\x3a", 4}}, "a\xd0\xba"},
		{"two",
	     {{"CN", V_ASN1_UTF8STRING, "nobody", 0}, {"CN", V_ASN1_UTF8STRING, "admin", 0}},
	     NULL},
		{"the same twice",
	     {{"CN", V_ASN1_UTF8STRING, "a", 0}, {"CN", V_ASN1_UTF8STRING, "a", 0}},
	     NULL},
		{"two around another",
	     {{"CN", V_ASN1_UTF8STRING, "a", 0},
	      {"O", V_ASN1_UTF8STRING, "o", 0},
	      {"CN", V_ASN1_UTF8STRING, "b", 0}},
	     NULL},
		{"NUL", {{"CN", V_ASN1_UTF8STRING, "admin\0.evil", 11}}, NULL},
		{"NUL in UTF-16", {{"CN", V_ASN1_BMPSTRING, "\0a\0\0", 4}}, NULL},
		{"line feed", {{"CN", V_ASN1_UTF8STRING, "a\nadmin", 0}}, NULL},
		{"delete", {{"CN", V_ASN1_UTF8STRING, "a\x7f", 0}}, NULL},
		{"next line, U+0085", {{"CN", V_ASN1_UTF8STRING, "a\xc2\x85", 0}}, NULL},
		{"no control, U+00A0", {{"CN", V_ASN1_UTF8STRING, "a\xc2\xa0", 0}}, "a\xc2\xa0"},
		{"malformed UTF-8", {{"CN", V_ASN1_UTF8STRING, "a\xff", 0}}, NULL},
		{"overlong UTF-8", {{"CN", V_ASN1_UTF8STRING, "\xc0\xaf", 0}}, NULL},
		{"half a surrogate", {{"CN", V_ASN1_BMPSTRING, "\xd8\x00", 2}}, NULL},
		{"8 bits in PrintableString", {{"CN", V_ASN1_PRINTABLESTRING, "a\xe9", 0}}, NULL},
		{"8 bits in IA5String", {{"CN", V_ASN1_IA5STRING, "a\xe9", 0}}, NULL},
		{"Teletex", {{"CN", V_ASN1_T61STRING, "a", 0}}, NULL},
		{"a bad organization",
	     {{"CN", V_ASN1_UTF8STRING, "a", 0}, {"O", V_ASN1_UTF8STRING, "a\n", 0}},
	     NULL},
		{"a bad unit",
	     {{"CN", V_ASN1_UTF8STRING, "a", 0}, {"OU", V_ASN1_UTF8STRING, "\x1b", 0}},
	     NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct pki_spec spec = {.subject = make_name(table[i].attributes, 3)};
		struct arena *arena = arena_new(ARENA_LIMIT);
		struct certificate_identity identity;
		struct error error = {""};
		bool read = false;

		if (fits_a_certificate(spec.subject))
			read = read_spec(arena, &spec, &identity, &error);
		else
			identity.present = error_set(&error, "malformed");
		if (read != (table[i].common_name != NULL) || read != identity.present ||
		    read == (error.text[0] != '\0'))
			fail_msg("%s: %s", table[i].title, error.text);
		if (read)
			assert_string_equal(identity.common_name != NULL ? identity.common_name : "",
			                    table[i].common_name);
		X509_NAME_free(spec.subject);
		arena_free(arena);
	}
}

/* subjectAltName as hex of DER: 82 is DNS, 81 e-mail, 86 URI, 87 IP. */
static void alternative_names(void **state)
{
	static const struct {
		const char *title, *hex;
		bool taken;
	} table[] = {
		{"DNS a", "3003820161", true},
		{"nothing in it", "3000", true},
		{"another kind", "300388012a", true},
		{"DNS, empty", "30028200", false},
		{"DNS with NUL", "300582036100 62", false},
		{"DNS with a line feed", "3004820261 0a", false},
		{"DNS with a blank", "3005820361 2062", false},
		{"DNS, 8 bits", "3004820261e9", false},
		{"e-mail, UTF-8", "30058103d0ba40", false},
		{"URI with NUL", "3005860361 0062", false},
		{"URI with delete", "300486026 17f", false},
		{"IPv4", "300687047f000001", true},
		{"IP of 3 bytes", "300587037f0000", false},
		{"IP of 5 bytes", "300787057f00000100", false},
		{"IP, empty", "30028700", false},
		{"IP with a mask", "300a87080a000000ff000000", false},
		{"cut short", "3005820161", false},
		{"not a sequence", "0500", false},
		{"bytes behind it", "30038201610500", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		char hex[64];
		size_t len = 0;
		struct pki_spec spec = {.common_name = "a", .raw_names = hex};
		struct arena *arena = arena_new(ARENA_LIMIT);
		struct certificate_identity identity;
		struct error error = {""};

		for (const char *digit = table[i].hex; *digit != '\0'; digit++) {
			if (*digit != ' ')
				hex[len++] = *digit;
		}
		hex[len] = '\0';
		if (read_spec(arena, &spec, &identity, &error) != table[i].taken)
			fail_msg("%s: %s", table[i].title, table[i].taken ? error.text : "taken");
		arena_free(arena);
	}
}

static void two_extensions_are_refused(void **state)
{
	struct pki_spec spec = {.common_name = "a", .names = "DNS:a", .raw_names = "3003820162"};
	struct arena *arena = arena_new(ARENA_LIMIT);
	struct certificate_identity identity;

	(void)state;
	assert_false(read_spec(arena, &spec, &identity, NULL));
	arena_free(arena);
}

static void names_are_bounded(void **state)
{
	struct arena *arena = arena_new(ARENA_LIMIT);
	struct certificate_identity identity;
	char names[1024] = "";
	size_t len = 0;

	(void)state;
	for (size_t i = 0; i <= IDENTITY_NAMES_MAX; i++) {
		struct pki_spec spec = {.common_name = "a", .names = names};

		len += (size_t)snprintf(names + len, sizeof names - len, "%sDNS:h%zu", i > 0 ? "," : "", i);
		if (i + 2 > IDENTITY_NAMES_MAX)
			assert_int_equal(read_spec(arena, &spec, &identity, NULL), i + 1 == IDENTITY_NAMES_MAX);
	}
	arena_free(arena);
}

static void little_memory_is_a_refusal(void **state)
{
	struct pki_entity entity = pki_issue(NULL, &pki_client);
	struct certificate_identity identity;
	bool read = false;

	(void)state;
	for (size_t limit = 1; !read && limit < 4096; limit += 8) {
		struct arena *arena = arena_new(limit);
		struct error error = {""};

		read = arena != NULL &&
		       identity_from_certificate(arena, entity.certificate, &identity, &error);
		assert_int_equal(read, error.text[0] == '\0' && arena != NULL);
		arena_free(arena);
	}
	assert_true(read);
	pki_free(&entity);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_certificate),
		cmocka_unit_test(serial_and_key_digest),
		cmocka_unit_test(subjects),
		cmocka_unit_test(alternative_names),
		cmocka_unit_test(two_extensions_are_refused),
		cmocka_unit_test(names_are_bounded),
		cmocka_unit_test(little_memory_is_a_refusal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
