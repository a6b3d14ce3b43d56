/* How each answer is read that tells of objects, or of what a policy may hide. */
#include "policy/answer_parts.h"
#include "policy/request.h"

#include <string.h>

static const struct answer_plan plans[] = {
	{"config.inspect", ANSWER_WHOLE, answer_judge_config, NULL},
	{"config.list", ANSWER_LIST, answer_judge_config, NULL},
	{"container.inspect", ANSWER_WHOLE, answer_judge_container, NULL},
	{"container.list", ANSWER_LIST, answer_judge_container_list, NULL},
	{"container.top", ANSWER_WHOLE, NULL, NULL},
	{"distribution.inspect", ANSWER_WHOLE, NULL, NULL},
	{"exec.inspect", ANSWER_WHOLE, NULL, NULL},
	{"image.attestations", ANSWER_LIST, NULL, NULL},
	{"image.history", ANSWER_LIST, answer_judge_image_history, NULL},
	{"image.inspect", ANSWER_WHOLE, answer_judge_image, NULL},
	{"image.list", ANSWER_LIST, answer_judge_image_list, NULL},
	{"image.prune", ANSWER_WHOLE, answer_judge_image_prune, NULL},
	{"image.remove", ANSWER_LIST, answer_judge_image_removal, NULL},
	{"network.inspect", ANSWER_WHOLE, answer_judge_network, NULL},
	{"network.list", ANSWER_LIST, answer_judge_network, NULL},
	{"network.prune", ANSWER_WHOLE, answer_judge_pruned, NULL},
	{"node.inspect", ANSWER_WHOLE, NULL, NULL},
	{"node.list", ANSWER_LIST, NULL, NULL},
	{"plugin.inspect", ANSWER_WHOLE, NULL, NULL},
	{"plugin.list", ANSWER_LIST, NULL, NULL},
	{"secret.inspect", ANSWER_WHOLE, answer_judge_secret, NULL},
	{"secret.list", ANSWER_LIST, answer_judge_secret, NULL},
	{"service.inspect", ANSWER_WHOLE, answer_judge_service, NULL},
	{"service.list", ANSWER_LIST, answer_judge_service, NULL},
	{"swarm.inspect", ANSWER_WHOLE, NULL, NULL},
	{"swarm.unlockkey", ANSWER_WHOLE, NULL, NULL},
	{"system.df", ANSWER_USAGE, answer_judge_usage, answer_usage_totals},
	{"system.events", ANSWER_MANY, answer_judge_event, NULL},
	{"system.info", ANSWER_WHOLE, answer_judge_info, NULL},
	{"system.version", ANSWER_WHOLE, NULL, NULL},
	{"task.inspect", ANSWER_WHOLE, answer_judge_task, NULL},
	{"task.list", ANSWER_LIST, answer_judge_task, NULL},
	{"volume.create", ANSWER_WHOLE, answer_judge_volume, NULL},
	{"volume.inspect", ANSWER_WHOLE, answer_judge_volume, NULL},
	{"volume.list", ANSWER_VOLUMES, answer_judge_volume_list, NULL},
	{"volume.prune", ANSWER_WHOLE, answer_judge_pruned, NULL},
};

const struct answer_plan *answer_plan_find(const struct request *request)
{
	for (size_t i = 0; i < sizeof plans / sizeof *plans; i++) {
		if (strcmp(plans[i].operation, request->route->operation) == 0)
			return &plans[i];
	}
	return NULL;
}

const char *const *answer_plan_opened(const struct answer_plan *plan)
{
	static const char *const whole[] = {NULL};
	static const char *const list[] = {"", NULL};
	static const char *const volumes[] = {"", "/Volumes", NULL};
	static const char *const usage[] = {"",
	                                    "/Images",
	                                    "/Containers",
	                                    "/Volumes",
	                                    "/BuildCache",
	                                    "/ImageUsage",
	                                    "/ImageUsage/Items",
	                                    "/ContainerUsage",
	                                    "/ContainerUsage/Items",
	                                    "/VolumeUsage",
	                                    "/VolumeUsage/Items",
	                                    "/BuildCacheUsage",
	                                    "/BuildCacheUsage/Items",
	                                    NULL};

	switch (plan->form) {
	case ANSWER_WHOLE:
	case ANSWER_MANY:
		break;
	case ANSWER_LIST:
		return list;
	case ANSWER_VOLUMES:
		return volumes;
	case ANSWER_USAGE:
		return usage;
	}
	return whole;
}
