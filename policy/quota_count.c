/* What containers are made with is written on them, so that one list tells what a tenant's count for. Clients neither set nor
 * see the label (world.c), and each container has its own, whatever its image says. */
#include "policy/quota_container.h"

#include "policy/json.h"
#include "policy/text.h"
#include "policy/world_image.h"

#include <stdio.h>
#include <string.h>

#define USE_LABEL SEAL_PREFIX "use"

enum { USE_SIZE = 160, DEFAULT_PERIOD = 100000 };

#define BILLION 1000000000LL

static const enum quota_kind labelled[] = {QUOTA_MEMORY, QUOTA_CPUS, QUOTA_PIDS, QUOTA_PORTS};

enum { LABELLED = sizeof labelled / sizeof *labelled };

/* ---- what a create asks for ---- */

/* To dockerd and the kernel nothing, 0 and less are no limit. */
static long long limit_of(const json_t *host, const char *member)
{
	long long value = json_integer_value(json_member(host, member));

	return value > 0 ? value : QUOTA_UNBOUNDED;
}

static long long cpus_of(const json_t *host)
{
	long long nano = limit_of(host, "NanoCpus"), quota = limit_of(host, "CpuQuota");
	long long period = json_integer_value(json_member(host, "CpuPeriod"));

	if (nano != QUOTA_UNBOUNDED || quota == QUOTA_UNBOUNDED)
		return nano;
	if (period <= 0)
		period = DEFAULT_PERIOD;
	return quota > QUOTA_UNBOUNDED / BILLION ? QUOTA_UNBOUNDED
	                                         : (quota * BILLION + period - 1) / period;
}

void quota_resource_amounts(const json_t *host, struct quota_amounts *amounts)
{
	amounts->of[QUOTA_MEMORY] = limit_of(host, "Memory");
	amounts->of[QUOTA_CPUS] = cpus_of(host);
	amounts->of[QUOTA_PIDS] = limit_of(host, "PidsLimit");
}

/* A port without a binding gets one. How many there are in an image is not looked at. */
static long long ports_of(const json_t *host)
{
	json_t *bindings = json_object_get(host, "PortBindings"), *list;
	long long count = 0;
	const char *port;

	if (json_member_true(host, "PublishAllPorts"))
		return QUOTA_UNBOUNDED;
	json_object_foreach(bindings, port, list)
	{
		size_t len = json_array_size(list);

		count += len > 0 ? (long long)len : 1;
	}
	return count;
}

void quota_container_amounts(const json_t *body, struct quota_amounts *amounts)
{
	const json_t *host = json_member(body, "HostConfig");

	quota_resource_amounts(host, amounts);
	amounts->of[QUOTA_PORTS] = ports_of(host);
}

/* ---- the label ---- */

/* "memory=1073741824,cpus=max,pids=100,ports=0" */
bool quota_label(const json_t *body, json_t *labels)
{
	struct quota_amounts amounts = {{0}};
	char text[USE_SIZE] = "";
	size_t len = 0;

	quota_container_amounts(body, &amounts);
	for (size_t i = 0; i < LABELLED; i++) {
		long long amount = amounts.of[labelled[i]];
		const char *comma = i > 0 ? "," : "";
		int more = amount == QUOTA_UNBOUNDED ? snprintf(text + len, sizeof text - len, "%s%s=max",
		                                                comma, quota_name(labelled[i]))
		                                     : snprintf(text + len, sizeof text - len, "%s%s=%lld",
		                                                comma, quota_name(labelled[i]), amount);

		len += (size_t)more;
	}
	return json_object_set_new(labels, USE_LABEL, json_string(text)) == 0;
}

/* The amount of KIND in the label's TEXT. */
static long long labelled_amount(const char *text, enum quota_kind kind)
{
	const char *name = quota_name(kind);
	size_t len = strlen(name);
	unsigned long long number;
	char digits[24] = "";

	while (text != NULL) {
		if (strncmp(text, name, len) == 0 && text[len] == '=') {
			size_t end = strcspn(text + len + 1, ",");

			if (end < sizeof digits)
				memcpy(digits, text + len + 1, end);
			return text_to_number(digits, QUOTA_UNBOUNDED, &number) ? (long long)number
			                                                        : QUOTA_UNBOUNDED;
		}
		text = strchr(text, ',');
		if (text != NULL)
			text++;
	}
	return QUOTA_UNBOUNDED;
}

void quota_labelled_amounts(const json_t *labels, struct quota_amounts *amounts)
{
	const char *text = json_member_string(labels, USE_LABEL);

	for (size_t i = 0; i < LABELLED; i++)
		amounts->of[labelled[i]] = labelled_amount(text, labelled[i]);
}

/* ---- what there is ---- */

static bool is_up(const json_t *container)
{
	const char *state = json_member_string(container, "State");

	return state == NULL || strcmp(state, "running") == 0 || strcmp(state, "paused") == 0 ||
	       strcmp(state, "restarting") == 0;
}

static bool is_already(const json_t *element, const char *already)
{
	const char *id = json_member_string(element, "Id");

	return already != NULL && id != NULL && strcmp(already, id) == 0;
}

static void count_container(const json_t *element, const char *already, struct quota_amounts *use)
{
	struct quota_amounts one = {{0}};

	quota_labelled_amounts(json_member(element, "Labels"), &one);
	one.of[QUOTA_CONTAINERS] = 1;
	one.of[QUOTA_RUNNING] = is_up(element) && !is_already(element, already);
	quota_add(use, &one);
}

static bool is_own(const struct world *world, enum object_kind kind, const json_t *element)
{
	return kind == OBJECT_IMAGE ? world_holds_image(world, element)
	                            : world_owns(world, kind, element);
}

bool quota_count(const struct world *world, enum object_kind kind, const json_t *element,
                 const char *already, struct quota_amounts *use)
{
	struct quota_amounts one = {{0}};

	if (!is_own(world, kind, element))
		return false;
	if (kind == OBJECT_CONTAINER)
		count_container(element, already, &one);
	else if (kind == OBJECT_VOLUME)
		one.of[QUOTA_VOLUMES] = 1;
	else if (kind == OBJECT_IMAGE)
		one.of[QUOTA_IMAGES] = !is_already(element, already);
	else
		one.of[QUOTA_NETWORKS] = 1;
	quota_add(use, &one);
	return true;
}

void quota_count_execs(const json_t *inspected, struct quota_amounts *use)
{
	struct quota_amounts one = {{0}};

	one.of[QUOTA_EXECS] = (long long)json_array_size(json_member(inspected, "ExecIDs"));
	quota_add(use, &one);
}
