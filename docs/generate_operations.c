/* Prints docs/operations.md from the catalogue, so that the page cannot say anything else than the
 * program does. `make docs` runs it. */
#include "policy/posture.h"
#include "policy/route.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char introduction[] =
	"# Operations\n"
	"\n"
	"This page is generated from the catalogue (`policy/route_tables.c`) by `make docs`; do not edit it.\n"
	"\n"
	"Policies speak of operations, never of URLs: `allow = [\"container.*\", \"image.pull\"]`. In a pattern, `*`\n"
	"stands for any part of a name. What is not listed here does not exist for quaymaster and is refused,\n"
	"whatever the policy says: other paths and methods, API versions outside 1.%d to 1.%d, other query\n"
	"parameters.\n"
	"\n"
	"**Access** is *read*, *read (sensitive)* where the answer may tell secrets (environments, files, output,\n"
	"keys), or *write*. **Body** is what the request carries: JSON is read whole, judged and written afresh; an\n"
	"archive is passed on as it comes, after a verdict on everything else. **Answer** is *plain*, *stream* (may\n"
	"take any time), or the protocol that the connection changes to.\n"
	"\n"
	"Query parameters are *harmless* (pass under every policy), *judged* (a rule of the policy must allow the\n"
	"value), *capped* (limited as far as the policy says so), *owned* (name an object, which is looked up and judged),\n"
	"*rewritten* (what is sent is quaymaster's), *denied* (refused unless empty, except under a policy that is\n"
	"unrestricted or sets `other_properties`, `other_parameters` for builds) or *dropped* (some clients send them, the\n"
	"daemon does not read them, they are not passed on). A parameter that the API version of a request does not have yet,\n"
	"or no longer, is refused when it is judged, owned or denied, and left out otherwise; the version that brought it\n"
	"stands behind it.\n";

/* The word before an operation's first dot. */
static size_t family_len(const struct route *route)
{
	return strcspn(route->operation, ".");
}

static bool same_family(const struct route *a, const struct route *b)
{
	size_t len = family_len(a);

	return len == family_len(b) && strncmp(a->operation, b->operation, len) == 0;
}

/* The route whose family comes next in the alphabet after that of PREVIOUS (NULL: the first); NULL
 * at the end. */
static const struct route *next_family(const struct route *routes, size_t count,
                                       const struct route *previous)
{
	const struct route *next = NULL;

	for (size_t i = 0; i < count; i++) {
		const struct route *route = &routes[i];

		if (previous != NULL &&
		    (same_family(route, previous) || strcmp(route->operation, previous->operation) < 0))
			continue;
		if (next == NULL || strcmp(route->operation, next->operation) < 0)
			next = route;
	}
	return next;
}

static void print_versions(unsigned since, unsigned until)
{
	if (until != 0)
		printf("1.%u to 1.%u", since, until);
	else if (since <= API_MINOR_OLDEST)
		printf("all");
	else
		printf("1.%u", since);
}

static const char *access_name(const struct route *route)
{
	if (route->writes)
		return "write";
	return route->sensitive ? "read (sensitive)" : "read";
}

static void print_route(const struct route *route)
{
	printf("| `%s` | `%s %s` | ", route->operation, method_name(route->method), route->template);
	print_versions(route->since, route->until);
	printf(" | %s | %s | %s | %s |\n", access_name(route), body_kind_name(route->body),
	       answer_kind_name(route->answer), route->summary);
}

/* The parameters of one posture, separated by blanks, with the versions that know them. */
static void print_column(const struct route *route, enum posture posture)
{
	printf(" |");
	for (size_t i = 0; i < route->parameter_count; i++) {
		const struct parameter_def *parameter = &route->parameters[i];

		if (parameter->posture != posture)
			continue;
		printf(" `%s`", parameter->name);
		if (parameter->until != 0)
			printf(" (to 1.%u)", parameter->until);
		else if (parameter->since > API_MINOR_OLDEST && parameter->since > route->since)
			printf(" (1.%u)", parameter->since);
	}
}

/* A parameter list is printed once an operation, though some operations have several routes. */
static bool has_new_parameters(const struct route *routes, const struct route *route)
{
	for (const struct route *earlier = routes; earlier < route; earlier++) {
		if (strcmp(earlier->operation, route->operation) == 0 &&
		    earlier->parameters == route->parameters)
			return false;
	}
	return route->parameter_count > 0;
}

/* The postures as columns. Those that no parameter of a family has are left out of its table. */
static const struct {
	enum posture posture;
	const char *title;
} columns[] = {
	{POSTURE_HARMLESS, "harmless"}, {POSTURE_JUDGED, "judged"},       {POSTURE_CAPPED, "capped"},
	{POSTURE_OWNED, "owned"},       {POSTURE_REWRITTEN, "rewritten"}, {POSTURE_DENY, "denied"},
	{POSTURE_DROP, "dropped"},
};

enum { COLUMNS = sizeof columns / sizeof columns[0] };

static void mark_columns(const struct route *route, bool *used)
{
	for (size_t i = 0; i < route->parameter_count; i++) {
		for (size_t j = 0; j < COLUMNS; j++)
			used[j] = used[j] || columns[j].posture == route->parameters[i].posture;
	}
}

static void print_parameter_head(const bool *used)
{
	printf("\n| query of |");
	for (size_t i = 0; i < COLUMNS; i++)
		printf(used[i] ? " %s |" : "", columns[i].title);
	printf("\n|---|");
	for (size_t i = 0; i < COLUMNS; i++)
		printf(used[i] ? "---|" : "");
	printf("\n");
}

static void print_parameter_row(const struct route *route, const bool *used)
{
	printf("| `%s`", route->operation);
	for (size_t i = 0; i < COLUMNS; i++) {
		if (used[i])
			print_column(route, columns[i].posture);
	}
	printf(" |\n");
}

static void print_parameters(const struct route *routes, size_t count, const struct route *family)
{
	bool used[COLUMNS] = {false};
	bool started = false;

	for (size_t i = 0; i < count; i++) {
		if (same_family(&routes[i], family))
			mark_columns(&routes[i], used);
	}
	for (size_t i = 0; i < count; i++) {
		if (!same_family(&routes[i], family) || !has_new_parameters(routes, &routes[i]))
			continue;
		if (!started)
			print_parameter_head(used);
		started = true;
		print_parameter_row(&routes[i], used);
	}
}

static void print_family(const struct route *routes, size_t count, const struct route *family)
{
	printf("\n## %.*s\n\n", (int)family_len(family), family->operation);
	printf("| operation | request | API | access | body | answer | what it does |\n"
	       "|---|---|---|---|---|---|---|\n");
	for (size_t i = 0; i < count; i++) {
		if (same_family(&routes[i], family))
			print_route(&routes[i]);
	}
	print_parameters(routes, count, family);
}

int main(void)
{
	const struct route *family = NULL;
	const struct route *routes;
	size_t count;

	routes = route_catalogue(&count);
	printf(introduction, API_MINOR_OLDEST, API_MINOR_NEWEST);
	while ((family = next_family(routes, count, family)) != NULL)
		print_family(routes, count, family);
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
