/* Files rules under what they compare a text or a number with. A rule that is a conjunction can only match where each
 * part can: so it is filed under one part, `User = root`, and is not looked at where User is something else. Where that
 * value is not there, or cannot be told yet, the part says nothing, and the rule is found by its other parts. The
 * index only leaves out rules that cannot match; what is found is evaluated in full. */
#include "policy/rule_index.h"

#include "policy/arena.h"
#include "policy/matcher.h"
#include "policy/predicate_parts.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { PLAIN_MAX = 8, DEPTH_MAX = 3, PARTS_MAX = 64 };
enum { SCRATCH_LIMIT_BYTES = 64 * 1024 * 1024 };

/* A rule on its way into the index, and which of its parts it has been filed under already. */
struct entry {
	const struct user_rule *rule;
	uint64_t used;
};

/* A part that ENTRY could be filed under. */
struct hook {
	const struct entry *entry;
	const struct predicate *part;
	unsigned place; /* of PART in its rule */
	const char *path, *pattern;
	size_t variety; /* how many different patterns are filed under PATH */
	bool chosen;
};

struct builder {
	struct arena *arena;
	struct arena *scratch;
	unsigned depth;
};

static const struct rule_index *build(const struct builder *builder, const struct entry *entries,
                                      size_t count);

/* ---- parts that a rule can be filed under ---- */

static const struct predicate *first_part(const struct predicate *when)
{
	return when != NULL && when->kind == PREDICATE_AND ? when->first : when;
}

/* Only the parts of a conjunction have neighbours that are part of it. */
static const struct predicate *next_part(const struct user_rule *rule, const struct predicate *part)
{
	return rule->when->kind == PREDICATE_AND ? part->next : NULL;
}

static bool is_about_object(const struct predicate *part)
{
	return part->path.meaning.root == ROOT_TARGET || part->path.meaning.root == ROOT_CONTAINER;
}

/* "key=value", where the key has nothing that the pattern would take for something else. */
static const char *entry_pattern(struct arena *arena, const struct predicate *part)
{
	const struct segment *segments = part->path.segments;
	const size_t first = part->path.meaning.key;
	const char *text = segments[first].name;

	for (size_t i = first + 1; text != NULL && i < part->path.count; i++)
		text = arena_format(arena, "%s.%s", text, segments[i].name);
	if (text == NULL || strpbrk(text, "*=") != NULL)
		return NULL;
	if (part->comparison == COMPARISON_PRESENT || strcmp(part->value, "*") == 0)
		return arena_format(arena, "%s=**", text);
	return arena_format(arena, "%s=%s", text, part->value);
}

static const char *value_pattern(struct arena *arena, const struct predicate *part)
{
	if (part->path.meaning.type == VALUE_NUMBER)
		return arena_format(arena, "%lld", part->literal.number);
	return strcmp(part->value, "*") == 0 ? "**" : part->value;
}

/* The path up to the map's key, or all of it. */
static const char *path_text(struct arena *arena, const struct predicate_path *path)
{
	struct predicate_path shown = *path;

	if (path->meaning.key > 0)
		shown.count = path->meaning.key;
	return predicate_path_print(arena, &shown);
}

/* False when nothing can be filed under PART. */
static bool make_hook(const struct builder *builder, const struct predicate *part,
                      struct hook *hook)
{
	const struct path_meaning *meaning = &part->path.meaning;
	const bool equal = part->comparison == COMPARISON_EQUAL &&
	                   (meaning->type == VALUE_TEXT || meaning->type == VALUE_NUMBER);
	const bool entry = meaning->key > 0 && !meaning->many;

	if (part->kind != PREDICATE_COMPARISON || part->quantifier == QUANTIFIER_ALL ||
	    !(equal || (entry && part->comparison == COMPARISON_PRESENT)))
		return false;
	hook->part = part;
	hook->path = path_text(builder->scratch, &part->path);
	hook->pattern =
		entry ? entry_pattern(builder->arena, part) : value_pattern(builder->arena, part);
	return hook->path != NULL && hook->pattern != NULL;
}

static int compare_hooks(const void *a, const void *b)
{
	const struct hook *left = a, *right = b;
	int order = strcmp(left->path, right->path);

	return order != 0 ? order : strcmp(left->pattern, right->pattern);
}

