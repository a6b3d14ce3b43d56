/* Builds: what a build's parameters reach, with either builder. What a Dockerfile says is check_from.c's;
 * what BuildKit's sessions carry cannot be seen from here. */
#include "policy/check.h"

#include "policy/query.h"
#include "policy/request.h"
#include "policy/spec.h"

#include <string.h>

static const char *parameter(const struct check *check, const char *name)
{
	const char *value = query_value(&check->request->query, name);

	return value != NULL ? value : "";
}

static bool check_build_network(struct check *check)
{
	const struct patterns *allowed = &check->policy->build.network_modes;
	const char *mode = parameter(check, "networkmode");
	const char *container = spec_mode_container(mode);

	if (*mode == '\0' || strcmp(mode, "default") == 0 || strcmp(mode, "none") == 0 ||
	    strcmp(mode, "bridge") == 0)
		return true;
	if (!check_listed(allowed, container != NULL ? "container" : mode))
		return check_deny(check,
		                  check_list_rule("build.network_modes", allowed,
		                                  container != NULL ? "container" : mode),
		                  "build without --network", "networkmode is '%s'",
		                  check_shown(check, mode));
	if (container != NULL)
		return check_container_named(check, "networkmode", container);
	return check_protected(check, mode) &&
	       (!check->closed || check_network_named(check, "networkmode", mode));
}

static bool check_build_remote(struct check *check, const char *remote)
{
	const struct patterns *allowed = &check->policy->build.remotes;

	if (*remote == '\0' || check_listed(allowed, remote))
		return true;
	/* What would have to be listed is not told: it may hold a password. */
	return check_deny(check, check_rule("build.remotes", allowed->place),
	                  "fetch the context yourself and build from it",
	                  "remote is a source that is not listed");
}

bool check_build_classic(struct check *check)
{
	return check_world_result(check, "t") &&
	       check_build_remote(check, parameter(check, "remote")) && check_build_network(check) &&
	       check_produced_tags(check) && check_build_images(check) && check_build_defaults(check) &&
	       check_limits_build(check);
}

/* These words name no place: the context comes from the client, in a session or a request of its
 * own. */
static bool is_from_client(const char *remote)
{
	return strcmp(remote, "client-session") == 0 || strcmp(remote, "upload-request") == 0;
}

/* What BuildKit builds from, and what it calls the result, it learns from its streams. */
static bool check_buildkit_images(struct check *check)
{
	const struct image_rules *rules = &check->policy->images;

	if (rules->use.set || rules->produce.set) {
		struct rule rule = rules->use.set ? check_rule("images.use", rules->use.place)
		                                  : check_rule("images.produce", rules->produce.place);
		return check_deny(check, rule, CHECK_BUILDKIT_ADVICE,
		                  "which images BuildKit uses and names cannot be seen");
	}
	return rules->pin == IMAGE_PIN_NONE ||
	       check_deny(check, check_rule("images.pin", rules->pin_place), CHECK_BUILDKIT_ADVICE,
	                  "which images BuildKit uses cannot be seen");
}

/* What makes it a build of BuildKit, as the choice of the route saw it. */
static const char *buildkit_sign(const struct check *check)
{
	if (*parameter(check, "session") != '\0')
		return "session is set";
	if (*parameter(check, "buildid") != '\0')
		return "buildid is set";
	if (strcmp(parameter(check, "version"), "2") == 0)
		return "version is 2";
	return *parameter(check, "remote") != '\0' ? "remote is client-session" : "it is a session";
}

/* Sessions and gRPC have neither parameter. */
bool check_build_buildkit(struct check *check)
{
	const struct flag *rule = &check->policy->build.buildkit;
	const char *remote = parameter(check, "remote");

	if (!rule->on &&
	    !check_deny(check, check_rule("build.buildkit", rule->place), CHECK_BUILDKIT_ADVICE,
	                "%s: BuildKit builds it, and cannot be looked into", buildkit_sign(check)))
		return false;
	return (is_from_client(remote) || check_build_remote(check, remote)) &&
	       check_build_network(check) && check_buildkit_images(check) &&
	       check_buildkit_defaults(check) && check_limits_build(check);
}
