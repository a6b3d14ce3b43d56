/* Owns reading who is at the other end of a connection. Whether the certificate is to be believed was settled
 * by the handshake; which policy an identity has is policy/'s. */
#define _GNU_SOURCE
#include "proxy/identity.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/identity.h"
#include "policy/text.h"
#include "proxy/stream.h"
#include "proxy/tls_authorities.h"
#include "proxy/tls_context.h"

#include <arpa/inet.h>
#include <limits.h>
#include <netinet/in.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ADDRESS_SIZE = 128, SHA256_SIZE = 32, NAME_BYTES_MAX = 4096 };

static bool no_memory(struct error *error)
{
	return error_set(error, "no memory for the connection's identity");
}

/* Printable UTF-8: no control character, of ASCII or Latin-1 (U+0080 to U+009F), may reach a log or a policy. */
static bool is_clean_text(const unsigned char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] < 0x20 || bytes[i] == 0x7f)
			return false;
		if (bytes[i] == 0xc2 && i + 1 < len && bytes[i + 1] < 0xa0)
			return false;
	}
	return len > 0 && text_is_utf8((const char *)bytes, len);
}

/* IA5String of a subjectAltName: none of the kinds we read has blanks or anything beyond ASCII. */
static bool is_visible_ascii(const unsigned char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] <= 0x20 || bytes[i] >= 0x7f)
			return false;
	}
	return len > 0;
}

static bool add_name(struct name_list *list, const char *name, struct error *error)
{
	if (name == NULL)
		return no_memory(error);
	if (list->count == IDENTITY_NAMES_MAX)
		return error_set(error, "the certificate has more than %d names of one kind",
		                 IDENTITY_NAMES_MAX);
	list->names[list->count++] = name;
	return true;
}

/* In the ASCII types and in TeletexString OpenSSL takes 8-bit bytes for Latin-1: a guess, so not for us. */
static bool has_certain_encoding(const ASN1_STRING *string)
{
	const unsigned char *bytes = ASN1_STRING_get0_data(string);
	int type = ASN1_STRING_type(string);

	if (type == V_ASN1_UTF8STRING || type == V_ASN1_BMPSTRING || type == V_ASN1_UNIVERSALSTRING)
		return true;
	if (type != V_ASN1_PRINTABLESTRING && type != V_ASN1_IA5STRING)
		return false;
	for (int i = 0; i < ASN1_STRING_length(string); i++) {
		if (bytes[i] >= 0x80)
			return false;
	}
	return true;
}

static const char *copy_text(struct arena *arena, const ASN1_STRING *string, struct error *error)
{
	unsigned char *bytes = NULL;
	const char *copy = NULL;
	int len = has_certain_encoding(string) ? ASN1_STRING_to_UTF8(&bytes, string) : -1;

	if (len < 0 || !is_clean_text(bytes, (size_t)len)) {
		error_set(
			error,
			"the certificate's subject holds text that is empty, malformed or has control characters");
	} else {
		copy = arena_copy(arena, (const char *)bytes, (size_t)len);
		if (copy == NULL)
			no_memory(error);
	}
	OPENSSL_free(bytes);
	return copy;
}

/* All attributes of one kind, wherever they stand in the subject. */
static bool read_attributes(struct arena *arena, const X509_NAME *subject, int nid,
                            struct name_list *list, struct error *error)
{
	for (int i = -1; (i = X509_NAME_get_index_by_NID(subject, nid, i)) >= 0;) {
		const char *text =
			copy_text(arena, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, i)), error);

		if (text == NULL || !add_name(list, text, error))
			return false;
	}
	return true;
}

/* Of several common names, one reader takes the first and the next the last: which of them would the rule mean? */
static bool read_subject(struct arena *arena, const X509 *certificate,
                         struct certificate_identity *identity, struct error *error)
{
	const X509_NAME *subject = X509_get_subject_name(certificate);
	struct name_list common_names = {.count = 0};

	if (!read_attributes(arena, subject, NID_commonName, &common_names, error))
		return false;
	if (common_names.count > 1)
		return error_set(error, "the certificate has %zu common names; one is allowed",
		                 common_names.count);
	identity->common_name = common_names.count == 1 ? common_names.names[0] : NULL;
	return read_attributes(arena, subject, NID_organizationName, &identity->organizations, error) &&
	       read_attributes(arena, subject, NID_organizationalUnitName,
	                       &identity->organizational_units, error);
}

static bool add_ia5(struct arena *arena, const ASN1_IA5STRING *string, struct name_list *list,
                    struct error *error)
{
	const unsigned char *bytes = ASN1_STRING_get0_data(string);
	size_t len = (size_t)ASN1_STRING_length(string);

