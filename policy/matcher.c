/* Owns the search among many patterns. Each has an anchor, text that a value must have for the pattern to
 * match at all: a literal is its own anchor, a glob has what stands before its first star and what stands
 * behind its last. A pattern is filed under the rarer one of its anchors, and a value is looked up under
 * each of its own beginnings and ends that are as long as some anchor. What is found there is put to
 * text_matches, which alone knows what a star means. */
#include "policy/matcher.h"

#include "policy/arena.h"
#include "policy/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* What is filed under one anchor. */
struct group {
	const char *anchor; /* not terminated; NULL: a free slot */
	size_t len;
	size_t bearers;  /* how many patterns have this anchor, */
	size_t count;    /* how many of them are filed here, */
	size_t *members; /* and which, in ascending order */
};

enum side { SIDE_WHOLE, SIDE_START, SIDE_END };

/* A hash table, at most half full, of the anchors of one kind. */
struct table {
	enum side side;
	struct group *slots;
	size_t mask;
	size_t *lengths; /* of anchors that something is filed under, ascending */
	size_t length_count;
};

struct matcher {
	const char *const *patterns;
	size_t count;
	struct table whole, start, end;
};

struct anchor {
	const char *text;
	size_t len;
	uint64_t hash;
};

static const uint64_t hash_basis = 0xcbf29ce484222325u;

/* One step of FNV-1a. Who asks cannot choose what is filed, so that nobody can make chains long. */
static uint64_t hash_step(uint64_t hash, char byte)
{
	return (hash ^ (unsigned char)byte) * 0x100000001b3u;
}

/* Ends are hashed backwards, so that the hash of a longer one continues that of a shorter one. */
static struct anchor make_anchor(enum side side, const char *text, size_t len)
{
	struct anchor anchor = {text, len, hash_basis};

	for (size_t i = 0; i < len; i++)
		anchor.hash = hash_step(anchor.hash, text[side == SIDE_END ? len - 1 - i : i]);
	return anchor;
}

/* The anchor of PATTERN: the beginning up to the first star, or the end behind the last one. */
static struct anchor pattern_anchor(enum side side, const char *pattern)
{
	const char *last = strrchr(pattern, '*');

	if (side == SIDE_END && last != NULL)
		return make_anchor(side, last + 1, strlen(last + 1));
	return make_anchor(side, pattern, strcspn(pattern, "*"));
}

/* Where ANCHOR is, or would be. */
static struct group *find_group(const struct table *table, const struct anchor *anchor)
{
	size_t slot = (size_t)(anchor->hash ^ anchor->hash >> 32) & table->mask;
	struct group *group = &table->slots[slot];

	while (group->anchor != NULL &&
	       (group->len != anchor->len || memcmp(group->anchor, anchor->text, anchor->len) != 0)) {
		slot = (slot + 1) & table->mask;
		group = &table->slots[slot];
	}
	return group;
}

static struct group *pattern_group(const struct table *table, const char *pattern)
{
	struct anchor anchor = pattern_anchor(table->side, pattern);

	return find_group(table, &anchor);
}

static void bear_anchor(struct table *table, const char *pattern)
{
	struct anchor anchor = pattern_anchor(table->side, pattern);
	struct group *group = find_group(table, &anchor);

	group->anchor = anchor.text;
	group->len = anchor.len;
	group->bearers++;
}

static bool table_open(struct arena *arena, struct table *table, enum side side, size_t anchors)
{
	size_t size = 2;

	while (size / 2 < anchors)
		size *= 2;
	table->side = side;
	table->slots = arena_calloc(arena, size, sizeof *table->slots);
	table->lengths = arena_calloc(arena, anchors, sizeof *table->lengths);
	table->mask = size - 1;
	return table->slots != NULL && table->lengths != NULL;
}

static bool is_literal(const char *pattern)
{
	return strchr(pattern, '*') == NULL;
}

static struct group *home_of(const struct matcher *matcher, const char *pattern)
{
	struct group *start, *end;

	if (is_literal(pattern))
		return pattern_group(&matcher->whole, pattern);
	start = pattern_group(&matcher->start, pattern);
	end = pattern_group(&matcher->end, pattern);
	return end->bearers < start->bearers ||
	               (end->bearers == start->bearers && end->len > start->len)
	           ? end
	           : start;
}

static void add_length(struct table *table, size_t len)
{
	size_t at = table->length_count;

	while (at > 0 && table->lengths[at - 1] > len)
		at--;
	if (at > 0 && table->lengths[at - 1] == len)
		return;
	memmove(table->lengths + at + 1, table->lengths + at,
	        (table->length_count - at) * sizeof *table->lengths);
	table->lengths[at] = len;
	table->length_count++;
}

