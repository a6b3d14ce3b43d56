/* quaymaster convert: what another socket proxy's settings mean, as a configuration. */
#include "proxy/commands.h"

#include "policy/arena.h"
#include "policy/problems.h"
#include "policy/text.h"
#include "policy/wollomatic.h"
#include "proxy/cmd_environment.h"
#include "proxy/cmd_usage.h"
#include "proxy/config.h"
#include "proxy/file_text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
	"Usage: quaymaster convert [--env-file FILE] [NAME=VALUE...] [-FLAG=VALUE...]\n"
	"\n"
	"Prints the configuration that another socket proxy's settings mean: the variables\n"
	"of a HAProxy-based one (CONTAINERS=1, POST=0, ...), or the flags and variables of\n"
	"wollomatic's (-allowGET=REGEX, SP_ALLOW_GET=REGEX, ...). Those given count, or\n"
	"else those in the environment. What is given by name replaces what the file says.\n"
	"What could not be converted goes to standard error, and is left out: what is\n"
	"printed opens no more than those settings do. docs/drop-in.md has the details.\n"
	"\n"
	"  -e, --env-file FILE  a file of NAME=VALUE lines, as docker run takes it\n"
	"  -h, --help           this text\n"
	"\n"
	"Exit status: 0 when the configuration was printed, 1 when there is a mistake in\n"
	"the settings, 2 for wrong usage.\n";

enum { ARENA_LIMIT = 64 * 1024 * 1024, FILE_LIMIT = 1024 * 1024, VARIABLES_MAX = 1000 };

/* What is to be converted. */
struct settings {
	struct arena *arena;
	struct variable *list; /* room for VARIABLES_MAX */
	size_t count;
};

static bool complain(const char *about, const char *what)
{
	fprintf(stderr, "quaymaster convert: %s: %s\n", about, what);
	return false;
}

/* A later variable of the same name replaces the earlier; flags add up. */
static bool add(struct settings *settings, const char *name, const char *value)
{
	size_t at = 0;

	while (at < settings->count && (name[0] == '-' || strcmp(settings->list[at].name, name) != 0))
		at++;
	if (at == VARIABLES_MAX)
		return complain(name, "too many variables");
	if (name[0] == '\0')
		return complain(value, "a value without a name");
	settings->list[at] = (struct variable){name, value};
	if (at == settings->count)
		settings->count++;
	return true;
}

/* "NAME=VALUE", or in a file "NAME" alone, which takes the value from the environment, if it has one. */
static bool add_text(struct settings *settings, const char *text)
{
	size_t len = strcspn(text, "=");
	const char *name = arena_copy(settings->arena, text, len);
	const char *value = text[len] == '=' ? text + len + 1 : getenv(text);

	if (name == NULL)
		return complain(text, "out of memory");
	return value == NULL || add(settings, name, value);
}

static bool add_file(struct settings *settings, const char *file)
{
	size_t len;
	char *bytes = file_text_read(file, FILE_LIMIT, &len);
	char *kept =
		bytes != NULL && strlen(bytes) == len ? arena_copy(settings->arena, bytes, len) : NULL;
	bool fine = true;

	if (kept == NULL)
		complain(file, bytes == NULL ? strerror(errno) : "cannot be held as text");
	free(bytes);
	for (char *line = kept; line != NULL && *line != '\0' && fine;) {
		char *end = line + strcspn(line, "\r\n");
		char *next = end + (*end != '\0');

		*end = '\0';
		line += strspn(line, " \t");
		fine = *line == '\0' || *line == '#' || add_text(settings, line);
		line = next;
	}
	return kept != NULL && fine;
}

/* What one step over the command line comes to. */
enum argument { ARGUMENT_TAKEN, ARGUMENT_BAD, ARGUMENT_UNKNOWN, ARGUMENT_WITHOUT_VALUE };

/* "-allowGET=REGEX", "--allowGET REGEX" and "-logjson" are wollomatic's. *INDEX is moved on. */
static enum argument read_flag(struct settings *settings, char **argv, int *index)
{
	const char *argument = argv[*index] + (argv[*index][1] == '-');
	size_t len = strcspn(argument, "=");
	const char *name = arena_copy(settings->arena, argument, len);
	const char *value = argument[len] == '=' ? argument + len + 1 : argv[*index + 1];

	if (name == NULL || !wollomatic_knows(name))
		return ARGUMENT_UNKNOWN;
	if (argument[len] != '=' && wollomatic_is_switch(name))
		value = "true";
	else if (argument[len] != '=')
		++*index;
	if (value == NULL)
		return ARGUMENT_WITHOUT_VALUE;
	return add(settings, name, value) ? ARGUMENT_TAKEN : ARGUMENT_BAD;
}

static enum argument read_argument(struct settings *settings, char **argv, int *index)
{
	const char *argument = argv[*index];
	bool fine;

