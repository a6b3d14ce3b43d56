/* Owns the reading of the rules that say which policy and which tenant a client gets. Their matching is
 * clients.c's. */
#include "policy/load_parts.h"

#include "policy/arena.h"
#include "policy/cidr.h"
#include "policy/error.h"
#include "policy/identity.h"
#include "policy/text.h"

#include <assert.h>
#include <string.h>

struct label_setting {
	const char *list[CLIENT_LABELS_MAX];
	size_t count;
};

/* A client rule as written; the policy is still a name. */
struct client_setting {
	const char *texts[ATTRIBUTES];
	struct label_setting labels;
	struct number_setting uid, gid;
	const char *policy;
	const char *tenant;
};

/* Hexadecimal digits and stars, in the case that identities have them in. */
static const char *keep_hex(struct loader *loader, const config_setting_t *setting,
                            const char *value, bool upper)
{
	char *kept = arena_string(loader->arena, value);

	if (kept == NULL) {
		setting_exhausted(loader, setting);
		return NULL;
	}
	for (char *at = kept; *at != '\0'; at++) {
		if (upper && *at >= 'a' && *at <= 'f')
			*at = (char)(*at - ('a' - 'A'));
		if (!upper && *at >= 'A' && *at <= 'F')
			*at = (char)(*at + ('a' - 'A'));
	}
	if (kept[strspn(kept, upper ? "0123456789ABCDEF*" : "0123456789abcdef*")] != '\0') {
		setting_problem(loader, setting, "must be hexadecimal digits without separators");
		return NULL;
	}
	return kept;
}

static const char *keep_serial(struct loader *loader, const struct key *key,
                               const config_setting_t *setting, const char *value)
{
	(void)key;
	return keep_hex(loader, setting, value, true);
}

static const char *keep_spki(struct loader *loader, const struct key *key,
                             const config_setting_t *setting, const char *value)
{
	(void)key;
	return keep_hex(loader, setting, value, false);
}

static const char *keep_container(struct loader *loader, const struct key *key,
                                  const config_setting_t *setting, const char *value)
{
	(void)key;
	if (strcmp(value, "present") == 0)
		return "present";
	if (strcmp(value, "none") == 0)
		return "none";
	setting_problem(loader, setting,
	                "must be \"present\", for a client in a container, or \"none\", for a process "
	                "of the host");
	return NULL;
}

/* A glob is held against the address's text; an address or a range against its bits. */
static void read_address(struct loader *loader, const struct key *key,
                         const config_setting_t *setting, void *member)
{
	struct client_setting *read = member;
	const char *text = setting_text(loader, setting);
	const char **kept;
	struct error error = {{0}};
	struct cidr range;

	(void)key;
	if (text == NULL)
		return;
	if (strchr(text, '*') != NULL) {
		kept = &read->texts[ATTRIBUTE_ADDRESS];
		*kept = arena_string(loader->arena, text);
	} else if (cidr_parse(text, &range, &error)) {
		kept = &read->texts[ATTRIBUTE_NETWORK];
		*kept = clients_network_pattern(loader->arena, &range);
	} else {
		setting_problem(loader, setting, "'%s' %s", text_printable(loader->arena, text, 100),
		                error.text);
		return;
	}
	if (*kept == NULL)
		setting_exhausted(loader, setting);
}

/* A key with a star, or one that ends who knows where, would let whoever makes the container choose what it is. */
static void read_label(struct loader *loader, const config_setting_t *setting,
                       struct label_setting *labels)
{
	const char *text = setting_text(loader, setting);
	size_t len = text != NULL ? strcspn(text, "=*") : 0;

	if (text == NULL)
		return;
	if (len == 0 || text[len] != '=')
		setting_problem(
			loader, setting,
			"'%s' is no label: it must be KEY=VALUE, and a `*` can stand in the value only",
			text_printable(loader->arena, text, 100));
	else if (labels->count == CLIENT_LABELS_MAX)
		setting_problem(loader, setting, "there are more than %d labels", CLIENT_LABELS_MAX);
	else if ((text = arena_string(loader->arena, text)) == NULL)
		setting_exhausted(loader, setting);
	else
		labels->list[labels->count++] = text;
}

