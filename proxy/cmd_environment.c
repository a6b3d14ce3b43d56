/* Owns the way from the environment to a configuration, and what is told of it at the start: whoever swaps
 * another proxy's image for this one is to know what that means. */
#include "proxy/cmd_environment.h"

#include "policy/arena.h"
#include "policy/problems.h"
#include "policy/route.h"
#include "proxy/cmd_usage.h"
#include "proxy/config.h"
#include "proxy/log.h"

#include <string.h>

enum { ARENA_LIMIT = 16 * 1024 * 1024 };

extern char **environ;

struct variables environment_variables(struct arena *arena)
{
	struct variables variables = {.list = NULL};
	struct variable *list;
	size_t count = 0;

	while (environ != NULL && environ[count] != NULL)
		count++;
	list = arena_calloc(arena, count, sizeof *list);
	for (size_t i = 0; i < count && list != NULL; i++) {
		size_t len = strcspn(environ[i], "=");
		const char *name = arena_copy(arena, environ[i], len);

		if (name != NULL && environ[i][len] == '=')
			list[variables.count++] = (struct variable){name, environ[i] + len + 1};
	}
	variables.list = list;
	return variables;
}

bool environment_is_meant(void)
{
	struct arena *arena = arena_new(ARENA_LIMIT);
	struct variables variables = {.list = NULL};
	bool meant;

	if (arena == NULL)
		return false;
	variables = environment_variables(arena);
	meant = drop_in_wanted(&variables);
	arena_free(arena);
	return meant;
}

static bool opens_writing(const struct drop_in *drop_in)
{
	size_t count;
	const struct route *routes = route_catalogue(&count);

	for (size_t i = 0; i < count; i++) {
		if (routes[i].writes && routes[i].body != BODY_NONE &&
		    compat_allows(&drop_in->compat, &routes[i]))
			return true;
	}
	return false;
}

static void tell(const struct drop_in *drop_in)
{
	enum compat_dialect dialect = drop_in->compat.dialect;

	log_line(LOG_INFO,
	         "no configuration file: the environment is read as that of %s socket proxy%s; "
	         "`quaymaster convert` prints what it means",
	         dialect == COMPAT_TECNATIVA ? "Tecnativa's" : "LinuxServer's",
	         drop_in->dialect_chosen ? "" : " (QUAYMASTER_COMPAT=tecnativa|linuxserver chooses)");
	if (drop_in->preset == NULL)
		log_line(
			LOG_WARNING,
			"nothing inside an allowed request is judged, as there%s; QUAYMASTER_POLICY=ci has it "
			"judged",
			opens_writing(drop_in) ? ": a client that may create a container is root on this host"
								   : "");
	if (!drop_in->insecure && drop_in->listen[0] != '/')
		log_line(
			LOG_WARNING,
			"listening on %s only; QUAYMASTER_INSECURE=1 listens on every address, as that proxy "
			"does, for a network where everyone may be a client",
			drop_in->listen);
}

static void use_log_level(const struct drop_in *drop_in)
{
	enum log_level level;

	if (log_level_from_text(drop_in->log_level, &level))
		log_set_level(level);
}

static struct config *load(struct arena *arena, const struct drop_in *drop_in,
                           struct problems *mistakes)
{
	const char *text = drop_in_print(arena, drop_in, DROP_IN_VARIABLES);

	if (text != NULL)
		return config_load_text(CONVERTED_POLICY, text, mistakes);
	log_line(LOG_ERROR, "out of memory");
	return NULL;
}

struct config *environment_config(bool level_chosen)
{
	struct arena *arena = arena_new(ARENA_LIMIT);
	struct problems *mistakes = problems_new(), *notes = problems_new();
	struct config *config = NULL;
	struct variables variables;
	struct drop_in drop_in;

	if (arena == NULL || mistakes == NULL || notes == NULL) {
		log_line(LOG_ERROR, "out of memory");
		goto done;
	}
	variables = environment_variables(arena);
	if (drop_in_read(arena, &variables, &drop_in, mistakes, notes)) {
		if (!level_chosen)
			use_log_level(&drop_in);
		tell(&drop_in);
		config = load(arena, &drop_in, mistakes);
	}
	usage_log(LOG_WARNING, notes);
	usage_log(LOG_ERROR, mistakes);
done:
	problems_free(notes);
	problems_free(mistakes);
	arena_free(arena);
	return config;
}
