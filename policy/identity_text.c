/* Reads identities that are written by hand. */
#include "policy/identity_text.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/identity.h"
#include "policy/text.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum word_kind { WORD_TEXT, WORD_NUMBER, WORD_NAME, WORD_TENANT };

enum word_group { ABOUT_CONNECTION, ABOUT_PEER, ABOUT_CERTIFICATE };

static const struct word {
	const char *name;
	enum word_kind kind;
	enum word_group group;
	size_t offset;
} words[] = {
	{"listener", WORD_TEXT, ABOUT_CONNECTION, offsetof(struct identity, listener)},
	{"address", WORD_TEXT, ABOUT_CONNECTION, offsetof(struct identity, address)},
	{"tenant", WORD_TENANT, ABOUT_CONNECTION, offsetof(struct identity, grant.tenant)},
	{"uid", WORD_NUMBER, ABOUT_PEER, offsetof(struct identity, peer.uid)},
	{"gid", WORD_NUMBER, ABOUT_PEER, offsetof(struct identity, peer.gid)},
	{"user", WORD_TEXT, ABOUT_PEER, offsetof(struct identity, peer.user)},
	{"group", WORD_TEXT, ABOUT_PEER, offsetof(struct identity, peer.group)},
	{"cn", WORD_TEXT, ABOUT_CERTIFICATE, offsetof(struct identity, certificate.common_name)},
	{"o", WORD_NAME, ABOUT_CERTIFICATE, offsetof(struct identity, certificate.organizations)},
	{"ou", WORD_NAME, ABOUT_CERTIFICATE,
     offsetof(struct identity, certificate.organizational_units)},
	{"dns", WORD_NAME, ABOUT_CERTIFICATE, offsetof(struct identity, certificate.dns)},
	{"ip", WORD_NAME, ABOUT_CERTIFICATE, offsetof(struct identity, certificate.ip)},
	{"email", WORD_NAME, ABOUT_CERTIFICATE, offsetof(struct identity, certificate.email)},
	{"uri", WORD_NAME, ABOUT_CERTIFICATE, offsetof(struct identity, certificate.uri)},
	{"issuer", WORD_TEXT, ABOUT_CERTIFICATE, offsetof(struct identity, certificate.issuer)},
	{"serial", WORD_TEXT, ABOUT_CERTIFICATE, offsetof(struct identity, certificate.serial)},
	{"spki_sha256", WORD_TEXT, ABOUT_CERTIFICATE,
     offsetof(struct identity, certificate.spki_sha256)},
};

static const struct word *find_word(const char *name)
{
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (strcmp(words[i].name, name) == 0)
			return &words[i];
	}
	return NULL;
}

static bool set_number(unsigned *number, const char *value, struct error *error)
{
	unsigned long long read;

	if (!text_to_number(value, UINT32_MAX - 1, &read))
		return error_set(error, "'%s' is no number of a user or group", value);
	*number = (unsigned)read;
	return true;
}

static bool add_name(struct name_list *list, const char *value, struct error *error)
{
	if (list->count == IDENTITY_NAMES_MAX)
		return error_set(error, "there are more than %d names of one kind", IDENTITY_NAMES_MAX);
	list->names[list->count++] = value;
	return true;
}

static bool set_tenant(char *tenant, const char *value, struct error *error)
{
	if (!identity_is_tenant(value))
		return error_set(error, "'%s' is no tenant's name", value);
	memcpy(tenant, value, strlen(value) + 1);
	return true;
}

static bool set_word(struct identity *identity, const struct word *word, const char *value,
                     struct error *error)
{
	void *member = (char *)identity + word->offset;

	switch (word->kind) {
	case WORD_TEXT:
		*(const char **)member = value;
		return true;
	case WORD_NUMBER:
		return set_number(member, value, error);
	case WORD_NAME:
		return add_name(member, value, error);
	case WORD_TENANT:
		return set_tenant(member, value, error);
	}
	return false;
}

/* Whose number is not written has the largest, which is nobody's. */
static void make_present(struct identity *identity, enum word_group group)
{
	const struct peer_identity peer = {.present = true,
	                                   .pid = 1,
	                                   .uid = UINT32_MAX,
	                                   .gid = UINT32_MAX};

	if (group == ABOUT_PEER && !identity->peer.present)
		identity->peer = peer;
	if (group == ABOUT_CERTIFICATE)
		identity->certificate.present = true;
}

static bool read_word(struct identity *identity, char *text, struct error *error)
{
	char *equals = strchr(text, '=');
	const struct word *word;

	if (equals != NULL)
		*equals = '\0';
	word = find_word(text);
	if (equals == NULL || word == NULL || equals[1] == '\0')
		return error_set(error,
		                 "'%.60s' is none of listener, address, tenant, uid, gid, user, group, cn, "
		                 "o, ou, dns, ip, email, uri, issuer, serial and spki_sha256, with a value "
		                 "behind '='",
		                 text);
	make_present(identity, word->group);
	return set_word(identity, word, equals + 1, error);
}

bool identity_from_text(struct arena *arena, const char *text, struct identity *identity,
                        struct error *error)
{
	char *rest = arena_string(arena, text);

	*identity = (struct identity){.listener = "test", .address = "unix"};
	if (rest == NULL)
		return error_set(error, "out of memory");
	if (strcmp(text, "nobody") == 0)
		return true;
	do {
		size_t len = strcspn(rest, " ");
		char *word = rest;
		rest += len;
		if (*rest != '\0')
			*rest++ = '\0';
		if (!read_word(identity, word, error))
			return false;
	} while (*rest != '\0');
	return true;
}
