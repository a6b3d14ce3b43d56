/* Limits hold whatever is asked for: what the walk writes passes the walk again, unchanged, and no number that reaches the
 * daemon is above its cap or dockerd's word for none. Cases by hand are in tests/vectors/limits.txt. */
#include "policy/limits.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/query.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/json_text.h"

#define BILLION 1000000000LL

static struct limit_rules rules_all(enum limit_over over)
{
	struct limit_rules rules = {
		.over = over,
		.memory = {.capped = true, .max = 1000},
		.memory_reservation = {.capped = true, .max = 500},
		.cpus = {.capped = true, .max = 2 * BILLION},
		.cpu_shares = {.capped = true, .max = 900},
		.blkio_weight = {.capped = true, .max = 400},
		.pids = {.capped = true, .max = 100},
		.shm = {.capped = true, .max = 64},
		.tmpfs = {.capped = true, .max = 32},
		.stop_timeout = {.capped = true, .max = 20},
		.ulimits = {.set = true},
		.restart = {.set = true, .on_failure = true, .retries = 3},
		.log_size = {.capped = true, .max = 4096},
		.log_files = {.capped = true, .max = 2},
		.log_buffer = {.capped = true, .max = 1024},
	};

	rules.ulimits.listed[ULIMIT_NOFILE] = true;
	rules.ulimits.list[ULIMIT_NOFILE] = (struct limit){.capped = true, .max = 10};
	rules.cpuset.text = "0-1";
	assert_true(cpu_set_read("0-1", &rules.cpuset.set));
	return rules;
}

/* ---- whatever is asked for ---- */

static const long long values[] = {LLONG_MIN,   -2,
                                   -1,          0,
                                   1,           2,
                                   63,          64,
                                   65,          100,
                                   101,         999,
                                   1000,        1001,
                                   2000,        2001,
                                   9999,        10000,
                                   100000,      200000,
                                   200001,      1000000,
                                   1000001,     10000000,
                                   2 * BILLION, 2 * BILLION + 1,
                                   LLONG_MAX};

static const char *const numbers[] = {
	"Memory",    "MemorySwap", "MemoryReservation", "NanoCpus",  "CpuQuota",
	"CpuPeriod", "CpuShares",  "BlkioWeight",       "PidsLimit", "ShmSize",
};

static uint64_t random_state;

static size_t below(size_t count)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (size_t)(random_state >> 33) % count;
}

#define PICK(list) (list)[below(sizeof(list) / sizeof *(list))]

static json_t *random_resources(void)
{
	static const char *const names[] = {"nofile", "NOFILE", "core", "nof\xc4\xb1le"};
	static const char *const sets[] = {"", "0", "1", "0-1", "0,2", "x"};
	static const char *const policies[] = {"", "no", "always", "on-failure", "unless-stopped"};
	static const char *const sizes[] = {"", "1k", "4k", "5k", "-1", "0", "1e9", "9"};
	static const char *const tmpfs[] = {"",          "size=16",     "size=33",
	                                    "rw,size=0", "nr_blocks=1", "mode=1"};
	json_t *tree = json_object();

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		if (below(2) == 0)
			json_object_set_new(tree, numbers[i], json_integer(PICK(values)));
	}
	if (below(2) == 0)
		json_object_set_new(tree, "Ulimits",
		                    json_pack("[{sssIsI}]", "Name", PICK(names), "Hard", PICK(values),
		                              "Soft", PICK(values)));
	if (below(2) == 0)
		json_object_set_new(tree, "CpusetCpus", json_string(PICK(sets)));
	if (below(2) == 0)
		json_object_set_new(tree, "RestartPolicy",
		                    json_pack("{sssI}", "Name", PICK(policies), "MaximumRetryCount",
		                              PICK(values)));
	if (below(2) == 0)
		json_object_set_new(tree, "LogConfig",
		                    json_pack("{sss{ssss}}", "Type", below(2) == 0 ? "" : "local", "Config",
		                              "max-size", PICK(sizes), "max-file", PICK(sizes)));
	if (below(2) == 0)
		json_object_set_new(tree, "Tmpfs", json_pack("{ss}", "/t", PICK(tmpfs)));
	return tree;
}

/* A body of the operation OF. */
static json_t *random_body(enum limits_of of)
{
	json_t *resources = random_resources(), *body;

	if (of != LIMITS_OF_CREATE)
		return resources;
	body = json_pack("{so}", "HostConfig", resources);
	if (below(2) == 0)
		json_object_set_new(body, "StopTimeout", json_integer(PICK(values)));
	return body;
}

