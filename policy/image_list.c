/* What a pattern of images means, and whether one matches. The grammar is reference.c's with stars;
 * which images a request uses or names is the business of check_image.c and check_produce.c. */
#include "policy/image_list.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/reference.h"
#include "policy/text.h"

#include <stdio.h>
#include <string.h>

enum { NAME_MAX_LENGTH = 255, JOINED_SIZE = 512 };

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
	       strspn(tag, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-*") == len;
}

/* A colon is a registry's port. */
static bool is_name_pattern(const char *name)
{
	size_t len = strlen(name), first = strcspn(name, "/");

	return len > 0 && strchr(name + first, ':') == NULL && len <= NAME_MAX_LENGTH &&
	       name[0] != '/' && name[len - 1] != '/' && strstr(name, "//") == NULL &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_.-/*:") == len;
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

const char *image_pattern_read(struct arena *arena, const char *text, enum image_pattern_kind *kind,
                               struct error *error)
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

/* True when one of PATTERNS matches NAME, SIGN and VALUE in one. A star of the name's part cannot reach
 * into the value: SIGN stands in both texts once behind the last slash. */
static bool has_joined(const struct patterns *patterns, const char *name, char sign,
                       const char *value)
{
	char joined[JOINED_SIZE];
	int len;

	if (value == NULL || patterns->count == 0)
		return false;
	len = snprintf(joined, sizeof joined, "%s%c%s", name, sign, value);
	return len > 0 && (size_t)len < sizeof joined &&
	       patterns_match(patterns, joined) < patterns->count;
}

bool image_list_has(const struct image_list *list, const struct image_name *image)
{
	return patterns_match(&list->names, image->name) < list->names.count ||
	       has_joined(&list->tagged, image->name, ':', image->tag) ||
	       has_joined(&list->digests, image->name, '@', image->digest);
}
