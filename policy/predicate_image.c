/* Images in predicates: a pattern names them as people do, and dockerd's normalisation is applied to both sides. */
#include "policy/predicate_parts.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/image_list.h"
#include "policy/reference.h"
#include "policy/text.h"

#include <stddef.h>

bool predicate_read_image(struct arena *arena, struct predicate *comparison, struct error *error)
{
	struct error why = {.text = ""};
	const char *pattern =
		image_pattern_read(arena, comparison->value, &comparison->literal.image.kind, &why);

	comparison->literal.image.pattern = pattern;
	if (pattern != NULL)
		return true;
	return error_set(error,
	                 "at character %zu: `image` wants a name like registry.example/team/*: "
	                 "'%s' %s",
	                 comparison->at, text_printable(arena, comparison->value, 100), why.text);
}

/* What REFERENCE is compared by. A digest says which image it is, whatever tag stands beside it; NULL: that is not
 * known, or there is no memory. */
static const char *shown_as(struct arena *arena, enum image_pattern_kind kind,
                            const struct reference *reference)
{
	switch (kind) {
	case IMAGE_PATTERN_NAME:
		return reference->name;
	case IMAGE_PATTERN_TAG:
		if (reference->digest != NULL)
			return NULL;
		return arena_format(arena, "%s:%s", reference->name,
		                    reference->tag != NULL ? reference->tag : "latest");
	case IMAGE_PATTERN_DIGEST:
		if (reference->digest == NULL)
			return NULL;
		return arena_format(arena, "%s@%s", reference->name, reference->digest);
	}
	return NULL;
}

/* What could be the id of any image is an image of no name. */
enum truth predicate_compare_image(struct evaluation *evaluation,
                                   const struct predicate *comparison, const char *text)
{
	struct reference reference;
	struct error error;
	const char *shown;

	if (!reference_parse(evaluation->arena, text, &reference, &error) || reference.maybe_id)
		return TRUTH_UNKNOWN;
	shown = shown_as(evaluation->arena, comparison->literal.image.kind, &reference);
	if (shown == NULL)
		return TRUTH_UNKNOWN;
	return text_matches(comparison->literal.image.pattern, shown) ? TRUTH_TRUE : TRUTH_FALSE;
}
