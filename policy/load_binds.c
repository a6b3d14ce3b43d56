/* Owns the rules of `container.binds`, and what the configuration tells of sockets. */
#include "policy/load_keys.h"
#include "policy/load_parts.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/text.h"
#include "policy/variables.h"

#include <string.h>

bool is_clean_path(const char *path)
{
	size_t len = strlen(path);

	if (path[0] != '/' || strstr(path, "//") != NULL)
		return false;
	if (strstr(path, "/./") != NULL || strstr(path, "/../") != NULL)
		return false;
	if (text_ends_with(path, "/.") || text_ends_with(path, "/.."))
		return false;
	return len == 1 || path[len - 1] != '/';
}

/* True for a directory that SOCKET is somewhere below. */
static bool holds(const char *path, const char *socket)
{
	size_t len = strlen(path);

	return strcmp(path, "/") == 0 || (strncmp(path, socket, len) == 0 && socket[len] == '/');
}

static bool check_bind_source(struct loader *loader, const config_setting_t *setting,
                              const char *source)
{
	const char *shown = text_printable(loader->arena, source, 100);
	struct error error;

	if (!is_clean_path(source))
		return setting_problem(loader, setting, "'%s' is not an absolute path in its shortest form",
		                       shown);
	if (strchr(source, '*') != NULL)
		return setting_problem(loader, setting,
		                       "'%s' is no pattern: it stands for itself and everything below it",
		                       shown);
	if (!variables_check(source, &error))
		return setting_problem(loader, setting, "'%s' %s", shown, error.text);
	if (holds(source, "/var/run/docker.sock") || holds(source, "/run/docker.sock"))
		return setting_problem(
			loader, setting,
			"'%s' holds the daemon's socket: who can mount it is root on the host; "
			"name a directory further down",
			shown);
	return true;
}

static const char *keep_bind_source(struct loader *loader, const struct key *key,
                                    const config_setting_t *setting, const char *value)
{
	const char *kept;

	(void)key;
	if (!check_bind_source(loader, setting, value))
		return NULL;
	kept = arena_string(loader->arena, value);
	if (kept == NULL)
		setting_exhausted(loader, setting);
	return kept;
}

static void read_propagation(struct loader *loader, const struct key *key,
                             const config_setting_t *setting, void *member)
{
	const char *text = setting_text(loader, setting);
	enum propagation *propagation = member;

	(void)key;
	if (text != NULL && (text[0] == 'r' || !spec_parse_propagation(text, propagation)))
		setting_problem(loader, setting, "must be \"private\", \"slave\" or \"shared\"");
}

struct bind_setting {
	const char *source;
	struct flag write;
	struct choice create;
	enum propagation propagation;
};

static const struct key bind_list[] = {
	{.name = "source",
     .kind = KEY_TEXT,
     .offset = offsetof(struct bind_setting, source),
     .keep = keep_bind_source},
	{.name = "write", .kind = KEY_FLAG, .offset = offsetof(struct bind_setting, write)},
	{.name = "create",
     .kind = KEY_READ,
     .offset = offsetof(struct bind_setting, create),
     .read = read_choice},
	{.name = "propagation",
     .kind = KEY_READ,
     .offset = offsetof(struct bind_setting, propagation),
     .read = read_propagation},
};
static const struct keys bind_keys = KEYS(bind_list);

/* A variable needs a pattern of what it may be for others; "$$" alone needs nothing but its dollar
 * sign. */
bool keep_listed_path(struct loader *loader, const char *source, bool write,
                      struct listed_path *rule)
{
	const char *pattern = variables_pattern(loader->arena, source);
	bool varies = variables_vary(source);

	rule->source = varies ? source : pattern;
	rule->everyone = varies ? pattern : NULL;
	rule->write = write;
	return pattern != NULL;
}

/* Where clients write only the source itself is mounted, so that making it harms nobody; below a source
 * that is read a missing directory would be written. */
static bool read_bind(struct loader *loader, const config_setting_t *setting, void *entry)
{
	struct bind_setting read = {.propagation = PROPAGATION_SLAVE};
	struct bind_rule *rule = entry;

	setting_read_group(loader, setting, &bind_keys, &read);
	if (config_setting_is_group(setting) && config_setting_get_member(setting, "source") == NULL)
		setting_problem(loader, setting, "a bind needs a source");
	if (read.source == NULL)
		return false;
	if (!keep_listed_path(loader, read.source, read.write.on, &rule->path))
		return setting_exhausted(loader, setting);
	rule->create = read.create.given ? read.create.on : read.write.on;
	rule->propagation = read.propagation;
	rule->place = setting_place(loader, setting);
	return true;
}

void read_binds(struct loader *loader, const struct key *key, const config_setting_t *setting,
                void *member)
{
	struct bind_rules fresh = {.place = setting_place(loader, setting)};

	(void)key;
	fresh.list = setting_read_list(loader, setting, sizeof *fresh.list, read_bind, &fresh.count);
	if (fresh.list != NULL)
		*(struct bind_rules *)member = fresh;
}

/* Whoever reads `upstream`, `listeners` and `control` judges them: what is no path is none here. */
static bool keep_path(struct loader *loader, const config_setting_t *setting,
                      struct socket_paths *paths)
{
	const char *text = NULL;

	if (setting != NULL)
		text = config_setting_get_string(setting);
	if (text == NULL || *text != '/')
		return true;
	paths->list[paths->count] = spec_clean_path(loader->arena, text);
	return paths->list[paths->count++] != NULL;
}

static bool keep_socket(struct loader *loader, const config_setting_t *group,
                        struct socket_paths *paths)
{
	return group == NULL || !config_setting_is_group(group) ||
	       keep_path(loader, config_setting_get_member(group, "socket"), paths);
}

bool socket_paths_read(struct loader *loader, const config_setting_t *root,
                       struct socket_paths *paths)
{
	const config_setting_t *listeners = config_setting_get_member(root, "listeners");
	bool fine = true;
	size_t len = 0;

	if (listeners != NULL && config_setting_is_list(listeners))
		len = (size_t)config_setting_length(listeners);
	paths->list = arena_calloc(loader->arena, len + 2, sizeof *paths->list);
	fine = paths->list != NULL &&
	       keep_socket(loader, config_setting_get_member(root, "upstream"), paths) &&
	       keep_path(loader, config_setting_get_member(root, "control"), paths);
	for (size_t i = 0; fine && i < len; i++)
		fine = keep_socket(loader, config_setting_get_elem(listeners, (unsigned)i), paths);
	return fine;
}
