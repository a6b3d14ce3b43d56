/* Reads identities that are written by hand, in either of two notations: with '=' and blanks, or ':' and commas. */
#include "policy/identity_text.h"

#include "policy/arena.h"
#include "policy/builder.h"
#include "policy/error.h"
#include "policy/load.h"
#include "policy/text.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { SHOWN_MAX = 60 };

#define WORDS                                                                                       \
	"listener, address, tenant, uid, gid, pid, user, group, container, container.name, "            \
	"container.image, container.tenant, label.KEY, cn, o, ou, dns, ip, email, uri, issuer, serial " \
	"and spki_sha256"

enum word_kind {
	WORD_TEXT,
	WORD_NUMBER,
	WORD_NAME,
	WORD_TENANT,
	WORD_POLICY,
	WORD_CONTAINER,
	WORD_MAKER,
	WORD_LABEL /* the key is behind the name */
};

enum word_group { ABOUT_CONNECTION, ABOUT_PEER, ABOUT_CONTAINER, ABOUT_CERTIFICATE };

static const struct word {
	const char *name;
	enum word_kind kind;
	enum word_group group;
	size_t offset;
} words[] = {
	{"policy", WORD_POLICY, ABOUT_CONNECTION, 0},
	{"listener", WORD_TEXT, ABOUT_CONNECTION, offsetof(struct identity, listener)},
	{"address", WORD_TEXT, ABOUT_CONNECTION, offsetof(struct identity, address)},
	{"tenant", WORD_TENANT, ABOUT_CONNECTION, offsetof(struct identity, grant.tenant)},
	{"uid", WORD_NUMBER, ABOUT_PEER, offsetof(struct identity, peer.uid)},
	{"gid", WORD_NUMBER, ABOUT_PEER, offsetof(struct identity, peer.gid)},
	{"pid", WORD_NUMBER, ABOUT_PEER, offsetof(struct identity, peer.pid)},
	{"user", WORD_TEXT, ABOUT_PEER, offsetof(struct identity, peer.user)},
	{"group", WORD_TEXT, ABOUT_PEER, offsetof(struct identity, peer.group)},
	{"container", WORD_CONTAINER, ABOUT_CONTAINER, offsetof(struct identity, container)},
	{"container.name", WORD_TEXT, ABOUT_CONTAINER, offsetof(struct identity, container.name)},
	{"container.image", WORD_TEXT, ABOUT_CONTAINER, offsetof(struct identity, container.image)},
	{"container.tenant", WORD_MAKER, ABOUT_CONTAINER, offsetof(struct identity, container.tenant)},
	{"label.", WORD_LABEL, ABOUT_CONTAINER, offsetof(struct identity, container)},
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

/* A word as it stands in a text. */
struct given_word {
	const struct word *word;
	const char *name; /* with the key of a label, and not terminated */
	size_t len;       /* of that; the sign stands behind it */
};

/* The word whose name, with SIGN behind it, TEXT begins with. False when there is none. */
static bool find_word(const char *text, char sign, struct given_word *given)
{
	const char signs[] = {sign, ' ', '\0'};

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		const struct word *word = &words[i];
		size_t len = strlen(word->name);

		if (strncmp(word->name, text, len) != 0)
			continue;
		if (word->kind == WORD_LABEL)
			len += strcspn(text + len, signs);
		*given = (struct given_word){word, text, len};
		if (text[len] == sign && (word->kind != WORD_LABEL || len > strlen(word->name)))
			return true;
	}
	return false;
}

/* Users' and groups' numbers end before the one that is nobody's, a process's with its type. */
static bool set_number(unsigned *number, const char *value, const char *name, struct error *error)
{
	unsigned long long read, max = strcmp(name, "pid") == 0 ? INT32_MAX : UINT32_MAX - 1;

	if (!text_to_number(value, max, &read))
		return error_set(error, "'%.*s' is no number for %s", SHOWN_MAX, value, name);
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
		return error_set(error, "'%.*s' is no tenant's name", SHOWN_MAX, value);
	memcpy(tenant, value, strlen(value) + 1);
	return true;
}

static bool set_text(const char **text, const char *value, const char *name, struct error *error)
{
	if (*text != NULL)
		return error_set(error, "%s is given twice", name);
	*text = value;
	return true;
}

