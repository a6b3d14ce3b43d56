/* Amounts against limits, and what is said when they do not fit. */
#include "policy/quota.h"

#include "policy/arena.h"
#include "policy/limits.h"

#include <stdio.h>

enum { STATUS_FORBIDDEN = 403, STATUS_TOO_MANY = 429, AMOUNT_TEXT_SIZE = 48 };

static const struct {
	const char *name, *noun, *advice;
} kinds[QUOTAS] = {
	[QUOTA_CONTAINERS] = {"containers", "containers", "remove some first"},
	[QUOTA_RUNNING] = {"running", "running containers", "stop some first"},
	[QUOTA_MEMORY] = {"memory", "of memory in its containers",
                      "ask for less (--memory), or remove containers first"},
	[QUOTA_CPUS] = {"cpus", "CPUs in its containers",
                    "ask for less (--cpus), or remove containers first"},
	[QUOTA_PIDS] = {"pids", "processes in its containers",
                    "ask for less (--pids-limit), or remove containers first"},
	[QUOTA_PORTS] = {"ports", "published ports",
                     "publish single ports (-p) and fewer of them, or remove containers first"},
	[QUOTA_VOLUMES] = {"volumes", "volumes", "remove some first"},
	[QUOTA_NETWORKS] = {"networks", "networks", "remove some first"},
	[QUOTA_IMAGES] = {"images", "images", "remove some first"},
	[QUOTA_EXECS] = {"execs", "execs in its running containers", "wait until some have ended"},
	[QUOTA_BUILDS] = {"builds", "builds at a time", "try again when one has ended"},
	[QUOTA_PULLS] = {"pulls", "pulls at a time", "try again when one has ended"},
	[QUOTA_STREAMS] = {"streams", "streams at a time", "try again when one has ended"},
	[QUOTA_CONNECTIONS] = {"connections", "connections at a time", "close some first"},
};

const char *quota_name(enum quota_kind kind)
{
	return kind < QUOTAS ? kinds[kind].name : "requests";
}

bool quota_passes_soon(enum quota_kind kind)
{
	return kind < QUOTA_STANDING && kind != QUOTA_IMAGES;
}

static long long plus(long long a, long long b)
{
	return a > QUOTA_UNBOUNDED - b ? QUOTA_UNBOUNDED : a + b;
}

void quota_add(struct quota_amounts *sum, const struct quota_amounts *more)
{
	for (size_t i = 0; i < QUOTAS; i++)
		sum->of[i] = plus(sum->of[i], more->of[i]);
}

bool quota_is_standing(const struct quota_rules *rules, const struct quota_demand *demand)
{
	for (size_t i = 0; i < QUOTA_STANDING; i++) {
		if (rules->limits[i].given && demand->amounts.of[i] > 0)
			return true;
	}
	return false;
}

enum quota_kind quota_exceeded(const struct quota_rules *rules, const struct quota_amounts *use,
                               const struct quota_amounts *demand)
{
	size_t i = 0;

	while (i < QUOTAS && (!rules->limits[i].given || demand->of[i] == 0 ||
	                      plus(use->of[i], demand->of[i]) <= rules->limits[i].most))
		i++;
	return (enum quota_kind)i;
}

/* ---- what is said ---- */

static const char *amount_text(enum quota_kind kind, long long amount, char text[AMOUNT_TEXT_SIZE])
{
	enum { MILLIONTHS = 1000000, THOUSAND = 1000 };

	if (amount == QUOTA_UNBOUNDED)
		snprintf(text, AMOUNT_TEXT_SIZE, "no end");
	else if (kind == QUOTA_MEMORY)
		limit_size_text(amount, text);
	else if (kind == QUOTA_CPUS && amount % (THOUSAND * (long long)MILLIONTHS) != 0)
		snprintf(text, AMOUNT_TEXT_SIZE, "%lld.%03lld", amount / MILLIONTHS / THOUSAND,
		         amount / MILLIONTHS % THOUSAND);
	else
		snprintf(text, AMOUNT_TEXT_SIZE, "%lld",
		         kind == QUOTA_CPUS ? amount / MILLIONTHS / THOUSAND : amount);
	return text;
}

static const char *rule_text(struct arena *arena, struct place place, const char *name)
{
	const char *text = place.file != NULL
	                       ? arena_format(arena, "%s:%u quota.%s", place.file, place.line, name)
	                       : arena_format(arena, "quota.%s", name);

	return text != NULL ? text : name;
}

struct quota_refusal quota_refuse(struct arena *arena, const struct quota_rules *rules,
                                  const struct quota_excess *excess)
{
	enum quota_kind kind = excess->kind;
	const struct quota_limit *limit = &rules->limits[kind];
	const char *rule = rule_text(arena, limit->place, kinds[kind].name);
	bool stands = kind < QUOTA_STANDING && !excess->passes;
	char most[AMOUNT_TEXT_SIZE], has[AMOUNT_TEXT_SIZE], more[AMOUNT_TEXT_SIZE];

	return (struct quota_refusal){
		.status = stands ? STATUS_FORBIDDEN : STATUS_TOO_MANY,
		.rule = rule,
		.message = arena_format(
			arena, "quota: the tenant '%s' may have %s %s, has %s%s and asks for %s more (%s); %s",
			excess->tenant, amount_text(kind, limit->most, most), kinds[kind].noun,
			amount_text(kind, excess->use->of[kind], has),
			kind < QUOTA_STANDING && !stands ? " with what is under way" : "",
			amount_text(kind, excess->demand->of[kind], more), rule,
			kind < QUOTA_STANDING && !stands ? "try again when that has ended"
											 : kinds[kind].advice),
	};
}

struct quota_refusal quota_refuse_rate(struct arena *arena, const struct quota_rules *rules,
                                       const char *tenant)
{
	const char *rule = rule_text(arena, rules->per_second.place, "requests");
	long long burst = rules->burst.given ? rules->burst.most : rules->per_second.most;

	return (struct quota_refusal){
		.status = STATUS_TOO_MANY,
		.rule = rule,
		.message = arena_format(arena,
	                            "quota: the tenant '%s' may make %lld requests a second, %lld at "
	                            "once, and has (%s); try again in a second",
	                            tenant, rules->per_second.most, burst, rule),
	};
}