static long long number_at(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

static void assert_at_most(const json_t *object, const char *name, long long max)
{
	long long value = number_at(object, name);

	if (value < 0 || value > max)
		fail_msg("%s is %lld", name, value);
}

/* What a quota in a period comes to is asked in doubles: near enough, and not our own arithmetic. */
static void assert_few_cpus(const json_t *host, bool update)
{
	long long nano = number_at(host, "NanoCpus"), quota = number_at(host, "CpuQuota");
	long long period = number_at(host, "CpuPeriod");

	assert_at_most(host, "NanoCpus", 2 * BILLION);
	assert_true(nano == 0 || nano >= 10000);
	assert_true(quota >= 0);
	if (quota > 0)
		assert_true((double)quota / (double)(period == 0 ? 100000 : period) <= 2.0001);
	if (!update)
		assert_true(nano > 0 || quota > 0);
	else
		assert_true(nano > 0 || (quota == 0) == (period == 0));
}

static void assert_capped(enum limits_of of, const json_t *body)
{
	const json_t *host = of == LIMITS_OF_CREATE ? json_object_get(body, "HostConfig") : body;

	assert_at_most(host, "Memory", 1000);
	assert_at_most(host, "MemorySwap", 2000);
	if (of != LIMITS_OF_SERVICE)
		assert_at_most(host, "CpuShares", 900);
	assert_few_cpus(host, of == LIMITS_OF_UPDATE);
	if (of != LIMITS_OF_BUILD) {
		assert_at_most(host, "MemoryReservation", 500);
		assert_at_most(host, "PidsLimit", 100);
	}
	if (of == LIMITS_OF_CREATE || of == LIMITS_OF_UPDATE)
		assert_at_most(host, "BlkioWeight", 400);
	if (of == LIMITS_OF_CREATE || of == LIMITS_OF_BUILD)
		assert_at_most(host, "ShmSize", 64);
	if (of == LIMITS_OF_CREATE) {
		assert_true(number_at(host, "Memory") > 0 && number_at(host, "MemorySwap") > 0);
		assert_true(number_at(host, "PidsLimit") > 0);
		assert_at_most(body, "StopTimeout", 20);
	}
	if (of == LIMITS_OF_UPDATE && json_object_get(host, "PidsLimit") != NULL)
		assert_true(number_at(host, "PidsLimit") > 0);
}

/* Counts what is objected to; the walk ends there unless it is to go on. */
struct objections {
	unsigned count;
	bool go_on;
};

static bool count_excess(void *context, const struct excess *excess)
{
	struct objections *objections = context;

	assert_non_null(excess->rule);
	assert_true(excess->claim[0] != '\0' && excess->advice[0] != '\0');
	objections->count++;
	return objections->go_on;
}

static bool judge(const struct limit_rules *rules, enum limits_of of, const json_t *body)
{
	struct objections objections = {.count = 0};
	bool fine = limits_judge(rules, of, body, count_excess, &objections);

	assert_int_equal(objections.count, fine ? 0 : 1);
	return fine;
}

static void what_is_written_passes_again(void **state)
{
	static const enum limits_of all[] = {LIMITS_OF_CREATE, LIMITS_OF_UPDATE, LIMITS_OF_BUILD,
	                                     LIMITS_OF_SERVICE};
	const struct limit_rules rules[] = {rules_all(LIMIT_OVER_DENY), rules_all(LIMIT_OVER_CLAMP)};
	unsigned passed = 0;

	(void)state;
	random_state = 1;
	for (unsigned i = 0; i < 60000; i++) {
		const struct limit_rules *these = &rules[i % 2];
		enum limits_of of = all[i / 2 % 4];
		json_t *body = random_body(of), *again;

		if (judge(these, of, body)) {
			passed++;
			assert_true(limits_apply(these, of, body));
			assert_capped(of, body);
			assert_true(judge(these, of, body));
			again = json_deep_copy(body);
			assert_true(limits_apply(these, of, again));
			assert_true(json_equal(body, again));
			json_decref(again);
		}
		json_decref(body);
	}
	assert_true(passed > 1000);
}

/* As under a policy that only warns: everything is told, and nothing ends the walk. */
static void a_judgement_may_go_on(void **state)
{
	const struct limit_rules rules = rules_all(LIMIT_OVER_DENY);
	json_t *body =
		tree_of("{'HostConfig':{'Memory':-1,'PidsLimit':-1,'CpuQuota':-1,'CpusetCpus':'9',"
	            "'Ulimits':[{'Name':'x'}],'RestartPolicy':{'Name':'always'},"
	            "'Tmpfs':{'/t':'size=0'},'LogConfig':{'Config':{'max-size':'-1'}}},"
	            "'StopTimeout':-1}");
	struct objections objections = {.go_on = true};

	(void)state;
	assert_true(limits_judge(&rules, LIMITS_OF_CREATE, body, count_excess, &objections));
	assert_int_equal(objections.count, 9);
	json_decref(body);
}

static void judging_changes_nothing(void **state)
{
	const struct limit_rules rules = rules_all(LIMIT_OVER_CLAMP);

	(void)state;
	random_state = 2;
	for (unsigned i = 0; i < 2000; i++) {
		json_t *body = random_body(LIMITS_OF_CREATE), *before = json_deep_copy(body);

		judge(&rules, LIMITS_OF_CREATE, body);
		assert_true(json_equal(body, before));
		json_decref(before);
		json_decref(body);
	}
}

static void no_rules_no_change(void **state)
{
	const struct limit_rules none = {.over = LIMIT_OVER_UNSAID};

	(void)state;
	random_state = 3;
	for (unsigned i = 0; i < 2000; i++) {
		json_t *body = random_body(LIMITS_OF_CREATE), *before = json_deep_copy(body);

		assert_true(judge(&none, LIMITS_OF_CREATE, body));
		assert_true(limits_apply(&none, LIMITS_OF_CREATE, body));
		assert_true(json_equal(body, before));
		json_decref(before);
		json_decref(body);
	}
}

/* ---- small readers ---- */

static void cpu_lists_are_read_strictly(void **state)
{
	static const char *const bad[] = {
		"",   "-", "0-",  "-1",   "1-0",    "0,",      ",0",  "0,,1", "0 ",
		" 0", "a", "0x1", "1024", "0-1024", "0-1:1/2", "all", "1.0",  "99999999999999999999",
		"+1", "^1"};
	struct cpu_set set;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		if (cpu_set_read(bad[i], &set))
			fail_msg("'%s' was read", bad[i]);
	}
	assert_true(cpu_set_read("0-1,63-64,1023", &set));
	assert_int_equal(set.bits[0], 3 | (uint64_t)1 << 63);
	assert_int_equal(set.bits[1], 1);
	assert_int_equal(set.bits[15], (uint64_t)1 << 63);
	assert_true(cpu_set_read("007", &set));
	assert_int_equal(set.bits[0], 1 << 7);
}

