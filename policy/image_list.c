/* What a pattern of images means, and whether one matches. The grammar is reference.c's with stars;
 * which images a request uses or names is the business of check_image.c and check_produce.c. */
#include "policy/image_list.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/reference.h"
#include "policy/text.h"

#include <stdio.h>
#include <string.h>

enum { NAME_MAX_LENGTH = 255, JOINED_SIZE = 512, FILLED_SIZE = 1024 };

static const char tenant_word[] = "$tenant";

enum { TENANT_WORD_LEN = sizeof tenant_word - 1 };

/* A pattern cut where a name's tag and digest would be. */
struct parts {
	char *name;
	const char *tag, *digest;
};

/* A tag's pattern has no "**": one star does, since a tag has no slash. */
static bool is_tag_pattern(const char *tag)
{
	size_t len = strlen(tag);

	return len > 0 && len <= 128 && strstr(tag, "**") == NULL &&
	       strspn(tag, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-*$") ==
	           len;
}

/* A colon is a registry's port. */
static bool is_name_pattern(const char *name)
{
	size_t len = strlen(name), first = strcspn(name, "/");

	return len > 0 && strchr(name + first, ':') == NULL && len <= NAME_MAX_LENGTH &&
	       name[0] != '/' && name[len - 1] != '/' && strstr(name, "//") == NULL &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_.-/*:$") == len;
}

static bool cut(char *text, struct parts *parts, struct error *error)
{
	char *at = strchr(text, '@');

	*parts = (struct parts){.name = text};
	if (at != NULL) {
		*at = '\0';
		parts->digest = at + 1;
		if (!reference_is_digest(parts->digest))
			return error_set(error,
			                 "has no digest like sha256:<64 hexadecimal digits> behind its '@'");
	}
	char *slash = strrchr(text, '/');
	char *colon = strchr(slash != NULL ? slash : text, ':');
	if (colon != NULL) {
		*colon = '\0';
		parts->tag = colon + 1;
		if (!is_tag_pattern(parts->tag))
			return error_set(error, "has no tag behind its ':'");
	}
	if (parts->tag != NULL && parts->digest != NULL)
		return error_set(error, "has a tag and a digest: a digest alone says which image it is");
	if (!is_name_pattern(parts->name))
		return error_set(error,
		                 "is no image name: it is made of lower-case letters, digits and _.-/ "
		                 "(and * in a pattern)");
	return true;
}

/* True when the first part of NAME, up to the slash at FIRST, is a registry or stands for any. */
static bool names_registry(const char *name, size_t first)
{
	if (name[first] != '/')
		return false;
	return name[0] == '*' || memchr(name, '.', first) != NULL || memchr(name, ':', first) != NULL ||
	       strncmp(name, "localhost/", strlen("localhost/")) == 0;
}

/* NAME with what dockerd fills in. "**" alone is every image, and so is "*". */
static const char *normalise(struct arena *arena, const char *name)
{
	size_t first = strcspn(name, "/");
	const char *path = name;

	if (strcmp(name, "*") == 0 || strcmp(name, "**") == 0)
		return "**";
	if (names_registry(name, first)) {
		if (!text_starts_with(name, "docker.io/") && !text_starts_with(name, "index.docker.io/"))
			return arena_string(arena, name);
		path = name + first + 1;
	}
	bool official = strchr(path, '/') == NULL && strstr(path, "**") == NULL;
	return arena_format(arena, "docker.io/%s%s", official ? "library/" : "", path);
}

static const char *read_pattern(struct arena *arena, const char *text,
                                enum image_pattern_kind *kind, struct error *error)
{
	char *copy = arena_string(arena, text);
	const char *name, *pattern;
	struct parts parts;

	if (copy == NULL) {
		error_set(error, "out of memory");
		return NULL;
	}
	if (!cut(copy, &parts, error))
		return NULL;
	name = normalise(arena, parts.name);
	*kind = IMAGE_PATTERN_NAME;
	pattern = name;
	if (name != NULL && parts.tag != NULL) {
		*kind = IMAGE_PATTERN_TAG;
		pattern = arena_format(arena, "%s:%s", name, parts.tag);
	}
	if (name != NULL && parts.digest != NULL) {
		*kind = IMAGE_PATTERN_DIGEST;
		pattern = arena_format(arena, "%s@%s", name, parts.digest);
	}
	if (pattern == NULL)
		error_set(error, "out of memory");
	return pattern;
}

const char *image_pattern_read(struct arena *arena, const char *text, enum image_pattern_kind *kind,
                               struct error *error)
{
	if (strchr(text, '$') == NULL)
		return read_pattern(arena, text, kind, error);
	error_set(error, "is no image name: it has a dollar sign");
	return NULL;
}

/* True when $tenant begins at AT and the word ends with it. */
static bool is_tenant_word(const char *at)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";

	return text_starts_with(at, tenant_word) && strspn(at + TENANT_WORD_LEN, letters) == 0;
}

const char *image_pattern_read_own(struct arena *arena, const char *text,
                                   enum image_pattern_kind *kind, struct error *error)
{
	for (const char *at = strchr(text, '$'); at != NULL; at = strchr(at + 1, '$')) {
		if (is_tenant_word(at))
			continue;
		error_set(error, "has a dollar sign, and the only variable of an image is $tenant");
		return NULL;
	}
	return read_pattern(arena, text, kind, error);
}

/* PATTERN with TENANT in place of the word; false when that has no room. */
static bool fill_in(const char *pattern, const char *tenant, char *filled, size_t size)
{
	size_t used = 0;

	while (*pattern != '\0') {
		bool is_word = *pattern == '$';
		const char *put = is_word ? tenant : pattern;
		size_t len = is_word ? strlen(tenant) : strcspn(pattern, "$");

		if (len >= size - used)
			return false;
		memcpy(filled + used, put, len);
		used += len;
		pattern += is_word ? TENANT_WORD_LEN : len;
	}
	filled[used] = '\0';
	return true;
}

bool image_pattern_is_own(struct arena *arena, const char *pattern, const char **star)
{
	char filled[FILLED_SIZE];

	*star = NULL;
	if (strchr(pattern, '$') == NULL)
		return false;
	if (fill_in(pattern, "*", filled, sizeof filled))
		*star = arena_string(arena, filled);
	return true;
}

/* A tenant's name has nothing in it that means something in a pattern. */
static bool has_own(const struct own_patterns *own, const char *tenant, const char *value)
{
	char filled[FILLED_SIZE];

	if (*tenant == '\0' || own->stars.count == 0)
		return false;
	for (size_t i = patterns_next(&own->stars, value, 0); i < own->stars.count;
	     i = patterns_next(&own->stars, value, i + 1)) {
		if (fill_in(own->texts[i], tenant, filled, sizeof filled) && text_matches(filled, value))
			return true;
	}
	return false;
}

static bool matches(const struct patterns *patterns, const struct own_patterns *own,
                    const char *tenant, const char *value)
{
	return patterns_match(patterns, value) < patterns->count || has_own(own, tenant, value);
}

/* NAME, SIGN and VALUE in one, in JOINED; false when there is no VALUE, or no room. A star of a name's part cannot
 * reach into the value: SIGN stands in both texts once behind the last slash. */
static bool join(const char *name, char sign, const char *value, char joined[JOINED_SIZE])
{
	int len = value != NULL ? snprintf(joined, JOINED_SIZE, "%s%c%s", name, sign, value) : -1;

	return len > 0 && len < JOINED_SIZE;
}

bool image_list_has(const struct image_list *list, const char *tenant,
                    const struct image_name *image)
{
	const struct own_patterns *own = list->own;
	char joined[JOINED_SIZE];

	return matches(&list->names, &own[IMAGE_PATTERN_NAME], tenant, image->name) ||
	       (join(image->name, ':', image->tag, joined) &&
	        matches(&list->tagged, &own[IMAGE_PATTERN_TAG], tenant, joined)) ||
	       (join(image->name, '@', image->digest, joined) &&
	        matches(&list->digests, &own[IMAGE_PATTERN_DIGEST], tenant, joined));
}

bool image_list_may_name(const struct image_list *list, const char *tenant)
{
	const struct own_patterns *own = list->own;
	size_t owned = own[IMAGE_PATTERN_NAME].stars.count + own[IMAGE_PATTERN_TAG].stars.count;

	return list->names.count + list->tagged.count > 0 || (*tenant != '\0' && owned > 0);
}
