/* What a policy would have to say. Entries are kept sorted, so that those of one setting, and settings of one group,
 * stand together. */
#include "policy/remedy.h"

#include "policy/arena.h"
#include "policy/builder.h"
#include "policy/danger.h"
#include "policy/generalise.h"
#include "policy/policy.h"
#include "policy/setting_names.h"
#include "policy/text.h"
#include "policy/trace.h"

#include <string.h>

enum { LINE_WIDTH = 80, TAB_WIDTH = 4, BIND_WIDTH = 32 };

struct remedy_entry {
	struct remedy_entry *next;
	const char *setting; /* "container.binds" */
	const char *value;   /* NULL for a flag, and for a list that may be empty */
	const char *example; /* of a pattern: one of the values that it stands for */
	bool write;
	size_t count;
};

/* ---- what lifts what ---- */

/* A star in a value would stand for more than itself, but for device rules, which are compared as they are. */
static bool can_be_listed(const char *setting, const char *value)
{
	if (value == NULL || *value == '\0')
		return false;
	if (strcmp(setting, "container.device_rules") == 0 ? strcmp(value, "*") == 0
	                                                   : strpbrk(value, "*$") != NULL)
		return false;
	return setting_accepts(setting, value);
}

bool remedy_exists(const struct objection *objection)
{
	if (objection->rule == NULL)
		return false;
	switch (setting_kind(objection->rule)) {
	case SETTING_FLAG:
		return true;
	case SETTING_LIST:
	case SETTING_BINDS:
		return can_be_listed(objection->rule, objection->value);
	case SETTING_OTHER:
		break;
	}
	return false;
}

static int compare_text(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}

static int compare(const struct remedy_entry *entry, const char *setting, const char *value)
{
	int order = strcmp(entry->setting, setting);

	return order != 0 ? order : compare_text(entry->value, value);
}

static struct remedy_entry *insert(struct remedy *remedy, struct remedy_entry **at,
                                   const char *setting, const char *value)
{
	struct remedy_entry *entry = arena_alloc(remedy->arena, sizeof *entry);

	if (entry == NULL)
		return NULL;
	entry->setting = arena_string(remedy->arena, setting);
	entry->value = value != NULL ? arena_string(remedy->arena, value) : NULL;
	if (entry->setting == NULL || (value != NULL && entry->value == NULL))
		return NULL;
	entry->next = *at;
	*at = entry;
	remedy->count++;
	return entry;
}

/* The entry for VALUE of SETTING, made when it is not there. NULL with no memory. */
static struct remedy_entry *entry_for(struct remedy *remedy, const char *setting, const char *value)
{
	struct remedy_entry **at = &remedy->first;

	while (*at != NULL && compare(*at, setting, value) < 0)
		at = &(*at)->next;
	if (*at != NULL && compare(*at, setting, value) == 0)
		return *at;
	return insert(remedy, at, setting, value);
}

bool remedy_add(struct remedy *remedy, const struct objection *objection, size_t count)
{
	struct remedy_entry *entry;

	if (!remedy_exists(objection))
		return false;
	entry = entry_for(remedy, objection->rule,
	                  setting_kind(objection->rule) == SETTING_FLAG ? NULL : objection->value);
	if (entry == NULL)
		return false;
	entry->write = entry->write || objection->write;
	entry->count += count;
	return true;
}

bool remedy_has(const struct remedy *remedy, const struct objection *objection)
{
	bool flag = remedy_exists(objection) && setting_kind(objection->rule) == SETTING_FLAG;

	for (const struct remedy_entry *entry = remedy->first; entry != NULL; entry = entry->next) {
		if (remedy_exists(objection) &&
		    compare(entry, objection->rule, flag ? NULL : objection->value) == 0)
			return entry->write || !objection->write;
	}
	return false;
}

bool remedy_add_list(struct remedy *remedy, const char *setting)
{
	return entry_for(remedy, setting, NULL) != NULL;
}

/* ---- what values have in common ---- */

/* Names of things that people and machines make up. Operations, capabilities and modes are words. */
static bool has_made_up_values(const char *setting)
{
	static const char *const settings[] = {
		"build.remotes", "container.cgroup_parents", "container.devices", "container.sysctls",
		"exec.users",    "images.produce",           "images.use",        "plugin.remotes",
	};

	for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
		if (strcmp(settings[i], setting) == 0)
			return true;
	}
	return false;
}

/* The values of SETTING from ENTRY on, and how many. */
static const char **values_of(struct remedy *remedy, const struct remedy_entry *entry,
                              const char *setting, size_t *count)
{
	const char **values = arena_calloc(remedy->arena, remedy->count + 1, sizeof *values);

	*count = 0;
	for (; values != NULL && entry != NULL && strcmp(entry->setting, setting) == 0;
	     entry = entry->next) {
		if (entry->value != NULL && !entry->write)
			values[(*count)++] = entry->value;
	}
	return values;
}

