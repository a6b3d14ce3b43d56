/* quaymaster check --for: which of an application's requests policies would refuse. */
#include "proxy/cmd_check_application.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/load.h"
#include "policy/needs.h"
#include "policy/problems.h"
#include "proxy/cmd_usage.h"
#include "proxy/commands.h"
#include "proxy/config_policies.h"

#include <stdio.h>
#include <string.h>

enum { REQUEST_BYTES = 64 << 20 };

struct tally {
	size_t passing[NEED_KINDS], all[NEED_KINDS];
};

static bool passes(const struct need *need)
{
	return need->trial.end == TRIAL_ALLOWED;
}

static void print_need(const struct need *need)
{
	printf("  %-7s %-8s  %s%s%s\n", passes(need) ? "allowed" : "denied", need_kind_name(need->kind),
	       need->request, *need->what_for != '\0' ? ": " : "", need->what_for);
	if (!passes(need))
		printf("                    %s\n", need->trial.message);
}

static bool try_all(const struct application *application, const struct policy *policy,
                    struct tally *tally)
{
	struct error error = {.text = ""};

	for (size_t i = 0; i < needs_count(application); i++) {
		struct arena *arena = arena_new(REQUEST_BYTES);
		struct need need;
		bool fine = arena != NULL && needs_try(arena, application, i, policy, &need, &error);

		if (fine) {
			print_need(&need);
			tally->all[need.kind]++;
			tally->passing[need.kind] += passes(&need);
		}
		arena_free(arena);
		if (!fine) {
			fprintf(stderr, "quaymaster check: %s\n", arena == NULL ? "out of memory" : error.text);
			return false;
		}
	}
	return true;
}

/* Tells about one policy; false when the application could not do its work under it. */
static bool check_policy(const char *name, const struct application *application,
                         const struct policy *policy)
{
	struct tally tally = {{0}, {0}};
	size_t needed, passing;

	printf("%s (%s) under policy '%s' (%s:%u)\n", name, application->title, policy->name,
	       policy->place.file != NULL ? policy->place.file : "built-in", policy->place.line);
	if (!try_all(application, policy, &tally))
		return false;
	needed = tally.all[NEED_REQUIRED] + tally.all[NEED_MAIN];
	passing = tally.passing[NEED_REQUIRED] + tally.passing[NEED_MAIN];
	printf("  %zu of the %zu requests that it needs would pass, and %zu of %zu that it makes by "
	       "some setting\n",
	       passing, needed, tally.passing[NEED_OPTIONAL], tally.all[NEED_OPTIONAL]);
	return passing == needed;
}

/* Whether an earlier client rule gives the same policy. */
static bool is_repeated(const struct policy_set *set, size_t index)
{
	for (size_t i = 0; i < index; i++) {
		if (policy_set_client_policy(set, i) == policy_set_client_policy(set, index))
			return true;
	}
	return false;
}

static int check_all(const struct policy_set *set, const char *name,
                     const struct application *application, const char *policy_name)
{
	const struct policy *policy =
		policy_name != NULL ? policy_set_find(set, policy_name) : policy_set_client_policy(set, 0);
	bool fine = true;

	if (policy == NULL) {
		if (policy_name != NULL)
			fprintf(stderr, "quaymaster check: there is no policy '%s'\n", policy_name);
		else
			fputs("quaymaster check: no client rule gives a policy; name one with --policy\n",
			      stderr);
		return EXIT_TROUBLE;
	}
	if (policy_name != NULL)
		return check_policy(name, application, policy) ? EXIT_OK : EXIT_TROUBLE;
	for (size_t i = 0; (policy = policy_set_client_policy(set, i)) != NULL; i++) {
		if (!is_repeated(set, i))
			fine = check_policy(name, application, policy) && fine;
	}
	return fine ? EXIT_OK : EXIT_TROUBLE;
}

int check_application(const char *file, const char *name, const char *policy_name)
{
	struct problems *problems = problems_new();
	struct policy_set *set = problems != NULL ? config_policies_load(file, problems) : NULL;
	const struct policy *profile = set != NULL ? policy_set_find(set, name) : NULL;
	int status = EXIT_TROUBLE;

	usage_problems("", problems);
	if (set != NULL && (profile == NULL || needs_count(&profile->application) == 0))
		fprintf(stderr,
		        "quaymaster check: no profile says what '%s' asks for; docs/configuration.md lists "
		        "those that are shipped\n",
		        name);
	else if (set != NULL)
		status = check_all(set, name, &profile->application, policy_name);
	policy_set_free(set);
	problems_free(problems);
	return status;
}
