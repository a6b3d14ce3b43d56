/* quaymaster learn: the smallest policy that would have allowed what an audit log has seen. */
#include "proxy/cmd_usage.h"
#include "proxy/commands.h"

#include "policy/arena.h"
#include "policy/audit_record.h"
#include "policy/builder.h"
#include "policy/error.h"
#include "policy/learn.h"
#include "policy/text.h"
#include "proxy/audit_lines.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

enum { ARENA_BYTES = 1 << 30 };

static const char help[] =
	"Usage: quaymaster learn [OPTIONS] AUDITLOG...\n"
	"\n"
	"Prints the smallest policy that would have allowed what the audit logs have seen,\n"
	"as a configuration that can be loaded: which operations, and which settings\n"
	"inside of requests, each with the number of requests that need it. Ids, numbers\n"
	"and names that machines make up become patterns. Read it before you use it: what\n"
	"was seen is not always what should be. - is standard input.\n"
	"\n"
	"  -b, --by KIND      policy (default), user or cn: one policy for each policy\n"
	"                     that was judged by, each Unix user or each common name of a\n"
	"                     certificate; the last two with client rules\n"
	"  -p, --policy NAME  only what this policy has judged\n"
	"      --denied       learn from what was denied, too\n"
	"      --images       only the images that were seen may be used. They will have to\n"
	"                     come through quaymaster, or bear a registry's digest\n"
	"      --engine 1.NN  the newest API version that the daemon speaks (default 1.51)\n"
	"  -h, --help         this text\n"
	"\n"
	"Exit status: 0 when a policy was printed, 1 when not, 2 for wrong usage.\n";

struct options {
	struct learn_setup setup;
	const char *policy;
	bool denied;
};

struct lesson {
	const struct options *options;
	struct learn *learn;
};

static bool take(void *context, struct arena *arena, const struct audit_record *record,
                 unsigned long line, struct error *error)
{
	const struct lesson *lesson = context;
	const char *only = lesson->options->policy;

	(void)arena;
	(void)line;
	if (!record->allowed && !lesson->options->denied)
		return true;
	if (only != NULL && (record->policy == NULL || strcmp(record->policy, only) != 0))
		return true;
	return learn_add(lesson->learn, record, error);
}

static bool read_all(const struct lesson *lesson, char **files, struct audit_lines *lines,
                     struct error *error)
{
	for (; *files != NULL; files++) {
		struct lesson own = *lesson;

		if (!audit_lines_read(*files, lines, take, &own, error))
			return false;
	}
	return true;
}

static int learn(const struct options *options, char **files)
{
	struct arena *arena = arena_new(ARENA_BYTES);
	struct lesson lesson = {.options = options};
	struct builder builder = {.text = NULL};
	struct audit_lines lines = {0};
	struct error error = {.text = "out of memory"};
	const char *text = NULL;

	if (arena != NULL)
		lesson.learn = learn_new(arena, &options->setup);
	if (lesson.learn != NULL && read_all(&lesson, files, &lines, &error) &&
	    learn_print(lesson.learn, &builder, &error))
		text = builder_take(&builder, arena);
	builder_clear(&builder);
	if (text != NULL)
		printf("# Learnt from %lu decisions by 'quaymaster learn'. Read it before you use it.\n%s",
		       lines.decisions, text);
	else
		fprintf(stderr, "quaymaster learn: %s\n", error.text);
	arena_free(arena);
	return text != NULL ? EXIT_OK : EXIT_TROUBLE;
}

static bool read_by(struct options *options, const char *text)
{
	static const char *const kinds[] = {
		[LEARN_BY_POLICY] = "policy", [LEARN_BY_USER] = "user", [LEARN_BY_COMMON_NAME] = "cn"};

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		if (strcmp(kinds[i], text) == 0) {
			options->setup.by = (enum learn_by)i;
			return true;
		}
	}
	return usage_value("learn", "--by", text, "policy, user or cn");
}

static bool take_option(struct options *options, int option)
{
	switch (option) {
	case 'b':
		return read_by(options, optarg);
	case 'p':
		options->policy = optarg;
		return true;
	case 'd':
		options->denied = true;
		return true;
	case 'i':
		options->setup.images = true;
		return true;
	case 'e':
		return usage_engine("learn", optarg, &options->setup.minor);
	default:
		return false;
	}
}

int cmd_learn(int argc, char **argv)
{
	static const struct option list[] = {
		{"by", required_argument, NULL, 'b'},
		{"policy", required_argument, NULL, 'p'},
		{"denied", no_argument, NULL, 'd'},
		{"images", no_argument, NULL, 'i'},
		{"engine", required_argument, NULL, 'e'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	struct options options = {.setup = {.minor = ENGINE_MINOR_DEFAULT}};
	int option;

	while ((option = getopt_long(argc, argv, "b:p:h", list, NULL)) != -1) {
		if (option == 'h') {
			fputs(help, stdout);
			return EXIT_OK;
		}
		if (!take_option(&options, option))
			return usage_hint("learn");
	}
	if (optind == argc)
		return usage_wrong("learn", "from which audit log?");
	return learn(&options, argv + optind);
}
