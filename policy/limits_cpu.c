/* CPU time: NanoCpus, or CpuQuota in each CpuPeriod; never both, since dockerd lets a quota override the other.
 *
 * Three ways round a cap are closed here. A negative quota is no limit, and overrides NanoCpus. NanoCpus
 * below 10,000 becomes a quota of 0 microseconds, which the kernel's interface takes for none. And
 * in an update a quota or a period alone means something else beside each period or quota that the
 * container may have by then: they go together. */
#include "policy/limits_parts.h"

enum {
	USUAL_PERIOD_US = 100000,
	PERIOD_MIN_US = 1000, /* dockerd refuses what is outside */
	PERIOD_MAX_US = 1000000,
	QUOTA_MIN_US = 1000,     /* and a quota that is less */
	NANO_CPUS_MIN = 10000000 /* a hundredth, of which the least quota is made */
};

#define BILLION 1000000000LL

static const struct told told_nano = {"container.limits.cpus", "NanoCpus", TOLD_CPUS};
static const struct told told_quota = {"container.limits.cpus", "CpuQuota", TOLD_NUMBER};

/* Microseconds in each PERIOD_US for CPUS billionths; cpus are at most 4096, so that it fits. */
static long long quota_for(long long cpus, long long period_us)
{
	return cpus * period_us / BILLION;
}

static bool objects_to_period(const struct fitting *f, long long period)
{
	return fitting_objects(f, f->rules->cpus.place, told_quota.rule, NULL,
	                       "CpuPeriod is %lld; it is from %d to %d", period, PERIOD_MIN_US,
	                       PERIOD_MAX_US);
}

static bool is_period(long long period)
{
	return period >= PERIOD_MIN_US && period <= PERIOD_MAX_US;
}

static bool fit_nano(const struct fitting *f, long long nano, long long quota)
{
	const struct limit *limit = &f->rules->cpus;

	if (quota != 0)
		return fitting_objects(f, limit->place, told_nano.rule, NULL,
		                       "NanoCpus and CpuQuota are both set, and only one can hold");
	if (nano > 0 && nano < NANO_CPUS_MIN)
		return fitting_objects(f, limit->place, told_nano.rule, NULL,
		                       "NanoCpus is %lld; the least is %d, a hundredth of a CPU", nano,
		                       NANO_CPUS_MIN);
	return !limit_exceeded(limit, nano) || (fitting_clamps(f, limit, &told_nano, nano) &&
	                                        fitting_put_number(f, "NanoCpus", limit->max));
}

/* A quota that dockerd takes: in a longer period where PERIOD_US is too short for that much. */
static bool put_quota(const struct fitting *f, long long cpus, long long period_us)
{
	if (quota_for(cpus, period_us) < QUOTA_MIN_US) {
		period_us = USUAL_PERIOD_US;
		if (!fitting_put_number(f, "CpuPeriod", period_us))
			return false;
	}
	return fitting_put_number(f, "CpuQuota", quota_for(cpus, period_us));
}

static bool fit_quota(const struct fitting *f, long long quota, long long period)
{
	const struct limit *limit = &f->rules->cpus;
	struct limit in_quota = *limit;

	if (f->of == LIMITS_OF_UPDATE && (quota == 0 || period == 0))
		return fitting_objects(f, limit->place, told_quota.rule, NULL,
		                       "%s is set without %s, and what it means depends on that",
		                       quota == 0 ? "CpuPeriod" : "CpuQuota",
		                       quota == 0 ? "CpuQuota" : "CpuPeriod");
	if (period == 0)
		period = USUAL_PERIOD_US;
	if (!is_period(period))
		return objects_to_period(f, period);
	in_quota.max = quota_for(limit->max, period);
	if (!limit_exceeded(&in_quota, quota))
		return true;
	return fitting_clamps(f, &in_quota, &told_quota, quota) && put_quota(f, limit->max, period);
}

/* Builds know no NanoCpus. */
static bool put_default(const struct fitting *f, long long cpus, long long period)
{
	if (period == 0 && f->of != LIMITS_OF_BUILD)
		return fitting_put_number(f, "NanoCpus", cpus);
	if (period == 0) {
		period = USUAL_PERIOD_US;
		if (!fitting_put_number(f, "CpuPeriod", period))
			return false;
	}
	return put_quota(f, cpus, period);
}

bool fit_cpu(const struct fitting *f)
{
	const struct limit *limit = &f->rules->cpus;
	long long nano = fitting_number(f, "NanoCpus"), quota = fitting_number(f, "CpuQuota");
	long long period = fitting_number(f, "CpuPeriod"), cpus;

	if (nano != 0)
		return !limit->capped || fit_nano(f, nano, quota);
	if (quota != 0 || (period != 0 && f->of == LIMITS_OF_UPDATE))
		return !limit->capped || fit_quota(f, quota, period);
	if (f->of == LIMITS_OF_UPDATE || !limit_default(limit, -1, &cpus))
		return true;
	if (period != 0 && !is_period(period))
		return objects_to_period(f, period);
	return put_default(f, cpus, period);
}
