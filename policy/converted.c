/* Owns how the settings of another socket proxy look as a configuration of quaymaster's. What they mean was
 * found out before: drop_in.c, wollomatic.c. */
#include "policy/converted.h"

#include "policy/arena.h"
#include "policy/builder.h"
#include "policy/compat.h"
#include "policy/load.h"
#include "policy/policy.h"
#include "policy/presets.h"
#include "policy/problems.h"
#include "policy/route.h"
#include "policy/text.h"

#include <libconfig.h>
#include <string.h>

enum { PRESETS_MAX = 256, SHOWN_MAX = 100 };

static void print_daemon(struct builder *builder, const struct converted *converted)
{
	builder_format(builder, "upstream = { %s = ", converted->socket != NULL ? "socket" : "address");
	builder_string(builder, converted->socket != NULL ? converted->socket : converted->address);
	builder_format(builder, "; };\n\n");
}

static void print_listener(struct builder *builder, const struct converted *converted)
{
	bool socket = converted->listen[0] == '/';

	builder_format(builder, "listeners = (\n");
	if (!socket && !converted->insecure)
		builder_format(
			builder,
			"\t# Where every address is to be listened on, and everyone who can reach the port may\n"
			"\t# be a client: { address = \"[::]:2375\"; insecure = true; }\n");
	if (!socket)
		builder_format(builder,
		               "\t# A socket, or an address with tls = { ... }, knows who asks.\n");
	builder_format(builder, "\t{ %s = ", socket ? "socket" : "address");
	builder_string(builder, converted->listen);
	if (converted->mode != NULL)
		builder_format(builder, "; mode = \"%s\"", converted->mode);
	builder_format(builder, ";%s }\n);\n\n", converted->insecure ? " insecure = true;" : "");
}

static void print_variables(struct builder *builder, const struct converted *converted)
{
	size_t count;
	const struct compat_variable *variables = compat_variables(&count);

	builder_format(builder, "\t\tcompat = {\n\t\t\tdialect = \"%s\";\n",
	               compat_dialect_name(converted->compat->dialect));
	for (size_t i = 0; i < count; i++) {
		if (converted->given[i])
			builder_format(builder, "\t\t\t%s = %d;\n", variables[i].name,
			               converted->compat->on[i]);
	}
	builder_format(builder, "\t\t};\n");
}

static void print_operations(struct builder *builder, const struct converted *converted)
{
	const char *heading = "";

	builder_format(builder, "\t\toperations = {\n\t\t\tallow = [\n");
	for (size_t i = 0; i < converted->opened_count; i++) {
		const struct opened *opened = &converted->opened[i];

		if (strcmp(heading, opened->heading) != 0)
			builder_format(builder, "\t\t\t\t# %s\n", opened->heading);
		heading = opened->heading;
		builder_format(builder, "\t\t\t\t\"%s\"%s%s%s\n", opened->route->operation,
		               i + 1 < converted->opened_count ? "," : "",
		               opened->remark != NULL ? " # " : "",
		               opened->remark != NULL ? opened->remark : "");
	}
	builder_format(builder, "\t\t\t];\n\t\t};\n");
}

static void print_binds(struct builder *builder, const struct converted *converted)
{
	builder_format(builder, "\t\tcontainer = {\n\t\t\tbinds = (\n");
	for (size_t i = 0; i < converted->bind_count; i++) {
		builder_format(builder, "\t\t\t\t{ source = ");
		builder_string(builder, converted->binds[i]);
		builder_format(builder, "; write = true; }%s\n", i + 1 < converted->bind_count ? "," : "");
	}
	builder_format(builder, "\t\t\t);\n\t\t};\n");
}

static void print_policy(struct builder *builder, const struct converted *converted)
{
	builder_format(builder, "clients = ( { policy = \"%s\"; } );\n\npolicies = {\n\t%s = {\n",
	               CONVERTED_POLICY, CONVERTED_POLICY);
	if (converted->preset != NULL)
		builder_format(builder, "\t\textends = \"%s\";\n", converted->preset);
	else
		builder_format(
			builder,
			"\t\t# Only methods and paths are looked at, as there, and nothing inside an allowed\n"
			"\t\t# request is judged. QUAYMASTER_POLICY=ci has it judged.\n"
			"\t\tunrestricted = true;\n");
	if (converted->compat != NULL)
		print_variables(builder, converted);
	else
		print_operations(builder, converted);
	if (converted->binds != NULL)
		print_binds(builder, converted);
	builder_format(builder, "\t};\n};\n");
}

const char *converted_print(struct arena *arena, const struct converted *converted)
{
	struct builder builder = {.text = NULL};

	for (size_t i = 0; i < converted->remark_count; i++)
		builder_format(&builder, "# %s\n", converted->remarks[i]);
	builder_format(&builder, "\n");
	print_daemon(&builder, converted);
	print_listener(&builder, converted);
	print_policy(&builder, converted);
	if (converted->logs_requests)
		builder_format(&builder, "\n# A line for each decision and each end of a request.\n"
		                         "audit = { file = \"-\"; };\n");
	if (strcmp(converted->log_level, "info") != 0)
		builder_format(&builder, "\n# And run it with --log-level %s.\n", converted->log_level);
	return builder_take(&builder, arena);
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
