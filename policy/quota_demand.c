/* What a request asks for, read off it as it will be sent. Where that cannot be told, it asks for more than there is. */
#include "policy/quota.h"

#include "policy/arena.h"
#include "policy/facts.h"
#include "policy/json.h"
#include "policy/quota_container.h"
#include "policy/quota_image.h"
#include "policy/request.h"
#include "policy/text.h"

#include <string.h>

static bool is_operation(const struct request *request, const char *operation)
{
	return strcmp(request->route->operation, operation) == 0;
}

/* ---- volumes that come to be with a container ---- */

static bool is_there(const struct facts *facts, const char *volume)
{
	const struct fact *fact = facts_find(facts, OBJECT_VOLUME, volume);

	return fact != NULL && fact->state == FACT_FOUND;
}

static long long of_mounts(const struct facts *facts, const json_t *mounts)
{
	long long count = 0;

	for (size_t i = 0; i < json_array_size(mounts); i++) {
		const json_t *mount = json_array_get(mounts, i);
		const char *type = json_member_string(mount, "Type");
		const char *source = json_member_string(mount, "Source");

		if (type != NULL && strcmp(type, "volume") == 0)
			count += source == NULL || source[0] == '\0' || !is_there(facts, source);
	}
	return count;
}

/* "NAME:/path" is a volume, "/path" an anonymous one, "/host:/path" none. */
static long long of_binds(struct arena *arena, const struct facts *facts, const json_t *binds)
{
	long long count = 0;

	for (size_t i = 0; i < json_array_size(binds); i++) {
		const char *bind = json_string_value(json_array_get(binds, i));
		size_t len = bind != NULL ? strcspn(bind, ":") : 0;
		const char *name = bind != NULL ? arena_copy(arena, bind, len) : NULL;

		if (bind != NULL && bind[0] == '/')
			count += bind[len] == '\0';
		else
			count += name == NULL || !is_there(facts, name);
	}
	return count;
}

/* Those of an image are made, too, wherever nothing else is mounted. */
static long long of_image(const struct facts *facts, const json_t *body)
{
	const char *name = json_member_string(body, "Image");
	const struct fact *image = name != NULL ? facts_find(facts, OBJECT_IMAGE, name) : NULL;
	json_t *volumes = image != NULL && image->state == FACT_FOUND
	                      ? json_object_get(json_member(image->inspected, "Config"), "Volumes")
	                      : NULL;
	const json_t *own = json_member(body, "Volumes");
	const json_t *mounts = json_member(json_member(body, "HostConfig"), "Mounts");
	long long count = 0;
	const char *path;
	json_t *value;

	json_object_foreach(volumes, path, value)
	{
		bool mounted = json_member(own, path) != NULL;

		for (size_t i = 0; !mounted && i < json_array_size(mounts); i++) {
			const char *target = json_member_string(json_array_get(mounts, i), "Target");

			mounted = target != NULL && strcmp(target, path) == 0;
		}
		count += !mounted;
	}
	return count;
}

static void of_create(const struct request *request, const struct facts *facts,
                      struct quota_amounts *amounts)
{
	const json_t *host = json_member(request->body, "HostConfig");

	quota_container_amounts(request->body, amounts);
	amounts->of[QUOTA_CONTAINERS] = 1;
	amounts->of[QUOTA_VOLUMES] =
		of_mounts(facts, json_member(host, "Mounts")) +
		of_binds(request->arena, facts, json_member(host, "Binds")) +
		(long long)json_object_size(json_member(request->body, "Volumes")) +
		of_image(facts, request->body);
}

/* ---- everything else ---- */

/* Its tasks come and go where nobody is asked. */
static void of_service(struct quota_amounts *amounts)
{
	for (size_t i = QUOTA_CONTAINERS; i <= QUOTA_VOLUMES; i++)
		amounts->of[i] = QUOTA_UNBOUNDED;
}

static void of_start(const struct request *request, struct quota_demand *demand)
{
	demand->amounts.of[QUOTA_RUNNING] = 1;
	demand->already = request->object_id != NULL ? request->object_id : request->captures.name;
}

static void of_answer(const struct request *request, struct quota_amounts *amounts)
{
	switch (request->route->answer) {
	case ANSWER_PLAIN:
		break;
	case ANSWER_STREAM:
	case ANSWER_HIJACK:
	case ANSWER_H2C:
	case ANSWER_WEBSOCKET:
		amounts->of[QUOTA_STREAMS] = 1;
		break;
	}
}

