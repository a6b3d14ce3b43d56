/* A list of names that came free, the newest first. It is short, and asked about only by creates that rules with
 * `recreate` are about: it is walked. */
#include "proxy/former.h"

#include "policy/arena.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct entry {
	struct entry *next;
	uint64_t noted_ms;
	char *policy, *tenant, *name, *text;
	size_t len;
};

struct former {
	pthread_mutex_t mutex;
	uint64_t lifetime_ms;
	struct entry *first; /* under the mutex, like all below */
	size_t count, bytes;
};

static uint64_t now_ms(void)
{
	struct timespec now = {0};

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

struct former *former_new(uint64_t lifetime_ms)
{
	struct former *former = calloc(1, sizeof *former);

	if (former == NULL)
		return NULL;
	pthread_mutex_init(&former->mutex, NULL);
	former->lifetime_ms = lifetime_ms;
	return former;
}

static void entry_free(struct entry *entry)
{
	if (entry == NULL)
		return;
	free(entry->policy);
	free(entry->tenant);
	free(entry->name);
	free(entry->text);
	free(entry);
}

void former_free(struct former *former)
{
	if (former == NULL)
		return;
	while (former->first != NULL) {
		struct entry *next = former->first->next;

		entry_free(former->first);
		former->first = next;
	}
	pthread_mutex_destroy(&former->mutex);
	free(former);
}

static struct entry *entry_new(const struct former_name *name, const char *text, size_t len)
{
	struct entry *entry = calloc(1, sizeof *entry);

	if (entry == NULL)
		return NULL;
	entry->noted_ms = now_ms();
	entry->policy = strdup(name->policy);
	entry->tenant = strdup(name->tenant);
	entry->name = strdup(name->name);
	entry->text = malloc(len + 1);
	entry->len = len;
	if (entry->policy == NULL || entry->tenant == NULL || entry->name == NULL ||
	    entry->text == NULL) {
		entry_free(entry);
		return NULL;
	}
	memcpy(entry->text, text, len);
	entry->text[len] = '\0';
	return entry;
}

static bool is_about(const struct entry *entry, const struct former_name *name)
{
	return strcmp(entry->policy, name->policy) == 0 && strcmp(entry->tenant, name->tenant) == 0 &&
	       strcmp(entry->name, name->name) == 0;
}

static void take_out(struct former *former, struct entry **link)
{
	struct entry *entry = *link;

	*link = entry->next;
	former->count--;
	former->bytes -= entry->len;
	entry_free(entry);
}

static void forget(struct former *former, const char *name)
{
	struct entry **link = &former->first;

	while (*link != NULL) {
		if (strcmp((*link)->name, name) == 0)
			take_out(former, link);
		else
			link = &(*link)->next;
	}
}

/* Drops what is too old, and of the rest the oldest that no longer fit. */
static void make_room(struct former *former, const struct entry *newest)
{
	struct entry **link = &former->first;
	size_t bytes = newest->len, count = 1;

	while (*link != NULL) {
		const struct entry *entry = *link;

		if (newest->noted_ms - entry->noted_ms >= former->lifetime_ms ||
		    count == FORMER_COUNT_MAX || entry->len > FORMER_BYTES_MAX - bytes) {
			take_out(former, link);
			continue;
		}
		bytes += entry->len;
		count++;
		link = &(*link)->next;
	}
}

/* What had the name before is forgotten even where the new cannot be kept. */
void former_note(struct former *former, const struct former_name *name, const char *text,
                 size_t len)
{
	struct entry *entry = len <= FORMER_BYTES_MAX / 16 ? entry_new(name, text, len) : NULL;

	pthread_mutex_lock(&former->mutex);
	forget(former, name->name);
	if (entry != NULL) {
		make_room(former, entry);
		entry->next = former->first;
		former->first = entry;
		former->count++;
		former->bytes += entry->len;
	}
	pthread_mutex_unlock(&former->mutex);
}

void former_forget(struct former *former, const char *name)
{
	pthread_mutex_lock(&former->mutex);
	forget(former, name);
	pthread_mutex_unlock(&former->mutex);
}

const char *former_find(struct former *former, struct arena *arena, const struct former_name *name,
                        size_t *len)
{
	const char *found = NULL;
	const struct entry *entry;

	*len = 0;
	pthread_mutex_lock(&former->mutex);
	for (entry = former->first; entry != NULL; entry = entry->next) {
		if (is_about(entry, name))
			break;
	}
	if (entry != NULL && now_ms() - entry->noted_ms < former->lifetime_ms) {
		found = arena_copy(arena, entry->text, entry->len);
		*len = found != NULL ? entry->len : 0;
	}
	pthread_mutex_unlock(&former->mutex);
	return found;
}
