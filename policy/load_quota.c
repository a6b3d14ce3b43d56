/* Owns the settings of `quota`: how much a tenant may have. "unlimited" lifts what a parent policy says. */
#include "policy/load_keys.h"

#include "policy/text.h"

#include <string.h>

enum { CPUS_QUOTA_MAX = 65536 };

#define BILLION 1000000000LL

/* 0 is fine: none may be had. */
static bool number_amount(const config_setting_t *setting, long long *amount)
{
	int type = config_setting_type(setting);

	*amount = config_setting_get_int64(setting);
	return (type == CONFIG_TYPE_INT || type == CONFIG_TYPE_INT64) && *amount >= 0;
}

static bool size_amount(const config_setting_t *setting, long long *amount)
{
	const char *text = config_setting_get_string(setting);

	return text != NULL && text_to_size(text, amount) && *amount > 0;
}

static bool cpus_amount(const config_setting_t *setting, long long *amount)
{
	long long whole;
	double cpus = config_setting_type(setting) == CONFIG_TYPE_FLOAT
	                  ? config_setting_get_float(setting)
	                  : (number_amount(setting, &whole) ? (double)whole : 0);

	if (!(cpus >= 0.01 && cpus <= CPUS_QUOTA_MAX))
		return false;
	*amount = (long long)(cpus * (double)BILLION + 0.5);
	return true;
}

static bool rate_amount(const config_setting_t *setting, long long *amount)
{
	return number_amount(setting, amount) && *amount > 0 && *amount <= 1000000;
}

static void read_quota(struct loader *loader, const config_setting_t *setting, void *member,
                       bool (*amount)(const config_setting_t *, long long *), const char *wanted)
{
	struct quota_limit fresh = {.place = setting_place(loader, setting)};
	const char *text = config_setting_get_string(setting);

	if (text == NULL || strcmp(text, "unlimited") != 0) {
		fresh.given = amount(setting, &fresh.most);
		if (!fresh.given) {
			setting_problem(loader, setting, "must be %s, or \"unlimited\"", wanted);
			return;
		}
	}
	*(struct quota_limit *)member = fresh;
}

static void read_count(struct loader *loader, const struct key *key,
                       const config_setting_t *setting, void *member)
{
	(void)key;
	read_quota(loader, setting, member, number_amount, "a number from 0");
}

static void read_size(struct loader *loader, const struct key *key, const config_setting_t *setting,
                      void *member)
{
	(void)key;
	read_quota(loader, setting, member, size_amount, "a size like \"512M\" or \"16G\"");
}

static void read_cpus(struct loader *loader, const struct key *key, const config_setting_t *setting,
                      void *member)
{
	(void)key;
	read_quota(loader, setting, member, cpus_amount, "a number of CPUs from 0.01 on");
}

static void read_rate(struct loader *loader, const struct key *key, const config_setting_t *setting,
                      void *member)
{
	(void)key;
	read_quota(loader, setting, member, rate_amount, "a number from 1 to 1000000");
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