/* The directory above what a star stands for, or NULL where that would be the root. */
static const char *directory_above(struct arena *arena, const char *pattern)
{
	size_t len = strcspn(pattern, "*");

	while (len > 0 && pattern[len - 1] != '/')
		len--;
	return len > 1 ? arena_copy(arena, pattern, len - 1) : NULL;
}

static bool stands_for(const char *general, const char *value, bool binds)
{
	size_t len = strlen(general);

	if (!binds)
		return text_matches(general, value);
	return strcmp(general, value) == 0 || (strncmp(general, value, len) == 0 && value[len] == '/');
}

/* Adds PATTERN for all the values it stands for. */
static bool add_general(struct remedy *general, const struct remedy_entry *entry,
                        const char *setting, const char *pattern)
{
	bool binds = setting_kind(setting) == SETTING_BINDS;
	struct remedy_entry *added = entry_for(general, setting, pattern);

	for (; added != NULL && entry != NULL && strcmp(entry->setting, setting) == 0;
	     entry = entry->next) {
		if (entry->value == NULL || entry->write || !stands_for(pattern, entry->value, binds))
			continue;
		added->count += entry->count;
		if (strcmp(pattern, entry->value) != 0 && added->example == NULL)
			added->example = entry->value;
	}
	return added != NULL;
}

/* ENTRY is the first of SETTING. */
static bool generalise_setting(struct remedy *remedy, const struct remedy_entry *entry,
                               struct remedy *general)
{
	const char *setting = entry->setting;
	bool binds = setting_kind(setting) == SETTING_BINDS;
	size_t count;
	const char **values = values_of(remedy, entry, setting, &count);
	const char **patterns = arena_calloc(remedy->arena, count + 1, sizeof *patterns);

	if (values == NULL || patterns == NULL)
		return false;
	count = generalise_list(remedy->arena, values, count, text_starts_with(setting, "images."),
	                        patterns);
	for (size_t i = 0; i < count; i++) {
		const char *above = binds ? directory_above(remedy->arena, patterns[i]) : NULL;

		if ((binds && above == NULL) || (!binds && !setting_accepts(setting, patterns[i])))
			continue; /* its values stay as they are */
		if (!add_general(general, entry, setting,
		                 binds && strchr(patterns[i], '*') != NULL ? above : patterns[i]))
			return false;
	}
	return true;
}

static bool is_covered(const struct remedy *general, const struct remedy_entry *entry)
{
	for (const struct remedy_entry *known = general->first; known != NULL; known = known->next) {
		if (strcmp(known->setting, entry->setting) == 0 && known->value != NULL &&
		    entry->value != NULL && known->example != NULL && !entry->write &&
		    stands_for(known->value, entry->value, setting_kind(entry->setting) == SETTING_BINDS))
			return true;
	}
	return false;
}

/* What no pattern stands for stays. */
static bool keep_others(const struct remedy *remedy, struct remedy *general)
{
	for (const struct remedy_entry *entry = remedy->first; entry != NULL; entry = entry->next) {
		struct remedy_entry *kept;

		if (is_covered(general, entry))
			continue;
		kept = entry_for(general, entry->setting, entry->value);
		if (kept == NULL)
			return false;
		kept->write = entry->write;
		kept->count = entry->count;
	}
	return true;
}

bool remedy_generalise(struct remedy *remedy)
{
	struct remedy general = {.arena = remedy->arena};
	const char *last = "";

	for (const struct remedy_entry *entry = remedy->first; entry != NULL; entry = entry->next) {
		bool first = strcmp(entry->setting, last) != 0;

		last = entry->setting;
		if (first && (has_made_up_values(last) || setting_kind(last) == SETTING_BINDS) &&
		    !generalise_setting(remedy, entry, &general))
			return false;
	}
	if (!keep_others(remedy, &general))
		return false;
	*remedy = general;
	return true;
}

/* ---- printing ---- */

struct printing {
	struct builder *builder;
	const struct policy *policy; /* NULL: counts are told */
};

static void print_bind(struct builder *builder, const char *source, bool write)
{
	builder_add(builder, "{ source = ");
	builder_string(builder, source);
	builder_add(builder, write ? "; write = true; }" : "; }");
}

static void print_value(const struct printing *printing, const char *setting, const char *value,
                        bool write)
{
	if (setting_kind(setting) == SETTING_BINDS)
		print_bind(printing->builder, value, write);
	else
		builder_string(printing->builder, value);
}

static void begin_line(const struct printing *printing, size_t depth)
{
	builder_repeat(printing->builder, '\t', depth);
}

