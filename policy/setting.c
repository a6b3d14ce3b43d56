/* Owns the ways from a libconfig setting to a checked value, and what is said when that fails.
 * Which settings there are, and what they mean, is in the tables of load_policy.c and
 * load_clients.c.
 *
 * libconfig notes a line for each setting: for a named one that of its name, for a string in a
 * list that of the token behind it, so that the last string of a list may be told a line too
 * late. */
#include "policy/setting.h"

#include "policy/arena.h"
#include "policy/problems.h"
#include "policy/text.h"

#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { PATH_TEXT_SIZE = 256, PROBLEM_TEXT_SIZE = 1024 };

struct place setting_place(struct loader *loader, const config_setting_t *setting)
{
	const char *file = config_setting_source_file(setting);

	/* The tree dies before the policies do. */
	return (struct place){
		.file = file == NULL ? loader->file : arena_string(loader->arena, file),
		.line = config_setting_source_line(setting),
	};
}

/* "policies.ci.container.binds[0].source" */
static size_t print_path(const config_setting_t *setting, char *out, size_t size)
{
	const config_setting_t *parent = config_setting_parent(setting);
	const char *name = config_setting_name(setting);
	size_t len;
	int more;

	out[0] = '\0';
	if (parent == NULL)
		return 0;
	len = print_path(parent, out, size);
	if (name == NULL)
		more = snprintf(out + len, size - len, "[%d]", config_setting_index(setting));
	else
		more = snprintf(out + len, size - len, "%s%s", len > 0 ? "." : "", name);
	if (more < 0)
		return len;
	return (size_t)more >= size - len ? size - 1 : len + (size_t)more;
}

bool setting_problem(struct loader *loader, const config_setting_t *setting, const char *format,
                     ...)
{
	char path[PATH_TEXT_SIZE];
	char text[PROBLEM_TEXT_SIZE];
	va_list arguments;

	va_start(arguments, format);
	if (vsnprintf(text, sizeof text, format, arguments) < 0)
		text[0] = '\0';
	va_end(arguments);
	if (print_path(setting, path, sizeof path) == 0)
		return problems_add(loader->problems, setting_place(loader, setting), "%s", text);
	return problems_add(loader->problems, setting_place(loader, setting), "%s: %s", path, text);
}

bool setting_exhausted(struct loader *loader, const config_setting_t *setting)
{
	return setting_problem(loader, setting, "the policies need too much memory");
}

const char *setting_type_name(const config_setting_t *setting)
{
	switch (config_setting_type(setting)) {
	case CONFIG_TYPE_GROUP:
		return "a group";
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
		return "a whole number";
	case CONFIG_TYPE_FLOAT:
		return "a fraction";
	case CONFIG_TYPE_STRING:
		return "a string";
	case CONFIG_TYPE_BOOL:
		return "true or false";
	case CONFIG_TYPE_ARRAY:
		return "an array [ ... ]";
	case CONFIG_TYPE_LIST:
		return "a list ( ... )";
	default: /* libconfig's types are no enum */
		return "nothing";
	}
}

const char *setting_suggestion(struct loader *loader, const char *name, const char *const *names,
                               size_t count)
{
	const char *found = text_nearest(name, names, count);
	const char *text;

	if (found == NULL)
		return "";
	text = arena_format(loader->arena, " (did you mean '%s'?)", found);
	return text == NULL ? "" : text;
}

/* Quoted text goes into messages that a terminal shows. */
static const char *shown(struct loader *loader, const char *value)
{
	return text_printable(loader->arena, value, 100);
}

const char *setting_text(struct loader *loader, const config_setting_t *setting)
{
	const char *text = config_setting_get_string(setting);

	if (config_setting_type(setting) != CONFIG_TYPE_STRING || text == NULL) {
		setting_problem(loader, setting, "must be a string, not %s", setting_type_name(setting));
		return NULL;
	}
	if (*text == '\0') {
		setting_problem(loader, setting, "must not be empty");
		return NULL;
	}
	if (!text_is_utf8(text, strlen(text))) {
		setting_problem(loader, setting, "is not UTF-8");
		return NULL;
	}
	return text;
}

const char *keep_word(struct loader *loader, const struct key *key, const config_setting_t *setting,
                      const char *value)
{
	size_t count = 0;

	for (; key->words[count] != NULL; count++) {
		if (strcmp(key->words[count], value) == 0)
			return key->words[count];
	}
	if (strcmp(value, "*") == 0)
		return "*";
	setting_problem(loader, setting, "unknown value '%s'%s", shown(loader, value),
	                setting_suggestion(loader, value, key->words, count));
	return NULL;
}

/* What KEY keeps of the string SETTING, in the arena; NULL when it was refused. */
static const char *read_text(struct loader *loader, const struct key *key,
                             const config_setting_t *setting)
{
	const char *text = setting_text(loader, setting);
	const char *kept;

	if (text == NULL)
		return NULL;
	if (key->keep != NULL)
		return key->keep(loader, key, setting, text);
	kept = arena_string(loader->arena, text);
	if (kept == NULL)
		setting_exhausted(loader, setting);
	return kept;
}

