/* Counters. A shard is a hash table of fixed size that only grows: its worker puts a finished series into a slot, readers
 * see it there or do not see it yet. */
#include "proxy/metrics.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 4096, SERIES_MAX = 3000 };

const unsigned metrics_bounds_ms[METRICS_BUCKETS] = {1,   2,   5,    10,   25,    50,
                                                     100, 250, 1000, 5000, 30000, 300000};

struct metrics_shard {
	struct metrics_shard *next;
	size_t count;
	_Atomic(struct metrics_series *) slots[SLOTS];
};

struct metrics {
	pthread_mutex_t mutex; /* of the list alone */
	struct metrics_shard *shards;
};

struct metrics *metrics_new(void)
{
	struct metrics *metrics = calloc(1, sizeof *metrics);

	if (metrics != NULL)
		pthread_mutex_init(&metrics->mutex, NULL);
	return metrics;
}

static void series_free(struct metrics_series *series)
{
	char *texts;

	if (series == NULL)
		return;
	memcpy(&texts, &series->labels[0], sizeof texts); /* all of them, in one block */
	free(texts);
	free(series);
}

static void shard_free(struct metrics_shard *shard)
{
	for (size_t i = 0; i < SLOTS; i++)
		series_free(atomic_load(&shard->slots[i]));
	free(shard);
}

void metrics_free(struct metrics *metrics)
{
	struct metrics_shard *next;

	if (metrics == NULL)
		return;
	for (struct metrics_shard *shard = metrics->shards; shard != NULL; shard = next) {
		next = shard->next;
		shard_free(shard);
	}
	pthread_mutex_destroy(&metrics->mutex);
	free(metrics);
}

struct metrics_shard *metrics_shard_new(struct metrics *metrics)
{
	struct metrics_shard *shard = calloc(1, sizeof *shard);

	if (shard == NULL)
		return NULL;
	pthread_mutex_lock(&metrics->mutex);
	shard->next = metrics->shards;
	metrics->shards = shard;
	pthread_mutex_unlock(&metrics->mutex);
	return shard;
}

/* --- series ---------------------------------------------------------------------------------------------------- */

static size_t label_count(enum metrics_kind kind)
{
	static const size_t counts[METRICS_KINDS] = {
		[METRICS_REQUESTS] = 6, [METRICS_DURATION] = 2,   [METRICS_DENIED] = 4,
		[METRICS_TENANT] = 2,   [METRICS_HANDSHAKES] = 1, [METRICS_HANDSHAKE_FAILURES] = 2,
		[METRICS_BYTES] = 1,
	};

	return counts[kind];
}

static const char *text_or_empty(const char *text)
{
	return text != NULL ? text : "";
}

/* FNV-1a: nobody who asks chooses these texts. */
static size_t slot_of(enum metrics_kind kind, const char *const *labels)
{
	uint64_t hash = 14695981039346656037ULL + (uint64_t)kind;

	for (size_t i = 0; i < label_count(kind); i++) {
		for (const char *at = text_or_empty(labels[i]); *at != '\0'; at++)
			hash = (hash ^ (unsigned char)*at) * 1099511628211ULL;
		hash = (hash ^ 0xff) * 1099511628211ULL;
	}
	return (size_t)(hash ^ (hash >> 32)) % SLOTS;
}

static bool is_series(const struct metrics_series *series, enum metrics_kind kind,
                      const char *const *labels)
{
	if (series->kind != kind)
		return false;
	for (size_t i = 0; i < label_count(kind); i++)
		if (strcmp(series->labels[i], text_or_empty(labels[i])) != 0)
			return false;
	return true;
}

/* A series keeps its texts: those of a configuration go with it. */
static struct metrics_series *series_new(enum metrics_kind kind, const char *const *labels)
{
	struct metrics_series *series = calloc(1, sizeof *series);
	size_t size = 1;
	char *texts;

	for (size_t i = 0; i < label_count(kind); i++)
		size += strlen(text_or_empty(labels[i])) + 1;
	texts = malloc(size);
	if (series == NULL || texts == NULL) {
		free(series);
		free(texts);
		return NULL;
	}
	series->kind = kind;
	series->labels[0] = texts;
	texts[0] = '\0';
	for (size_t i = 0; i < label_count(kind); i++) {
		size_t len = strlen(text_or_empty(labels[i])) + 1;

		memcpy(texts, text_or_empty(labels[i]), len);
		series->labels[i] = texts;
		texts += len;
	}
	return series;
}