/* All that any of ENTRIES can be filed under, sorted, with what each path is worth. */
static struct hook *list_hooks(const struct builder *builder, const struct entry *entries,
                               size_t count, size_t *found)
{
	size_t room = 0, used = 0;
	struct hook *hooks;

	for (size_t i = 0; i < count; i++) {
		const struct predicate *part = first_part(entries[i].rule->when);

		for (; part != NULL; part = next_part(entries[i].rule, part))
			room++;
	}
	hooks = arena_calloc(builder->scratch, room + 1, sizeof *hooks);
	for (size_t i = 0; hooks != NULL && i < count; i++) {
		const struct predicate *part = first_part(entries[i].rule->when);

		for (unsigned place = 0; part != NULL && place < PARTS_MAX;
		     place++, part = next_part(entries[i].rule, part)) {
			if ((entries[i].used & UINT64_C(1) << place) != 0 ||
			    !make_hook(builder, part, &hooks[used]))
				continue;
			hooks[used].entry = &entries[i];
			hooks[used++].place = place;
		}
	}
	if (used > 0)
		qsort(hooks, used, sizeof *hooks, compare_hooks);
	*found = used;
	return hooks;
}

/* How many hooks from FROM on have its path; *VARIETY gets how many different patterns. */
static size_t path_run(const struct hook *hooks, size_t count, size_t from, size_t *variety)
{
	size_t to = from + 1;

	*variety = 1;
	for (; to < count && strcmp(hooks[to].path, hooks[from].path) == 0; to++) {
		if (strcmp(hooks[to].pattern, hooks[to - 1].pattern) != 0)
			(*variety)++;
	}
	return to - from;
}

/* Objects cost a look-up; a path with many patterns leaves out the most. */
static bool is_better(const struct hook *hook, const struct hook *than)
{
	if (is_about_object(hook->part) != is_about_object(than->part))
		return !is_about_object(hook->part);
	return hook->variety > than->variety;
}

/* Leaves of HOOKS, in order, the best of each entry; the result is how many. BEST has room for each entry. */
static size_t choose_hooks(struct hook *hooks, size_t count, const struct entry *entries,
                           const struct hook **best)
{
	size_t kept = 0, variety;

	for (size_t i = 0, run; i < count; i += run) {
		run = path_run(hooks, count, i, &variety);
		for (size_t k = i; k < i + run; k++)
			hooks[k].variety = variety;
	}
	for (size_t i = 0; i < count; i++) {
		const struct hook **mine = &best[hooks[i].entry - entries];

		if (*mine == NULL || is_better(&hooks[i], *mine))
			*mine = &hooks[i];
	}
	/* Marked first: moving a hook would change what BEST points to. */
	for (size_t i = 0; i < count; i++)
		hooks[i].chosen = best[hooks[i].entry - entries] == &hooks[i];
	for (size_t i = 0; i < count; i++) {
		if (hooks[i].chosen)
			hooks[kept++] = hooks[i];
	}
	return kept;
}

/* ---- building ---- */

/* True when no value leaves PART, and so its rule, unknown. */
static bool is_unknown_without(const struct predicate *part)
{
	return part->quantifier == QUANTIFIER_NONE && part->comparison == COMPARISON_EQUAL;
}

/* An index of the entries of HOOKS, now filed under them. */
static const struct rule_index *build_below(const struct builder *builder, const struct hook *hooks,
                                            size_t count, bool unknown_only)
{
	const struct builder below = {builder->arena, builder->scratch, builder->depth + 1};
	struct entry *entries = arena_calloc(builder->scratch, count + 1, sizeof *entries);
	size_t used = 0;

	for (size_t i = 0; entries != NULL && i < count; i++) {
		if (unknown_only && !is_unknown_without(hooks[i].part))
			continue;
		entries[used].rule = hooks[i].entry->rule;
		entries[used++].used = hooks[i].entry->used | UINT64_C(1) << hooks[i].place;
	}
	return entries != NULL ? build(&below, entries, used) : NULL;
}

/* "key" of "key=value". */
static const char *key_of(struct arena *arena, const char *pattern)
{
	return arena_copy(arena, pattern, strcspn(pattern, "="));
}

/* Which keys of a map are asked for. Sorted patterns have the same keys side by side. */
static bool list_keys(const struct builder *builder, const char *const *patterns,
                      struct rule_group *group)
{
	const char **keys = arena_calloc(builder->arena, group->count, sizeof *keys);

