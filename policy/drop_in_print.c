/* Owns how the setting of a socket proxy looks as a configuration of quaymaster's. */
#include "policy/drop_in.h"

#include "policy/arena.h"
#include "policy/load.h"
#include "policy/page.h"
#include "policy/problems.h"
#include "policy/route.h"

#include <libconfig.h>
#include <string.h>

enum { PAGE_LIMIT = 64 * 1024 };

static void print_head(struct page *page, const struct drop_in *drop_in)
{
	size_t count;
	const struct compat_variable *variables = compat_variables(&count);

	page_add(page, "# What these variables open in %s socket proxy%s:\n#  ",
	         drop_in->compat.dialect == COMPAT_TECNATIVA ? "Tecnativa's" : "LinuxServer's",
	         drop_in->dialect_chosen ? "" : " (QUAYMASTER_COMPAT chooses)");
	for (size_t i = 0; i < count; i++) {
		if (drop_in->given[i])
			page_add(page, " %s=%d", variables[i].name, drop_in->compat.on[i]);
	}
	page_add(page, "\n\n");
}

static void print_daemon(struct page *page, const struct drop_in *drop_in)
{
	page_add(page, "upstream = { %s = ", drop_in->socket != NULL ? "socket" : "address");
	page_add_quoted(page, drop_in->socket != NULL ? drop_in->socket : drop_in->address);
	page_add(page, "; };\n\n");
}

static void print_listener(struct page *page, const struct drop_in *drop_in)
{
	bool socket = drop_in->listen[0] == '/';

	page_add(page, "listeners = (\n");
	if (!socket && !drop_in->insecure)
		page_add(
			page,
			"\t# That proxy listens on every address, and everyone who can reach the port is a\n"
			"\t# client. Here this would be { address = \"[::]:2375\"; insecure = true; }.\n");
	if (!socket)
		page_add(page, "\t# A socket, or an address with tls = { ... }, knows who asks.\n");
	page_add(page, "\t{ %s = ", socket ? "socket" : "address");
	page_add_quoted(page, drop_in->listen);
	page_add(page, ";%s }\n);\n\n", drop_in->insecure ? " insecure = true;" : "");
}

static void print_variables(struct page *page, const struct drop_in *drop_in)
{
	size_t count;
	const struct compat_variable *variables = compat_variables(&count);

	page_add(page, "\t\tcompat = {\n\t\t\tdialect = \"%s\";\n",
	         compat_dialect_name(drop_in->compat.dialect));
	for (size_t i = 0; i < count; i++) {
		if (drop_in->given[i])
			page_add(page, "\t\t\t%s = %d;\n", variables[i].name, drop_in->compat.on[i]);
	}
	page_add(page, "\t\t};\n");
}

/* --- operations -------------------------------------------------------------------------------- */

struct opened {
	const struct route *route;
	const char *variable;
};

/* What the preset's own lists leave. */
static bool preset_allows(const struct policy *preset, const char *operation)
{
	return preset == NULL || (patterns_match(&preset->allow, operation) < preset->allow.count &&
	                          patterns_match(&preset->deny, operation) == preset->deny.count);
}

/* What VARIABLE opens, one route an operation, behind the *COUNT in LIST. */
static void open_variable(const struct drop_in *drop_in, const struct policy *preset,
                          const char *variable, struct opened *list, size_t *count)
{
	size_t routes_count;
	const struct route *routes = route_catalogue(&routes_count);

	for (size_t i = 0; i < routes_count; i++) {
		const char *operation = routes[i].operation;
		const char *opener = compat_opener(&drop_in->compat, &routes[i]);
		bool listed = false;

		for (size_t k = 0; k < *count; k++)
			listed = listed || strcmp(list[k].route->operation, operation) == 0;
		if (opener != NULL && strcmp(opener, variable) == 0 && !listed &&
		    preset_allows(preset, operation))
			list[(*count)++] = (struct opened){&routes[i], variable};
	}
}

