/* The walk over a request's resources: single numbers, memory and the CPU set. CPU time, ulimits, logs, restarts,
 * tmpfs and storage have files of their own.
 *
 * How dockerd reads what it gets: 0 and null are "not said", but for StopTimeout; a negative number
 * is no limit, or an error, or (CpuShares of an update) the largest there is; in an update
 * PidsLimit 0 lifts the limit; MemorySwap 0 is twice Memory, and Memory without a limit has
 * unlimited swap. */
#include "policy/limits.h"

#include "policy/limits_parts.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { CLAIM_SIZE = 256, NAME_SIZE = 64 };

/* ---- telling ---- */

void limit_size_text(long long bytes, char text[LIMIT_TEXT_SIZE])
{
	static const char units[] = "KMGT";
	int unit = -1;

	while (bytes != 0 && bytes % 1024 == 0 && units[unit + 1] != '\0') {
		bytes /= 1024;
		unit++;
	}
	snprintf(text, LIMIT_TEXT_SIZE, unit < 0 ? "%lld" : "%lld%c", bytes,
	         unit < 0 ? '\0' : units[unit]);
}

static void value_text(const struct told *told, long long value, char text[LIMIT_TEXT_SIZE])
{
	if (told->as == TOLD_SIZE && value > 0)
		limit_size_text(value, text);
	else if (told->as == TOLD_CPUS && value >= 0)
		snprintf(text, LIMIT_TEXT_SIZE, "%lld.%03lld CPUs", value / 1000000000,
		         value % 1000000000 / 1000000);
	else
		snprintf(text, LIMIT_TEXT_SIZE, "%lld", value);
}

void fitting_name(const struct fitting *f, const char *property, char *text, size_t size)
{
	bool in_host = f->of == LIMITS_OF_CREATE && strcmp(property, "StopTimeout") != 0;

	if (f->of == LIMITS_OF_BUILD)
		property = limits_parameter(property);
	else if (f->of == LIMITS_OF_STOP)
		property = "t";
	snprintf(text, size, "%s%s", in_host ? "HostConfig." : "", property);
}

/* ---- what the parts share ---- */

bool limit_exceeded(const struct limit *limit, long long value)
{
	return limit->capped && (value < 0 || value > limit->max);
}

bool limit_default(const struct limit *limit, long long usual, long long *value)
{
	*value = limit->defaulted ? limit->fallback : limit->max;
	if (limit->defaulted)
		return true;
	return limit->capped && (usual < 0 || usual > limit->max);
}

bool fitting_may_clamp(const struct fitting *f, const struct limit *limit)
{
	enum limit_over over = limit->over != LIMIT_OVER_UNSAID ? limit->over : f->rules->over;

	return over == LIMIT_OVER_CLAMP;
}

bool fitting_objects(const struct fitting *f, struct place place, const char *rule,
                     const char *advice, const char *format, ...)
{
	char claim[CLAIM_SIZE];
	struct excess excess = {.rule = rule, .place = place, .claim = claim, .advice = advice};
	va_list arguments;

	if (f->objects == NULL)
		return false;
	va_start(arguments, format);
	vsnprintf(claim, sizeof claim, format, arguments);
	va_end(arguments);
	if (advice == NULL)
		excess.advice = "ask for less, or leave it out";
	return f->objects(f->context, &excess);
}

bool fitting_clamps(const struct fitting *f, const struct limit *limit, const struct told *told,
                    long long value)
{
	char property[NAME_SIZE], asked[LIMIT_TEXT_SIZE], most[LIMIT_TEXT_SIZE], advice[CLAIM_SIZE];

	if (fitting_may_clamp(f, limit))
		return true;
	fitting_name(f, told->property, property, sizeof property);
	value_text(told, value, asked);
	value_text(told, limit->max, most);
	snprintf(advice, sizeof advice, "ask for %s at most, or leave it out", most);
	return fitting_objects(f, limit->place, told->rule, advice, "%s is %s%s, and the most is %s",
	                       property, asked, value < 0 ? ", which is no limit" : "", most);
}

bool fitting_put(const struct fitting *f, json_t *object, const char *name, json_t *value)
{
	if (f->out == NULL) {
		json_decref(value);
		return true;
	}
	return json_object_set_new(object, name, value) == 0;
}

