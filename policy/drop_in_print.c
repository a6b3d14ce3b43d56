/* Owns which operations the variables of a HAProxy-based socket proxy come to, in print. How a configuration
 * looks is converted.c's. */
#include "policy/drop_in.h"

#include "policy/arena.h"
#include "policy/converted.h"
#include "policy/load.h"
#include "policy/route.h"

#include <string.h>

/* " POST=0 CONTAINERS=1", as far as they were set. */
static const char *given_text(struct arena *arena, const struct drop_in *drop_in)
{
	size_t count;
	const struct compat_variable *variables = compat_variables(&count);
	const char *text = "";

	for (size_t i = 0; i < count && text != NULL; i++) {
		if (drop_in->given[i])
			text = arena_format(arena, "%s %s=%d", text, variables[i].name, drop_in->compat.on[i]);
	}
	return text != NULL && text[0] == '\0' ? " (none of them is set)" : text;
}

/* The operations being listed, in the order of their variables. */
struct listing {
	struct arena *arena;
	const struct drop_in *drop_in;
	const struct policy *preset; /* or NULL */
	struct opened *list;
	size_t count;
};

static bool list_variable(struct listing *listing, size_t index)
{
	size_t count;
	const char *name = compat_variables(&count)[index].name;
	const char *heading =
		arena_format(listing->arena, "%s=1%s", name,
	                 listing->drop_in->given[index] ? "" : ", where it is not set");
	const struct route *routes = route_catalogue(&count);

	for (size_t i = 0; i < count && heading != NULL; i++) {
		const char *opener = compat_opener(&listing->drop_in->compat, &routes[i]);

		if (opener != NULL && strcmp(opener, name) == 0 &&
		    converted_preset_allows(listing->preset, routes[i].operation))
			converted_open(listing->list, &listing->count, &routes[i], heading);
	}
	return heading != NULL;
}

static bool list_operations(struct arena *arena, const struct drop_in *drop_in,
                            struct converted *converted)
{
	struct policy_set *set = drop_in->preset == NULL ? NULL : converted_presets();
	struct listing listing = {.arena = arena, .drop_in = drop_in};
	size_t variables, routes;
	bool fine;

	if (set != NULL)
		listing.preset = policy_set_find(set, drop_in->preset);
	route_catalogue(&routes);
	listing.list = arena_calloc(arena, routes, sizeof *listing.list);
	fine = listing.list != NULL && (drop_in->preset == NULL || listing.preset != NULL);
	compat_variables(&variables);
	for (size_t i = 0; i < variables && fine; i++)
		fine = list_variable(&listing, i);
	policy_set_free(set);
	converted->opened = listing.list;
	converted->opened_count = listing.count;
	return fine;
}

const char *drop_in_print(struct arena *arena, const struct drop_in *drop_in,
                          enum drop_in_form form)
{
	const char *remarks[] = {
		arena_format(arena, "What these variables open in %s socket proxy%s:",
	                 drop_in->compat.dialect == COMPAT_TECNATIVA ? "Tecnativa's" : "LinuxServer's",
	                 drop_in->dialect_chosen ? "" : " (QUAYMASTER_COMPAT chooses)"),
		given_text(arena, drop_in),
	};
	struct converted converted = {
		.remarks = remarks,
		.remark_count = 2,
		.socket = drop_in->socket,
		.address = drop_in->address,
		.listen = drop_in->listen,
		.insecure = drop_in->insecure,
		.preset = drop_in->preset,
		.given = drop_in->given,
		.log_level = drop_in->log_level,
		.logs_requests = drop_in->logs_requests,
	};

	if (form == DROP_IN_VARIABLES)
		converted.compat = &drop_in->compat;
	else if (!list_operations(arena, drop_in, &converted))
		return NULL;
	return remarks[0] != NULL && remarks[1] != NULL ? converted_print(arena, &converted) : NULL;
}
