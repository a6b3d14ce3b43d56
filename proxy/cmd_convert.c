/* quaymaster convert: what another socket proxy's settings mean, as a configuration. */
#include "proxy/commands.h"

#include "policy/arena.h"
#include "policy/problems.h"
#include "policy/text.h"
#include "proxy/cmd_environment.h"
#include "proxy/config.h"
#include "proxy/file_text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
	"Usage: quaymaster convert [--env-file FILE] [NAME=VALUE...]\n"
	"\n"
	"Prints the configuration that the settings of a HAProxy-based socket proxy mean:\n"
	"CONTAINERS=1, POST=0, ... Those given count, or else those in the environment.\n"
	"What is given by name replaces what the file says. What is worth knowing goes to\n"
	"standard error. docs/drop-in.md has the variables.\n"
	"\n"
	"  -e, --env-file FILE  a file of NAME=VALUE lines, as docker run takes it\n"
	"  -h, --help           this text\n"
	"\n"
	"Exit status: 0 when the configuration was printed, 1 when there is a mistake in\n"
	"the settings, 2 for wrong usage.\n";

enum { ARENA_LIMIT = 16 * 1024 * 1024, FILE_LIMIT = 1024 * 1024, VARIABLES_MAX = 1000 };

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

/* A later one of the same name replaces the earlier. */
static bool add(struct settings *settings, const char *name, const char *value)
{
	size_t at = 0;

	while (at < settings->count && strcmp(settings->list[at].name, name) != 0)
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

/* Reads the command line. Returns EXIT_OK, or what the command ends with. */
static int read_arguments(struct settings *settings, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *argument = argv[i];
		bool file = strcmp(argument, "-e") == 0 || strcmp(argument, "--env-file") == 0;

		if (file && i + 1 < argc) {
			if (!add_file(settings, argv[++i]))
				return EXIT_TROUBLE;
		} else if (text_starts_with(argument, "--env-file=")) {
			if (!add_file(settings, argument + strlen("--env-file=")))
				return EXIT_TROUBLE;
		} else if (argument[0] != '-' && strchr(argument, '=') != NULL) {
			if (!add_text(settings, argument))
				return EXIT_TROUBLE;
		} else {
			fprintf(stderr,
			        "quaymaster convert: '%s' is no setting\n"
			        "Try 'quaymaster convert --help'.\n",
			        argument);
			return EXIT_USAGE;
		}
	}
	return EXIT_OK;
}

static void print_all(const struct problems *problems)
{
	for (size_t i = 0; i < problems_count(problems); i++)
		fprintf(stderr, "%s\n", problems_text(problems, i));
}

/* Nothing is printed that would not load. */
static bool print_checked(const char *text, struct problems *mistakes)
{
	struct config *config = config_load_text(DROP_IN_POLICY, text, mistakes);

	if (config == NULL)
		return false;
	config_release(config);
	return fputs(text, stdout) >= 0 && fflush(stdout) == 0;
}

static int convert(struct arena *arena, const struct variables *variables)
{
	struct problems *mistakes = problems_new(), *notes = problems_new();
	const char *text = NULL;
	struct drop_in drop_in;
	bool fine = false;

	if (mistakes != NULL && notes != NULL) {
		if (drop_in_read(arena, variables, &drop_in, mistakes, notes))
			text = drop_in_print(arena, &drop_in, DROP_IN_OPERATIONS);
		fine = text != NULL && print_checked(text, mistakes);
		print_all(notes);
		print_all(mistakes);
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