bool fitting_put_number(const struct fitting *f, const char *name, long long value)
{
	return f->out == NULL || fitting_put(f, f->out, name, json_integer(value));
}

long long fitting_number(const struct fitting *f, const char *name)
{
	return json_integer_value(json_object_get(f->resources, name));
}

json_t *fitting_make_object(json_t *object, const char *name)
{
	if (json_object_get(object, name) == NULL &&
	    json_object_set_new(object, name, json_object()) != 0)
		return NULL;
	return json_object_get(object, name);
}

/* ---- single numbers ---- */

enum zero {
	ZERO_IS_UNSAID,
	ZERO_LIFTS, /* in an update: no limit from now on */
	ZERO_IS_SAID
};

struct number {
	struct told told;
	size_t offset;   /* of its struct limit */
	long long usual; /* limit_default */
	enum zero zero;
	bool in_update, in_build, in_service;
};

#define NUMBER(rule, property, as, member) \
	.told = {"container.limits." rule, property, as}, .offset = offsetof(struct limit_rules, member)

/* A reservation is nothing unless it is asked for; shares and weights have the kernel's mean. */
static const struct number numbers[] = {
	{NUMBER("cpu_shares", "CpuShares", TOLD_NUMBER, cpu_shares), .usual = 1024, .in_update = true,
     .in_build = true},
	{NUMBER("blkio_weight", "BlkioWeight", TOLD_NUMBER, blkio_weight), .usual = 500,
     .in_update = true},
	{NUMBER("pids", "PidsLimit", TOLD_NUMBER, pids), .usual = -1, .zero = ZERO_LIFTS,
     .in_update = true, .in_service = true},
	{NUMBER("shm", "ShmSize", TOLD_SIZE, shm), .usual = -1, .in_build = true},
};

static const struct number stop_timeout = {
	NUMBER("stop_timeout", "StopTimeout", TOLD_NUMBER, stop_timeout),
	.usual = 10,
	.zero = ZERO_IS_SAID,
};

const struct limit *limit_at(const struct limit_rules *rules, size_t offset)
{
	const void *member = (const char *)rules + offset;

	return member;
}

/* The number that F's object says; false when it says none. Where 0 lifts the limit it is told as
 * -1. */
static bool number_said(const struct fitting *f, const struct number *number, long long *value)
{
	const json_t *member = json_object_get(f->resources, number->told.property);

	*value = json_integer_value(member);
	if (!json_is_integer(member))
		return false;
	if (*value == 0 && number->zero == ZERO_LIFTS && f->of == LIMITS_OF_UPDATE)
		*value = -1;
	return *value != 0 || number->zero == ZERO_IS_SAID;
}

static bool fit_number(const struct fitting *f, const struct number *number)
{
	const struct limit *limit = limit_at(f->rules, number->offset);
	const char *name = number->told.property;
	long long value;

	if (number_said(f, number, &value))
		return !limit_exceeded(limit, value) || (fitting_clamps(f, limit, &number->told, value) &&
		                                         fitting_put_number(f, name, limit->max));
	return f->of == LIMITS_OF_UPDATE || f->of == LIMITS_OF_STOP ||
	       !limit_default(limit, number->usual, &value) || fitting_put_number(f, name, value);
}

static bool has_number(enum limits_of of, const struct number *number)
{
	switch (of) {
	case LIMITS_OF_CREATE:
		return true;
	case LIMITS_OF_UPDATE:
		return number->in_update;
	case LIMITS_OF_BUILD:
		return number->in_build;
	case LIMITS_OF_SERVICE:
		return number->in_service;
	case LIMITS_OF_STOP:
		return false;
	}
	return false;
}

static bool fit_numbers(const struct fitting *f)
{
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		if (has_number(f->of, &numbers[i]) && !fit_number(f, &numbers[i]))
			return false;
	}
	return true;
}

/* ---- memory ---- */

static long long doubled(long long bytes)
{
	return bytes > LLONG_MAX / 2 ? LLONG_MAX : bytes * 2;
}