	for (size_t i = 0; keys != NULL && i < group->count; i++) {
		const char *key = key_of(builder->arena, patterns[i]);

		if (key == NULL)
			return false;
		if (group->key_count == 0 || strcmp(keys[group->key_count - 1], key) != 0)
			keys[group->key_count++] = key;
	}
	if (keys != NULL)
		group->keys = matcher_new(builder->arena, keys, group->key_count);
	return group->keys != NULL;
}

/* The COUNT hooks, all of one path, as a group. */
static bool build_group(const struct builder *builder, const struct hook *hooks, size_t count,
                        struct rule_group *group)
{
	const char **patterns = arena_calloc(builder->arena, count, sizeof *patterns);

	group->path = &hooks[0].part->path;
	group->entries = group->path->meaning.key > 0;
	group->found = arena_calloc(builder->arena, count, sizeof(const struct rule_index *));
	if (patterns == NULL || group->found == NULL)
		return false;
	for (size_t i = 0, to; i < count; i = to) {
		for (to = i + 1; to < count && strcmp(hooks[to].pattern, hooks[i].pattern) == 0;)
			to++;
		patterns[group->count] = hooks[i].pattern;
		group->found[group->count] = build_below(builder, hooks + i, to - i, false);
		if (group->found[group->count++] == NULL)
			return false;
	}
	group->matcher = matcher_new(builder->arena, patterns, group->count);
	group->missing = build_below(builder, hooks, count, true);
	group->all = build_below(builder, hooks, count, false);
	return group->matcher != NULL && group->missing != NULL && group->all != NULL &&
	       (!group->entries || list_keys(builder, patterns, group));
}

/* Those about objects come last, so that no fact is asked for where another rule settles it. */
static bool build_groups(const struct builder *builder, const struct hook *hooks, size_t count,
                         struct rule_index *index)
{
	size_t run, variety;

	index->groups = arena_calloc(builder->arena, count + 1, sizeof *index->groups);
	if (index->groups == NULL)
		return false;
	for (int objects = 0; objects <= 1; objects++) {
		for (size_t i = 0; i < count; i += run) {
			run = path_run(hooks, count, i, &variety);
			if (is_about_object(hooks[i].part) == (objects == 1) &&
			    !build_group(builder, hooks + i, run, &index->groups[index->group_count++]))
				return false;
		}
	}
	return true;
}

static bool add_plain(const struct builder *builder, const struct entry *entries, size_t count,
                      const struct hook *const *best, struct rule_index *index)
{
	index->plain = arena_calloc(builder->arena, count + 1, sizeof(const struct user_rule *));
	for (size_t i = 0; index->plain != NULL && i < count; i++) {
		if (best == NULL || best[i] == NULL)
			index->plain[index->plain_count++] = entries[i].rule;
	}
	return index->plain != NULL;
}

static const struct rule_index *build(const struct builder *builder, const struct entry *entries,
                                      size_t count)
{
	struct rule_index *index = arena_alloc(builder->arena, sizeof *index);
	const struct hook **best;
	struct hook *hooks;
	size_t found = 0;

	if (index == NULL)
		return NULL;
	if (count <= PLAIN_MAX || builder->depth == DEPTH_MAX)
		return add_plain(builder, entries, count, NULL, index) ? index : NULL;
	best = arena_calloc(builder->scratch, count, sizeof(const struct hook *));
	hooks = list_hooks(builder, entries, count, &found);
	if (best == NULL || hooks == NULL)
		return NULL;
	found = choose_hooks(hooks, found, entries, best);
	if (!add_plain(builder, entries, count, best, index) ||
	    !build_groups(builder, hooks, found, index))
		return NULL;
	return index;
}

const struct rule_index *rule_index_new(struct arena *arena, const struct user_rule *const *rules,
                                        size_t count)
{
	const struct builder builder = {arena, arena_new(SCRATCH_LIMIT_BYTES), 0};
	struct entry *entries =
		builder.scratch != NULL ? arena_calloc(builder.scratch, count + 1, sizeof *entries) : NULL;
	const struct rule_index *index = NULL;

	for (size_t i = 0; entries != NULL && i < count; i++)
		entries[i].rule = rules[i];
	if (entries != NULL)
		index = build(&builder, entries, count);
	arena_free(builder.scratch);
	return index;
}