static void note_lengths(struct table *table)
{
	for (size_t i = 0; i <= table->mask; i++) {
		if (table->slots[i].count > 0)
			add_length(table, table->slots[i].len);
	}
}

/* Files every pattern in its home. The members of all groups share one array. */
static bool file_patterns(struct arena *arena, struct matcher *matcher)
{
	struct group **homes = arena_calloc(arena, matcher->count, sizeof(struct group *));
	size_t *members = arena_calloc(arena, matcher->count, sizeof *members);

	if (homes == NULL || members == NULL)
		return false;
	for (size_t i = 0; i < matcher->count; i++) {
		homes[i] = home_of(matcher, matcher->patterns[i]);
		homes[i]->count++;
	}
	for (size_t i = 0; i < matcher->count; i++) {
		if (homes[i]->members == NULL) {
			homes[i]->members = members;
			members += homes[i]->count;
			homes[i]->count = 0;
		}
		homes[i]->members[homes[i]->count++] = i;
	}
	return true;
}

const struct matcher *matcher_new(struct arena *arena, const char *const *patterns, size_t count)
{
	struct matcher *matcher = arena_alloc(arena, sizeof *matcher);
	size_t literals = 0;

	if (matcher == NULL)
		return NULL;
	matcher->patterns = patterns;
	matcher->count = count;
	for (size_t i = 0; i < count; i++)
		literals += is_literal(patterns[i]) ? 1 : 0;
	if (!table_open(arena, &matcher->whole, SIDE_WHOLE, literals) ||
	    !table_open(arena, &matcher->start, SIDE_START, count - literals) ||
	    !table_open(arena, &matcher->end, SIDE_END, count - literals))
		return NULL;
	for (size_t i = 0; i < count; i++) {
		if (is_literal(patterns[i])) {
			bear_anchor(&matcher->whole, patterns[i]);
		} else {
			bear_anchor(&matcher->start, patterns[i]);
			bear_anchor(&matcher->end, patterns[i]);
		}
	}
	if (!file_patterns(arena, matcher))
		return NULL;
	note_lengths(&matcher->whole);
	note_lengths(&matcher->start);
	note_lengths(&matcher->end);
	return matcher;
}

struct search {
	const struct matcher *matcher;
	const char *value;
	size_t len;
	size_t from;
	size_t found; /* the best so far */
};

/* The first place in GROUP's members that has FROM or more. */
static size_t first_from(const struct group *group, size_t from)
{
	size_t low = 0, high = group->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (group->members[middle] < from)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void try_group(struct search *search, const struct group *group, bool literal)
{
	size_t i = first_from(group, search->from);

	for (; i < group->count && group->members[i] < search->found; i++) {
		size_t index = group->members[i];

		if (literal || text_matches(search->matcher->patterns[index], search->value)) {
			search->found = index;
			return;
		}
	}
}

/* The whole value can be a literal only, and only if some literal is as long. */
static void search_whole(struct search *search)
{
	const struct table *table = &search->matcher->whole;
	struct anchor anchor;

	if (table->length_count == 0 || search->len > table->lengths[table->length_count - 1])
		return;
	anchor = make_anchor(SIDE_WHOLE, search->value, search->len);
	try_group(search, find_group(table, &anchor), true);
}

/* Every beginning, or every end, of the value that is as long as some anchor. */
static void search_side(struct search *search, const struct table *table)
{
	bool at_end = table->side == SIDE_END;
	struct anchor anchor = make_anchor(table->side, search->value, 0);

	for (size_t i = 0; i < table->length_count && table->lengths[i] <= search->len; i++) {
		for (; anchor.len < table->lengths[i]; anchor.len++)
			anchor.hash =
				hash_step(anchor.hash,
			              search->value[at_end ? search->len - 1 - anchor.len : anchor.len]);
		if (at_end)
			anchor.text = search->value + search->len - anchor.len;
		try_group(search, find_group(table, &anchor), false);
	}
}

size_t matcher_next(const struct matcher *matcher, const char *value, size_t from)
{
	struct search search = {matcher, value, strlen(value), from, matcher->count};

	search_whole(&search);
	search_side(&search, &matcher->start);
	search_side(&search, &matcher->end);
	return search.found;
}

size_t matcher_cost(const struct matcher *matcher, size_t index)
{
	const char *pattern = matcher->patterns[index];

	return 2 * home_of(matcher, pattern)->count + (is_literal(pattern) ? 0 : 1);
}
