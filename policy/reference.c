/* Normalises image references. Knows the grammar of distribution's reference package and the
 * aliases of Docker Hub; knows nothing of registries, policies or images that exist. */
#include "policy/reference.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/text.h"

#include <stddef.h>
#include <string.h>

enum { NAME_LENGTH_MAX = 255, TAG_LENGTH_MAX = 128 };

static bool is_lower_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_alnum(char c)
{
	return is_lower_alnum(c) || (c >= 'A' && c <= 'Z');
}

/* [A-Za-z0-9] with dashes inside only. */
static bool is_domain_label(const char *label, size_t len)
{
	if (len == 0 || label[0] == '-' || label[len - 1] == '-')
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!is_alnum(label[i]) && label[i] != '-')
			return false;
	}
	return true;
}

/* Labels joined by dots, then perhaps ":port". */
static bool is_domain(const char *domain, size_t len)
{
	const char *colon = memchr(domain, ':', len);
	size_t host = colon != NULL ? (size_t)(colon - domain) : len;
	size_t start = 0;

	if (colon != NULL && host + 1 == len)
		return false;
	for (size_t i = host + 1; i < len; i++) {
		if (domain[i] < '0' || domain[i] > '9')
			return false;
	}
	for (size_t i = 0; i <= host; i++) {
		if (i < host && domain[i] != '.')
			continue;
		if (!is_domain_label(domain + start, i - start))
			return false;
		start = i + 1;
	}
	return true;
}

/* The length of a separator inside a path component: one of . _ __ or any run of dashes; 0 for
 * none. */
static size_t separator_length(const char *text, size_t len)
{
	size_t dashes = 0;

	if (len > 1 && text[0] == '_' && text[1] == '_')
		return 2;
	if (len > 0 && (text[0] == '.' || text[0] == '_'))
		return 1;
	while (dashes < len && text[dashes] == '-')
		dashes++;
	return dashes;
}

/* Runs of lower-case letters and digits with separators between them, nowhere else. */
static bool is_path_component(const char *text, size_t len)
{
	size_t i = 0;

	for (;;) {
		size_t start = i;
		while (i < len && is_lower_alnum(text[i]))
			i++;
		if (i == start)
			return false;
		if (i == len)
			return true;
		size_t separator = separator_length(text + i, len - i);
		if (separator == 0)
			return false;
		i += separator;
	}
}

static bool is_path(const char *path)
{
	for (;;) {
		size_t len = strcspn(path, "/");
		if (!is_path_component(path, len))
			return false;
		if (path[len] == '\0')
			return true;
		path += len + 1;
	}
}

static bool is_tag(const char *tag)
{
	size_t len = strlen(tag);

	if (len == 0 || len > TAG_LENGTH_MAX || tag[0] == '.' || tag[0] == '-')
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!is_alnum(tag[i]) && strchr("_.-", tag[i]) == NULL)
			return false;
	}
	return true;
}

bool reference_is_digest(const char *digest)
{
	static const struct {
		const char *prefix;
		size_t hex_length;
	} algorithms[] = {{"sha256:", 64}, {"sha384:", 96}, {"sha512:", 128}};
	for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++) {
		const char *hex = digest + strlen(algorithms[i].prefix);
		if (text_starts_with(digest, algorithms[i].prefix))
			return strlen(hex) == algorithms[i].hex_length && text_is_lower_hex(hex);
	}
	return false;
}

/* Where a name has no slash, no tag and no digest, dockerd also searches image ids by prefix. */
static bool could_be_id(const char *text)
{
	if (strchr(text, '/') != NULL)
		return false;
	if (text_starts_with(text, "sha256:") || text_starts_with(text, "sha384:") ||
	    text_starts_with(text, "sha512:"))
		return true;
	return text_is_lower_hex(text);
}

/* Cuts "@digest" and ":tag" off the end of TEXT. A colon before the last slash belongs to a
 * port. */
static bool cut_tag_and_digest(char *text, struct reference *reference)
{
	char *at = strchr(text, '@');

	if (at != NULL) {
		*at = '\0';
		reference->digest = at + 1;
		if (!reference_is_digest(reference->digest))
			return false;
	}
	char *slash = strrchr(text, '/');
	char *colon = strchr(slash != NULL ? slash : text, ':');
	if (colon != NULL) {
		*colon = '\0';
		reference->tag = colon + 1;
		if (!is_tag(reference->tag))
			return false;
	}
	return true;
}

/* The registry of TEXT, whose first component is FIRST bytes long; Docker Hub unless it looks
 * like a host. */
static bool has_domain(const char *text, size_t first)
{
	if (text[first] != '/')
		return false;
	return memchr(text, '.', first) != NULL || memchr(text, ':', first) != NULL ||
	       (first == strlen("localhost") && strncmp(text, "localhost", first) == 0);
}

static const char *normalised_name(struct arena *arena, const char *text, struct error *error)
{
	size_t first = strcspn(text, "/");
	bool domain_given = has_domain(text, first);
	const char *path = domain_given ? text + first + 1 : text;
	const char *domain = domain_given ? arena_copy(arena, text, first) : "docker.io";
	const char *library = "";

	if (domain == NULL) {
		error_set(error, "out of memory");
		return NULL;
	}
	if (!is_domain(domain, strlen(domain)) || !is_path(path)) {
		error_set(error, "is no image reference");
		return NULL;
	}
	if (strcmp(domain, "index.docker.io") == 0)
		domain = "docker.io";
	if (strcmp(domain, "docker.io") == 0 && strchr(path, '/') == NULL)
		library = "library/";
	const char *name = arena_format(arena, "%s/%s%s", domain, library, path);
	if (name == NULL) {
		error_set(error, "out of memory");
		return NULL;
	}
	if (strlen(name) > NAME_LENGTH_MAX) {
		error_set(error, "is longer than an image name may be");
		return NULL;
	}
	return name;
}

/* NAME without what is Docker Hub's by default; "library/" goes only before a single component. */
static const char *familiar_name(const char *name)
{
	if (!text_starts_with(name, "docker.io/"))
		return name;
	const char *path = name + strlen("docker.io/");
	const char *slash = strchr(path, '/');
	bool official = text_starts_with(path, "library/") && strchr(slash + 1, '/') == NULL;

	return official ? slash + 1 : path;
}

bool reference_parse(struct arena *arena, const char *text, struct reference *reference,
                     struct error *error)
{
	char *copy = arena_string(arena, text);

	*reference = (struct reference){.maybe_id = could_be_id(text)};
	if (copy == NULL)
		return error_set(error, "out of memory");
	if (!cut_tag_and_digest(copy, reference))
		return error_set(error, "is no image reference");
	reference->name = normalised_name(arena, copy, error);
	if (reference->name == NULL)
		return false;
	reference->familiar = familiar_name(reference->name);
	return true;
}

bool reference_add_tag(struct reference *reference, const char *tag)
{
	if (*tag == '\0')
		return true;
	if (reference_is_digest(tag)) {
		reference->digest = tag;
		reference->tag = NULL;
		return true;
	}
	reference->tag = tag;
	return is_tag(tag);
}

const char *reference_tagged(struct arena *arena, const struct reference *reference)
{
	return arena_format(arena, "%s:%s", reference->familiar,
	                    reference->tag != NULL ? reference->tag : "latest");
}
