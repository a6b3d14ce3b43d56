/* A configuration file and everything it includes. The raw text of each is scanned before libconfig sees it. */
#include "proxy/config_file.h"

#include "policy/place.h"
#include "policy/problems.h"
#include "policy/settings_scan.h"
#include "proxy/file_text.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 4 * 1024 * 1024, NAME_SIZE = 512, PATH_SIZE = 4096, INCLUDE_DEPTH = 10 };

struct scan {
	const char *directory; /* what includes are relative to */
	struct problems *problems;
};

static bool scan_file(const struct scan *scan, const char *file, struct place from, unsigned depth);

/* Finds `@include "name"` at the start of a line, which is the only place where libconfig sees it. */
static bool included_name(const char *line, size_t len, char *name, size_t size)
{
	static const char directive[] = "@include";
	const char *open, *close;

	while (len > 0 && (*line == ' ' || *line == '\t')) {
		line++;
		len--;
	}
	if (len <= strlen(directive) || strncmp(line, directive, strlen(directive)) != 0)
		return false;
	open = memchr(line, '"', len);
	close = open != NULL ? memchr(open + 1, '"', len - (size_t)(open + 1 - line)) : NULL;
	if (close == NULL || (size_t)(close - open) > size)
		return false;
	memcpy(name, open + 1, (size_t)(close - open - 1));
	name[close - open - 1] = '\0';
	return true;
}

static bool scan_include(const struct scan *scan, const char *name, struct place place,
                         unsigned depth)
{
	char path[PATH_SIZE];
	int len = name[0] == '/' ? snprintf(path, sizeof path, "%s", name)
	                         : snprintf(path, sizeof path, "%s/%s", scan->directory, name);

	if (len < 0 || (size_t)len >= sizeof path)
		return problems_add(scan->problems, place, "the path of the included file is too long");
	if (depth >= INCLUDE_DEPTH)
		return problems_add(scan->problems, place, "files include each other too deep");
	return scan_file(scan, path, place, depth + 1);
}

static bool scan_includes(const struct scan *scan, const char *file, const char *bytes,
                          unsigned depth)
{
	struct place place = {.file = file, .line = 1};
	char name[NAME_SIZE];
	bool fine = true;

	for (; *bytes != '\0'; place.line++) {
		size_t len = strcspn(bytes, "\n");

		if (included_name(bytes, len, name, sizeof name))
			fine = scan_include(scan, name, place, depth) && fine;
		bytes += len + (bytes[len] == '\n');
	}
	return fine;
}

static bool scan_file(const struct scan *scan, const char *file, struct place from, unsigned depth)
{
	size_t len = 0;
	char *bytes = file_text_read(file, FILE_MAX, &len);
	bool fine;

	if (bytes == NULL)
		return from.line == 0
		           ? problems_add(scan->problems, from, "cannot be read: %s", strerror(errno))
		           : problems_add(scan->problems, from, "cannot read %s: %s", file,
		                          strerror(errno));
	if (strlen(bytes) != len)
		fine = problems_add(scan->problems, (struct place){.file = file},
		                    "there is a NUL byte in the file");
	else
		fine = settings_scan(file, bytes, len, scan->problems);
	fine = scan_includes(scan, file, bytes, depth) && fine;
	free(bytes);
	return fine;
}

static bool parse(const char *file, config_t *tree, struct problems *problems)
{
	struct place place = {.file = file};

	if (config_read_file(tree, file) == CONFIG_TRUE)
		return true;
	if (config_error_file(tree) != NULL)
		place.file = config_error_file(tree);
	place.line = config_error_line(tree) > 0 ? (unsigned)config_error_line(tree) : 0;
	return problems_add(problems, place, "%s", config_error_text(tree));
}

bool config_file_parse(const char *file, config_t *tree, struct problems *problems)
{
	struct scan scan = {.problems = problems};
	char *copy = strdup(file);
	bool fine;

	if (copy == NULL)
		return problems_add(problems, (struct place){.file = file}, "out of memory");
	scan.directory = dirname(copy);
	config_set_include_dir(tree, scan.directory);
	fine = scan_file(&scan, file, (struct place){.file = file}, 0) && parse(file, tree, problems);
	free(copy);
	return fine;
}

/* libconfig knows no source of a text: its settings are told where they are from. A line in it would be of
 * no use to anyone. */
static void name_source(config_setting_t *setting, const char *name)
{
	int count = config_setting_is_aggregate(setting) ? config_setting_length(setting) : 0;

	setting->file = name;
	setting->line = 0;
	for (int i = 0; i < count; i++)
		name_source(config_setting_get_elem(setting, (unsigned)i), name);
}

bool config_text_parse(const char *name, const char *text, config_t *tree,
                       struct problems *problems)
{
	if (!settings_scan(name, text, strlen(text), problems))
		return false;
	if (config_read_string(tree, text) != CONFIG_TRUE)
		return problems_add(problems,
		                    (struct place){.file = name, .line = (unsigned)config_error_line(tree)},
		                    "%s", config_error_text(tree));
	name_source(config_root_setting(tree), name);
	return true;
}
