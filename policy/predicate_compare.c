/* Compares one value of a request with what a predicate says. What cannot be understood as what it is compared
 * with, a volume's name as a path or a host's name as an address, is unknown. */
#include "policy/predicate_parts.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/spec.h"
#include "policy/text.h"

#include <string.h>

static enum truth truth_of(bool claim)
{
	return claim ? TRUTH_TRUE : TRUTH_FALSE;
}

enum truth truth_not(enum truth truth)
{
	if (truth == TRUTH_TRUE)
		return TRUTH_FALSE;
	return truth == TRUTH_FALSE ? TRUTH_TRUE : truth;
}

/* What is pending may turn out either way, and so outweighs what stays unknown. */
enum truth truth_and(enum truth a, enum truth b)
{
	if (a == TRUTH_FALSE || b == TRUTH_FALSE)
		return TRUTH_FALSE;
	if (a == TRUTH_PENDING || b == TRUTH_PENDING)
		return TRUTH_PENDING;
	return a == TRUTH_TRUE ? b : a;
}

enum truth truth_or(enum truth a, enum truth b)
{
	return truth_not(truth_and(truth_not(a), truth_not(b)));
}

const char *truth_name(enum truth truth)
{
	switch (truth) {
	case TRUTH_UNKNOWN:
		return "unknown";
	case TRUTH_FALSE:
		return "false";
	case TRUTH_TRUE:
		return "true";
	case TRUTH_PENDING:
		return "pending";
	}
	return "unknown";
}

/* As in all lists of a policy, a lone star is anything, slashes too. */
static bool matches(const char *pattern, const char *text)
{
	return strcmp(pattern, "*") == 0 || text_matches(pattern, text);
}

static bool equals(const struct predicate *comparison, const struct operand *operand)
{
	switch (comparison->path.meaning.type) {
	case VALUE_TEXT:
		return matches(comparison->value, operand->text);
	case VALUE_NUMBER:
		return operand->number == comparison->literal.number;
	case VALUE_FLAG:
		return operand->flag == comparison->literal.flag;
	case VALUE_WHOLE:
		break;
	}
	return false;
}

/* -1 is mostly dockerd's word for "no limit", which is not less than anything. */
static enum truth compare_order(const struct predicate *comparison, long long number)
{
	const long long bound = comparison->literal.number;

	if (number < 0 && !comparison->path.meaning.negative_counts)
		return TRUTH_UNKNOWN;
	switch (comparison->comparison) {
	case COMPARISON_LESS:
		return truth_of(number < bound);
	case COMPARISON_AT_MOST:
		return truth_of(number <= bound);
	case COMPARISON_MORE:
		return truth_of(number > bound);
	case COMPARISON_AT_LEAST:
		return truth_of(number >= bound);
	case COMPARISON_EQUAL:
	case COMPARISON_DIFFERENT:
	case COMPARISON_UNDER:
	case COMPARISON_IMAGE:
	case COMPARISON_IN:
	case COMPARISON_PRESENT:
	case COMPARISON_ABSENT:
		break;
	}
	return TRUTH_UNKNOWN;
}

static bool is_at_or_below(const char *path, const char *directory)
{
	const size_t len = strlen(directory);

	if (strcmp(directory, "/") == 0)
		return true;
	return strncmp(path, directory, len) == 0 && (path[len] == '\0' || path[len] == '/');
}

/* A volume's name is no path, and under none. Of "source:target:mode" only the source is the host's. */
static enum truth compare_under(struct evaluation *evaluation, const struct predicate *comparison,
                                const char *text)
{
	const char *clean;
	struct error error;
	struct bind bind;

	if (comparison->literal.bind) {
		if (!spec_parse_bind(evaluation->arena, text, &bind, &error))
			return TRUTH_UNKNOWN;
		if (bind.source == NULL)
			return TRUTH_FALSE;
		text = bind.source;
	}
	clean = spec_clean_path(evaluation->arena, text);
	if (clean != NULL)
		return truth_of(is_at_or_below(clean, comparison->value));
	return spec_is_name(text) ? TRUTH_FALSE : TRUTH_UNKNOWN;
}

/* "10.0.0.1", "10.0.0.0/8", "10.0.0.1:5311", "[fd00::1]:5311" */
static bool read_address(struct arena *arena, const char *text, struct cidr *range)
{
	const char *colon = strrchr(text, ':');
	const bool bracket = *text == '[';
	struct error error;
	char *host;

	if (cidr_parse(text, range, &error))
		return true;
	if (colon == NULL || (bracket && (colon == text || colon[-1] != ']')))
		return false;
	host = bracket ? arena_copy(arena, text + 1, (size_t)(colon - text) - 2)
	               : arena_copy(arena, text, (size_t)(colon - text));
	return host != NULL && cidr_parse(host, range, &error);
}

static enum truth compare_in(struct evaluation *evaluation, const struct predicate *comparison,
                             const char *text)
{
	struct cidr range;

	if (!read_address(evaluation->arena, text, &range))
		return TRUTH_UNKNOWN;
	return truth_of(cidr_holds_range(&comparison->literal.range, &range));
}

enum truth predicate_compare(struct evaluation *evaluation, const struct predicate *comparison,
                             const struct operand *operand)
{
	switch (comparison->comparison) {
	case COMPARISON_EQUAL:
		return truth_of(equals(comparison, operand));
	case COMPARISON_DIFFERENT:
		return truth_of(!equals(comparison, operand));
	case COMPARISON_LESS:
	case COMPARISON_AT_MOST:
	case COMPARISON_MORE:
	case COMPARISON_AT_LEAST:
		return compare_order(comparison, operand->number);
	case COMPARISON_UNDER:
		return compare_under(evaluation, comparison, operand->text);
	case COMPARISON_IMAGE:
		return predicate_compare_image(evaluation, comparison, operand->text);
	case COMPARISON_IN:
		return compare_in(evaluation, comparison, operand->text);
	case COMPARISON_PRESENT:
		return TRUTH_TRUE;
	case COMPARISON_ABSENT:
		return TRUTH_FALSE;
	}
	return TRUTH_UNKNOWN;
}
