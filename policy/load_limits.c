/* Owns the settings of `container.limits`. A limit is a cap, or a group of `max`, `default` and `over`, or "unlimited",
 * which lifts the cap of a parent policy. */
#include "policy/load_amounts.h"
#include "policy/load_keys.h"
#include "policy/load_parts.h"

#include "policy/arena.h"
#include "policy/text.h"

#include <string.h>

enum { CPUS_LIMIT_MAX = 4096, SECONDS_MAX = 1 << 30 };

/* ---- values ---- */

static bool limit_cpus_value(struct loader *loader, const config_setting_t *setting,
                             long long *value)
{
	return amount_cpus(loader, setting, CPUS_LIMIT_MAX, value);
}

/* Some ulimits are sizes. */
static bool ulimit_value(struct loader *loader, const config_setting_t *setting, long long *value)
{
	const char *text = config_setting_get_string(setting);

	if (text != NULL && text_to_size(text, value))
		return true;
	if (text == NULL)
		return amount_number(loader, setting, value);
	return setting_problem(loader, setting,
	                       "must be a number, a size like \"64M\", or \"unlimited\"");
}

/* ---- one limit ---- */

static void read_over(struct loader *loader, const struct key *key, const config_setting_t *setting,
                      void *member)
{
	const char *text = setting_text(loader, setting);
	enum limit_over *over = member;

	(void)key;
	if (text == NULL)
		return;
	if (strcmp(text, "deny") == 0)
		*over = LIMIT_OVER_DENY;
	else if (strcmp(text, "clamp") == 0)
		*over = LIMIT_OVER_CLAMP;
	else
		setting_problem(loader, setting, "must be \"deny\" or \"clamp\"");
}

static bool read_max(struct loader *loader, const config_setting_t *setting, amount_fn *value,
                     struct limit *limit)
{
	if (amount_is_lifted(setting)) {
		limit->lifted = true;
		return true;
	}
	limit->capped = value(loader, setting, &limit->max);
	return limit->capped;
}

/* A group of max, default and over. */
static bool read_parts(struct loader *loader, const config_setting_t *setting, amount_fn *value,
                       struct limit *limit)
{
	static const struct key list[] = {
		{.name = "max", .kind = KEY_ELSEWHERE},
		{.name = "default", .kind = KEY_ELSEWHERE},
		{.name = "over",
	     .kind = KEY_READ,
	     .offset = offsetof(struct limit, over),
	     .read = read_over},
	};
	static const struct keys keys = KEYS(list);
	const config_setting_t *max = config_setting_get_member(setting, "max");
	const config_setting_t *fallback = config_setting_get_member(setting, "default");

	setting_read_group(loader, setting, &keys, limit);
	if (max == NULL && fallback == NULL)
		return setting_problem(loader, setting, "needs max, default or both");
	if (max != NULL && !read_max(loader, max, value, limit))
		return false;
	if (fallback == NULL)
		return true;
	limit->defaulted = value(loader, fallback, &limit->fallback);
	if (limit->defaulted && limit->capped && limit->fallback > limit->max)
		return setting_problem(loader, fallback, "is more than max");
	return limit->defaulted;
}

static bool read_limit(struct loader *loader, const config_setting_t *setting, amount_fn *value,
                       struct limit *limit)
{
	struct limit fresh = {.place = setting_place(loader, setting)};

	if (config_setting_is_group(setting) ? !read_parts(loader, setting, value, &fresh)
	                                     : !read_max(loader, setting, value, &fresh))
		return false;
	*limit = fresh;
	return true;
}

static void read_size(struct loader *loader, const struct key *key, const config_setting_t *setting,
                      void *member)
{
	(void)key;
	read_limit(loader, setting, amount_size, member);
}

static void read_count(struct loader *loader, const struct key *key,
                       const config_setting_t *setting, void *member)
{
	(void)key;
	read_limit(loader, setting, amount_count, member);
}

static void read_cpus(struct loader *loader, const struct key *key, const config_setting_t *setting,
                      void *member)
{
	(void)key;
	read_limit(loader, setting, limit_cpus_value, member);
}

static void read_seconds(struct loader *loader, const struct key *key,
                         const config_setting_t *setting, void *member)
{
	struct limit limit = {.capped = false};

	(void)key;
	if (!read_limit(loader, setting, amount_number, &limit))
		return;
	if (limit.max > SECONDS_MAX || limit.fallback > SECONDS_MAX)
		setting_problem(loader, setting, "must be at most %d seconds", SECONDS_MAX);
	else
		*(struct limit *)member = limit;
}

/* ---- ulimits, CPU sets, restarts, logs ---- */

static size_t find_ulimit(const char *name)
{
	size_t i = 0;

	while (i < ULIMITS && strcmp(ulimit_names[i], name) != 0)
		i++;
	return i;
}

static void read_ulimit(struct loader *loader, const config_setting_t *setting,
                        struct ulimit_rules *rules)
{
	const char *name = config_setting_name(setting);
	size_t i = find_ulimit(name);

	if (i == ULIMITS)
		setting_problem(loader, setting, "no ulimit is called '%s'%s", name,
		                setting_suggestion(loader, name, ulimit_names, ULIMITS));
	else if (read_limit(loader, setting, ulimit_value, &rules->list[i]))
		rules->listed[i] = true;
}

