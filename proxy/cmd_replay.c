/* quaymaster replay: what another policy would have decided of what an audit log has seen. */
#include "proxy/cmd_usage.h"
#include "proxy/commands.h"

#include "policy/arena.h"
#include "policy/audit_record.h"
#include "policy/error.h"
#include "policy/generalise.h"
#include "policy/load.h"
#include "policy/problems.h"
#include "policy/replay.h"
#include "proxy/audit_lines.h"
#include "proxy/config_policies.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OUTCOMES = 4, REASONS_MAX = 1000, ARENA_BYTES = 256 << 20 };

static const char help[] =
	"Usage: quaymaster replay --config FILE [OPTIONS] AUDITLOG...\n"
	"\n"
	"Tells what the policies of FILE would have decided otherwise of the requests in\n"
	"the audit logs: what would be denied now, what would be allowed now, and what the\n"
	"log does not tell enough about, such as what the daemon's objects were. Each kind\n"
	"is counted, with an example. - is standard input.\n"
	"\n"
	"  -c, --config FILE  the candidate: a whole configuration, or one that has only\n"
	"                     policies and clients\n"
	"  -p, --policy NAME  judge everything by this policy; else client rules decide\n"
	"      --engine 1.NN  the newest API version that the daemon speaks (default 1.51)\n"
	"  -h, --help         this text\n"
	"\n"
	"Exit status: 0 when nothing would be denied that was allowed, or allowed that was\n"
	"denied, 1 when something would or could not be read, 2 for wrong usage.\n";

/* Decisions that came out alike. */
struct kind {
	const char *operation, *reason, *example; /* of the first of them */
	unsigned long line, count;
};

struct tally {
	struct replay_setup setup;
	struct arena *arena; /* for the kinds */
	const char *file;
	unsigned long counts[OUTCOMES];
	struct kind kinds[OUTCOMES][REASONS_MAX];
	size_t kind_counts[OUTCOMES];
};

static struct kind *kind_for(struct tally *tally, enum replay_outcome outcome,
                             const struct audit_record *record, const char *reason)
{
	size_t *count = &tally->kind_counts[outcome];
	struct kind *kind;

	for (size_t i = 0; i < *count; i++) {
		kind = &tally->kinds[outcome][i];
		if (strcmp(kind->operation, record->operation) == 0 && strcmp(kind->reason, reason) == 0)
			return kind;
	}
	if (*count == REASONS_MAX)
		return NULL;
	kind = &tally->kinds[outcome][*count];
	*kind = (struct kind){.operation = arena_string(tally->arena, record->operation),
	                      .reason = arena_string(tally->arena, reason)};
	if (kind->operation == NULL || kind->reason == NULL)
		return NULL;
	(*count)++;
	return kind;
}

static bool take(void *context, struct arena *arena, const struct audit_record *record,
                 unsigned long line, struct error *error)
{
	struct tally *tally = context;
	struct replay replay;
	struct kind *kind;
	const char *reason;

	(void)error;
	replay_record(arena, &tally->setup, record, &replay);
	tally->counts[replay.outcome]++;
	if (replay.outcome == REPLAY_SAME)
		return true;
	reason = generalise_ids(arena, replay.reason, "<id>");
	kind = kind_for(tally, replay.outcome, record, reason != NULL ? reason : "out of memory");
	if (kind != NULL && kind->count++ == 0) {
		kind->line = line;
		kind->example = arena_format(tally->arena, "%s:%lu: %s %s", tally->file, line,
		                             record->method, record->target);
	}
	return true;
}

/* ---- telling ---- */

static int most_first(const void *a, const void *b)
{
	const struct kind *first = a, *second = b;

	return (first->count < second->count) - (first->count > second->count);
}

