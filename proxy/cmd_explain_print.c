/* An explanation in words, for a terminal. */
#include "proxy/cmd_explain.h"

#include <string.h>

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL ? text : "";
}

static bool has(const json_t *object, const char *name)
{
	return json_string_length(json_object_get(object, name)) > 0;
}

static void print_verdict(const json_t *explanation, FILE *out)
{
	static const struct {
		const char *verdict, *told;
	} words[] = {
		{"allow", "is allowed"},
		{"deny", "is denied"},
		{"refuse", "is refused, and no policy is asked"},
		{"fail", "is allowed, but cannot be rewritten, so that it is refused"},
		{"need", "cannot be judged without knowing more"},
	};
	const char *verdict = text_of(explanation, "verdict"), *told = "cannot be explained";

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		told = strcmp(words[i].verdict, verdict) == 0 ? words[i].told : told;
	fprintf(out, "%s %s", has(explanation, "operation") ? text_of(explanation, "operation") : "it",
	        told);
	if (has(explanation, "policy") && strcmp(verdict, "refuse") != 0) {
		fprintf(out, " by policy '%s'", text_of(explanation, "policy"));
		if (has(explanation, "place"))
			fprintf(out, " (%s)", text_of(explanation, "place"));
	}
	if (has(explanation, "client") && strcmp(verdict, "refuse") != 0)
		fprintf(out, ", which the client rule at %s gives", text_of(explanation, "client"));
	if (has(explanation, "tenant"))
		fprintf(out, ", tenant '%s'", text_of(explanation, "tenant"));
	fputs("\n", out);
}

static void print_rules(const json_t *rules, FILE *out)
{
	const json_t *rule;
	size_t i;

	if (json_array_size(rules) == 0)
		return;
	fputs("\nrules that it depends on\n", out);
	json_array_foreach(rules, i, rule)
	{
		fprintf(out, "  %-8s%s%s%s: %s\n", text_of(rule, "result"), text_of(rule, "place"),
		        has(rule, "place") ? " " : "", text_of(rule, "rule"), text_of(rule, "claim"));
	}
}

static void print_facts(const json_t *facts, FILE *out)
{
	const json_t *fact;
	size_t i;

	if (json_array_size(facts) == 0)
		return;
	fputs("\nobjects that were asked about\n", out);
	json_array_foreach(facts, i, fact)
	{
		fprintf(out, "  %s '%s': %s", text_of(fact, "kind"), text_of(fact, "name"),
		        text_of(fact, "state"));
		if (has(fact, "message"))
			fprintf(out, ", %s", text_of(fact, "message"));
		if (has(fact, "assumed"))
			fprintf(out, ", assumed to be %s", text_of(fact, "assumed"));
		fputs("\n", out);
	}
}

static void print_side(const json_t *change, const char *side, char sign, FILE *out)
{
	const char *part = text_of(change, "part"), *name = text_of(change, "name");

	if (json_object_get(change, side) == NULL)
		return;
	fprintf(out, "  %c %s%s%s %s\n", sign, part, strcmp(part, name) != 0 ? " " : "",
	        strcmp(part, name) != 0 ? name : "", text_of(change, side));
}

static void print_sent(const json_t *explanation, FILE *out)
{
	const json_t *sent = json_object_get(explanation, "sent"), *change;
	const json_t *changes = json_object_get(explanation, "changes");
	size_t i;

	if (sent == NULL)
		return;
	fprintf(out, "\nwhat is sent\n  %s\n", text_of(sent, "request"));
	if (json_array_size(changes) > 0)
		fputs("\nwhat is changed\n", out);
	json_array_foreach(changes, i, change)
	{
		print_side(change, "before", '-', out);
		print_side(change, "after", '+', out);
	}
}

static void print_hidden(const json_t *hidden, FILE *out)
{
	const json_t *setting;
	size_t i;

	if (json_array_size(hidden) > 0)
		fputs("\nwhat its answer does not tell\n", out);
	json_array_foreach(hidden, i, setting)
	{
		fprintf(out, "  %s (%s)\n", text_of(setting, "rule"), text_of(setting, "place"));
	}
}

/* Presets and profiles are compiled in: they can be extended, not edited. */
static bool is_shipped(const char *place)
{
	return strncmp(place, "preset ", 7) == 0 || strncmp(place, "profile ", 8) == 0;
}

/* SETTINGS with DEPTH tabs before each line. */
static void print_indented(const char *settings, unsigned depth, FILE *out)
{
	while (*settings != '\0') {
		size_t len = strcspn(settings, "\n");

		for (unsigned i = 0; i < depth; i++)
			fputs("\t", out);
		fprintf(out, "%.*s\n", (int)len, settings);
		settings += len + (settings[len] == '\n' ? 1 : 0);
	}
}

static void print_settings(const json_t *remedy, FILE *out)
{
	const char *policy = text_of(remedy, "policy"), *place = text_of(remedy, "place");

	if (is_shipped(place)) {
		fprintf(out,
		        "  policy '%s' is shipped: extend it, and give the client the new policy\n"
		        "\tpolicies = {\n\t\tmy-%s = {\n\t\t\textends = \"%s\";\n",
		        policy, policy, policy);
		print_indented(text_of(remedy, "settings"), 3, out);
		fputs("\t\t};\n\t};\n", out);
		return;
	}
	fprintf(out, "  in policy '%s' (%s)\n", policy, place);
	print_indented(text_of(remedy, "settings"), 1, out);
}

static void print_remedy(const json_t *remedy, FILE *out)
{
	const json_t *beyond = json_object_get(remedy, "beyond"), *claim;
	size_t i;

	if (remedy == NULL)
		return;
	fputs("\nhow to allow it\n", out);
	if (has(remedy, "variables"))
		fprintf(out, "  of the variables of policy '%s' (%s), %s\n", text_of(remedy, "policy"),
		        text_of(remedy, "place"), text_of(remedy, "variables"));
	if (has(remedy, "settings"))
		print_settings(remedy, out);
	json_array_foreach(beyond, i, claim)
	{
		fprintf(out, "  no one more setting does: %s\n", json_string_value(claim));
	}
}

void explain_print(const json_t *explanation, FILE *out)
{
	fprintf(out, "%s\n", text_of(explanation, "request"));
	if (has(explanation, "as"))
		fprintf(out, "  as %s\n", text_of(explanation, "as"));
	print_verdict(explanation, out);
	if (has(explanation, "message"))
		fprintf(out, "  %s\n", text_of(explanation, "message"));
	print_rules(json_object_get(explanation, "rules"), out);
	print_facts(json_object_get(explanation, "facts"), out);
	print_sent(explanation, out);
	print_hidden(json_object_get(explanation, "hidden"), out);
	print_remedy(json_object_get(explanation, "remedy"), out);
}