static void read_ulimits(struct loader *loader, const struct key *key,
                         const config_setting_t *setting, void *member)
{
	struct ulimit_rules *rules = member;

	(void)key;
	if (!config_setting_is_group(setting)) {
		setting_problem(loader, setting, "must be a group { ... }, not %s",
		                setting_type_name(setting));
		return;
	}
	rules->set = true;
	rules->place = setting_place(loader, setting);
	for (int i = 0; i < config_setting_length(setting); i++)
		read_ulimit(loader, config_setting_get_elem(setting, (unsigned)i), rules);
}

static void read_cpuset(struct loader *loader, const struct key *key,
                        const config_setting_t *setting, void *member)
{
	struct cpuset_rule fresh = {.place = setting_place(loader, setting)};
	const char *text = setting_text(loader, setting);

	(void)key;
	if (text == NULL)
		return;
	if (strcmp(text, "unlimited") != 0) {
		if (!cpu_set_read(text, &fresh.set)) {
			setting_problem(loader, setting, "must be like \"0-3,8\", below %d, or \"unlimited\"",
			                CPUS_MAX);
			return;
		}
		fresh.text = arena_string(loader->arena, text);
		if (fresh.text == NULL) {
			setting_exhausted(loader, setting);
			return;
		}
	}
	*(struct cpuset_rule *)member = fresh;
}

static bool read_restart(struct loader *loader, const config_setting_t *setting,
                         struct restart_rules *rules)
{
	const char *text = setting_text(loader, setting);
	unsigned long long retries;

	if (text == NULL)
		return false;
	if (strcmp(text, "no") == 0)
		return true;
	if (strcmp(text, "always") == 0)
		return rules->always = true;
	if (strcmp(text, "unless-stopped") == 0)
		return rules->unless_stopped = true;
	if (strcmp(text, "on-failure") == 0)
		return rules->on_failure = true;
	if (text_starts_with(text, "on-failure:") &&
	    text_to_number(text + strlen("on-failure:"), SECONDS_MAX, &retries) && retries > 0) {
		rules->retries = (long long)retries;
		return rules->on_failure = true;
	}
	return setting_problem(
		loader, setting,
		"must be \"no\", \"on-failure\", \"on-failure:N\", \"unless-stopped\" or "
		"\"always\"");
}

static void read_restarts(struct loader *loader, const struct key *key,
                          const config_setting_t *setting, void *member)
{
	struct restart_rules fresh = {.set = true, .place = setting_place(loader, setting)};

	(void)key;
	if (!config_setting_is_array(setting) && !config_setting_is_list(setting)) {
		setting_problem(loader, setting, "must be a list, not %s", setting_type_name(setting));
		return;
	}
	for (int i = 0; i < config_setting_length(setting); i++)
		read_restart(loader, config_setting_get_elem(setting, (unsigned)i), &fresh);
	*(struct restart_rules *)member = fresh;
}

static const char *keep_log_driver(struct loader *loader, const struct key *key,
                                   const config_setting_t *setting, const char *value)
{
	static const char *const words[] = {"json-file", "local", "none"};

	(void)key;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (strcmp(words[i], value) == 0)
			return words[i];
	}
	setting_problem(loader, setting, "must be \"json-file\", \"local\" or \"none\"");
	return NULL;
}

#define LIMIT(key, member, reader)                                                   \
	{                                                                                \
		.name = (key), .kind = KEY_READ,                                             \
		.offset = offsetof(struct policy, container.limits.member), .read = (reader) \
	}

static const struct key log_list[] = {
	{.name = "driver",
     .kind = KEY_TEXT,
     .offset = offsetof(struct policy, container.limits.log_driver),
     .keep = keep_log_driver},
	LIMIT("size", log_size, read_size),
	LIMIT("files", log_files, read_count),
	LIMIT("buffer", log_buffer, read_size),
};
static const struct keys log_keys = KEYS(log_list);

static const struct key limit_list[] = {
	LIMIT("over", over, read_over),
	LIMIT("memory", memory, read_size),
	LIMIT("memory_swap", memory_swap, read_size),
	LIMIT("memory_reservation", memory_reservation, read_size),
	LIMIT("cpus", cpus, read_cpus),
	LIMIT("cpu_shares", cpu_shares, read_count),
	LIMIT("cpuset", cpuset, read_cpuset),
	LIMIT("cpuset_mems", cpuset_mems, read_cpuset),
	LIMIT("blkio_weight", blkio_weight, read_count),
	LIMIT("pids", pids, read_count),
	LIMIT("shm", shm, read_size),
	LIMIT("tmpfs", tmpfs, read_size),
	LIMIT("storage", storage, read_size),
	LIMIT("ulimits", ulimits, read_ulimits),
	LIMIT("stop_timeout", stop_timeout, read_seconds),
	LIMIT("restart", restart, read_restarts),
	GROUP("log", log_keys),
};
const struct keys limit_keys = KEYS(limit_list);

/* ---- what only the whole tells ---- */

void check_limit_rules(struct loader *loader, const config_setting_t *group,
                       const struct limit_rules *rules)
{
	const struct limit *memory = &rules->memory, *swap = &rules->memory_swap;

	if (swap->capped && !memory->capped)
		setting_problem(loader, group, "memory_swap is limited and memory is not");
	else if (swap->capped && swap->max < memory->max)
		setting_problem(loader, group,
		                "memory_swap is the sum of both, and cannot be less than memory");
	if (rules->log_files.capped && !rules->log_size.capped)
		setting_problem(loader, group, "log.files is limited and log.size is not");
}