static void print_outcome(struct tally *tally, enum replay_outcome outcome)
{
	size_t count = tally->kind_counts[outcome];

	printf("%lu %s\n", tally->counts[outcome], replay_outcome_name(outcome));
	qsort(tally->kinds[outcome], count, sizeof tally->kinds[outcome][0], most_first);
	for (size_t i = 0; i < count; i++) {
		const struct kind *kind = &tally->kinds[outcome][i];

		printf("  %lu %s: %s\n    %s\n", kind->count, kind->operation, kind->reason,
		       kind->example != NULL ? kind->example : "");
	}
	if (count == REASONS_MAX)
		printf("  and more kinds\n");
}

static int tell(struct tally *tally, const struct audit_lines *lines)
{
	printf("%lu decisions", lines->decisions);
	if (lines->bad > 0)
		printf(", %lu lines that are none of a log's", lines->bad);
	putchar('\n');
	print_outcome(tally, REPLAY_SAME);
	print_outcome(tally, REPLAY_NOW_DENIED);
	print_outcome(tally, REPLAY_NOW_ALLOWED);
	print_outcome(tally, REPLAY_UNDECIDED);
	return tally->counts[REPLAY_NOW_DENIED] + tally->counts[REPLAY_NOW_ALLOWED] + lines->bad == 0
	           ? EXIT_OK
	           : EXIT_TROUBLE;
}

static int replay_files(struct tally *tally, char **files)
{
	struct audit_lines lines = {0};
	struct error error = {.text = ""};

	for (; *files != NULL; files++) {
		tally->file = *files;
		if (!audit_lines_read(*files, &lines, take, tally, &error)) {
			fprintf(stderr, "quaymaster replay: %s\n", error.text);
			return EXIT_TROUBLE;
		}
	}
	return tell(tally, &lines);
}

/* ---- the candidate ---- */

static struct policy_set *load(const char *config)
{
	struct problems *problems = problems_new();
	struct policy_set *set = problems != NULL ? config_policies_load(config, problems) : NULL;

	usage_problems("", problems);
	problems_free(problems);
	return set;
}

static int replay_with(struct tally *tally, const char *config, const char *policy, char **files)
{
	struct policy_set *set = load(config);
	int status = EXIT_TROUBLE;

	tally->setup.set = set;
	if (set != NULL && policy != NULL)
		tally->setup.policy = policy_set_find(set, policy);
	if (set != NULL && policy != NULL && tally->setup.policy == NULL)
		fprintf(stderr, "quaymaster replay: there is no policy '%s'\n", policy);
	else if (set != NULL)
		status = replay_files(tally, files);
	policy_set_free(set);
	return status;
}

static int replay(const char *config, const char *policy, unsigned minor, char **files)
{
	struct tally *tally = calloc(1, sizeof *tally);
	int status = EXIT_TROUBLE;

	if (tally != NULL) {
		tally->setup.minor = minor;
		tally->arena = arena_new(ARENA_BYTES);
	}
	if (tally != NULL && tally->arena != NULL)
		status = replay_with(tally, config, policy, files);
	else
		fputs("quaymaster: out of memory\n", stderr);
	if (tally != NULL)
		arena_free(tally->arena);
	free(tally);
	return status;
}

int cmd_replay(int argc, char **argv)
{
	static const struct option list[] = {
		{"config", required_argument, NULL, 'c'},
		{"policy", required_argument, NULL, 'p'},
		{"engine", required_argument, NULL, 'e'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	const char *config = NULL, *policy = NULL;
	unsigned minor = ENGINE_MINOR_DEFAULT;
	int option;

	while ((option = getopt_long(argc, argv, "c:p:h", list, NULL)) != -1) {
		if (option == 'h') {
			fputs(help, stdout);
			return EXIT_OK;
		}
		if (option == 'c')
			config = optarg;
		else if (option == 'p')
			policy = optarg;
		else if (option != 'e' || !usage_engine("replay", optarg, &minor))
			return usage_hint("replay");
	}
	if (config == NULL && policy == NULL)
		return usage_wrong("replay",
		                   "which candidate? Say --config FILE, or --policy and a shipped one");
	if (optind == argc)
		return usage_wrong("replay", "which audit log?");
	return replay(config, policy, minor, argv + optind);
}
