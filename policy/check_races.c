/* What is safe by itself and dangerous in a race inside dockerd, which follows paths in containers and
 * volumes without holding them still. A container that exchanges a directory for a symbolic link at
 * the right moment makes root on the host write, read or mount somewhere else. Each rule here stands
 * for one such place; `container.daemon_races` opens them all.
 *
 *   volumes  are filled from the image when a container is made, by a copy that follows links in the
 *            volume. Named ones are mounted with nocopy (mutate.c); one with an id for its name is
 *            somebody's anonymous volume, which may be being filled right now.
 *   commit   reads the container's files by name after having looked at what they are.
 *   archive  mounts the container's volumes at paths resolved before, in the host's mount namespace
 *            until engine 24; and what is put into a container that the classic builder will commit
 *            is read as commit reads. */
#include "policy/check.h"

#include "policy/facts.h"
#include "policy/json.h"
#include "policy/path.h"
#include "policy/request.h"
#include "policy/text.h"

#include <string.h>

enum { ID_LENGTH = 64 };

static bool races_are_allowed(const struct check *check)
{
	return check->policy->container.daemon_races.on;
}

static bool deny_race(struct check *check, const char *advice, const char *claim)
{
	const struct place place = check->policy->container.daemon_races.place;

	return check_deny(check, check_rule("container.daemon_races", place), advice, "%s", claim);
}

bool check_race_volume(struct check *check, const char *field, const char *name)
{
	const struct place place = check->policy->container.daemon_races.place;

	if (races_are_allowed(check) || strlen(name) != ID_LENGTH || !text_is_lower_hex(name))
		return true;
	return check_deny(check, check_rule("container.daemon_races", place),
	                  "give the volume a name, or use VolumesFrom",
	                  "%s has the anonymous volume '%s'", field, check_shown(check, name));
}

bool check_race_commit(struct check *check)
{
	return races_are_allowed(check) ||
	       deny_race(check, "use docker build",
	                 "a commit can be raced into reading the host's files");
}

/* The classic builder's containers are the ones without a log. */
static bool is_of_a_build(const json_t *container)
{
	const json_t *log = json_member(json_member(container, "HostConfig"), "LogConfig");
	const char *driver = json_member_string(log, "Type");

	return driver == NULL || strcmp(driver, "none") == 0;
}

static bool judge_archive(struct check *check, const json_t *container)
{
	const struct api_version mounts_apart = {1, 43}; /* engine 24 */
	const struct request *request = check->request;

	if (api_version_compare(request->engine, mounts_apart) < 0 &&
	    !json_is_empty(json_member(container, "Mounts")))
		return deny_race(
			check, "use docker exec with tar, or a newer engine",
			"copying to or from a container with mounts can be raced into mounting over "
			"the host's files on this engine");
	if (request->method == METHOD_PUT && is_of_a_build(container))
		return deny_race(check, "use a container with a log",
		                 "this container keeps no log, as one that the builder is about to commit");
	return true;
}

bool check_race_archive(struct check *check)
{
	const char *name = check->request->captures.name;
	const struct fact *fact;

	if (races_are_allowed(check) || check->policy->container.trust_existing.on)
		return true;
	if (name == NULL || !check_container_named(check, "", name) ||
	    !check_fact(check, OBJECT_CONTAINER, name, &fact))
		return false;
	return fact == NULL || judge_archive(check, fact->inspected);
}
