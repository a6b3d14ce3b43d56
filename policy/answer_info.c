/* The daemon's account of itself: what it has is counted as the tenant sees it; of its swarm, of the registries that it goes
 * through and of its own workings the tenant is told what clients need. What the host is, redaction is for. */
#include "policy/answer_parts.h"
#include "policy/json.h"

#include <string.h>

/* Where the account has the member at all. */
static bool replace(json_t *object, const char *name, json_t *value)
{
	if (json_object_get(object, name) != NULL)
		return answer_set(object, name, value);
	json_decref(value);
	return true;
}

static bool put_counts(const struct answer *answer, json_t *info)
{
	const struct answer_counts *counts = &answer->counts;

	return replace(info, "Containers", json_integer(counts->containers)) &&
	       replace(info, "ContainersRunning", json_integer(counts->running)) &&
	       replace(info, "ContainersPaused", json_integer(counts->paused)) &&
	       replace(info, "ContainersStopped", json_integer(counts->stopped)) &&
	       replace(info, "Images", json_integer(counts->images));
}

/* Descriptors, threads and listeners are others' as well; a daemon that is not debugged tells 0, too. */
static bool put_workings(json_t *info)
{
	return replace(info, "NFd", json_integer(0)) && replace(info, "NGoroutines", json_integer(0)) &&
	       replace(info, "NEventsListener", json_integer(0));
}

/* Whether there is a swarm, and whether it can be asked. */
static bool put_swarm(json_t *info)
{
	json_t *swarm = json_object_get(info, "Swarm"), *told;
	const char *state = json_member_string(swarm, "LocalNodeState");

	if (!json_is_object(swarm))
		return true;
	told = json_pack("{s:s, s:s, s:s, s:b, s:s, s:n}", "NodeID", "", "NodeAddr", "",
	                 "LocalNodeState", state != NULL ? state : "", "ControlAvailable",
	                 json_member_true(swarm, "ControlAvailable"), "Error", "", "RemoteManagers");
	return answer_set(info, "Swarm", told);
}

/* Each registry by its name alone, with where its images really come from left out. */
static bool put_registries(json_t *info)
{
	json_t *config = json_object_get(info, "RegistryConfig");
	json_t *indexes = json_object_get(config, "IndexConfigs"), *index;
	const char *name;

	if (!replace(config, "Mirrors", json_array()))
		return false;
	json_object_foreach(indexes, name, index)
	{
		if (!replace(index, "Mirrors", json_array()))
			return false;
	}
	return true;
}

enum answer_fate answer_judge_info(struct answer *answer, json_t *value)
{
	if (!json_is_object(value))
		return ANSWER_BREAK;
	if (!answer_listed(answer, OBJECT_CONTAINER) || !answer_listed(answer, OBJECT_IMAGE))
		return ANSWER_WAIT;
	return put_counts(answer, value) && put_workings(value) && put_swarm(value) &&
	               put_registries(value)
	           ? ANSWER_KEEP
	           : ANSWER_BREAK;
}
