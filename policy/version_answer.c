/* Owns the rewriting of what the daemon says of its API versions. Everything else in these answers stays as it
 * is. */
#include "policy/version_answer.h"

#include "policy/arena.h"
#include "policy/json.h"
#include "policy/text.h"

#include <jansson.h>

enum { MINOR_MAX = 999 };

struct api_version version_from_text(const char *text)
{
	unsigned long long minor;

	if (text == NULL || !text_starts_with(text, "1.") ||
	    !text_to_number(text + 2, MINOR_MAX, &minor))
		return (struct api_version){0, 0};
	return (struct api_version){1, (unsigned)minor};
}

const char *version_capped(struct arena *arena, const char *text, struct api_version cap)
{
	if (api_version_compare(version_from_text(text), cap) <= 0)
		return text;
	return arena_format(arena, "%u.%u", cap.major, cap.minor);
}

/* Sets the member NAME of OBJECT to VERSION, as text. */
static bool set_version(struct arena *arena, json_t *object, const char *name,
                        struct api_version version)
{
	const char *text = arena_format(arena, "%u.%u", version.major, version.minor);

	return text != NULL && json_object_set_new(object, name, json_string(text)) == 0;
}

/* Where OBJECT names API versions at all. */
static bool cap_object(struct arena *arena, json_t *object, const struct api_range *range)
{
	struct api_version newest = version_from_text(json_member_string(object, "ApiVersion"));
	struct api_version oldest = version_from_text(json_member_string(object, "MinAPIVersion"));
	bool fine = true;

	if (api_version_compare(newest, range->newest) > 0)
		fine = set_version(arena, object, "ApiVersion", range->newest);
	if (oldest.major != 0 && api_version_compare(oldest, range->oldest) < 0)
		fine = fine && set_version(arena, object, "MinAPIVersion", range->oldest);
	return fine;
}

static bool cap_components(struct arena *arena, json_t *answer, const struct api_range *range)
{
	json_t *components = json_object_get(answer, "Components");

	for (size_t i = 0; i < json_array_size(components); i++) {
		if (!cap_object(arena, json_object_get(json_array_get(components, i), "Details"), range))
			return false;
	}
	return true;
}

const char *version_answer_cap(struct arena *arena, const char *bytes, size_t len,
                               const struct api_range *range, size_t *out_len)
{
	const struct json_limits limits = {.bytes = VERSION_ANSWER_LIMIT_BYTES,
	                                   .nodes = 2000,
	                                   .depth = 16};
	const char *text = NULL;
	json_t *answer = NULL;

	if (json_read(bytes, len, &limits, &answer, NULL) != JSON_FINE)
		return NULL;
	if (json_is_object(answer) && cap_object(arena, answer, range) &&
	    cap_components(arena, answer, range))
		text = json_print(arena, answer, out_len);
	json_decref(answer);
	return text;
}
