/* What counts: behind a first byte that says which, a daemon's list of objects, or a record of another process. A list that is none
 * counts for nothing, no amount is negative, and a record that was read is printed and read as the same. */
#include "policy/arena.h"
#include "policy/policy.h"
#include "policy/quota_list.h"
#include "policy/quota_record.h"
#include "policy/world.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_BYTES = 1 << 20, RECORD = 'r' };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct tenancy_rules rules;
static struct seal_key key;
static bool ready;

static void saw(const char *token, void *owner)
{
	(void)owner;
	assert(token[0] != '\0');
}

static void check_list(enum object_kind kind, const char *text, size_t len)
{
	struct arena *arena = arena_new(ARENA_BYTES);
	const struct world world = {.arena = arena, .tenant = "a", .key = &key, .rules = &rules};
	struct quota_list list = {.arena = arena, .world = &world, .saw = saw};

	assert(arena != NULL);
	if (quota_list_read(&list, kind, text, len)) {
		for (size_t i = 0; i < QUOTAS; i++)
			assert(list.use.of[i] >= 0);
		assert(list.running_count <= QUOTA_RUNNING_MAX);
	}
	arena_free(arena);
}

static void check_record(char *text)
{
	char printed[QUOTA_RECORD_SIZE];
	struct quota_record first, second;

	if (!quota_record_read(text, &first))
		return;
	assert(quota_record_print(&first, printed));
	assert(quota_record_read(printed, &second));
	assert(memcmp(&first, &second, sizeof first) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum object_kind kinds[] = {OBJECT_CONTAINER, OBJECT_VOLUME, OBJECT_NETWORK,
	                                         OBJECT_IMAGE};
	char *text = size > 0 && size < 16384 ? malloc(size) : NULL;

	if (text == NULL)
		return 0;
	if (!ready)
		seal_key_make("a secret of a tenant's, long enough to be one", 45, &key);
	ready = true;
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	if (data[0] == RECORD)
		check_record(text);
	else
		check_list(kinds[data[0] % 4], text, size - 1);
	free(text);
	return 0;
}