/* The last part of "container.binds". */
static const char *last_part(const char *setting)
{
	const char *dot = strrchr(setting, '.');

	return dot != NULL ? dot + 1 : setting;
}

/* What POLICY lists itself, wrapped, with a comma behind each: the new entries follow. */
static void print_listed(const struct printing *printing, const char *setting, size_t depth)
{
	size_t count = setting_count(printing->policy, setting), column = LINE_WIDTH;
	bool is_bind = setting_kind(setting) == SETTING_BINDS;

	for (size_t i = 0; i < count; i++) {
		bool write;
		const char *value = setting_entry(printing->policy, setting, i, &write);
		size_t width = strlen(value) + strlen("\"\", ") + (is_bind ? BIND_WIDTH : 0);

		if (column + width > LINE_WIDTH) {
			builder_add(printing->builder, "\n");
			begin_line(printing, depth + 1);
			column = (depth + 1) * TAB_WIDTH;
		} else {
			builder_add(printing->builder, " ");
		}
		print_value(printing, setting, value, write);
		builder_add(printing->builder, ",");
		column += width;
	}
}

/* A value in a comment ends where the line would. */
static void print_note(const struct printing *printing, const struct remedy_entry *entry)
{
	if (printing->policy != NULL)
		return;
	builder_format(printing->builder, "  # %zu request%s", entry->count,
	               entry->count == 1 ? "" : "s");
	if (entry->example != NULL)
		builder_format(printing->builder, ", such as %.*s", (int)strcspn(entry->example, "\r\n"),
		               entry->example);
}

/* A line above the entry, where it opens more than it looks like. */
static void print_danger(const struct printing *printing, const struct remedy_entry *entry,
                         size_t depth)
{
	const char *danger = danger_of(entry->setting, entry->value, entry->write);

	if (danger == NULL)
		return;
	begin_line(printing, depth);
	builder_format(printing->builder, "# Beware: %s.\n", danger);
}

/* Every entry of the list that ENTRY begins; returns the first behind. */
static const struct remedy_entry *print_list(const struct printing *printing,
                                             const struct remedy_entry *entry, size_t depth)
{
	const char *setting = entry->setting;
	bool binds = setting_kind(setting) == SETTING_BINDS, printed = false;

	begin_line(printing, depth);
	builder_format(printing->builder, "%s = %s", last_part(setting), binds ? "(" : "[");
	if (printing->policy != NULL)
		print_listed(printing, setting, depth);
	for (; entry != NULL && strcmp(entry->setting, setting) == 0; entry = entry->next) {
		bool last = entry->next == NULL || strcmp(entry->next->setting, setting) != 0;

		if (entry->value == NULL)
			continue;
		printed = true;
		builder_add(printing->builder, "\n");
		print_danger(printing, entry, depth + 1);
		begin_line(printing, depth + 1);
		print_value(printing, setting, entry->value, entry->write);
		builder_add(printing->builder, last ? "" : ",");
		print_note(printing, entry);
	}
	if (printed) {
		builder_add(printing->builder, "\n");
		begin_line(printing, depth);
	}
	builder_add(printing->builder, binds ? ");\n" : "];\n");
	return entry;
}

static const struct remedy_entry *print_flag(const struct printing *printing,
                                             const struct remedy_entry *entry, size_t depth)
{
	print_danger(printing, entry, depth);
	begin_line(printing, depth);
	builder_format(printing->builder, "%s = true;", last_part(entry->setting));
	print_note(printing, entry);
	builder_add(printing->builder, "\n");
	return entry->next;
}

/* Prints every entry whose setting begins with the LEN bytes of PREFIX; groups within nest. */
static const struct remedy_entry *print_group(const struct printing *printing,
                                              const struct remedy_entry *entry, size_t len,
                                              size_t depth)
{
	const char *prefix = entry->setting;

	while (entry != NULL && strncmp(entry->setting, prefix, len) == 0) {
		const char *name = entry->setting + len, *dot = strchr(name, '.');

		if (dot == NULL) {
			entry = setting_kind(entry->setting) == SETTING_FLAG
			            ? print_flag(printing, entry, depth)
			            : print_list(printing, entry, depth);
			continue;
		}
		begin_line(printing, depth);
		builder_format(printing->builder, "%.*s = {\n", (int)(dot - name), name);
		entry = print_group(printing, entry, (size_t)(dot + 1 - entry->setting), depth + 1);
		begin_line(printing, depth);
		builder_add(printing->builder, "};\n");
	}
	return entry;
}

void remedy_print(const struct remedy *remedy, const struct policy *policy, size_t depth,
                  struct builder *builder)
{
	const struct printing printing = {.builder = builder, .policy = policy};

	if (remedy->first != NULL)
		print_group(&printing, remedy->first, 0, depth);
}