static void read_flag(struct loader *loader, const config_setting_t *setting, struct flag *flag)
{
	if (config_setting_type(setting) != CONFIG_TYPE_BOOL) {
		setting_problem(loader, setting, "must be true or false, not %s",
		                setting_type_name(setting));
		return;
	}
	flag->on = config_setting_get_bool(setting) == CONFIG_TRUE;
	flag->place = setting_place(loader, setting);
}

bool setting_list_length(struct loader *loader, const config_setting_t *setting, size_t *len)
{
	if (!config_setting_is_array(setting) && !config_setting_is_list(setting))
		return setting_problem(loader, setting, "must be a list, not %s",
		                       setting_type_name(setting));
	*len = (size_t)config_setting_length(setting);
	return true;
}

/* A list that was written replaces what was inherited, even when it is empty. */
static void read_patterns(struct loader *loader, const struct key *key,
                          const config_setting_t *setting, struct patterns *patterns)
{
	struct patterns fresh = {.place = setting_place(loader, setting)};
	size_t len = 0;

	if (!setting_list_length(loader, setting, &len))
		return;
	fresh.list = arena_calloc(loader->arena, len, sizeof *fresh.list);
	fresh.places = arena_calloc(loader->arena, len, sizeof *fresh.places);
	if (fresh.list == NULL || fresh.places == NULL) {
		setting_exhausted(loader, setting);
		return;
	}
	for (size_t i = 0; i < len; i++) {
		const config_setting_t *element = config_setting_get_elem(setting, (unsigned)i);
		const char *kept = read_text(loader, key, element);

		if (kept == NULL)
			continue;
		fresh.list[fresh.count] = kept;
		fresh.places[fresh.count] = setting_place(loader, element);
		fresh.count++;
	}
	if (!patterns_compile(loader->arena, &fresh))
		setting_exhausted(loader, setting);
	*patterns = fresh;
}

void *setting_read_list(struct loader *loader, const config_setting_t *setting, size_t size,
                        read_element_fn *read, size_t *count)
{
	size_t len = 0;
	char *list;

	*count = 0;
	if (!setting_list_length(loader, setting, &len))
		return NULL;
	list = arena_calloc(loader->arena, len, size);
	if (list == NULL) {
		setting_exhausted(loader, setting);
		return NULL;
	}
	for (size_t i = 0; i < len; i++) {
		if (read(loader, config_setting_get_elem(setting, (unsigned)i), list + *count * size))
			++*count;
	}
	return list;
}

/* The largest number is the system's word for "no user". */
static void read_number(struct loader *loader, const config_setting_t *setting,
                        struct number_setting *number)
{
	int type = config_setting_type(setting);
	long long value = config_setting_get_int64(setting);

	if (type != CONFIG_TYPE_INT && type != CONFIG_TYPE_INT64) {
		setting_problem(loader, setting, "must be a whole number, not %s",
		                setting_type_name(setting));
	} else if (value < 0 || value >= UINT32_MAX) {
		setting_problem(loader, setting, "must be from 0 to %u", UINT32_MAX - 1);
	} else {
		number->given = true;
		number->number = (unsigned)value;
	}
}

static const struct key *find_key(const struct keys *keys, const char *name)
{
	for (size_t i = 0; i < keys->count; i++) {
		if (strcmp(keys->list[i].name, name) == 0)
			return &keys->list[i];
	}
	return NULL;
}

static void report_unknown(struct loader *loader, const config_setting_t *setting,
                           const struct keys *keys)
{
	const char **names = arena_calloc(loader->arena, keys->count, sizeof *names);
	const char *name = config_setting_name(setting);

	for (size_t i = 0; names != NULL && i < keys->count; i++)
		names[i] = keys->list[i].name;
	setting_problem(loader, setting, "unknown setting%s",
	                names == NULL ? "" : setting_suggestion(loader, name, names, keys->count));
}

static void read_key(struct loader *loader, const config_setting_t *setting, const struct key *key,
                     void *target)
{
	void *member = (char *)target + key->offset;

	switch (key->kind) {
	case KEY_ELSEWHERE:
		break;
	case KEY_READ:
		key->read(loader, key, setting, member);
		break;
	case KEY_FLAG:
		read_flag(loader, setting, member);
		break;
	case KEY_PATTERNS:
		read_patterns(loader, key, setting, member);
		break;
	case KEY_TEXT:
		*(const char **)member = read_text(loader, key, setting);
		break;
	case KEY_NUMBER:
		read_number(loader, setting, member);
		break;
	case KEY_GROUP:
		setting_read_group(loader, setting, key->keys, target);
		break;
	}
}

void setting_read_group(struct loader *loader, const config_setting_t *group,
                        const struct keys *keys, void *target)
{
	if (!config_setting_is_group(group)) {
		setting_problem(loader, group, "must be a group { ... }, not %s", setting_type_name(group));
		return;
	}
	for (int i = 0; i < config_setting_length(group); i++) {
		const config_setting_t *setting = config_setting_get_elem(group, (unsigned)i);
		const struct key *key = find_key(keys, config_setting_name(setting));

		if (key == NULL)
			report_unknown(loader, setting, keys);
		else
			read_key(loader, setting, key, target);
	}
}
