/* Owns how the settings of another socket proxy look as a configuration of quaymaster's. What they mean was
 * found out before: drop_in.c, wollomatic.c. */
#include "policy/converted.h"

#include "policy/arena.h"
#include "policy/compat.h"
#include "policy/load.h"
#include "policy/page.h"
#include "policy/policy.h"
#include "policy/presets.h"
#include "policy/problems.h"
#include "policy/route.h"
#include "policy/text.h"

#include <libconfig.h>
#include <string.h>

enum { PAGE_LIMIT = 256 * 1024, PRESETS_MAX = 256, SHOWN_MAX = 100 };

static void print_daemon(struct page *page, const struct converted *converted)
{
	page_add(page, "upstream = { %s = ", converted->socket != NULL ? "socket" : "address");
	page_add_quoted(page, converted->socket != NULL ? converted->socket : converted->address);
	page_add(page, "; };\n\n");
}

static void print_listener(struct page *page, const struct converted *converted)
{
	bool socket = converted->listen[0] == '/';

	page_add(page, "listeners = (\n");
	if (!socket && !converted->insecure)
		page_add(
			page,
			"\t# Where every address is to be listened on, and everyone who can reach the port may\n"
			"\t# be a client: { address = \"[::]:2375\"; insecure = true; }\n");
	if (!socket)
		page_add(page, "\t# A socket, or an address with tls = { ... }, knows who asks.\n");
	page_add(page, "\t{ %s = ", socket ? "socket" : "address");
	page_add_quoted(page, converted->listen);
	if (converted->mode != NULL)
		page_add(page, "; mode = \"%s\"", converted->mode);
	page_add(page, ";%s }\n);\n\n", converted->insecure ? " insecure = true;" : "");
}

static void print_variables(struct page *page, const struct converted *converted)
{
	size_t count;
	const struct compat_variable *variables = compat_variables(&count);

	page_add(page, "\t\tcompat = {\n\t\t\tdialect = \"%s\";\n",
	         compat_dialect_name(converted->compat->dialect));
	for (size_t i = 0; i < count; i++) {
		if (converted->given[i])
			page_add(page, "\t\t\t%s = %d;\n", variables[i].name, converted->compat->on[i]);
	}
	page_add(page, "\t\t};\n");
}

static void print_operations(struct page *page, const struct converted *converted)
{
	const char *heading = "";

	page_add(page, "\t\toperations = {\n\t\t\tallow = [\n");
	for (size_t i = 0; i < converted->opened_count; i++) {
		const struct opened *opened = &converted->opened[i];

		if (strcmp(heading, opened->heading) != 0)
			page_add(page, "\t\t\t\t# %s\n", opened->heading);
		heading = opened->heading;
		page_add(page, "\t\t\t\t\"%s\"%s%s%s\n", opened->route->operation,
		         i + 1 < converted->opened_count ? "," : "", opened->remark != NULL ? " # " : "",
		         opened->remark != NULL ? opened->remark : "");
	}
	page_add(page, "\t\t\t];\n\t\t};\n");
}

static void print_binds(struct page *page, const struct converted *converted)
{
	page_add(page, "\t\tcontainer = {\n\t\t\tbinds = (\n");
	for (size_t i = 0; i < converted->bind_count; i++) {
		page_add(page, "\t\t\t\t{ source = ");
		page_add_quoted(page, converted->binds[i]);
		page_add(page, "; write = true; }%s\n", i + 1 < converted->bind_count ? "," : "");
	}
	page_add(page, "\t\t\t);\n\t\t};\n");
}

static void print_policy(struct page *page, const struct converted *converted)
{
	page_add(page, "clients = ( { policy = \"%s\"; } );\n\npolicies = {\n\t%s = {\n",
	         CONVERTED_POLICY, CONVERTED_POLICY);
	if (converted->preset != NULL)
		page_add(page, "\t\textends = \"%s\";\n", converted->preset);
	else
		page_add(
			page,
			"\t\t# Only methods and paths are looked at, as there, and nothing inside an allowed\n"
			"\t\t# request is judged. QUAYMASTER_POLICY=ci has it judged.\n"
			"\t\tunrestricted = true;\n");
	if (converted->compat != NULL)
		print_variables(page, converted);
	else
		print_operations(page, converted);
	if (converted->binds != NULL)
		print_binds(page, converted);
	page_add(page, "\t};\n};\n");
}

const char *converted_print(struct arena *arena, const struct converted *converted)
{
	struct page page = page_new(arena, PAGE_LIMIT);

	for (size_t i = 0; i < converted->remark_count; i++)
		page_add(&page, "# %s\n", converted->remarks[i]);
	page_add(&page, "\n");
	print_daemon(&page, converted);
	print_listener(&page, converted);
	print_policy(&page, converted);
	if (converted->logs_requests)
		page_add(&page, "\n# A line for each decision and each end of a request.\n"
		                "audit = { file = \"-\"; };\n");
	if (strcmp(converted->log_level, "info") != 0)
		page_add(&page, "\n# And run it with --log-level %s.\n", converted->log_level);
	return page.full ? NULL : page.text;
}

struct policy_set *converted_presets(void)
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

bool converted_preset_allows(const struct policy *preset, const char *operation)
{
	return preset == NULL || (patterns_match(&preset->allow, operation) < preset->allow.count &&
	                          patterns_match(&preset->deny, operation) == preset->deny.count);
}

const char *converted_preset_name(struct arena *arena, const char *name, struct problems *mistakes)
{
	const char *names[PRESETS_MAX];
	const char *meant;
	size_t count = preset_count < PRESETS_MAX ? preset_count : PRESETS_MAX;

	for (size_t i = 0; i < count; i++) {
		names[i] = presets[i].name;
		if (strcmp(name, presets[i].name) == 0)
			return presets[i].name;
	}
	meant = text_nearest(name, names, count);
	problems_add(mistakes, (struct place){.file = "QUAYMASTER_POLICY"},
	             "no policy is called '%s'%s%s%s", text_printable(arena, name, SHOWN_MAX),
	             meant == NULL ? "" : " (did you mean '", meant == NULL ? "" : meant,
	             meant == NULL ? "" : "'?)");
	return NULL;
}

static const char *remark_on(const struct route *route)
{
	if (route->writes && route->method == METHOD_GET)
		return "a GET that writes";
	return route->sensitive ? "may tell secrets" : NULL;
}

void converted_open(struct opened *list, size_t *count, const struct route *route,
                    const char *heading)
{
	for (size_t i = 0; i < *count; i++) {
		if (strcmp(list[i].route->operation, route->operation) == 0)
			return;
	}
	list[(*count)++] =
		(struct opened){.route = route, .heading = heading, .remark = remark_on(route)};
}
