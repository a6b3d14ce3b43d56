/* What uses disk space. Before API 1.52 lists, and the size of all layers; since then totals besides, with or without lists of what
 * they are made of. All totals are of what the tenant is told about; the build cache is nobody's. */
#include "policy/answer_parts.h"
#include "policy/json.h"

#include <string.h>

struct family {
	const char *list, *totals, *items; /* places */
	enum answer_usage usage;
};

static const struct family families[] = {
	{"/Images", "/ImageUsage", "/ImageUsage/Items", USAGE_IMAGES},
	{"/Containers", "/ContainerUsage", "/ContainerUsage/Items", USAGE_CONTAINERS},
	{"/Volumes", "/VolumeUsage", "/VolumeUsage/Items", USAGE_VOLUMES},
	{"/BuildCache", "/BuildCacheUsage", "/BuildCacheUsage/Items", USAGE_BUILD_CACHE},
};

static const struct family *family_of(const char *place)
{
	for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
		const struct family *family = &families[i];

		if (strcmp(place, family->list) == 0 || strcmp(place, family->totals) == 0 ||
		    strcmp(place, family->items) == 0)
			return family;
	}
	return NULL;
}

/* A size that is not known is -1. */
static json_int_t size_of(const json_t *object, const char *member)
{
	json_int_t size = json_integer_value(json_member(object, member));

	return size > 0 ? size : 0;
}

static json_int_t sum(json_int_t a, json_int_t b)
{
	return b > INT64_MAX - a ? INT64_MAX : a + b;
}

static void add(struct answer_totals *totals, bool active, json_int_t size, json_int_t reclaimable)
{
	totals->count++;
	totals->active += active ? 1 : 0;
	totals->size = sum(totals->size, size);
	if (!active)
		totals->reclaimable = sum(totals->reclaimable, reclaimable);
}

/* Whose use is not told is not reclaimable either. */
static void add_image(struct answer_totals *totals, const json_t *image)
{
	json_int_t size = size_of(image, "Size"), shared = size_of(image, "SharedSize");
	bool active = json_integer_value(json_member(image, "Containers")) != 0;

	add(totals, active, size, size > shared ? size - shared : 0);
}

static void add_container(struct answer_totals *totals, const json_t *container)
{
	const char *state = json_member_string(container, "State");
	bool active = state != NULL && (strcmp(state, "running") == 0 || strcmp(state, "paused") == 0 ||
	                                strcmp(state, "restarting") == 0);
	json_int_t size = size_of(container, "SizeRw");

	add(totals, active, size, size);
}

static void add_volume(struct answer_totals *totals, const json_t *volume)
{
	const json_t *usage = json_member(volume, "UsageData");
	json_int_t size = size_of(usage, "Size");

	add(totals, size_of(usage, "RefCount") > 0, size, size);
}

static enum answer_fate judge_element(struct answer *answer, enum answer_usage usage, json_t *value)
{
	static const struct {
		enum answer_fate (*judge)(struct answer *answer, json_t *value);
		void (*add)(struct answer_totals *totals, const json_t *value);
	} table[USAGES] = {
		[USAGE_IMAGES] = {answer_judge_image_list, add_image},
		[USAGE_CONTAINERS] = {answer_judge_container_list, add_container},
		[USAGE_VOLUMES] = {answer_judge_volume, add_volume},
		[USAGE_BUILD_CACHE] = {NULL, NULL},
	};
	enum answer_fate fate =
		table[usage].judge != NULL ? table[usage].judge(answer, value) : ANSWER_LEAVE_OUT;

	if (fate == ANSWER_KEEP)
		table[usage].add(&answer->totals[usage], value);
	return fate;
}

/* Besides what is opened there are only sums, which are told anew, and lists that are null. */
enum answer_fate answer_judge_usage(struct answer *answer, json_t *value)
{
	const struct family *family = family_of(answer->place);

	if (answer->key != NULL) {
		answer->told_layers = answer->told_layers ||
		                      (answer->place[0] == '\0' && strcmp(answer->key, "LayersSize") == 0);
		return answer->place[0] == '\0' && json_is_null(value) &&
		               strcmp(answer->key, "LayersSize") != 0
		           ? ANSWER_KEEP
		           : ANSWER_LEAVE_OUT;
	}
	return family != NULL ? judge_element(answer, family->usage, value) : ANSWER_LEAVE_OUT;
}

json_t *answer_usage_totals(const struct answer *answer)
{
	const struct family *family = family_of(answer->place);
	const struct answer_totals *totals;

	if (answer->place[0] == '\0' && answer->told_layers)
		return json_pack("{s:I}", "LayersSize", answer->totals[USAGE_IMAGES].size);
	if (family == NULL || strcmp(answer->place, family->totals) != 0)
		return json_object();
	totals = &answer->totals[family->usage];
	return json_pack("{s:I, s:I, s:I, s:I}", "ActiveCount", totals->active, "Reclaimable",
	                 totals->reclaimable, "TotalCount", totals->count, "TotalSize", totals->size);
}
