/* Which namespaces a container may share: with the host, with another container, with the
 * members of a network. A mode is one of dockerd's words in dockerd's own spelling; every other
 * word names a network, or is refused. */
#include "policy/check.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/json.h"
#include "policy/spec.h"

#include <string.h>

/* One mode of a HostConfig: its property, and what a policy says of it. */
struct mode {
	const char *property;
	const char *rule;
	const struct patterns *allowed;
	const char *const *harmless; /* words that are the daemon's safe default, and "" */
	const char *const *words;    /* words that must be listed */
	bool container;              /* "container:X" is understood */
};

static bool word_in(const char *const *words, const char *word)
{
	for (; *words != NULL; words++) {
		if (strcmp(*words, word) == 0)
			return true;
	}
	return false;
}

static bool deny_mode(struct check *check, const struct mode *mode, const char *value)
{
	const char *word = word_in(mode->words, value) ? value : NULL;

	if (mode->container && spec_mode_container(value) != NULL)
		word = "container";
	return check_deny(check, check_list_rule(mode->rule, mode->allowed, word),
	                  "leave it at its default", "%s is '%s'", mode->property,
	                  check_shown(check, value));
}

static bool check_mode(struct check *check, const json_t *host, const struct mode *mode)
{
	const char *value;

	if (!check_text(check, host, mode->property, &value))
		return false;
	if (word_in(mode->harmless, value))
		return true;
	const char *container = mode->container ? spec_mode_container(value) : NULL;
	if (container != NULL && check_listed(mode->allowed, "container"))
		return check_container_named(check, mode->property, container);
	if (container == NULL && word_in(mode->words, value) && check_listed(mode->allowed, value))
		return true;
	return deny_mode(check, mode, value);
}

/* UTS and user modes have no safe word but the empty one; a private IPC or cgroup namespace is
 * the default. */
bool check_namespaces(struct check *check, const json_t *host)
{
	static const char *const empty[] = {"", NULL};
	static const char *const private[] = {"", "private", NULL};
	static const char *const host_word[] = {"host", NULL};
	static const char *const ipc_words[] = {"none", "shareable", "host", NULL};
	const struct container_rules *rules = &check->policy->container;
	const struct mode modes[] = {
		{"PidMode", "container.pid_modes", &rules->pid_modes, empty, host_word, true},
		{"IpcMode", "container.ipc_modes", &rules->ipc_modes, private, ipc_words, true},
		{"UTSMode", "container.uts_modes", &rules->uts_modes, empty, host_word, false},
		{"UsernsMode", "container.user_modes", &rules->user_modes, empty, host_word, false},
		{"CgroupnsMode", "container.cgroup_modes", &rules->cgroup_modes, private, host_word, false},
	};

	for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
		if (!check_mode(check, host, &modes[i]))
			return false;
	}
	return true;
}

/* "name=userns", as dockerd lists what it secures containers with; a rootless daemon is in a namespace
 * itself. */
static bool remaps_users(const json_t *info)
{
	static const char *const words[] = {"name=userns", "name=rootless", NULL};
	const json_t *options = json_member(info, "SecurityOptions");

	for (size_t i = 0; i < json_array_size(options); i++) {
		const char *option = json_string_value(json_array_get(options, i));

		if (option != NULL && word_in(words, option))
			return true;
	}
	return false;
}

/* A container has a user namespace of its own where the daemon gives one to all, and it does not opt out. */
bool check_user_namespace(struct check *check, const json_t *host)
{
	const struct flag *required = &check->policy->container.user_namespace;
	const struct rule rule = check_rule("container.user_namespace", required->place);
	const struct fact *daemon;
	const char *mode;

	if (!required->on)
		return true;
	if (!check_text(check, host, "UsernsMode", &mode))
		return false;
	if (strcmp(mode, "host") == 0 &&
	    !check_deny(check, rule, "run it without --userns", "UsernsMode is 'host'"))
		return false;
	if (!check_fact(check, OBJECT_DAEMON, "info", &daemon))
		return false;
	if (daemon == NULL || remaps_users(daemon->inspected))
		return true;
	const char *outer = check_enter_anew(check, "%s", "");
	bool fine = check_deny(check, rule, "have dockerd started with --userns-remap, or rootless",
	                       "the daemon gives containers no user namespace of their own");
	check_leave(check, outer);
	return fine;
}