static struct metrics_series *find_or_add(struct metrics_shard *shard, enum metrics_kind kind,
                                          const char *const *labels, size_t max)
{
	size_t slot = slot_of(kind, labels);
	struct metrics_series *series;

	while ((series = atomic_load_explicit(&shard->slots[slot], memory_order_relaxed)) != NULL) {
		if (is_series(series, kind, labels))
			return series;
		slot = (slot + 1) % SLOTS;
	}
	if (shard->count >= max)
		return NULL;
	series = series_new(kind, labels);
	if (series == NULL)
		return NULL;
	shard->count++;
	atomic_store_explicit(&shard->slots[slot], series, memory_order_release);
	return series;
}

struct metrics_series *metrics_series(struct metrics_shard *shard, enum metrics_kind kind,
                                      const char *const labels[METRICS_LABELS_MAX])
{
	static const char *const other[METRICS_LABELS_MAX] = {"other", "other", "other",
	                                                      "other", "other", "other"};
	struct metrics_series *series;

	if (shard == NULL)
		return NULL;
	series = find_or_add(shard, kind, labels, SERIES_MAX);
	/* One of each kind always finds room. */
	return series != NULL ? series : find_or_add(shard, kind, other, SERIES_MAX + METRICS_KINDS);
}

static void add(atomic_uint_fast64_t *counter, uint64_t count)
{
	atomic_fetch_add_explicit(counter, count, memory_order_relaxed);
}

void metrics_add(struct metrics_series *series, uint64_t count)
{
	if (series != NULL)
		add(&series->count, count);
}

void metrics_took(struct metrics_series *series, uint64_t milliseconds)
{
	if (series == NULL)
		return;
	add(&series->count, 1);
	add(&series->sum_ms, milliseconds);
	for (size_t i = 0; i < METRICS_BUCKETS; i++) {
		if (milliseconds > metrics_bounds_ms[i])
			continue;
		add(&series->buckets[i], 1);
		break;
	}
}

void metrics_under_way(struct metrics_series *series, int change)
{
	if (series != NULL)
		atomic_fetch_add_explicit(&series->under_way, change, memory_order_relaxed);
}

/* --- reading --------------------------------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
	const struct metrics_sum *one = a, *other = b;
	int order = 0;

	if (one->kind != other->kind)
		return one->kind < other->kind ? -1 : 1;
	for (size_t i = 0; order == 0 && i < label_count(one->kind); i++)
		order = strcmp(one->labels[i], other->labels[i]);
	return order;
}

static uint64_t load(const atomic_uint_fast64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

static void read_series(const struct metrics_series *series, struct metrics_sum *sum)
{
	*sum = (struct metrics_sum){
		.kind = series->kind,
		.labels = series->labels,
		.count = load(&series->count),
		.sum_ms = load(&series->sum_ms),
		.under_way = atomic_load_explicit(&series->under_way, memory_order_relaxed),
	};
	for (size_t i = 0; i < METRICS_BUCKETS; i++)
		sum->buckets[i] = load(&series->buckets[i]);
}

static void add_sum(struct metrics_sum *to, const struct metrics_sum *sum)
{
	to->count += sum->count;
	to->sum_ms += sum->sum_ms;
	to->under_way += sum->under_way;
	for (size_t i = 0; i < METRICS_BUCKETS; i++)
		to->buckets[i] += sum->buckets[i];
}

/* Those of one kind with the same labels become one. */
static size_t merge(struct metrics_sum *sums, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		if (kept > 0 && compare(&sums[kept - 1], &sums[i]) == 0)
			add_sum(&sums[kept - 1], &sums[i]);
		else
			sums[kept++] = sums[i];
	}
	return kept;
}

static size_t read_shard(struct metrics_shard *shard, struct metrics_sum *sums)
{
	size_t count = 0;

	for (size_t i = 0; i < SLOTS; i++) {
		const struct metrics_series *series =
			atomic_load_explicit(&shard->slots[i], memory_order_acquire);

		if (series != NULL)
			read_series(series, &sums[count++]);
	}
	return count;
}

struct metrics_sum *metrics_read(struct metrics *metrics, size_t *count)
{
	struct metrics_sum *sums;
	size_t shards = 0;

	pthread_mutex_lock(&metrics->mutex);
	for (struct metrics_shard *shard = metrics->shards; shard != NULL; shard = shard->next)
		shards++;
	*count = 0;
	sums = calloc(shards * SLOTS + 1, sizeof *sums);
	if (sums == NULL) {
		pthread_mutex_unlock(&metrics->mutex);
		return NULL;
	}
	for (struct metrics_shard *shard = metrics->shards; shard != NULL; shard = shard->next)
		*count += read_shard(shard, sums + *count);
	pthread_mutex_unlock(&metrics->mutex);
	qsort(sums, *count, sizeof *sums, compare);
	*count = merge(sums, *count);
	return sums;
}
