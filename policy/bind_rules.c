/* Owns the comparison of a bind with a policy's rules, and what is known of sockets. */
#include "policy/bind_rules.h"

#include "policy/arena.h"
#include "policy/identity.h"
#include "policy/policy.h"
#include "policy/text.h"

#include <string.h>

/* What a judgement goes by. */
struct judgement {
	struct arena *arena;
	const struct policy *policy;
	const struct identity *identity;
};

/* ---- sockets ---- */

/* /var/run is /run, by a link that every host has. */
static const char *without_var(const char *path)
{
	return path_is_at_or_below(path, "/var/run") ? path + strlen("/var") : path;
}

/* Whoever talks to one of these owns the host. By name, since they may be anywhere. */
static bool has_engine_name(const char *path)
{
	static const char *const names[] = {"docker.sock",    "containerd.sock",
	                                    "buildkitd.sock", "containerd.sock.ttrpc",
	                                    "podman.sock",    "crio.sock"};
	const char *slash = strrchr(path, '/');

	for (size_t i = 0; slash != NULL && i < sizeof names / sizeof names[0]; i++) {
		if (strcmp(slash + 1, names[i]) == 0)
			return true;
	}
	return false;
}

/* The daemon's socket and our own, where the configuration has them. */
static bool is_socket(const struct policy *policy, const char *path)
{
	const struct socket_paths *known = policy->sockets;

	for (size_t i = 0; known != NULL && i < known->count; i++) {
		if (strcmp(without_var(known->list[i]), without_var(path)) == 0)
			return true;
	}
	return has_engine_name(path);
}

/* True when PATH is a directory in or below which engines are known to keep their sockets. */
static bool is_above_usual_socket(struct arena *arena, const char *path)
{
	static const char *const usual[] = {
		"/run/docker.sock",
		"/run/containerd/containerd.sock",
		"/run/docker/containerd/containerd.sock",
		"/run/buildkit/buildkitd.sock",
		"/run/podman/podman.sock",
		"/run/crio/crio.sock",
		"/run/user/*/docker.sock",
		"/run/user/*/podman/podman.sock",
		"/run/user/*/containerd/containerd.sock",
	};

	for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++) {
		const char *slash = usual[i];
		while ((slash = strchr(slash + 1, '/')) != NULL) {
			const char *directory = arena_copy(arena, usual[i], (size_t)(slash - usual[i]));
			if (directory == NULL || text_matches(directory, without_var(path)))
				return true;
		}
	}
	return false;
}

/* ---- rules ---- */

static const char *listed_source(const struct judgement *judgement, const struct bind_rule *rule)
{
	return listed_path_source(judgement->arena, &rule->path, judgement->identity);
}

/* True when a rule lists a socket that is PATH or lies below it. */
static bool lists_socket_below(const struct judgement *judgement, const char *path)
{
	const struct bind_rules *rules = &judgement->policy->container.binds;

	for (size_t i = 0; i < rules->count; i++) {
		const char *listed = listed_source(judgement, &rules->list[i]);
		if (listed != NULL && is_socket(judgement->policy, listed) &&
		    path_is_at_or_below(listed, path))
			return true;
	}
	return false;
}

/* True when one of the configuration's sockets lies below PATH, and no rule is for that socket. */
static bool holds_unlisted_socket(const struct judgement *judgement, const char *path)
{
	const struct socket_paths *known = judgement->policy->sockets;

	for (size_t i = 0; known != NULL && i < known->count; i++) {
		if (path_is_at_or_below(without_var(known->list[i]), without_var(path)) &&
		    !lists_socket_below(judgement, known->list[i]))
			return true;
	}
	return false;
}

static bool is_above_all(const char *path)
{
	return strcmp(path, "/") == 0 || strcmp(path, "/var") == 0;
}

/* A socket is opened by a rule for exactly that socket. A directory is opened where each socket of the
 * configuration below it is listed as well, and, where engines usually have theirs, any socket below. */
static enum bind_answer judge_socket(const struct judgement *judgement, const char *path)
{
	if (is_socket(judgement->policy, path))
		return lists_socket_below(judgement, path) ? BIND_FINE : BIND_IS_SOCKET;
	if (holds_unlisted_socket(judgement, path))
		return BIND_HOLDS_SOCKET;
	if (!is_above_all(path) && !is_above_usual_socket(judgement->arena, path))
		return BIND_FINE;
	return lists_socket_below(judgement, path) ? BIND_FINE : BIND_HOLDS_SOCKET;
}

/* True when somebody, whoever it is, may write above PATH; *RULE says by what. */
static bool is_written_above(const struct judgement *judgement, const char *path,
                             const struct bind_rule **rule)
{
	const struct bind_rules *rules = &judgement->policy->container.binds;

	for (size_t i = 0; i < rules->count; i++) {
		if (listed_path_written_above(judgement->arena, &rules->list[i].path, path)) {
			*rule = &rules->list[i];
			return true;
		}
	}
	return false;
}

static enum bind_answer judge_by_rule(const struct judgement *judgement,
                                      const struct bind_rule *rule, const struct bind_use *use)
{
	if (!listed_path_covers(judgement->arena, &rule->path, judgement->identity, use->source))
		return BIND_UNLISTED;
	if (use->write && !rule->path.write)
		return BIND_READ_ONLY;
	if (use->propagation > rule->propagation)
		return BIND_PROPAGATES;
	if (use->relabel && !rule->create)
		return BIND_RELABELS;
	return BIND_FINE;
}

/* The best answer that a rule gives. */
static enum bind_answer judge_by_rules(const struct judgement *judgement,
                                       const struct bind_use *use, const struct bind_rule **decided)
{
	const struct bind_rules *rules = &judgement->policy->container.binds;
	enum bind_answer best = BIND_UNLISTED;

	for (size_t i = 0; i < rules->count; i++) {
		const struct bind_rule *rule = &rules->list[i];
		enum bind_answer answer = judge_by_rule(judgement, rule, use);
		if (answer > best || (answer == BIND_FINE && rule->create && !(*decided)->create)) {
			best = answer;
			*decided = rule;
		}
	}
	return best;
}

/* Without any such rule, nothing else is as wrong with a shared bind. */
static bool lists_shared(const struct bind_rules *rules)
{
	for (size_t i = 0; i < rules->count; i++) {
		if (rules->list[i].propagation == PROPAGATION_SHARED)
			return true;
	}
	return false;
}

enum bind_answer bind_rules_judge(struct arena *arena, const struct policy *policy,
                                  const struct identity *identity, const struct bind_use *use,
                                  const struct bind_rule **rule)
{
	const struct judgement judgement = {arena, policy, identity};
	enum bind_answer answer = judge_socket(&judgement, use->source);

	*rule = NULL;
	if (use->propagation == PROPAGATION_SHARED && !lists_shared(&policy->container.binds))
		return BIND_PROPAGATES;
	if (answer != BIND_FINE)
		return answer;
	if (is_written_above(&judgement, use->source, rule))
		return BIND_BELOW_WRITTEN;
	return judge_by_rules(&judgement, use, rule);
}
