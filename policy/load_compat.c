/* Owns the group `compat` of a policy: the variables of a HAProxy-based socket proxy in place of
 * `operations.allow`. What they mean is compat.c's business; here they become a list of operations. */
#include "policy/load_parts.h"

#include "policy/arena.h"
#include "policy/compat.h"
#include "policy/route.h"

#include <string.h>

/* The group being read. */
struct reading {
	struct loader *loader;
	const config_setting_t *group;
	struct compat compat;
	struct place
		places[COMPAT_VARIABLES_MAX]; /* of the variables; of the group where one is not set */
};

static bool read_dialect(struct loader *loader, const config_setting_t *group,
                         enum compat_dialect *dialect)
{
	const config_setting_t *setting = config_setting_get_member(group, "dialect");
	const char *text = setting == NULL ? NULL : setting_text(loader, setting);

	if (setting == NULL)
		return setting_problem(loader, group, "needs a dialect: \"tecnativa\" or \"linuxserver\"");
	if (text == NULL || compat_dialect_from_text(text, dialect))
		return text != NULL;
	return setting_problem(loader, setting, "must be \"tecnativa\" or \"linuxserver\"");
}

static void report_unknown(struct loader *loader, const config_setting_t *setting)
{
	size_t count;
	const struct compat_variable *variables = compat_variables(&count);
	const char *names[COMPAT_VARIABLES_MAX];

	for (size_t i = 0; i < count; i++)
		names[i] = variables[i].name;
	setting_problem(loader, setting, "unknown variable%s",
	                setting_suggestion(loader, config_setting_name(setting), names, count));
}

/* 0, 1, false or true. */
static bool read_value(struct loader *loader, const config_setting_t *setting, bool *on)
{
	int type = config_setting_type(setting);
	long long number = config_setting_get_int64(setting);

	if (type == CONFIG_TYPE_BOOL)
		*on = config_setting_get_bool(setting) == CONFIG_TRUE;
	else if ((type == CONFIG_TYPE_INT || type == CONFIG_TYPE_INT64) && number >= 0 && number <= 1)
		*on = number == 1;
	else
		return setting_problem(loader, setting, "must be 0 or 1");
	return true;
}

static void read_variable(struct reading *reading, const config_setting_t *setting)
{
	struct loader *loader = reading->loader;
	size_t index, count;
	bool on = false;

	if (strcmp(config_setting_name(setting), "dialect") == 0)
		return;
	if (!compat_find(config_setting_name(setting), &index))
		report_unknown(loader, setting);
	else if (!compat_knows(reading->compat.dialect, index))
		setting_problem(loader, setting,
		                "this variable is LinuxServer's: write dialect = \"linuxserver\"");
	else if (read_value(loader, setting, &on) && on &&
	         compat_variables(&count)[index].kind == COMPAT_LIBPOD)
		setting_problem(loader, setting, "opens nothing: quaymaster speaks the Docker API only");
	else {
		reading->compat.on[index] = on;
		reading->places[index] = setting_place(loader, setting);
	}
}

static bool listed(const struct patterns *patterns, const char *operation)
{
	for (size_t i = 0; i < patterns->count; i++) {
		if (strcmp(patterns->list[i], operation) == 0)
			return true;
	}
	return false;
}

/* The operations that the variables open; where PARENT is not NULL, those of its own as well. */
static void list_operations(struct reading *reading, const struct patterns *parent,
                            struct patterns *allow)
{
	struct arena *arena = reading->loader->arena;
	size_t count, index;
	const struct route *routes = route_catalogue(&count);
	struct patterns fresh = {
		.list = arena_calloc(arena, count, sizeof *fresh.list),
		.place = setting_place(reading->loader, reading->group),
		.places = arena_calloc(arena, count, sizeof *fresh.places),
	};

	for (size_t i = 0; i < count && fresh.list != NULL && fresh.places != NULL; i++) {
		const char *operation = routes[i].operation;
		const char *opener = compat_opener(&reading->compat, &routes[i]);

		if (opener == NULL || !compat_find(opener, &index) || listed(&fresh, operation) ||
		    (parent != NULL && patterns_match(parent, operation) == parent->count))
			continue;
		fresh.list[fresh.count] = operation;
		fresh.places[fresh.count++] = reading->places[index];
	}
	if (fresh.list == NULL || fresh.places == NULL || !patterns_compile(arena, &fresh))
		setting_exhausted(reading->loader, reading->group);
	else
		*allow = fresh;
}

void compat_read(struct loader *loader, const config_setting_t *policy_group,
                 const struct patterns *parent, struct policy *policy)
{
	const config_setting_t *group = config_setting_get_member(policy_group, "compat");
	const config_setting_t *operations = config_setting_get_member(policy_group, "operations");
	bool written = operations != NULL && config_setting_is_group(operations) &&
	               config_setting_get_member(operations, "allow") != NULL;
	struct reading reading = {.loader = loader, .group = group};
	struct compat *kept = arena_alloc(loader->arena, sizeof *kept);

	if (written)
		policy->compat = NULL;
	if (group == NULL)
		return;
	if (!config_setting_is_group(group)) {
		setting_problem(loader, group, "must be a group { ... }, not %s", setting_type_name(group));
		return;
	}
	if (written)
		setting_problem(loader, group, "says what operations.allow says, too: keep one of them");
	if (!read_dialect(loader, group, &reading.compat.dialect))
		return;
	reading.compat = compat_defaults(reading.compat.dialect);
	for (size_t i = 0; i < COMPAT_VARIABLES_MAX; i++)
		reading.places[i] = setting_place(loader, group);
	for (int i = 0; i < config_setting_length(group); i++)
		read_variable(&reading, config_setting_get_elem(group, (unsigned)i));
	list_operations(&reading, parent, &policy->allow);
	if (kept != NULL)
		*kept = reading.compat;
	policy->compat = kept;
}
