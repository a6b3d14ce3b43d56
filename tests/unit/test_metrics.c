/* Counters: sums over shards, bounded series, and reading while others write. */
#include "proxy/metrics.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LABELS(...) ((const char *const[METRICS_LABELS_MAX]){__VA_ARGS__})

static const struct metrics_sum *find(const struct metrics_sum *sums, size_t count,
                                      enum metrics_kind kind, const char *label)
{
	for (size_t i = 0; i < count; i++)
		if (sums[i].kind == kind && strcmp(sums[i].labels[0], label) == 0)
			return &sums[i];
	return NULL;
}

static void test_shards_are_summed(void **state)
{
	struct metrics *metrics = metrics_new();
	struct metrics_shard *a = metrics_shard_new(metrics), *b = metrics_shard_new(metrics);
	struct metrics_sum *sums;
	size_t count;

	(void)state;
	metrics_add(metrics_series(a, METRICS_BYTES, LABELS("in")), 5);
	metrics_add(metrics_series(b, METRICS_BYTES, LABELS("in")), 7);
	metrics_add(metrics_series(b, METRICS_BYTES, LABELS("out")), 1);
	metrics_add(metrics_series(b, METRICS_HANDSHAKES, LABELS("in")), 1);
	metrics_under_way(metrics_series(a, METRICS_TENANT, LABELS("t", NULL)), 2);
	metrics_under_way(metrics_series(b, METRICS_TENANT, LABELS("t", "")), -1);
	sums = metrics_read(metrics, &count);
	assert_int_equal(count, 4);
	assert_int_equal(find(sums, count, METRICS_BYTES, "in")->count, 12);
	assert_int_equal(find(sums, count, METRICS_BYTES, "out")->count, 1);
	assert_int_equal(find(sums, count, METRICS_HANDSHAKES, "in")->count, 1);
	assert_int_equal(find(sums, count, METRICS_TENANT, "t")->under_way, 1);
	free(sums);
	metrics_free(metrics);
	metrics_free(NULL);
}

static void test_buckets(void **state)
{
	static const uint64_t times[] = {0, 1, 2, 3, 1000, 1001, 300000, 300001, 1ULL << 40};
	static const uint64_t expected[METRICS_BUCKETS] = {2, 1, 1, 0, 0, 0, 0, 0, 1, 1, 0, 1};
	struct metrics *metrics = metrics_new();
	struct metrics_series *series =
		metrics_series(metrics_shard_new(metrics), METRICS_LOOKUP, LABELS(NULL));
	struct metrics_sum *sums;
	size_t count;

	(void)state;
	for (size_t i = 0; i < sizeof times / sizeof *times; i++)
		metrics_took(series, times[i]);
	sums = metrics_read(metrics, &count);
	assert_int_equal(count, 1);
	assert_int_equal(sums->count, 9);
	assert_memory_equal(sums->buckets, expected, sizeof expected);
	free(sums);
	metrics_free(metrics);
}

/* However many policies there may have been: memory is bounded, and no count is lost. */
static void test_too_many_are_others(void **state)
{
	enum { MANY = 5000 };
	struct metrics *metrics = metrics_new();
	struct metrics_shard *shard = metrics_shard_new(metrics);
	struct metrics_sum *sums;
	uint64_t total = 0;
	size_t count;

	(void)state;
	for (unsigned i = 0; i < MANY; i++) {
		char name[16];

		snprintf(name, sizeof name, "n%u", i);
		metrics_add(metrics_series(shard, METRICS_TENANT, LABELS(name, "allow")), 1);
	}
	for (int kind = 0; kind < METRICS_KINDS; kind++)
		assert_non_null(metrics_series(shard, (enum metrics_kind)kind, LABELS("new", "new")));
	sums = metrics_read(metrics, &count);
	assert_true(count < 3100);
	for (size_t i = 0; i < count; i++)
		total += sums[i].count;
	assert_int_equal(total, MANY);
	assert_true(find(sums, count, METRICS_TENANT, "other")->count >= MANY - 3000);
	free(sums);
	metrics_free(metrics);
}

static void test_nothing_is_counted_without_a_shard(void **state)
{
	(void)state;
	assert_null(metrics_series(NULL, METRICS_BYTES, LABELS("in")));
	metrics_add(NULL, 1);
	metrics_took(NULL, 1);
	metrics_under_way(NULL, 1);
}

static atomic_bool writing;

static void *write_on(void *shard)
{
	for (unsigned i = 0; atomic_load(&writing) || i < 2000; i++) {
		char name[16];

		snprintf(name, sizeof name, "n%u", i % 2000);
		metrics_took(metrics_series(shard, METRICS_DURATION, LABELS("GET", name)), i % 100);
	}
	return NULL;
}

static void test_reading_while_it_is_written(void **state)
{
	struct metrics *metrics = metrics_new();
	pthread_t threads[2];
	uint64_t before = 0;

	(void)state;
	atomic_store(&writing, true);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, write_on, metrics_shard_new(metrics)),
		                 0);
	for (unsigned i = 0; i < 50; i++) {
		size_t count;
		uint64_t total = 0;
		struct metrics_sum *sums = metrics_read(metrics, &count);

		for (size_t j = 0; j < count; j++)
			total += sums[j].count;
		assert_true(total >= before);
		before = total;
		free(sums);
	}
	atomic_store(&writing, false);
	for (size_t i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	metrics_free(metrics);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shards_are_summed),
		cmocka_unit_test(test_buckets),
		cmocka_unit_test(test_too_many_are_others),
		cmocka_unit_test(test_nothing_is_counted_without_a_shard),
		cmocka_unit_test(test_reading_while_it_is_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
