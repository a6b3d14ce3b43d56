/* Owns the settings of `quota`: how much a tenant may have. "unlimited" lifts what a parent policy says. */
#include "policy/load_amounts.h"
#include "policy/load_keys.h"

enum { CPUS_QUOTA_MAX = 65536, RATE_MAX = 1000000 };

static bool quota_cpus_value(struct loader *loader, const config_setting_t *setting,
                             long long *amount)
{
	return amount_cpus(loader, setting, CPUS_QUOTA_MAX, amount);
}

static bool rate_value(struct loader *loader, const config_setting_t *setting, long long *amount)
{
	if (!amount_count(loader, setting, amount))
		return false;
	return *amount <= RATE_MAX || setting_problem(loader, setting, "must be at most %d", RATE_MAX);
}

static void read_quota(struct loader *loader, const config_setting_t *setting, amount_fn *value,
                       struct quota_limit *limit)
{
	struct quota_limit fresh = {.place = setting_place(loader, setting)};

	if (!amount_is_lifted(setting)) {
		fresh.given = value(loader, setting, &fresh.most);
		if (!fresh.given)
			return;
	}
	*limit = fresh;
}

/* 0 is fine: none may be had. */
static void read_count(struct loader *loader, const struct key *key,
                       const config_setting_t *setting, void *member)
{
	(void)key;
	read_quota(loader, setting, amount_number, member);
}

static void read_size(struct loader *loader, const struct key *key, const config_setting_t *setting,
                      void *member)
{
	(void)key;
	read_quota(loader, setting, amount_size, member);
}

static void read_cpus(struct loader *loader, const struct key *key, const config_setting_t *setting,
                      void *member)
{
	(void)key;
	read_quota(loader, setting, quota_cpus_value, member);
}

static void read_rate(struct loader *loader, const struct key *key, const config_setting_t *setting,
                      void *member)
{
	(void)key;
	read_quota(loader, setting, rate_value, member);
}

#define QUOTA(key, kind, reader) READ(key, quota.limits[kind], reader)

static const struct key request_list[] = {
	READ("per_second", quota.per_second, read_rate),
	READ("burst", quota.burst, read_rate),
};
static const struct keys request_keys = KEYS(request_list);

static const struct key quota_list[] = {
	QUOTA("containers", QUOTA_CONTAINERS, read_count),
	QUOTA("running", QUOTA_RUNNING, read_count),
	QUOTA("memory", QUOTA_MEMORY, read_size),
	QUOTA("cpus", QUOTA_CPUS, read_cpus),
	QUOTA("pids", QUOTA_PIDS, read_count),
	QUOTA("ports", QUOTA_PORTS, read_count),
	QUOTA("volumes", QUOTA_VOLUMES, read_count),
	QUOTA("networks", QUOTA_NETWORKS, read_count),
	QUOTA("images", QUOTA_IMAGES, read_count),
	QUOTA("execs", QUOTA_EXECS, read_count),
	QUOTA("builds", QUOTA_BUILDS, read_count),
	QUOTA("pulls", QUOTA_PULLS, read_count),
	QUOTA("streams", QUOTA_STREAMS, read_count),
	QUOTA("connections", QUOTA_CONNECTIONS, read_count),
	GROUP("requests", request_keys),
};
const struct keys quota_keys = KEYS(quota_list);

void check_quota_rules(struct loader *loader, const config_setting_t *group,
                       const struct quota_rules *rules)
{
	if (rules->burst.given && !rules->per_second.given)
		setting_problem(loader, group,
		                "quota.requests.burst is given and quota.requests.per_second is not");
	else if (rules->burst.given && rules->burst.most < rules->per_second.most)
		setting_problem(loader, group, "quota.requests.burst is less than per_second");
}
