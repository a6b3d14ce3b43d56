/* What a policy would have to say. Entries are kept sorted, so that those of one setting, and settings of one group,
 * stand together. */
#include "policy/remedy.h"

#include "policy/arena.h"
#include "policy/builder.h"
#include "policy/policy.h"
#include "policy/setting_names.h"
#include "policy/trace.h"

#include <string.h>

enum { LINE_WIDTH = 80, TAB_WIDTH = 4, BIND_WIDTH = 32 };

struct remedy_entry {
	struct remedy_entry *next;
	const char *setting; /* "container.binds" */
	const char *value;   /* NULL for a flag */
	bool write;
	size_t count;
};

/* ---- what lifts what ---- */

/* A star in a value would stand for more than itself, but for device rules, which are compared as they are. */
static bool can_be_listed(const char *setting, const char *value)
{
	if (value == NULL || *value == '\0')
		return false;
	if (strcmp(setting, "container.device_rules") == 0)
		return strcmp(value, "*") != 0;
	return strpbrk(value, "*$") == NULL;
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

bool remedy_add(struct remedy *remedy, const struct objection *objection)
{
	struct remedy_entry **at = &remedy->first, *entry;
	const char *value;

	if (!remedy_exists(objection))
		return false;
	value = setting_kind(objection->rule) == SETTING_FLAG ? NULL : objection->value;
	while (*at != NULL && compare(*at, objection->rule, value) < 0)
		at = &(*at)->next;
	entry = *at;
	if (entry == NULL || compare(entry, objection->rule, value) != 0)
		entry = insert(remedy, at, objection->rule, value);
	if (entry == NULL)
		return false;
	entry->write = entry->write || objection->write;
	entry->count++;
	return true;
}

/* ---- printing ---- */

struct printing {
	struct builder *builder;
	const struct policy *policy; /* NULL: counts are told */
};

void remedy_print_string(struct builder *builder, const char *text)
{
	builder_add(builder, "\"");
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x20 || c == 0x7f)
			builder_format(builder, "\\x%02x", c);
		else if (c == '"' || c == '\\')
			builder_format(builder, "\\%c", c);
		else
			builder_bytes(builder, text, 1);
	}
	builder_add(builder, "\"");
}

static void print_bind(struct builder *builder, const char *source, bool write)
{
	builder_add(builder, "{ source = ");
	remedy_print_string(builder, source);
	builder_add(builder, write ? "; write = true; }" : "; }");
}

static void print_value(const struct printing *printing, const char *setting, const char *value,
                        bool write)
{
	if (setting_kind(setting) == SETTING_BINDS)
		print_bind(printing->builder, value, write);
	else
		remedy_print_string(printing->builder, value);
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

static void print_count(const struct printing *printing, size_t count)
{
	if (printing->policy == NULL)
		builder_format(printing->builder, "  # %zu request%s", count, count == 1 ? "" : "s");
}

/* Every entry of the list that ENTRY begins; returns the first behind. */
static const struct remedy_entry *print_list(const struct printing *printing,
                                             const struct remedy_entry *entry, size_t depth)
{
	const char *setting = entry->setting;
	bool binds = setting_kind(setting) == SETTING_BINDS;

	begin_line(printing, depth);
	builder_format(printing->builder, "%s = %s", last_part(setting), binds ? "(" : "[");
	if (printing->policy != NULL)
		print_listed(printing, setting, depth);
	for (; entry != NULL && strcmp(entry->setting, setting) == 0; entry = entry->next) {
		bool last = entry->next == NULL || strcmp(entry->next->setting, setting) != 0;

		builder_add(printing->builder, "\n");
		begin_line(printing, depth + 1);
		print_value(printing, setting, entry->value, entry->write);
		builder_add(printing->builder, last ? "" : ",");
		print_count(printing, entry->count);
	}
	builder_add(printing->builder, "\n");
	begin_line(printing, depth);
	builder_add(printing->builder, binds ? ");\n" : "];\n");
	return entry;
}

static const struct remedy_entry *print_flag(const struct printing *printing,
                                             const struct remedy_entry *entry, size_t depth)
{
	begin_line(printing, depth);
	builder_format(printing->builder, "%s = true;", last_part(entry->setting));
	print_count(printing, entry->count);
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
			entry = entry->value == NULL ? print_flag(printing, entry, depth)
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