	if (argument[0] != '-' && strchr(argument, '=') != NULL)
		fine = add_text(settings, argument);
	else if (text_starts_with(argument, "--env-file="))
		fine = add_file(settings, argument + strlen("--env-file="));
	else if (strcmp(argument, "-e") != 0 && strcmp(argument, "--env-file") != 0)
		return argument[0] == '-' ? read_flag(settings, argv, index) : ARGUMENT_UNKNOWN;
	else if (argv[*index + 1] == NULL)
		return ARGUMENT_WITHOUT_VALUE;
	else
		fine = add_file(settings, argv[++*index]);
	return fine ? ARGUMENT_TAKEN : ARGUMENT_BAD;
}

/* Reads the command line. Returns EXIT_OK, or what the command ends with. */
static int read_arguments(struct settings *settings, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *argument = argv[i];

		switch (read_argument(settings, argv, &i)) {
		case ARGUMENT_TAKEN:
			break;
		case ARGUMENT_BAD:
			return EXIT_TROUBLE;
		case ARGUMENT_UNKNOWN:
			return usage_wrong("convert",
			                   "'%s' is no setting: expected NAME=VALUE, or a flag of wollomatic's",
			                   argument);
		case ARGUMENT_WITHOUT_VALUE:
			return usage_wrong("convert", "%s: expected a value behind it", argument);
		}
	}
	return EXIT_OK;
}

/* Nothing is printed that would not load. */
static bool print_checked(const char *text, struct problems *mistakes)
{
	struct config *config = config_load_text(CONVERTED_POLICY, text, mistakes);

	if (config == NULL)
		return false;
	config_release(config);
	return fputs(text, stdout) >= 0 && fflush(stdout) == 0;
}

/* In a whole environment a flag of the one kind or an expression of the other tells whose it is. */
static bool is_wollomatic(const struct variables *variables)
{
	for (size_t i = 0; i < variables->count; i++) {
		if (wollomatic_knows(variables->list[i].name))
			return true;
	}
	return false;
}

/* Settings that are given say what is meant; in a whole environment there may be none. */
static bool is_empty(const struct variables *variables)
{
	if (variables->chosen)
		return variables->count == 0;
	return !is_wollomatic(variables) && !drop_in_wanted(variables);
}

static const char *convert_haproxy(struct arena *arena, const struct variables *variables,
                                   struct problems *mistakes, struct problems *notes)
{
	struct drop_in drop_in;

	return drop_in_read(arena, variables, &drop_in, mistakes, notes)
	           ? drop_in_print(arena, &drop_in, DROP_IN_OPERATIONS)
	           : NULL;
}

static const char *convert_text(struct arena *arena, const struct variables *variables,
                                struct problems *mistakes, struct problems *notes)
{
	if (!is_wollomatic(variables))
		return convert_haproxy(arena, variables, mistakes, notes);
	if (!drop_in_wanted(variables))
		return wollomatic_print(arena, variables, mistakes, notes);
	problems_add(mistakes, (struct place){.file = NULL},
	             "there are settings of two proxies, a HAProxy-based one and wollomatic's: convert "
	             "those of one");
	return NULL;
}

static int convert(struct arena *arena, const struct variables *variables)
{
	struct problems *mistakes = problems_new(), *notes = problems_new();
	bool fine = false;

	if (mistakes != NULL && notes != NULL) {
		const char *text = convert_text(arena, variables, mistakes, notes);

		fine = text != NULL && print_checked(text, mistakes);
		usage_problems("", notes);
		usage_problems("", mistakes);
	}
	if (!fine && (mistakes == NULL || problems_count(mistakes) == 0))
		complain("the configuration", "cannot be written");
	problems_free(notes);
	problems_free(mistakes);
	return fine ? EXIT_OK : EXIT_TROUBLE;
}

static int convert_arguments(struct arena *arena, int argc, char **argv)
{
	struct settings settings = {.arena = arena,
	                            .list = arena_calloc(arena, VARIABLES_MAX, sizeof *settings.list)};
	struct variables variables;
	int status;

	if (settings.list == NULL) {
		complain("the settings", "out of memory");
		return EXIT_TROUBLE;
	}
	status = read_arguments(&settings, argc, argv);
	if (status != EXIT_OK)
		return status;
	if (argc > 1)
		variables = (struct variables){settings.list, settings.count, true};
	else
		variables = environment_variables(arena);
	if (is_empty(&variables))
		return usage_wrong(
			"convert",
			"there is nothing to convert: give settings, such as CONTAINERS=1 POST=0, "
			"or --env-file FILE%s",
			argc > 1 ? "" : "; the environment has none");
	return convert(arena, &variables);
}

int cmd_convert(int argc, char **argv)
{
	struct arena *arena;
	int status;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-h") == 0 || strcmp(argv[i], "--help") == 0) {
			fputs(help, stdout);
			return EXIT_OK;
		}
	}
	arena = arena_new(ARENA_LIMIT);
	if (arena == NULL) {
		complain("the settings", "out of memory");
		return EXIT_TROUBLE;
	}
	status = convert_arguments(arena, argc, argv);
	arena_free(arena);
	return status;
}
