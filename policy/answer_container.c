/* Containers, in lists and by themselves. What one refers to may be told: what it could not have, it could not refer to. */
#include "policy/answer_parts.h"

enum answer_fate answer_judge_container_list(struct answer *answer, json_t *value)
{
	return answer_keep(answer_list_owner(answer, OBJECT_CONTAINER, value));
}

enum answer_fate answer_judge_container(struct answer *answer, json_t *value)
{
	return answer_keep(world_owner(&answer->world, OBJECT_CONTAINER, value));
}
