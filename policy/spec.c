/* Reads the strings that dockerd splits at colons and commas. Judges nothing and looks nothing
 * up. */
#include "policy/spec.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/text.h"

#include <stddef.h>
#include <string.h>

enum { PARTS_MAX = 3, PORT_MAX = 65535, PORT_TEXT_SIZE = 8 };

struct parts {
	char *part[PARTS_MAX];
	size_t count;
};

/* Splits at every colon, into at most MOST parts. */
static bool split_at_colons(struct arena *arena, const char *text, size_t most, struct parts *parts,
                            struct error *error)
{
	char *rest = arena_string(arena, text);

	*parts = (struct parts){.count = 0};
	if (rest == NULL) {
		error_set(error, "out of memory");
		return false;
	}
	while (parts->count < most) {
		char *colon = strchr(rest, ':');

		parts->part[parts->count++] = rest;
		if (colon == NULL)
			return true;
		*colon = '\0';
		rest = colon + 1;
	}
	error_set(error, "has more than %zu parts", most);
	return false;
}

bool spec_parse_propagation(const char *text, enum propagation *propagation)
{
	static const struct {
		const char *word;
		enum propagation means;
	} words[] = {
		{"", PROPAGATION_NONE},
		{"private", PROPAGATION_PRIVATE},
		{"rprivate", PROPAGATION_PRIVATE},
		{"slave", PROPAGATION_SLAVE},
		{"rslave", PROPAGATION_SLAVE},
		{"shared", PROPAGATION_SHARED},
		{"rshared", PROPAGATION_SHARED},
	};
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (strcmp(text, words[i].word) == 0) {
			*propagation = words[i].means;
			return true;
		}
	}
	return false;
}

/* How often each kind of word was seen; dockerd allows each kind once. */
struct mode_counts {
	unsigned access, label, copy, consistency, propagation;
};

static bool is_consistency(const char *word)
{
	return strcmp(word, "consistent") == 0 || strcmp(word, "cached") == 0 ||
	       strcmp(word, "delegated") == 0;
}

static bool parse_mode_word(const char *word, struct mount_mode *mode, struct mode_counts *counts)
{
	if (strcmp(word, "ro") == 0 || strcmp(word, "rw") == 0) {
		mode->read_only = word[1] == 'o';
		return counts->access++ == 0;
	}
	if (strcmp(word, "z") == 0 || strcmp(word, "Z") == 0) {
		mode->relabel = true;
		return counts->label++ == 0;
	}
	if (strcmp(word, "nocopy") == 0) {
		mode->no_copy = true;
		return counts->copy++ == 0;
	}
	if (is_consistency(word))
		return counts->consistency++ == 0;
	mode->propagation_word = word;
	return word[0] != '\0' && spec_parse_propagation(word, &mode->propagation) &&
	       counts->propagation++ == 0;
}

/* Reads "ro,z,rslave". An empty mode is the default one; an empty word is not a word. */
static bool parse_mode(struct arena *arena, const char *text, struct mount_mode *mode)
{
	struct mode_counts counts = {0};
	char *word = arena_string(arena, text);

	*mode = (struct mount_mode){0};
	if (word == NULL || *word == '\0')
		return word != NULL;
	for (;;) {
		char *comma = strchr(word, ',');
		if (comma != NULL)
			*comma = '\0';
		if (!parse_mode_word(word, mode, &counts))
			return false;
		if (comma == NULL)
			return true;
		word = comma + 1;
	}
}

static bool take_source(struct arena *arena, const char *source, struct bind *bind,
                        struct error *error)
{
	if (*source == '/') {
		bind->source = spec_clean_path(arena, source);
		return bind->source != NULL || error_set(error, "out of memory");
	}
	if (!spec_is_name(source))
		return error_set(error, "names neither an absolute path nor a volume");
	bind->source = source;
	return true;
}

bool spec_parse_bind(struct arena *arena, const char *text, struct bind *bind, struct error *error)
{
	struct parts parts;

	*bind = (struct bind){0};
	if (!split_at_colons(arena, text, PARTS_MAX, &parts, error))
		return false;
	bind->target = parts.part[parts.count > 1 ? 1 : 0];
	if (*bind->target != '/')
		return error_set(error, "has no absolute path inside the container");
	if (parts.count == 3) {
		bind->mode_text = parts.part[2];
		if (!parse_mode(arena, bind->mode_text, &bind->mode))
			return error_set(error, "has an unknown mode");
	}
	return parts.count == 1 || take_source(arena, parts.part[0], bind, error);
}