static void sizes_are_told_shortly(void **state)
{
	static const struct {
		long long bytes;
		const char *text;
	} table[] = {
		{0, "0"},
		{1, "1"},
		{1023, "1023"},
		{1024, "1K"},
		{1536, "1536"},
		{1 << 20, "1M"},
		{4LL << 30, "4G"},
		{1LL << 40, "1T"},
		{LLONG_MAX, "9223372036854775807"},
		{1LL << 60, "1048576T"},
	};
	char text[LIMIT_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		limit_size_text(table[i].bytes, text);
		assert_string_equal(text, table[i].text);
	}
}

/* ---- builds ---- */

static void parameters_become_resources_and_back(void **state)
{
	struct arena *arena = arena_new(1 << 16);
	const char *text = "t=x&memory=7&memswap=-1&cpushares=&cpusetcpus=0-1&"
					   "ulimits=%5B%7B%22name%22%3A%22nofile%22%2C%22hard%22%3A1%7D%5D";
	struct query query;
	struct error error = {""};
	json_t *resources;

	(void)state;
	assert_true(query_parse(arena, text, strlen(text), &query, &error));
	resources = limits_from_query(&query, &error);
	assert_non_null(resources);
	assert_tree(resources, "{'CpusetCpus':'0-1','Memory':7,'MemorySwap':-1,"
	                       "'Ulimits':[{'Hard':1,'Name':'nofile'}]}");
	json_object_set_new(resources, "ShmSize", json_integer(5));
	assert_true(limits_to_query(arena, resources, &query));
	assert_string_equal(query_value(&query, "t"), "x");
	assert_string_equal(query_value(&query, "shmsize"), "5");
	assert_string_equal(query_value(&query, "memswap"), "-1");
	assert_string_equal(query_value(&query, "ulimits"), "[{\"Hard\":1,\"Name\":\"nofile\"}]");
	json_decref(resources);
	arena_free(arena);
}

static void odd_parameters_are_told(void **state)
{
	static const char *const bad[] = {
		"memory=x",       "memory=1%20",     "memory=99999999999999999999",      "ulimits=x",
		"ulimits=%7B%7D", "ulimits=%5B1%5D", "ulimits=%5B%7B%22Nam%22%3A1%7D%5D"};
	struct arena *arena = arena_new(1 << 16);
	struct query query;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct error error = {""};

		assert_true(query_parse(arena, bad[i], strlen(bad[i]), &query, &error));
		if (limits_from_query(&query, &error) != NULL)
			fail_msg("%s was read", bad[i]);
		assert_true(error.text[0] != '\0');
	}
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_passes_again),
		cmocka_unit_test(a_judgement_may_go_on),
		cmocka_unit_test(judging_changes_nothing),
		cmocka_unit_test(no_rules_no_change),
		cmocka_unit_test(cpu_lists_are_read_strictly),
		cmocka_unit_test(sizes_are_told_shortly),
		cmocka_unit_test(parameters_become_resources_and_back),
		cmocka_unit_test(odd_parameters_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