/* A cap on memory that swap could get round would be none: unless the policy has its own, swap is
 * capped at what dockerd would give to the most memory. */
static struct limit swap_limit(const struct limit_rules *rules)
{
	struct limit limit = rules->memory_swap;

	if (!limit.capped && !limit.lifted && rules->memory.capped) {
		limit.capped = true;
		limit.max = doubled(rules->memory.max);
		limit.over = rules->memory.over;
		limit.place = rules->memory.place;
	}
	return limit;
}

/* What dockerd would make of no word about swap beside MEMORY, written out and within the cap. */
static long long usual_swap(const struct limit *limit, long long memory)
{
	long long swap = limit->defaulted ? limit->fallback : doubled(memory);

	if (limit->capped && swap > limit->max)
		swap = limit->max;
	return swap > memory ? swap : memory;
}

static bool fit_swap(const struct fitting *f, long long memory, long long asked)
{
	static const struct told told = {"container.limits.memory_swap", "MemorySwap", TOLD_SIZE};
	const struct limit limit = swap_limit(f->rules);

	/* Most engines have no word for a task's swap, so that what dockerd gives is judged instead. */
	if (f->of == LIMITS_OF_SERVICE && asked == 0)
		return !limit_exceeded(&limit, doubled(memory)) ||
		       fitting_objects(f, limit.place, told.rule, "ask for less memory",
		                       "MemorySwap would be twice the memory");
	if (limit_exceeded(&limit, asked))
		return fitting_clamps(f, &limit, &told, asked) &&
		       fitting_put_number(f, "MemorySwap", limit.max);
	if (asked != 0 || f->of == LIMITS_OF_UPDATE || memory <= 0 ||
	    (!limit.capped && !limit.defaulted))
		return true;
	return fitting_put_number(f, "MemorySwap", usual_swap(&limit, memory));
}

/* Never above the MEMORY that we have written, which dockerd would refuse. */
static bool fit_reservation(const struct fitting *f, long long memory, bool written)
{
	static const struct told told = {"container.limits.memory_reservation", "MemoryReservation",
	                                 TOLD_SIZE};
	const struct limit *limit = &f->rules->memory_reservation;
	long long asked = fitting_number(f, "MemoryReservation"), value = asked;

	if (f->of == LIMITS_OF_BUILD)
		return true;
	if (limit_exceeded(limit, asked)) {
		if (!fitting_clamps(f, limit, &told, asked))
			return false;
		value = limit->max;
	} else if (asked == 0 && f->of != LIMITS_OF_UPDATE && limit->defaulted) {
		value = limit->fallback;
	}
	if ((written || value != asked) && memory > 0 && value > memory)
		value = memory;
	return value == asked || fitting_put_number(f, "MemoryReservation", value);
}

static bool fit_memory(const struct fitting *f)
{
	static const struct told told = {"container.limits.memory", "Memory", TOLD_SIZE};
	const struct limit *limit = &f->rules->memory;
	long long asked = fitting_number(f, "Memory"), swap = fitting_number(f, "MemorySwap");
	long long memory = asked;

	if (limit_exceeded(limit, asked)) {
		if (!fitting_clamps(f, limit, &told, asked))
			return false;
		memory = limit->max;
	} else if (asked == 0 && f->of != LIMITS_OF_UPDATE && limit_default(limit, -1, &memory)) {
		if (f->of != LIMITS_OF_SERVICE && swap > 0 && swap < memory)
			memory = swap;
	}
	if (memory != asked && !fitting_put_number(f, "Memory", memory))
		return false;
	if (f->of == LIMITS_OF_SERVICE && asked == 0 && swap > 0 && memory > 0) {
		/* A service's swap does not count its memory: the sum was made without. */
		swap = memory > LLONG_MAX - swap ? LLONG_MAX : swap + memory;
		if (!fitting_put_number(f, "MemorySwap", swap))
			return false;
	}
	return fit_swap(f, memory, swap) && fit_reservation(f, memory, memory != asked);
}

/* ---- which CPUs ---- */

static bool read_cpu(const char **at, unsigned *cpu)
{
	const char *start = *at;

	for (*cpu = 0; **at >= '0' && **at <= '9'; (*at)++) {
		*cpu = *cpu * 10 + (unsigned)(**at - '0');
		if (*cpu >= CPUS_MAX)
			return false;
	}
	return *at != start;
}

