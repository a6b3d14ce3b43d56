/* Makes a parsed predicate one that can be evaluated: what is at the ends of its paths, and
 * whether that can be compared as it is. Every mistake that can be told when a policy is loaded is told here. */
#include "policy/predicate.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/predicate_parts.h"
#include "policy/schema.h"
#include "policy/spec.h"
#include "policy/text.h"

#include <string.h>

/* The predicate under way. */
struct typing {
	struct arena *arena;
	struct error *error;
};

static const char *join_key(const struct typing *typing, const struct predicate_path *path,
                            size_t first)
{
	const char *key = path->segments[first].name;

	for (size_t i = first + 1; key != NULL && i < path->count; i++)
		key = arena_format(typing->arena, "%s.%s", key, path->segments[i].name);
	return key;
}

/* A copy of the way that stays. */
static const struct path_steps *keep_steps(const struct typing *typing,
                                           const struct predicate_path *path,
                                           const struct path_found *found)
{
	struct path_steps *steps = arena_alloc(typing->arena, sizeof *steps);
	struct path_step *list = arena_calloc(typing->arena, found->count + 1, sizeof *list);

	if (steps == NULL || list == NULL)
		return NULL;
	memcpy(list, found->steps, found->count * sizeof *list);
	if (found->key_first > 0) {
		list[found->count - 1].name = join_key(typing, path, found->key_first);
		if (list[found->count - 1].name == NULL)
			return NULL;
	}
	*steps = (struct path_steps){list, found->count};
	return steps;
}

static bool is_alike(const struct path_meaning *a, const struct path_meaning *b)
{
	return a->root == b->root && a->type == b->type && a->many == b->many &&
	       a->empty_counts == b->empty_counts && a->zero_counts == b->zero_counts &&
	       a->negative_counts == b->negative_counts && a->missing_is_false == b->missing_is_false;
}

/* Takes over what was found, for the first or for one more route. */
static bool keep_meaning(const struct typing *typing, struct predicate *predicate,
                         const struct path_found *found, const struct route *route, bool first)
{
	struct predicate_path *path = &predicate->path;
	const enum object_kind object = found->meaning.object;

	if (first)
		path->meaning = found->meaning;
	else if (!is_alike(&path->meaning, &found->meaning))
		return error_set(typing->error,
		                 "at character %zu: '%s' is something else in %s than in another operation "
		                 "of `on`: write a rule for each",
		                 predicate->at, predicate_shown_path(typing->arena, predicate),
		                 route->operation);
	if (path->steps[object] == NULL)
		path->steps[object] = keep_steps(typing, path, found);
	return path->steps[object] != NULL || error_set(typing->error, "out of memory");
}

static bool find_meaning(const struct typing *typing, struct predicate *predicate,
                         const struct path_scope *scope, bool first)
{
	struct path_scope inner = *scope;
	struct path_found found;

	if (predicate->kind == PREDICATE_RECREATE)
		return true;
	if (predicate->kind == PREDICATE_COMPARISON || predicate->kind == PREDICATE_EACH) {
		if (!predicate_path_find(scope, &predicate->path, predicate_wants_elements(predicate),
		                         &found))
			return error_set(typing->error, "'%s' was there and is not",
			                 predicate_shown_path(typing->arena, predicate));
		if (!keep_meaning(typing, predicate, &found, scope->route, first))
			return false;
		inner.element = found.meaning.of;
	}
	if (predicate->kind == PREDICATE_EACH && inner.element == NULL)
		return error_set(typing->error,
		                 "at character %zu: '%s' has no properties that parentheses could be about",
		                 predicate->at, predicate_shown_path(typing->arena, predicate));
	for (struct predicate *part = predicate->first; part != NULL; part = part->next) {
		if (!find_meaning(typing, part, predicate->kind == PREDICATE_EACH ? &inner : scope, first))
			return false;
	}
	return true;
}

/* ---- what it is compared with ---- */