static const char *remark(const struct route *route)
{
	if (route->writes && route->method == METHOD_GET)
		return " # a GET, so that POST=0 lets it pass";
	return route->sensitive ? " # may tell secrets" : "";
}

static void print_opened(struct page *page, const struct drop_in *drop_in,
                         const struct opened *list, size_t count)
{
	const char *variable = "";
	size_t index;

	page_add(page, "\t\toperations = {\n\t\t\tallow = [\n");
	for (size_t i = 0; i < count; i++) {
		if (strcmp(variable, list[i].variable) != 0) {
			variable = list[i].variable;
			page_add(page, "\t\t\t\t# %s=1%s\n", variable,
			         compat_find(variable, &index) && drop_in->given[index]
			             ? ""
			             : ", where it is not set");
		}
		page_add(page, "\t\t\t\t\"%s\"%s%s\n", list[i].route->operation, i + 1 < count ? "," : "",
		         remark(list[i].route));
	}
	page_add(page, "\t\t\t];\n\t\t};\n");
}

/* The shipped policies alone; NULL when there is no memory. */
static struct policy_set *load_presets(void)
{
	struct problems *problems = problems_new();
	struct policy_set *set = NULL;
	config_t config;

	config_init(&config);
	if (problems != NULL)
		set = policy_set_load(config_root_setting(&config), NULL, 0, problems);
	config_destroy(&config);
	problems_free(problems);
	return set;
}

static bool print_operations(struct page *page, struct arena *arena, const struct drop_in *drop_in)
{
	size_t variable_count, routes_count, count = 0;
	const struct compat_variable *variables = compat_variables(&variable_count);
	struct policy_set *set = drop_in->preset == NULL ? NULL : load_presets();
	const struct policy *preset = set == NULL ? NULL : policy_set_find(set, drop_in->preset);
	struct opened *list;

	route_catalogue(&routes_count);
	list = arena_calloc(arena, routes_count, sizeof *list);
	if (list == NULL || (drop_in->preset != NULL && preset == NULL)) {
		policy_set_free(set);
		return false;
	}
	for (size_t i = 0; i < variable_count; i++)
		open_variable(drop_in, preset, variables[i].name, list, &count);
	print_opened(page, drop_in, list, count);
	policy_set_free(set);
	return true;
}

/* --- the whole --------------------------------------------------------------------------------- */

static bool print_policy(struct page *page, struct arena *arena, const struct drop_in *drop_in,
                         enum drop_in_form form)
{
	bool fine = true;

	page_add(page, "clients = ( { policy = \"%s\"; } );\n\npolicies = {\n\t%s = {\n",
	         DROP_IN_POLICY, DROP_IN_POLICY);
	if (drop_in->preset != NULL)
		page_add(page, "\t\textends = \"%s\";\n", drop_in->preset);
	else
		page_add(
			page,
			"\t\t# Those proxies look at methods and paths only, so nothing inside an allowed\n"
			"\t\t# request is judged. QUAYMASTER_POLICY=ci has it judged.\n"
			"\t\tunrestricted = true;\n");
	if (form == DROP_IN_VARIABLES)
		print_variables(page, drop_in);
	else
		fine = print_operations(page, arena, drop_in);
	page_add(page, "\t};\n};\n");
	return fine;
}

const char *drop_in_print(struct arena *arena, const struct drop_in *drop_in,
                          enum drop_in_form form)
{
	struct page page = page_new(arena, PAGE_LIMIT);
	bool fine;

	print_head(&page, drop_in);
	print_daemon(&page, drop_in);
	print_listener(&page, drop_in);
	fine = print_policy(&page, arena, drop_in, form);
	if (drop_in->logs_requests)
		page_add(&page, "\n# A line for each decision and each end of a request.\n"
		                "audit = { file = \"-\"; };\n");
	if (strcmp(drop_in->log_level, "info") != 0)
		page_add(&page, "\n# And run it with --log-level %s.\n", drop_in->log_level);
	return fine && !page.full ? page.text : NULL;
}