bool cpu_set_read(const char *text, struct cpu_set *set)
{
	const char *at = text;
	unsigned first, last;

	*set = (struct cpu_set){{0}};
	for (;;) {
		if (!read_cpu(&at, &first))
			return false;
		last = first;
		if (*at == '-') {
			at++;
			if (!read_cpu(&at, &last) || last < first)
				return false;
		}
		for (unsigned cpu = first; cpu <= last; cpu++)
			set->bits[cpu / 64] |= (uint64_t)1 << cpu % 64;
		if (*at != ',')
			return *at == '\0';
		at++;
	}
}

static bool is_within(const struct cpu_set *inner, const struct cpu_set *outer)
{
	for (size_t i = 0; i < sizeof inner->bits / sizeof inner->bits[0]; i++) {
		if ((inner->bits[i] & ~outer->bits[i]) != 0)
			return false;
	}
	return true;
}

static bool fit_cpuset(const struct fitting *f, const struct cpuset_rule *rule, const char *name,
                       const char *property)
{
	const char *asked = json_string_value(json_object_get(f->resources, property));
	bool said = asked != NULL && *asked != '\0';
	struct cpu_set set;
	char told[NAME_SIZE];

	if (rule->text == NULL)
		return true;
	if (!said)
		return f->of == LIMITS_OF_UPDATE || f->out == NULL ||
		       fitting_put(f, f->out, property, json_string(rule->text));
	if (cpu_set_read(asked, &set) && is_within(&set, &rule->set))
		return true;
	if (f->rules->over == LIMIT_OVER_CLAMP)
		return f->out == NULL || fitting_put(f, f->out, property, json_string(rule->text));
	fitting_name(f, property, told, sizeof told);
	return fitting_objects(f, rule->place, name, "choose among these, or leave it out",
	                       "%s is not within '%.60s'", told, rule->text);
}

static bool fit_cpusets(const struct fitting *f)
{
	return fit_cpuset(f, &f->rules->cpuset, "container.limits.cpuset", "CpusetCpus") &&
	       fit_cpuset(f, &f->rules->cpuset_mems, "container.limits.cpuset_mems", "CpusetMems");
}

/* ---- the whole ---- */

static bool fit_resources(const struct fitting *f)
{
	if (!fit_memory(f) || !fit_cpu(f) || !fit_numbers(f) || !fit_ulimits(f) ||
	    (f->of != LIMITS_OF_SERVICE && !fit_cpusets(f)))
		return false;
	switch (f->of) {
	case LIMITS_OF_CREATE:
		return fit_restart(f) && fit_log(f) && fit_tmpfs(f) && fit_storage(f);
	case LIMITS_OF_UPDATE:
		return fit_restart(f);
	case LIMITS_OF_BUILD:
	case LIMITS_OF_STOP:
		return true;
	case LIMITS_OF_SERVICE:
		return fit_number(f, &stop_timeout) && fit_restart(f) && fit_log(f) && fit_tmpfs(f);
	}
	return false;
}

static bool fit(struct fitting *f, const json_t *body, json_t *out)
{
	f->resources = body;
	f->out = out;
	if (f->of == LIMITS_OF_STOP)
		return fit_number(f, &stop_timeout);
	if (f->of != LIMITS_OF_CREATE)
		return fit_resources(f);
	if (!fit_number(f, &stop_timeout))
		return false;
	f->resources = json_object_get(body, "HostConfig");
	f->out = out != NULL ? json_object_get(out, "HostConfig") : NULL;
	return (out == NULL || f->out != NULL) && fit_resources(f);
}

bool limits_judge(const struct limit_rules *rules, enum limits_of of, const json_t *body,
                  excess_fn *objects, void *context)
{
	struct fitting f = {.rules = rules, .of = of, .objects = objects, .context = context};

	return fit(&f, body, NULL);
}

bool limits_apply(const struct limit_rules *rules, enum limits_of of, json_t *body)
{
	struct fitting f = {.rules = rules, .of = of};

	return fit(&f, body, body);
}