static bool mistake(const struct typing *typing, const struct predicate *comparison,
                    const char *what)
{
	return error_set(typing->error, "at character %zu: '%s' %s", comparison->at,
	                 predicate_shown_path(typing->arena, comparison), what);
}

static bool wrong_type(const struct typing *typing, const struct predicate *comparison)
{
	switch (comparison->path.meaning.type) {
	case VALUE_WHOLE:
		return mistake(typing, comparison, "can be `present` or `absent`, and no more");
	case VALUE_TEXT:
		return mistake(typing, comparison,
		               "is a text: compare it by =, !=, under, image, in, present or absent");
	case VALUE_NUMBER:
		return mistake(typing, comparison,
		               "is a number: compare it by =, !=, <, <=, >, >=, present or absent");
	case VALUE_FLAG:
		return mistake(typing, comparison, "is true or false: compare it by = or !=");
	}
	return false;
}

static bool read_number(const struct typing *typing, struct predicate *comparison)
{
	const struct path_meaning *meaning = &comparison->path.meaning;
	const char *text = comparison->value;
	const bool negative = *text == '-';
	long long number;

	if (!text_to_size(negative ? text + 1 : text, &number))
		return error_set(typing->error,
		                 "at character %zu: '%s' is a number, and '%s' is none: write 5, -1 or a "
		                 "size like 512M",
		                 comparison->at, predicate_shown_path(typing->arena, comparison),
		                 text_printable(typing->arena, text, 100));
	comparison->literal.number = negative ? -number : number;
	if (number == 0 && !meaning->zero_counts &&
	    (comparison->comparison == COMPARISON_EQUAL ||
	     comparison->comparison == COMPARISON_DIFFERENT))
		return mistake(typing, comparison,
		               "of 0 is how clients leave it out: write `absent` or `present`");
	return true;
}

static bool read_flag(const struct typing *typing, struct predicate *comparison)
{
	comparison->literal.flag = strcmp(comparison->value, "true") == 0;
	if (comparison->literal.flag || strcmp(comparison->value, "false") == 0)
		return true;
	return mistake(typing, comparison, "is true or false, and nothing else");
}

/* Identities have the hexadecimal digits of certificates in one case. */
static bool fold_hex(const struct typing *typing, struct predicate *comparison)
{
	const bool upper = comparison->path.meaning.field == IDENTITY_SERIAL;
	char *folded = arena_string(typing->arena, comparison->value);

	if (folded == NULL)
		return error_set(typing->error, "out of memory");
	comparison->value = folded;
	for (; *folded != '\0'; folded++) {
		if (upper && *folded >= 'a' && *folded <= 'f')
			*folded = (char)(*folded - ('a' - 'A'));
		if (!upper && *folded >= 'A' && *folded <= 'F')
			*folded = (char)(*folded + ('a' - 'A'));
	}
	return true;
}

static bool read_text(const struct typing *typing, struct predicate *comparison)
{
	const struct path_meaning *meaning = &comparison->path.meaning;

	if (*comparison->value == '\0' && !meaning->empty_counts)
		return mistake(typing, comparison,
		               "of \"\" is how clients leave it out: write `absent` or `present`");
	if (meaning->root == ROOT_IDENTITY &&
	    (meaning->field == IDENTITY_SERIAL || meaning->field == IDENTITY_SPKI_SHA256))
		return fold_hex(typing, comparison);
	return true;
}

static bool ends_at_binds(const struct path_steps *steps)
{
	return steps != NULL && steps->count > 1 &&
	       steps->list[steps->count - 1].kind == STEP_ELEMENTS &&
	       strcmp(steps->list[steps->count - 2].name, "Binds") == 0;
}

