/* Owns the rules that say which policy a client gets: their reading and their matching. Who a
 * client is was settled before, by proxy/identity.c. */
#include "policy/load_parts.h"

#include "policy/arena.h"
#include "policy/identity.h"
#include "policy/text.h"

#include <string.h>

/* A client rule as written; the policy is still a name. */
struct client_setting {
	struct client_rule rule;
	const char *policy;
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

#define CERTIFICATE(member, keeper)                                                          \
	{                                                                                        \
		.name = #member, .kind = KEY_TEXT,                                                   \
		.offset = offsetof(struct client_setting, rule.certificate.member), .keep = (keeper) \
	}
#define CONDITION(member, type)                                                                 \
	{                                                                                           \
		.name = #member, .kind = (type), .offset = offsetof(struct client_setting, rule.member) \
	}

static const struct key certificate_list[] = {
	CERTIFICATE(common_name, NULL),
	CERTIFICATE(dns, NULL),
	CERTIFICATE(ip, NULL),
	CERTIFICATE(email, NULL),
	CERTIFICATE(uri, NULL),
	CERTIFICATE(organization, NULL),
	CERTIFICATE(organizational_unit, NULL),
	CERTIFICATE(issuer, NULL),
	CERTIFICATE(serial, keep_serial),
	CERTIFICATE(spki_sha256, keep_spki),
};
static const struct keys certificate_keys = {certificate_list,
                                             sizeof certificate_list / sizeof *certificate_list};

static const struct key client_list[] = {
	CONDITION(listener, KEY_TEXT),
	{.name = "certificate", .kind = KEY_GROUP, .keys = &certificate_keys},
	CONDITION(user, KEY_TEXT),
	CONDITION(uid, KEY_NUMBER),
	CONDITION(group, KEY_TEXT),
	CONDITION(gid, KEY_NUMBER),
	{.name = "policy", .kind = KEY_TEXT, .offset = offsetof(struct client_setting, policy)},
};
static const struct keys client_keys = {client_list, sizeof client_list / sizeof *client_list};

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
	read.rule.certificate.asked = config_setting_get_member(setting, "certificate") != NULL;
	if (read.rule.listener != NULL)
		check_listener(loader, config_setting_get_member(setting, "listener"), read.rule.listener,
		               listeners);
	read.rule.policy = find_policy(loader, setting, read.policy, definitions);
	*rule = read.rule;
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
}

static bool text_holds(const char *pattern, const char *value)
{
	return pattern == NULL || (value != NULL && text_matches(pattern, value));
}

static bool any_holds(const char *pattern, const struct name_list *names)
{
	if (pattern == NULL)
		return true;
	for (size_t i = 0; i < names->count; i++) {
		if (text_matches(pattern, names->names[i]))
			return true;
	}
	return false;
}

static bool certificate_holds(const struct certificate_conditions *conditions,
                              const struct certificate_identity *certificate)
{
	if (!conditions->asked)
		return true;
	return certificate->present && text_holds(conditions->common_name, certificate->common_name) &&
	       any_holds(conditions->dns, &certificate->dns) &&
	       any_holds(conditions->ip, &certificate->ip) &&
	       any_holds(conditions->email, &certificate->email) &&
	       any_holds(conditions->uri, &certificate->uri) &&
	       any_holds(conditions->organization, &certificate->organizations) &&
	       any_holds(conditions->organizational_unit, &certificate->organizational_units) &&
	       text_holds(conditions->issuer, certificate->issuer) &&
	       text_holds(conditions->serial, certificate->serial) &&
	       text_holds(conditions->spki_sha256, certificate->spki_sha256);
}

/* pid 0 is what the kernel tells of a peer it cannot name here; its numbers may mean other users
 * then. */
static bool peer_holds(const struct client_rule *rule, const struct peer_identity *peer)
{
	if (rule->user == NULL && rule->group == NULL && !rule->uid.given && !rule->gid.given)
		return true;
	if (!peer->present || peer->pid <= 0)
		return false;
	return text_holds(rule->user, peer->user) && text_holds(rule->group, peer->group) &&
	       (!rule->uid.given || rule->uid.number == peer->uid) &&
	       (!rule->gid.given || rule->gid.number == peer->gid);
}

bool client_rule_matches(const struct client_rule *rule, const struct identity *identity)
{
	return text_holds(rule->listener, identity->listener) &&
	       certificate_holds(&rule->certificate, &identity->certificate) &&
	       peer_holds(rule, &identity->peer);
}
