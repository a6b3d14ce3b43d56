/* What ten and ten thousand rules cost: one look at a list of patterns, and one match of a client. Of the rules
 * only the last matches. */
#include "tests/bench/bench_scale.h"

#include "policy/arena.h"
#include "policy/identity.h"
#include "policy/load.h"
#include "policy/patterns.h"
#include "policy/problems.h"
#include "tests/bench/stopwatch.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	FEW = 10,
	MANY = 10000,
	ROUNDS = 21,
	REPEATS = 2000,
	ARENA_BYTES = 64 << 20,
	RULE_SIZE = 128
};

/* One kind of list: its patterns and rules are numbered, and its value or client is that of the last one. */
struct form {
	const char *name;
	const char *pattern; /* "%d" is the number */
	const char *value;
};

static const struct form pattern_forms[] = {
	{"literals", "registry.example.org/team-%d/app", "registry.example.org/team-%d/app"},
	{"globs by their beginning", "registry.example.org/team-%d/**",
     "registry.example.org/team-%d/a/b"},
	{"globs by their end", "*.team-%d.example.org", "www.team-%d.example.org"},
};

static const struct form client_forms[] = {
	{"clients by common name", "certificate = { common_name = \"runner-%d\"; };", "runner-%d"},
	{"clients by URI, with captures",
     "certificate = { uri = \"spiffe://ci.example.org/team-%d/*\"; }; tenant = \"$1\";",
     "spiffe://ci.example.org/team-%d/app"},
};

/* The formats are ours, above. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void put_number(char *text, size_t size, const char *format, int number)
{
	snprintf(text, size, format, number);
}
#pragma GCC diagnostic pop

static double median_of_matches(const struct patterns *patterns, const char *value)
{
	double times[ROUNDS];

	for (int round = 0; round < ROUNDS; round++) {
		double start = stopwatch_microseconds();

		for (int i = 0; i < REPEATS; i++) {
			if (patterns_match(patterns, value) != patterns->count - 1)
				abort();
		}
		times[round] = (stopwatch_microseconds() - start) / REPEATS;
	}
	return stopwatch_median(times, ROUNDS);
}

static double time_patterns(const struct form *form, int count)
{
	struct arena *arena = arena_new(ARENA_BYTES);
	struct patterns patterns = {.count = (size_t)count};
	char text[RULE_SIZE];
	double time;

	patterns.list = arena_calloc(arena, patterns.count, sizeof *patterns.list);
	for (int i = 0; i < count; i++) {
		put_number(text, sizeof text, form->pattern, i);
		patterns.list[i] = arena_string(arena, text);
	}
	if (!patterns_compile(arena, &patterns))
		abort();
	put_number(text, sizeof text, form->value, count - 1);
	time = median_of_matches(&patterns, text);
	arena_free(arena);
	return time;
}

static struct policy_set *load_clients(const struct form *form, int count)
{
	struct problems *problems = problems_new();
	char *settings = calloc((size_t)count + 2, RULE_SIZE);
	size_t len = 0;
	config_t config;
	struct policy_set *set;

	len += (size_t)snprintf(settings, RULE_SIZE, "clients = (");
	for (int i = 0; i < count; i++) {
		char rule[RULE_SIZE];

		put_number(rule, sizeof rule, form->pattern, i);
		len += (size_t)snprintf(settings + len, RULE_SIZE * 2, "%s { %s policy = \"ci\"; }",
		                        i == 0 ? "" : ",", rule);
	}
	snprintf(settings + len, RULE_SIZE, " );");
	config_init(&config);
	if (config_read_string(&config, settings) != CONFIG_TRUE)
		abort();
	set = policy_set_load(config_root_setting(&config), NULL, 0, problems);
	config_destroy(&config);
	problems_free(problems);
	free(settings);
	return set;
}

static double time_clients(const struct form *form, int count)
{
	struct policy_set *set = load_clients(form, count);
	struct identity identity = {.listener = "tls", .certificate = {.present = true}};
	char value[RULE_SIZE];
	double times[ROUNDS];

	put_number(value, sizeof value, form->value, count - 1);
	identity.certificate.common_name = value;
	identity.certificate.uri = (struct name_list){{value}, 1};
	for (int round = 0; round < ROUNDS; round++) {
		double start = stopwatch_microseconds();

		for (int i = 0; i < REPEATS; i++) {
			if (policy_set_match(set, &identity).policy == NULL)
				abort();
		}
		times[round] = (stopwatch_microseconds() - start) / REPEATS;
	}
	policy_set_free(set);
	return stopwatch_median(times, ROUNDS);
}

void bench_scale(void)
{
	printf("one match among ten, and among ten thousand: microseconds of CPU\n");
	for (size_t i = 0; i < sizeof pattern_forms / sizeof *pattern_forms; i++) {
		const struct form *form = &pattern_forms[i];

		printf("%9.3f %9.3f  %s\n", time_patterns(form, FEW), time_patterns(form, MANY),
		       form->name);
	}
	for (size_t i = 0; i < sizeof client_forms / sizeof *client_forms; i++) {
		const struct form *form = &client_forms[i];

		printf("%9.3f %9.3f  %s\n", time_clients(form, FEW), time_clients(form, MANY), form->name);
	}
}