/* The default bridge, where a container is that names no network, parts nobody: in a world of its own it has to be listed. */
bool check_default_network(const struct check *check)
{
	return !check->closed || check_listed(&check->policy->container.network_modes, "bridge");
}

static bool deny_network_mode(struct check *check, const char *field, const char *value)
{
	const struct patterns *allowed = &check->policy->container.network_modes;
	const char *word = spec_mode_is_network(value) ? "named" : value;

	if (spec_mode_container(value) != NULL)
		word = "container";
	return check_deny(check, check_list_rule("container.network_modes", allowed, word),
	                  "use another --network, or none", "%s is '%s'", field,
	                  check_shown(check, value));
}

/* The id of a predefined network is a name for it like another: what it leads to is judged, and has to be listed as what it is. */
static bool judge_what_is_named(struct check *check, const char *word)
{
	return check->existing || (check->policy->container.trust_existing.on && !check->closed) ||
	       check_network_listed(check, word);
}

/* A network as NetworkMode or a key of EndpointsConfig gives it. Engines differ in what they do
 * with "host" as a key; here it counts as the host's namespace. */
bool check_network_word(struct check *check, const char *field, const char *word)
{
	static const char *const usual[] = {"", "default", NULL};
	const struct patterns *allowed = &check->policy->container.network_modes;

	if (word_in(usual, word) && (check->existing || check_default_network(check)))
		return true;
	if (word_in(usual, word))
		return deny_network_mode(check, field, "bridge");
	if (check->existing && strcmp(word, "bridge") == 0)
		return true;
	if (!check_listed(allowed, spec_mode_is_network(word) ? "named" : word))
		return deny_network_mode(check, field, word);
	return !spec_mode_is_network(word) ||
	       (check_network_named(check, field, word) && judge_what_is_named(check, word));
}

bool check_network_mode(struct check *check, const json_t *host)
{
	const char *mode;

	if (!check_text(check, host, "NetworkMode", &mode))
		return false;
	const char *container = spec_mode_container(mode);
	if (check->existing && spec_mode_is_network(mode))
		return (check_listed(&check->policy->container.network_modes, "named") ||
		        deny_network_mode(check, "NetworkMode", mode)) &&
		       check_protected(check, mode);
	if (container == NULL)
		return check_network_word(check, "NetworkMode", mode);
	if (!check_listed(&check->policy->container.network_modes, "container"))
		return deny_network_mode(check, "NetworkMode", mode);
	return check_container_named(check, "NetworkMode", container);
}

static bool judge_endpoint_link(struct check *check, const char *text)
{
	struct error error;
	struct link link;

	if (!spec_parse_link(check->arena, text, &link, &error))
		return check_deny_malformed(check, "Links has '%s', which %s", check_shown(check, text),
		                            error.text);
	return check_container_named(check, "Links", link.container);
}

/* The network that an endpoint of an existing container is on: by its id, once it has one. */
static const char *endpoint_network(const struct check *check, const char *key,
                                    const json_t *endpoint)
{
	const char *id = json_member_string(endpoint, "NetworkID");

	if (!check->existing || !spec_mode_is_network(key) || id == NULL || *id == '\0')
		return key;
	return id;
}

static bool judge_endpoint(struct check *check, const char *key, const json_t *endpoint)
{
	const char *network = endpoint_network(check, key, endpoint);

	if (*key == '\0' || spec_mode_container(key) != NULL)
		return check_deny_malformed(check, "EndpointsConfig has the key '%s'",
		                            check_shown(check, key));
	const char *outer = check_enter(check, "EndpointsConfig.%s.", check_shown(check, key));
	bool fine =
		check_network_word(check, "network", network) &&
		(check->existing || (check_count(check, endpoint, "Links") &&
	                         check_each_string(check, endpoint, "Links", judge_endpoint_link) &&
	                         check_endpoint(check, endpoint)));
	check_leave(check, outer);
	return fine;
}

bool check_endpoints(struct check *check, const json_t *networking)
{
	const char *member = check->existing ? "Networks" : "EndpointsConfig";

	return check_count(check, networking, member) &&
	       check_each_member(check, networking, member, judge_endpoint);
}