static void read_labels(struct loader *loader, const struct key *key,
                        const config_setting_t *setting, void *member)
{
	size_t len;

	(void)key;
	if (config_setting_type(setting) == CONFIG_TYPE_STRING) {
		read_label(loader, setting, member);
		return;
	}
	if (!setting_list_length(loader, setting, &len))
		return;
	if (len == 0)
		setting_problem(loader, setting, "must not be empty");
	for (size_t i = 0; i < len; i++)
		read_label(loader, config_setting_get_elem(setting, (unsigned)i), member);
}

#define TEXT(key, attribute, keeper)                                                  \
	{                                                                                 \
		.name = (key), .kind = KEY_TEXT,                                              \
		.offset = offsetof(struct client_setting, texts[attribute]), .keep = (keeper) \
	}

static const struct key certificate_list[] = {
	TEXT("common_name", ATTRIBUTE_COMMON_NAME, NULL),
	TEXT("dns", ATTRIBUTE_DNS, NULL),
	TEXT("ip", ATTRIBUTE_IP, NULL),
	TEXT("email", ATTRIBUTE_EMAIL, NULL),
	TEXT("uri", ATTRIBUTE_URI, NULL),
	TEXT("organization", ATTRIBUTE_ORGANIZATION, NULL),
	TEXT("organizational_unit", ATTRIBUTE_ORGANIZATIONAL_UNIT, NULL),
	TEXT("issuer", ATTRIBUTE_ISSUER, NULL),
	TEXT("serial", ATTRIBUTE_SERIAL, keep_serial),
	TEXT("spki_sha256", ATTRIBUTE_SPKI_SHA256, keep_spki),
};
static const struct keys certificate_keys = {certificate_list,
                                             sizeof certificate_list / sizeof *certificate_list};

static const struct key client_list[] = {
	TEXT("listener", ATTRIBUTE_LISTENER, NULL),
	{.name = "certificate", .kind = KEY_GROUP, .keys = &certificate_keys},
	TEXT("user", ATTRIBUTE_USER, NULL),
	{.name = "uid", .kind = KEY_NUMBER, .offset = offsetof(struct client_setting, uid)},
	TEXT("group", ATTRIBUTE_GROUP, NULL),
	{.name = "gid", .kind = KEY_NUMBER, .offset = offsetof(struct client_setting, gid)},
	{.name = "address", .kind = KEY_READ, .read = read_address},
	TEXT("container", ATTRIBUTE_CONTAINER, keep_container),
	TEXT("container_name", ATTRIBUTE_CONTAINER_NAME, NULL),
	TEXT("container_image", ATTRIBUTE_CONTAINER_IMAGE, NULL),
	{.name = "container_label",
     .kind = KEY_READ,
     .offset = offsetof(struct client_setting, labels),
     .read = read_labels},
	TEXT("container_tenant", ATTRIBUTE_CONTAINER_TENANT, NULL),
	{.name = "policy", .kind = KEY_TEXT, .offset = offsetof(struct client_setting, policy)},
	{.name = "tenant", .kind = KEY_TEXT, .offset = offsetof(struct client_setting, tenant)},
};
static const struct keys client_keys = {client_list, sizeof client_list / sizeof *client_list};

/* Written in decimal, a number is a pattern like any other. */
static void put_number(struct loader *loader, const config_setting_t *rule,
                       const struct number_setting *number, const char **text)
{
	if (!number->given)
		return;
	*text = arena_format(loader->arena, "%u", number->number);
	if (*text == NULL)
		setting_exhausted(loader, rule);
}

static bool check_listener(struct loader *loader, const config_setting_t *setting,
                           const char *pattern, const struct listener_names *listeners)
{
	for (size_t i = 0; i < listeners->count; i++) {
		if (text_matches(pattern, listeners->list[i]))
			return true;
	}
	return setting_problem(loader, setting, "no listener is called '%s'%s",
	                       text_printable(loader->arena, pattern, 100),
	                       setting_suggestion(loader, pattern, listeners->list, listeners->count));
}

static const struct policy *find_policy(struct loader *loader, const config_setting_t *rule,
                                        const char *name, const struct definitions *definitions)
{
	const config_setting_t *setting = config_setting_get_member(rule, "policy");
	const struct definition *definition;
	const char *const *names;
	size_t count;

	if (setting == NULL) {
		setting_problem(loader, rule, "a client rule needs a policy");
		return NULL;
	}
	if (name == NULL)
		return NULL;
	definition = definition_find(definitions, name);
	if (definition != NULL)
		return &definition->policy;
	names = definition_names(loader, definitions, &count);
	setting_problem(loader, setting, "no policy is called '%s'%s",
	                text_printable(loader->arena, name, 100),
	                setting_suggestion(loader, name, names, count));
	return NULL;
}