static bool read_directory(const struct typing *typing, struct predicate *comparison)
{
	const char *clean = spec_clean_path(typing->arena, comparison->value);

	comparison->literal.bind = ends_at_binds(comparison->path.steps[OBJECT_NONE]) ||
	                           ends_at_binds(comparison->path.steps[OBJECT_CONTAINER]);
	if (clean != NULL && strcmp(clean, comparison->value) == 0 &&
	    strchr(comparison->value, '*') == NULL)
		return true;
	return error_set(
		typing->error,
		"at character %zu: `under` wants an absolute path in its shortest form, without "
		"stars, not '%s'",
		comparison->at, text_printable(typing->arena, comparison->value, 100));
}

static bool read_range(const struct typing *typing, struct predicate *comparison)
{
	struct error error = {.text = ""};

	if (cidr_parse(comparison->value, &comparison->literal.range, &error))
		return true;
	return error_set(typing->error,
	                 "at character %zu: `in` wants a range like 10.0.0.0/8, and '%s' %s",
	                 comparison->at, text_printable(typing->arena, comparison->value, 100),
	                 error.text);
}

static bool read_equal(const struct typing *typing, struct predicate *comparison)
{
	switch (comparison->path.meaning.type) {
	case VALUE_TEXT:
		return read_text(typing, comparison);
	case VALUE_NUMBER:
		return read_number(typing, comparison);
	case VALUE_FLAG:
		return read_flag(typing, comparison);
	case VALUE_WHOLE:
		break;
	}
	return wrong_type(typing, comparison);
}

static bool read_of_text(const struct typing *typing, struct predicate *comparison)
{
	if (comparison->path.meaning.type != VALUE_TEXT)
		return wrong_type(typing, comparison);
	if (comparison->comparison == COMPARISON_UNDER)
		return read_directory(typing, comparison);
	if (comparison->comparison == COMPARISON_IN)
		return read_range(typing, comparison);
	return predicate_read_image(typing->arena, comparison, typing->error);
}

static bool read_presence(const struct typing *typing, const struct predicate *comparison)
{
	if (comparison->path.meaning.type == VALUE_FLAG && comparison->path.meaning.missing_is_false)
		return mistake(typing, comparison,
		               "is false where it is not given: write = true or = false");
	return true;
}

static bool type_comparison(const struct typing *typing, struct predicate *comparison)
{
	if (comparison->path.meaning.many && comparison->quantifier == QUANTIFIER_NONE &&
	    (comparison->path.meaning.type != VALUE_WHOLE || !predicate_wants_elements(comparison)))
		return mistake(typing, comparison, "may have many values: write `any` or `all` before it");
	switch (comparison->comparison) {
	case COMPARISON_EQUAL:
	case COMPARISON_DIFFERENT:
		return read_equal(typing, comparison);
	case COMPARISON_LESS:
	case COMPARISON_AT_MOST:
	case COMPARISON_MORE:
	case COMPARISON_AT_LEAST:
		return comparison->path.meaning.type == VALUE_NUMBER ? read_number(typing, comparison)
		                                                     : wrong_type(typing, comparison);
	case COMPARISON_UNDER:
	case COMPARISON_IMAGE:
	case COMPARISON_IN:
		return read_of_text(typing, comparison);
	case COMPARISON_PRESENT:
	case COMPARISON_ABSENT:
		return read_presence(typing, comparison);
	}
	return false;
}

static bool type_tree(const struct typing *typing, struct predicate *predicate)
{
	if (predicate->kind == PREDICATE_COMPARISON)
		return type_comparison(typing, predicate);
	for (struct predicate *part = predicate->first; part != NULL; part = part->next) {
		if (!type_tree(typing, part))
			return false;
	}
	return true;
}

bool predicate_type(struct arena *arena, struct predicate *predicate,
                    struct predicate_route *routes, size_t count, struct error *error)
{
	const struct typing typing = {arena, error};
	bool first = true;

	if (!predicate_fit(arena, predicate, routes, count, error))
		return false;
	for (size_t i = 0; i < count; i++) {
		const struct path_scope scope = {routes[i].route, NULL};

		if (!routes[i].fits)
			continue;
		if (!find_meaning(&typing, predicate, &scope, first))
			return false;
		first = false;
	}
	return type_tree(&typing, predicate);
}
