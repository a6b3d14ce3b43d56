/* Volumes, in lists and by themselves. */
#include "policy/answer_parts.h"

#include <string.h>

enum answer_fate answer_judge_volume(struct answer *answer, json_t *value)
{
	return answer_keep(world_owner(&answer->world, OBJECT_VOLUME, value));
}

/* {"Volumes": [...], "Warnings": [...]}. Warnings are about drivers, in whatever words these have; there are none for a tenant. */
enum answer_fate answer_judge_volume_list(struct answer *answer, json_t *value)
{
	if (answer->key == NULL)
		return answer_judge_volume(answer, value);
	return strcmp(answer->key, "Volumes") == 0 && json_is_null(value) ? ANSWER_KEEP
	                                                                  : ANSWER_LEAVE_OUT;
}

/* The daemon looked among the tenant's own (mutate_filters.c). */
enum answer_fate answer_judge_pruned(struct answer *answer, json_t *value)
{
	(void)answer;
	return json_is_object(value) ? ANSWER_KEEP : ANSWER_BREAK;
}