/* A setting and what it is a condition on. */
struct subject {
	const char *name;
	enum attribute attribute;
};

static const struct subject client_subjects[] = {
	{"listener", ATTRIBUTE_LISTENER},
	{"user", ATTRIBUTE_USER},
	{"uid", ATTRIBUTE_UID},
	{"group", ATTRIBUTE_GROUP},
	{"gid", ATTRIBUTE_GID},
	{"certificate", ATTRIBUTE_CERTIFICATE},
	{"address", ATTRIBUTE_ADDRESS},
	{"address", ATTRIBUTE_NETWORK},
	{"container", ATTRIBUTE_CONTAINER},
	{"container_name", ATTRIBUTE_CONTAINER_NAME},
	{"container_image", ATTRIBUTE_CONTAINER_IMAGE},
	{"container_label", ATTRIBUTE_CONTAINER_LABEL},
	{"container_tenant", ATTRIBUTE_CONTAINER_TENANT},
	{NULL, ATTRIBUTE_LISTENER},
};
static const struct subject certificate_subjects[] = {
	{"common_name", ATTRIBUTE_COMMON_NAME},
	{"dns", ATTRIBUTE_DNS},
	{"ip", ATTRIBUTE_IP},
	{"email", ATTRIBUTE_EMAIL},
	{"uri", ATTRIBUTE_URI},
	{"organization", ATTRIBUTE_ORGANIZATION},
	{"organizational_unit", ATTRIBUTE_ORGANIZATIONAL_UNIT},
	{"issuer", ATTRIBUTE_ISSUER},
	{"serial", ATTRIBUTE_SERIAL},
	{"spki_sha256", ATTRIBUTE_SPKI_SHA256},
	{NULL, ATTRIBUTE_LISTENER},
};

static void put_condition(struct client_rule *rule, enum attribute attribute, const char *pattern)
{
	assert(rule->count <
	       ATTRIBUTES + CLIENT_LABELS_MAX); /* libconfig refuses a name written twice */
	rule->conditions[rule->count++] = (struct client_condition){attribute, pattern};
}

/* All that NAME stands for: of an address, one of two. */
static void add_condition(const struct subject *subject, const char *name,
                          const struct client_setting *read, struct client_rule *rule)
{
	for (; subject->name != NULL; subject++) {
		if (strcmp(subject->name, name) != 0)
			continue;
		if (read->texts[subject->attribute] != NULL)
			put_condition(rule, subject->attribute, read->texts[subject->attribute]);
		if (subject->attribute != ATTRIBUTE_CONTAINER_LABEL)
			continue;
		for (size_t i = 0; i < read->labels.count; i++)
			put_condition(rule, ATTRIBUTE_CONTAINER_LABEL, read->labels.list[i]);
	}
}

/* In the order they are written: captures are numbered by it. */
static void add_conditions(const config_setting_t *group, const struct subject *subjects,
                           const struct client_setting *read, struct client_rule *rule)
{
	for (int i = 0; i < config_setting_length(group); i++) {
		const config_setting_t *setting = config_setting_get_elem(group, (unsigned)i);
		const char *name = config_setting_name(setting);

		add_condition(subjects, name, read, rule);
		if (subjects == client_subjects && strcmp(name, "certificate") == 0 &&
		    config_setting_is_group(setting))
			add_conditions(setting, certificate_subjects, read, rule);
	}
}