bool spec_parse_volumes_from(struct arena *arena, const char *text, struct volumes_from *from,
                             struct error *error)
{
	struct parts parts;

	*from = (struct volumes_from){0};
	if (!split_at_colons(arena, text, 2, &parts, error))
		return false;
	from->container = spec_container_name(parts.part[0]);
	if (!spec_is_name(from->container))
		return error_set(error, "names no container");
	if (parts.count == 1)
		return true;
	from->mode_text = parts.part[1];
	if (!parse_mode(arena, from->mode_text, &from->mode) || from->mode.no_copy ||
	    from->mode.propagation != PROPAGATION_NONE)
		return error_set(error, "has an unknown mode");
	return true;
}

/* "/web:/db/web" is how the daemon itself prints a link: the alias is the last component. */
bool spec_parse_link(struct arena *arena, const char *text, struct link *link, struct error *error)
{
	struct parts parts;

	*link = (struct link){0};
	if (!split_at_colons(arena, text, 2, &parts, error))
		return false;
	const char *alias = parts.part[parts.count - 1];
	const char *slash = strrchr(alias, '/');
	link->container = spec_container_name(parts.part[0]);
	link->alias = slash != NULL ? slash + 1 : alias;
	if (!spec_is_name(link->container))
		return error_set(error, "names no container");
	if (!spec_is_name(link->alias))
		return error_set(error, "has no alias");
	return true;
}

static bool parse_port(const char *text, size_t len, unsigned *port)
{
	char digits[PORT_TEXT_SIZE] = "";
	unsigned long long number;

	if (len >= sizeof digits)
		return false;
	memcpy(digits, text, len);
	if (!text_to_number(digits, PORT_MAX, &number))
		return false;
	*port = (unsigned)number;
	return true;
}

bool spec_parse_host_port(const char *text, struct port_range *range)
{
	size_t len = strcspn(text, "-");

	*range = (struct port_range){0, 0};
	if (*text == '\0')
		return true;
	if (!parse_port(text, len, &range->first))
		return false;
	if (text[len] == '\0') {
		range->last = range->first;
		return true;
	}
	return range->first > 0 && parse_port(text + len + 1, strlen(text + len + 1), &range->last) &&
	       range->last >= range->first;
}

const char *spec_mode_container(const char *mode)
{
	static const char prefix[] = "container:";

	if (!text_starts_with(mode, prefix))
		return NULL;
	return spec_container_name(mode + strlen(prefix));
}

bool spec_mode_is_network(const char *mode)
{
	static const char *const words[] = {"", "default", "none", "bridge", "host"};

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (strcmp(mode, words[i]) == 0)
			return false;
	}
	return spec_mode_container(mode) == NULL;
}

const char *spec_container_name(const char *name)
{
	return *name == '/' ? name + 1 : name;
}

/* Takes the last component off CLEAN, which is LEN long and holds "/a/b"; the new length. */
static size_t drop_component(const char *clean, size_t len)
{
	while (len > 0 && clean[len - 1] != '/')
		len--;
	return len > 0 ? len - 1 : 0;
}

const char *spec_clean_path(struct arena *arena, const char *path)
{
	size_t used = 0;

	if (*path != '/')
		return NULL;
	char *clean = arena_alloc(arena, strlen(path) + 1);
	while (clean != NULL && *path != '\0') {
		path += strspn(path, "/");
		size_t len = strcspn(path, "/");
		if (len == 2 && path[0] == '.' && path[1] == '.') {
			used = drop_component(clean, used);
		} else if (len > 0 && !(len == 1 && path[0] == '.')) {
			clean[used++] = '/';
			memcpy(clean + used, path, len);
			used += len;
		}
		path += len;
	}
	if (clean == NULL)
		return NULL;
	if (used == 0)
		clean[used++] = '/';
	clean[used] = '\0';
	return clean;
}

bool spec_is_inside(const char *path)
{
	size_t depth = 0;

	if (*path == '/')
		return false;
	while (*path != '\0') {
		size_t len = strcspn(path, "/");

		if (len == 2 && strncmp(path, "..", len) == 0) {
			if (depth == 0)
				return false;
			depth--;
		} else if (len > 1 || (len == 1 && *path != '.')) {
			depth++;
		}
		path += len;
		path += *path == '/' ? 1 : 0;
	}
	return true;
}

bool spec_is_name(const char *name)
{
	static const char alnum[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

	if (*name == '\0' || strchr(alnum, *name) == NULL)
		return false;
	for (; *name != '\0'; name++) {
		if (strchr(alnum, *name) == NULL && strchr("_.-", *name) == NULL)
			return false;
	}
	return true;
}