static void of_exec(struct quota_demand *demand)
{
	demand->amounts.of[QUOTA_EXECS] = 1;
	demand->unsealed = true;
}

static bool starts(const struct request *request)
{
	return is_operation(request, "container.start") || is_operation(request, "container.restart");
}

void quota_demand(const struct request *request, const struct facts *facts,
                  struct quota_demand *demand)
{
	struct quota_amounts *amounts = &demand->amounts;

	*demand = (struct quota_demand){.already = NULL};
	if (is_operation(request, "container.create"))
		of_create(request, facts, amounts);
	else if (starts(request))
		of_start(request, demand);
	else if (is_operation(request, "service.create") || is_operation(request, "service.update"))
		of_service(amounts);
	else if (is_operation(request, "volume.create"))
		amounts->of[QUOTA_VOLUMES] = 1;
	else if (is_operation(request, "network.create"))
		amounts->of[QUOTA_NETWORKS] = 1;
	else if (is_operation(request, "exec.create"))
		of_exec(demand);
	else if (is_operation(request, "build.classic") || is_operation(request, "build.buildkit"))
		amounts->of[QUOTA_BUILDS] = 1;
	else if (is_operation(request, "image.pull"))
		amounts->of[QUOTA_PULLS] = 1;
	else
		of_answer(request, amounts);
	quota_image_demand(request, facts, demand);
}

/* ---- updates ---- */

/* What the container has afterwards: a copy of its HostConfig, changed as dockerd changes it. NULL: no memory. */
static json_t *updated(const json_t *before, const json_t *update)
{
	static const char *const members[] = {"Memory", "NanoCpus", "CpuPeriod", "CpuQuota"};
	json_t *host = json_deep_copy(before != NULL ? before : update);
	json_t *pids = json_object_get(update, "PidsLimit");

	for (size_t i = 0; host != NULL && i < sizeof members / sizeof *members; i++) {
		json_t *value = json_object_get(update, members[i]);

		if (!json_is_empty(value) && json_object_set(host, members[i], value) != 0) {
			json_decref(host);
			host = NULL;
		}
	}
	if (host != NULL && json_is_integer(pids) && json_object_set(host, "PidsLimit", pids) != 0) {
		json_decref(host);
		host = NULL;
	}
	return host;
}

static const char *excess(const struct quota_rules *rules, const struct request *request,
                          const struct quota_amounts *made, const struct quota_amounts *now)
{
	static const enum quota_kind kinds[] = {QUOTA_MEMORY, QUOTA_CPUS, QUOTA_PIDS};

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		const struct quota_limit *limit = &rules->limits[kinds[i]];

		if (limit->given && now->of[kinds[i]] > made->of[kinds[i]])
			return arena_format(request->arena,
			                    "quota: an update gives a container no more %s than it was made "
			                    "with, since that is what counts for its tenant (%s:%u quota.%s); "
			                    "make it anew",
			                    quota_name(kinds[i]), limit->place.file, limit->place.line,
			                    quota_name(kinds[i]));
	}
	return NULL;
}

static bool limits_resources(const struct quota_rules *rules)
{
	return rules->limits[QUOTA_MEMORY].given || rules->limits[QUOTA_CPUS].given ||
	       rules->limits[QUOTA_PIDS].given;
}

const char *quota_update_excess(const struct quota_rules *rules, const struct request *request,
                                const struct facts *facts)
{
	struct quota_amounts made = {{0}}, now = {{0}};
	const struct fact *fact;
	json_t *host;

	if (!is_operation(request, "container.update") || !limits_resources(rules))
		return NULL;
	fact = facts_find(facts, OBJECT_CONTAINER, request->captures.name);
	if (fact == NULL || fact->state != FACT_FOUND)
		return "quota: nothing is known of the container that is to be updated";
	host = updated(json_member(fact->inspected, "HostConfig"), request->body);
	if (host == NULL)
		return "quota: out of memory";
	quota_resource_amounts(host, &now);
	json_decref(host);
	quota_labelled_amounts(json_member(json_member(fact->inspected, "Config"), "Labels"), &made);
	return excess(rules, request, &made, &now);
}
