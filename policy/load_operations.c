/* Owns the settings of `operations`, patterns that must match something in the catalogue, and of
 * `application`, which describes who needs them. */
#include "policy/load_keys.h"
#include "policy/load_parts.h"

#include "policy/arena.h"
#include "policy/route.h"
#include "policy/text.h"

bool operation_unknown(struct loader *loader, const config_setting_t *setting, const char *value)
{
	size_t count;
	const struct route *routes = route_catalogue(&count);
	const char **names = arena_calloc(loader->arena, count, sizeof *names);

	for (size_t i = 0; names != NULL && i < count; i++)
		names[i] = routes[i].operation;
	return setting_problem(loader, setting, "no operation is called '%s'%s",
	                       text_printable(loader->arena, value, 100),
	                       names == NULL ? "" : setting_suggestion(loader, value, names, count));
}

static const char *keep_operation(struct loader *loader, const struct key *key,
                                  const config_setting_t *setting, const char *value)
{
	const char *kept;

	(void)key;
	if (!route_pattern_known(value)) {
		operation_unknown(loader, setting, value);
		return NULL;
	}
	kept = arena_string(loader->arena, value);
	if (kept == NULL)
		setting_exhausted(loader, setting);
	return kept;
}

static const struct key operation_list[] = {
	PATTERNS("allow", allow, keep_operation),
	PATTERNS("deny", deny, keep_operation),
};

static const struct key application_list[] = {
	{.name = "title", .kind = KEY_TEXT, .offset = offsetof(struct policy, application.title)},
	PATTERNS("required", application.required, NULL),
	PATTERNS("main", application.main, NULL),
	PATTERNS("optional", application.optional, NULL),
	PATTERNS("objects", application.objects, NULL),
};

const struct keys application_keys = KEYS(application_list);
const struct keys operation_keys = KEYS(operation_list);