/* True when TENANT is a tenant's name once each of its captures, of STARS, is taken for a letter. */
static bool check_tenant(struct loader *loader, const config_setting_t *setting, const char *tenant,
                         size_t stars)
{
	char example[TENANT_SIZE] = "";
	size_t len = 0;

	for (const char *at = tenant; *at != '\0' && len + 1 < sizeof example; at++) {
		bool capture = at[0] == '$' && at[1] >= '1' && at[1] <= '9';

		if (capture && (size_t)(at[1] - '0') > stars)
			return setting_problem(
				loader, setting,
				"there is no $%c: the conditions of this rule have %zu `*` (`**` is "
				"not counted)",
				at[1], stars);
		example[len++] = *at;
		if (capture) {
			example[len - 1] = 'a';
			at++;
		}
	}
	if (len + 1 < sizeof example && identity_is_tenant(example))
		return true;
	return setting_problem(loader, setting,
	                       "'%s' is no tenant's name: it has 1 to %d of a-z, 0-9 and '-', not '-' "
	                       "first, and $1 to $9 for what a `*` of this rule stands for",
	                       text_printable(loader->arena, tenant, 100), TENANT_SIZE - 1);
}

/* Where nothing is looked at, nothing can be kept apart. */
static void check_world(struct loader *loader, const config_setting_t *setting,
                        const struct policy *policy)
{
	bool unrestricted = policy != NULL && policy->unrestricted.on;

	if (policy == NULL || policy->tenancy.open.on ||
	    (!unrestricted && !policy->container.trust_existing.on))
		return;
	setting_problem(
		loader, setting,
		"the policy '%s' is %s, and cannot keep a tenant in a world of its own; name another "
		"policy, or write tenancy = { open = true; } in one that extends it",
		policy->name, unrestricted ? "unrestricted" : "one with trust_existing");
}

static void read_tenant(struct loader *loader, const config_setting_t *group, const char *tenant,
                        struct client_rule *rule)
{
	size_t stars = 0;

	if (tenant == NULL && config_setting_get_member(group, "container_tenant") != NULL)
		check_world(loader, group, rule->policy);
	if (tenant == NULL)
		return;
	for (size_t i = 0; i < rule->count; i++)
		stars += text_count_stars(rule->conditions[i].pattern);
	if (check_tenant(loader, config_setting_get_member(group, "tenant"), tenant, stars))
		rule->tenant = tenant;
	check_world(loader, config_setting_get_member(group, "tenant"), rule->policy);
}

/* A rule with any mistake leaves a problem behind, and with a problem no rules come into force:
 * one that lost a condition never gets to match. */
static void read_rule(struct loader *loader, const config_setting_t *setting,
                      const struct definitions *definitions, const struct listener_names *listeners,
                      struct client_rule *rule)
{
	struct client_setting read = {.policy = NULL};

	setting_read_group(loader, setting, &client_keys, &read);
	if (!config_setting_is_group(setting))
		return;
	put_number(loader, setting, &read.uid, &read.texts[ATTRIBUTE_UID]);
	put_number(loader, setting, &read.gid, &read.texts[ATTRIBUTE_GID]);
	if (config_setting_get_member(setting, "certificate") != NULL)
		read.texts[ATTRIBUTE_CERTIFICATE] = "present";
	if (read.texts[ATTRIBUTE_LISTENER] != NULL)
		check_listener(loader, config_setting_get_member(setting, "listener"),
		               read.texts[ATTRIBUTE_LISTENER], listeners);
	rule->place = setting_place(loader, setting);
	rule->policy = find_policy(loader, setting, read.policy, definitions);
	rule->conditions =
		arena_calloc(loader->arena, ATTRIBUTES + CLIENT_LABELS_MAX, sizeof *rule->conditions);
	if (rule->conditions == NULL) {
		setting_exhausted(loader, setting);
		return;
	}
	add_conditions(setting, client_subjects, &read, rule);
	read_tenant(loader, setting, read.tenant, rule);
}

void client_rules_read(struct loader *loader, const config_setting_t *setting,
                       const struct definitions *definitions,
                       const struct listener_names *listeners, struct client_rules *rules)
{
	size_t len;

	if (setting == NULL)
		return;
	if (!config_setting_is_list(setting)) {
		setting_problem(loader, setting, "must be a list ( { ... }, ... ), not %s",
		                setting_type_name(setting));
		return;
	}
	len = (size_t)config_setting_length(setting);
	rules->list = arena_calloc(loader->arena, len, sizeof *rules->list);
	if (rules->list == NULL) {
		setting_exhausted(loader, setting);
		return;
	}
	for (size_t i = 0; i < len; i++)
		read_rule(loader, config_setting_get_elem(setting, (unsigned)i), definitions, listeners,
		          &rules->list[i]);
	rules->count = len;
	if (!clients_compile(loader->arena, rules))
		setting_exhausted(loader, setting);
}
