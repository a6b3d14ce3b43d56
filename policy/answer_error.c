/* Reads words, not JSON: no escape is needed for what an id is made of, and what dockerd says in plain text has ids, too. */
#include "policy/answer_error.h"

#include "policy/facts.h"
#include "policy/policy.h"
#include "policy/private_names.h"
#include "policy/world.h"

#include <stdbool.h>
#include <string.h>

enum { ID_LENGTH = 64, SHORT_ID_LENGTH = 12 };

static bool is_hex(char byte)
{
	return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f');
}

/* What a name or an id can go on with. */
static bool is_of_word(char byte)
{
	return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
	       (byte >= 'A' && byte <= 'Z') || byte == '_' || byte == '-';
}

static size_t word_length(const char *bytes, size_t len)
{
	size_t i = 0;

	while (i < len && is_of_word(bytes[i]))
		i++;
	return i;
}

static bool is_id(const char *word, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!is_hex(word[i]))
			return false;
	}
	return len == ID_LENGTH || len == SHORT_ID_LENGTH;
}

/* An image's id has "sha256:" before the digits, where the word begins. */
static const char *digits_of(const char *id)
{
	const char *colon = strchr(id, ':');

	return colon != NULL ? colon + 1 : id;
}

static bool is_known(const struct facts *facts, const char *word, size_t len)
{
	for (size_t i = 0; i < facts->count; i++) {
		const struct fact *fact = &facts->list[i];

		if (fact->state == FACT_FOUND && strncmp(digits_of(fact->id), word, len) == 0)
			return true;
	}
	return false;
}

/* Of the LEN BYTES, how many are the tenant's own name before a name of its. What stands between two dots is the middle of one. */
static size_t prefix_length(const struct facts *facts, const char *bytes, size_t at, size_t len)
{
	const struct world *world = facts->world;
	size_t own = world != NULL ? strlen(world->tenant) : 0;
	const char *word = bytes + at;

	if (world == NULL || !world->rules->private_names || (at > 0 && bytes[at - 1] == '.') ||
	    len - at < own || memcmp(word, world->tenant, own) != 0)
		return 0;
	if (len - at > own + 1 && word[own] == '.' && is_of_word(word[own + 1]))
		return own + 1;
	return len - at > own + 2 && word[own] == '_' && word[own + 1] == '_' &&
	               is_of_word(word[own + 2])
	           ? own + 2
	           : 0;
}

size_t answer_error_strip(const struct facts *facts, char *bytes, size_t len)
{
	size_t kept = 0;

	for (size_t i = 0; i < len;) {
		i += prefix_length(facts, bytes, i, len);

		size_t word = word_length(bytes + i, len - i);
		size_t step = word > 0 ? word : 1;

		if (!is_id(bytes + i, word) || is_known(facts, bytes + i, word)) {
			memmove(bytes + kept, bytes + i, step);
			kept += step;
		}
		i += step;
	}
	return kept;
}