	if (!is_visible_ascii(bytes, len))
		return error_set(error,
		                 "a subjectAltName of the certificate is empty or not visible ASCII");
	return add_name(list, arena_copy(arena, (const char *)bytes, len), error);
}

static bool add_address(struct arena *arena, const ASN1_OCTET_STRING *octets,
                        struct name_list *list, struct error *error)
{
	char text[INET6_ADDRSTRLEN];
	size_t len = (size_t)ASN1_STRING_length(octets);
	int family = len == sizeof(struct in_addr) ? AF_INET : AF_INET6;

	if (len != sizeof(struct in_addr) && len != sizeof(struct in6_addr))
		return error_set(error, "an IP subjectAltName of the certificate has %zu bytes", len);
	if (inet_ntop(family, ASN1_STRING_get0_data(octets), text, sizeof text) == NULL)
		return error_set(error, "an IP subjectAltName of the certificate cannot be printed");
	return add_name(list, arena_string(arena, text), error);
}

/* Kinds that no rule can name (RFC 5280 §4.2.1.6 has nine) are passed over. */
static bool add_alternative(struct arena *arena, const GENERAL_NAME *name,
                            struct certificate_identity *identity, struct error *error)
{
	if (name->type == GEN_DNS)
		return add_ia5(arena, name->d.dNSName, &identity->dns, error);
	if (name->type == GEN_EMAIL)
		return add_ia5(arena, name->d.rfc822Name, &identity->email, error);
	if (name->type == GEN_URI)
		return add_ia5(arena, name->d.uniformResourceIdentifier, &identity->uri, error);
	if (name->type == GEN_IPADD)
		return add_address(arena, name->d.iPAddress, &identity->ip, error);
	return true;
}

/* The extension's names, or NULL when they are malformed or bytes follow them, which OpenSSL would pass over. */
static GENERAL_NAMES *decode_alternatives(const X509 *certificate, int index)
{
	const ASN1_OCTET_STRING *data = X509_EXTENSION_get_data(X509_get_ext(certificate, index));
	const unsigned char *start = ASN1_STRING_get0_data(data);
	const unsigned char *end = start + ASN1_STRING_length(data);
	GENERAL_NAMES *names = d2i_GENERAL_NAMES(NULL, &start, ASN1_STRING_length(data));

	if (names != NULL && start != end) {
		GENERAL_NAMES_free(names);
		names = NULL;
	}
	return names;
}

static bool read_alternatives(struct arena *arena, const X509 *certificate,
                              struct certificate_identity *identity, struct error *error)
{
	int index = X509_get_ext_by_NID(certificate, NID_subject_alt_name, -1);
	GENERAL_NAMES *names;
	bool good = true;

	if (index < 0)
		return true;
	if (X509_get_ext_by_NID(certificate, NID_subject_alt_name, index) >= 0)
		return error_set(error, "the certificate has two subjectAltName extensions");
	names = decode_alternatives(certificate, index);
	if (names == NULL)
		return error_set(error, "the certificate's subjectAltName is malformed");
	for (int i = 0; good && i < sk_GENERAL_NAME_num(names); i++)
		good = add_alternative(arena, sk_GENERAL_NAME_value(names, i), identity, error);
	GENERAL_NAMES_free(names);
	return good;
}

static const char *copy_issuer(struct arena *arena, const X509 *certificate)
{
	char *text = tls_name_text(X509_get_issuer_name(certificate));
	const char *copy = text != NULL ? arena_string(arena, text) : NULL;

	free(text);
	return copy;
}

static const char *copy_serial(struct arena *arena, const X509 *certificate)
{
	BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), NULL);
	char *hex = number != NULL && !BN_is_negative(number) ? BN_bn2hex(number) : NULL;
	const char *copy = hex != NULL ? arena_string(arena, hex) : NULL;

	OPENSSL_free(hex);
	BN_free(number);
	return copy;
}

/* Of the whole SubjectPublicKeyInfo, as `openssl pkey -pubin -outform der | sha256sum` has it. */
static const char *copy_key_digest(struct arena *arena, const X509 *certificate)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char digest[SHA256_SIZE];
	unsigned char *der = NULL;
	size_t size = 0;
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
	char hex[2 * SHA256_SIZE + 1] = "";

	if (len > 0 && EVP_Q_digest(NULL, "SHA256", NULL, der, (size_t)len, digest, &size) == 1) {
		for (size_t i = 0; i < sizeof digest; i++) {
			hex[2 * i] = digits[digest[i] >> 4];
			hex[2 * i + 1] = digits[digest[i] & 15];
		}
	}
	OPENSSL_free(der);
	return size == sizeof digest ? arena_string(arena, hex) : NULL;
}

bool identity_from_certificate(struct arena *arena, const X509 *certificate,
                               struct certificate_identity *identity, struct error *error)
{
	bool good;