static bool set_container(struct container_identity *container, const char *value,
                          struct error *error)
{
	if (container->id != NULL)
		return error_set(error, "container is given twice");
	container->id = value;
	if (strcmp(value, "none") == 0)
		container->state = CONTAINER_NONE;
	else if (strcmp(value, "unknown") == 0)
		container->state = CONTAINER_UNKNOWN;
	else if (!text_is_lower_hex(value) && strcmp(value, "present") != 0)
		return error_set(error,
		                 "'%.*s' is no container: it must be an id, present, none or unknown",
		                 SHOWN_MAX, value);
	return true;
}

static bool add_label(struct arena *arena, struct container_identity *container,
                      const struct given_word *given, const char *value, struct error *error)
{
	size_t skipped = strlen(given->word->name), count = container->label_count;
	const char **list = arena_calloc(arena, count + 1, sizeof *list);
	const char *key = arena_copy(arena, given->name + skipped, given->len - skipped);
	const char *label = key != NULL ? arena_format(arena, "%s=%s", key, value) : NULL;

	if (count == IDENTITY_NAMES_MAX)
		return error_set(error, "there are more than %d labels", IDENTITY_NAMES_MAX);
	if (list == NULL || label == NULL)
		return error_set(error, "out of memory");
	for (size_t i = 0; i < count; i++)
		list[i] = container->labels[i];
	list[count] = label;
	container->labels = list;
	container->label_count = count + 1;
	return true;
}

/* Whose number is not written has the largest, which is nobody's; pid 0 would be a peer that the kernel cannot name. */
static void make_present(struct identity *identity, enum word_group group)
{
	const struct peer_identity peer = {.present = true,
	                                   .pid = 1,
	                                   .uid = UINT32_MAX,
	                                   .gid = UINT32_MAX};

	if ((group == ABOUT_PEER || group == ABOUT_CONTAINER) && !identity->peer.present)
		identity->peer = peer;
	if (group == ABOUT_CONTAINER)
		identity->container.unasked = false;
	else if (identity->container.state == CONTAINER_UNKNOWN && identity->container.id == NULL)
		identity->container.unasked = true;
	if (group == ABOUT_CONTAINER && identity->container.id == NULL)
		identity->container.state = CONTAINER_PRESENT;
	if (group == ABOUT_CERTIFICATE)
		identity->certificate.present = true;
}

static bool set_maker(const char **tenant, const char *value, struct error *error)
{
	if (!identity_is_tenant(value))
		return error_set(error, "'%.*s' is no tenant's name", SHOWN_MAX, value);
	return set_text(tenant, value, "container.tenant", error);
}

static bool set_word(struct arena *arena, struct written_identity *written,
                     const struct given_word *given, const char *value, struct error *error)
{
	const struct word *word = given->word;
	void *member = (char *)&written->identity + word->offset;

	if (*value == '\0')
		return error_set(error, "%.*s has no value", (int)given->len, given->name);
	make_present(&written->identity, word->group);
	written->has_uid = written->has_uid || strcmp(word->name, "uid") == 0;
	written->has_gid = written->has_gid || strcmp(word->name, "gid") == 0;
	switch (word->kind) {
	case WORD_TEXT:
		return set_text(member, value, word->name, error);
	case WORD_NUMBER:
		return set_number(member, value, word->name, error);
	case WORD_NAME:
		return add_name(member, value, error);
	case WORD_TENANT:
		return set_tenant(member, value, error);
	case WORD_POLICY:
		return set_text(&written->policy, value, word->name, error);
	case WORD_CONTAINER:
		return set_container(member, value, error);
	case WORD_MAKER:
		return set_maker(member, value, error);
	case WORD_LABEL:
		return add_label(arena, member, given, value, error);
	}
	return false;
}

/* ---- words and blanks ---- */

bool identity_from_text(struct arena *arena, const char *text, struct identity *identity,
                        struct error *error)
{
	struct written_identity written = {.policy = NULL};
	char *rest = arena_string(arena, text);
	bool fine = rest != NULL || error_set(error, "out of memory");

	if (strcmp(text, "nobody") == 0)
		rest = NULL;
	while (fine && rest != NULL) {
		const char *text_of_word = text_take_word(&rest);
		struct given_word given;

		if (!find_word(text_of_word, '=', &given) || given.word->kind == WORD_POLICY)
			fine = error_set(error, "'%.*s' is none of " WORDS ", with a value behind '='",
			                 SHOWN_MAX, text_of_word);
		else
			fine = set_word(arena, &written, &given, given.name + given.len + 1, error);
		rest = *rest != '\0' ? rest : NULL;
	}
	*identity = written.identity;
	if (identity->listener == NULL)
		identity->listener = "test";
	if (identity->address == NULL)
		identity->address = "unix";
	return fine;
}

/* ---- words and commas ---- */

