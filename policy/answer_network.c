/* Networks, in lists and by themselves, and who is on them: of others nothing is told. */
#include "policy/answer_parts.h"
#include "policy/json.h"

/* Without memory for a question no container is the tenant's. */
static bool is_own_container(struct answer *answer, const char *id)
{
	enum ownership owner = OWNERSHIP_FOREIGN;

	return answer_knows(answer, OBJECT_CONTAINER, id, &owner) && owner == OWNERSHIP_OWN;
}

/* By container id; of what is not a container's ("ep-...") nobody knows whose it is. */
static void keep_own_containers(struct answer *answer, json_t *containers)
{
	const char *id;
	json_t *value;
	void *next;

	json_object_foreach_safe(containers, next, id, value)
	{
		if (!is_own_container(answer, id))
			json_object_del(containers, id);
	}
}

/* Peers are nodes. What is on a shared network besides containers, and how full it is, is everybody's. */
static void strip(json_t *network, enum ownership owner)
{
	json_object_del(network, "Peers");
	if (owner == OWNERSHIP_OWN)
		return;
	json_object_del(network, "Services");
	json_object_del(network, "Status");
}

enum answer_fate answer_judge_network(struct answer *answer, json_t *value)
{
	enum ownership owner = world_owner(&answer->world, OBJECT_NETWORK, value);
	json_t *containers = json_object_get(value, "Containers");

	if (owner == OWNERSHIP_FOREIGN)
		return ANSWER_LEAVE_OUT;
	strip(value, owner);
	if (json_is_empty(containers))
		return ANSWER_KEEP;
	if (!json_is_object(containers))
		return ANSWER_BREAK;
	if (!answer_listed(answer, OBJECT_CONTAINER))
		return ANSWER_WAIT;
	keep_own_containers(answer, containers);
	return ANSWER_KEEP;
}
