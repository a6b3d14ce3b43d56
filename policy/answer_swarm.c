/* What a swarm has of a tenant's: services, their tasks, secrets and configs. */
#include "policy/answer_parts.h"

static enum answer_fate judge(const struct answer *answer, enum object_kind kind,
                              const json_t *value)
{
	return answer_keep(world_owner(&answer->world, kind, value));
}

enum answer_fate answer_judge_service(struct answer *answer, json_t *value)
{
	return judge(answer, OBJECT_SERVICE, value);
}

enum answer_fate answer_judge_secret(struct answer *answer, json_t *value)
{
	return judge(answer, OBJECT_SECRET, value);
}

enum answer_fate answer_judge_config(struct answer *answer, json_t *value)
{
	return judge(answer, OBJECT_CONFIG, value);
}

enum answer_fate answer_judge_task(struct answer *answer, json_t *value)
{
	return judge(answer, OBJECT_TASK, value);
}