	memset(identity, 0, sizeof *identity);
	good = read_subject(arena, certificate, identity, error) &&
	       read_alternatives(arena, certificate, identity, error);
	if (good) {
		identity->issuer = copy_issuer(arena, certificate);
		identity->serial = copy_serial(arena, certificate);
		identity->spki_sha256 = copy_key_digest(arena, certificate);
		if (identity->issuer == NULL || identity->serial == NULL || identity->spki_sha256 == NULL)
			good =
				error_set(error, "the certificate's issuer, serial number or key cannot be read");
	}
	ERR_clear_error();
	identity->present = good;
	return good;
}

/* A resumed session brings the certificate it began with, so that is judged again: it may have ended or been
 * revoked since. */
static bool read_certificate(struct arena *arena, SSL *ssl, struct certificate_identity *identity,
                             struct error *error)
{
	X509 *certificate = SSL_get0_peer_certificate(ssl);

	if (certificate == NULL || SSL_get_verify_result(ssl) != X509_V_OK)
		return error_set(error, "the client showed no certificate that verifies");
	if (SSL_session_reused(ssl) == 1 && !tls_peer_is_trusted(SSL_get_SSL_CTX(ssl), ssl, error))
		return false;
	return identity_from_certificate(arena, certificate, identity, error);
}

/* The third field of a line of /etc/passwd or /etc/group is NUMBER. Lines of NIS ("+", "-") name nobody. */
static bool line_has_number(const char *line, unsigned number)
{
	char field[16];
	unsigned long long found = 0;
	const char *start = line;
	size_t len;

	if (strchr("+-#:", *line) != NULL)
		return false;
	for (int i = 0; i < 2 && start != NULL; i++) {
		start = strchr(start, ':');
		if (start != NULL)
			start++;
	}
	len = start != NULL ? strcspn(start, ":\n") : 0;
	if (len == 0 || len >= sizeof field)
		return false;
	memcpy(field, start, len);
	field[len] = '\0';
	return text_to_number(field, UINT_MAX, &found) && found == number;
}

/* NULL when there is no such number, or on any failure: a name is for rules and logs, the number counts. */
static const char *find_name(struct arena *arena, const char *path, unsigned number)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	const char *name = NULL;

	while (file != NULL && name == NULL && getline(&line, &size, file) > 0) {
		if (line_has_number(line, number))
			name = arena_copy(arena, line, strcspn(line, ":"));
	}
	free(line);
	if (file != NULL)
		(void)fclose(file);
	return name;
}

/* NAME is NUMBER's of before: memory is taken for another one only. */
static const char *find_name_again(struct arena *arena, const char *path, unsigned number,
                                   const char *name)
{
	struct arena *scratch = arena_new(NAME_BYTES_MAX);
	const char *found = scratch != NULL ? find_name(scratch, path, number) : NULL;

	if (found == NULL || name == NULL || strcmp(found, name) != 0)
		name = found != NULL ? arena_string(arena, found) : NULL;
	arena_free(scratch);
	return name;
}

void identity_read_names(struct arena *arena, struct identity *identity)
{
	struct peer_identity *peer = &identity->peer;

	if (!peer->present)
		return;
	peer->user = find_name_again(arena, "/etc/passwd", peer->uid, peer->user);
	peer->group = find_name_again(arena, "/etc/group", peer->gid, peer->group);
}

static bool read_address(struct arena *arena, struct stream *stream, struct identity *identity,
                         struct error *error)
{
	char text[ADDRESS_SIZE];

	if (!stream_peer_address(stream, text, sizeof text))
		return error_set(error, "the peer's address cannot be read");
	identity->address = arena_string(arena, text);
	return identity->address != NULL || no_memory(error);
}

static bool read_peer(struct arena *arena, struct stream *stream, struct identity *identity,
                      struct error *error)
{
	struct peer_identity *peer = &identity->peer;

	peer->present = stream_peer_credentials(stream, &peer->uid, &peer->gid, &peer->pid);
	if (!peer->present)
		return strcmp(identity->address, "unix") != 0 ||
		       error_set(error, "the peer's credentials cannot be read");
	peer->user = find_name(arena, "/etc/passwd", peer->uid);
	peer->group = find_name(arena, "/etc/group", peer->gid);
	return true;
}

bool identity_read(struct arena *arena, struct stream *stream, const char *listener,
                   struct identity *identity, struct error *error)
{
	SSL *ssl = stream_ssl(stream);

	memset(identity, 0, sizeof *identity);
	identity->listener = arena_string(arena, listener);
	if (identity->listener == NULL)
		return no_memory(error);
	return read_address(arena, stream, identity, error) &&
	       read_peer(arena, stream, identity, error) &&
	       (ssl == NULL || read_certificate(arena, ssl, &identity->certificate, error));
}