/* How long the value at TEXT is: to the end, or to a comma that a word follows. */
static size_t value_length(const char *text)
{
	const char *comma = strchr(text, ',');
	struct given_word next;

	while (comma != NULL && !find_word(comma + 1, ':', &next))
		comma = strchr(comma + 1, ',');
	return comma != NULL ? (size_t)(comma - text) : strlen(text);
}

bool identity_text_read(struct arena *arena, const char *text, struct written_identity *written,
                        struct error *error)
{
	*written = (struct written_identity){.policy = NULL};
	while (*text != '\0') {
		struct given_word given;
		const char *value;
		size_t len;

		if (!find_word(text, ':', &given))
			return error_set(error, "'%.*s' is none of policy, " WORDS ", with a value behind ':'",
			                 SHOWN_MAX, text);
		text += given.len + 1;
		len = value_length(text);
		value = arena_copy(arena, text, len);
		if (value == NULL)
			return error_set(error, "out of memory");
		if (!set_word(arena, written, &given, value, error))
			return false;
		text += len + (text[len] == ',' ? 1 : 0);
	}
	return true;
}

bool identity_text_grant(const struct policy_set *set, struct written_identity *written,
                         struct error *error)
{
	struct grant *grant = &written->identity.grant;
	char tenant[TENANT_SIZE];

	memcpy(tenant, grant->tenant, sizeof tenant);
	if (written->policy == NULL)
		*grant = policy_set_match(set, &written->identity);
	else
		grant->policy = policy_set_find(set, written->policy);
	if (tenant[0] != '\0')
		memcpy(grant->tenant, tenant, sizeof tenant);
	return written->policy == NULL || grant->policy != NULL ||
	       error_set(error, "there is no policy '%.*s'", SHOWN_MAX, written->policy);
}

/* ---- the other way ---- */

static void print_word(struct builder *builder, const char *name, const char *value)
{
	if (value == NULL || *value == '\0')
		return;
	builder_format(builder, "%s%s:%s", builder->len > 0 ? "," : "", name, value);
}

/* The largest number is nobody's: it was not written. */
static void print_number(struct builder *builder, const char *name, const unsigned *number)
{
	if (*number != UINT32_MAX)
		builder_format(builder, "%s%s:%u", builder->len > 0 ? "," : "", name, *number);
}

static void print_names(struct builder *builder, const char *name, const struct name_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		print_word(builder, name, list->names[i]);
}

static void print_container(struct builder *builder, const struct container_identity *container)
{
	if (container->state == CONTAINER_PRESENT)
		print_word(builder, "container", container->id != NULL ? container->id : "present");
	else if (container->state == CONTAINER_NONE)
		print_word(builder, "container", "none");
	else if (!container->unasked && (container->why != NULL || container->id != NULL))
		print_word(builder, "container", "unknown");
}

/* "ci.job=42" is the word label.ci.job:42. */
static void print_labels(struct builder *builder, const struct container_identity *container)
{
	for (size_t i = 0; i < container->label_count; i++) {
		const char *label = container->labels[i];
		size_t key = strcspn(label, "=");

		builder_format(builder, "%slabel.%.*s:%s", builder->len > 0 ? "," : "", (int)key, label,
		               label + key + (label[key] == '=' ? 1 : 0));
	}
}

/* Where nothing is known of a group, none of its words is. A peer that is written by hand is process 1. */
static bool is_told(const struct identity *identity, const struct word *word)
{
	if (strcmp(word->name, "pid") == 0 && identity->peer.pid == 1)
		return false;
	if (word->group == ABOUT_PEER)
		return identity->peer.present;
	return word->group != ABOUT_CERTIFICATE || identity->certificate.present;
}

const char *identity_text_print(struct arena *arena, const struct identity *identity)
{
	struct builder builder = {.len = 0};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		const struct word *word = &words[i];
		const void *member = (const char *)identity + word->offset;

		if (!is_told(identity, word))
			continue;
		switch (word->kind) {
		case WORD_TEXT:
		case WORD_MAKER:
			print_word(&builder, word->name, *(const char *const *)member);
			break;
		case WORD_NUMBER:
			print_number(&builder, word->name, member);
			break;
		case WORD_NAME:
			print_names(&builder, word->name, member);
			break;
		case WORD_CONTAINER:
			print_container(&builder, member);
			break;
		case WORD_LABEL:
			print_labels(&builder, member);
			break;
		case WORD_TENANT:
		case WORD_POLICY:
			break;
		}
	}
	return builder_take(&builder, arena);
}
