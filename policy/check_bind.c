/* Binds of the host's paths, however they are written. What may be bound is in bind_rules.c; here is
 * how it is read, and what is said about it. */
#include "policy/check.h"

#include "policy/arena.h"
#include "policy/bind_rules.h"
#include "policy/error.h"
#include "policy/json.h"
#include "policy/path.h"
#include "policy/request.h"
#include "policy/spec.h"

#include <string.h>

/* What a policy would have to list; where the source is not the trouble, no source would do. */
static struct rule bind_setting(const struct bind_use *use, struct place place)
{
	return (struct rule){.name = "container.binds",
	                     .place = place,
	                     .value = use->source,
	                     .write = use->write};
}

static bool deny_bind(struct check *check, struct rule rule, const struct bind_use *use,
                      const char *why)
{
	return check_deny(check, rule, "use a volume, or a path that the policy lists", "'%s' %s",
	                  check_shown(check, use->source), why);
}

/* By a rule that is there, or for the lack of one. */
static bool deny_by_answer(struct check *check, enum bind_answer answer,
                           const struct bind_rule *decided, const struct bind_use *use)
{
	struct place place = decided != NULL ? decided->place : check->policy->container.binds.place;
	struct rule rule = check_rule("container.binds", place);

	switch (answer) {
	case BIND_UNLISTED:
		return deny_bind(check, bind_setting(use, place), use, "is a path of the host");
	case BIND_IS_SOCKET:
		return deny_bind(check, bind_setting(use, place), use,
		                 "is the socket of a container engine");
	case BIND_HOLDS_SOCKET:
		return deny_bind(check, rule, use, "holds the socket of a container engine");
	case BIND_BELOW_WRITTEN:
		return deny_bind(check, rule, use,
		                 "lies below a directory that clients write: a symbolic link there could "
		                 "lead anywhere; mount that directory itself");
	case BIND_READ_ONLY:
		if (use->writer != NULL)
			return deny_bind(check, bind_setting(use, place), use,
			                 arena_format(check->arena,
			                              "may be mounted read-only, and %s writes to it",
			                              use->writer));
		return deny_bind(check, bind_setting(use, place), use,
		                 "may be mounted read-only and not relabelled");
	case BIND_PROPAGATES:
		return deny_bind(check, rule, use,
		                 use->propagation == PROPAGATION_SHARED
		                     ? "would be shared (Propagation): its mounts would appear on the host"
		                     : "would get the host's later mounts as well");
	case BIND_RELABELS:
		return deny_bind(check, rule, use,
		                 "would be relabelled, and only a source that may be created can be");
	case BIND_FINE:
		return true;
	}
	return deny_bind(check, rule, use, "is a path of the host");
}

bool check_bind(struct check *check, const struct bind_use *use)
{
	const struct bind_rule *decided;
	enum bind_answer answer =
		bind_rules_judge(check->arena, check->policy, check->identity, use, &decided);

	return answer == BIND_FINE || deny_by_answer(check, answer, decided, use);
}

static bool judge_use(struct check *check, const char *where, const struct bind_use *use)
{
	const char *outer = check_enter(check, "%s", where);
	bool fine = check_bind(check, use);

	check_leave(check, outer);
	return fine;
}

bool check_bind_text(struct check *check, const char *text)
{
	struct bind bind;
	struct error error;

	if (!spec_parse_bind(check->arena, text, &bind, &error))
		return check_deny_malformed(check, "Binds has '%s', which %s", check_shown(check, text),
		                            error.text);
	if (bind.source == NULL)
		return true;
	if (*bind.source != '/')
		return check_race_volume(check, "Binds", bind.source) &&
		       check_volume_named(check, "Binds", bind.source) &&
		       check_world_volume(check, "Binds", bind.source,
		                          !bind.mode.read_only || bind.mode.relabel);
	return judge_use(check, "Binds: ",
	                 &(struct bind_use){
						 .source = bind.source,
						 .write = !bind.mode.read_only || bind.mode.relabel,
						 .relabel = bind.mode.relabel,
						 .propagation = bind.mode.propagation,
					 });
}

/* Mounts of type bind. A read-only mount whose submounts stay writable is not read-only. Whether the
 * source is created is settled when the mount is rewritten. */
bool check_bind_mount(struct check *check, const json_t *mount)
{
	const json_t *options;
	const char *source, *propagation;
	bool read_only, create, partly;
	struct bind_use use = {0};

	if (!check_text(check, mount, "Source", &source) ||
	    !check_flag(check, mount, "ReadOnly", &read_only) ||
	    !check_object(check, mount, "BindOptions", &options) ||
	    !check_text(check, options, "Propagation", &propagation) ||
	    !check_flag(check, options, "CreateMountpoint", &create) ||
	    !check_flag(check, options, "ReadOnlyNonRecursive", &partly))
		return false;
	if (!spec_parse_propagation(propagation, &use.propagation))
		return check_deny_malformed(check, "BindOptions.Propagation is '%s'",
		                            check_shown(check, propagation));
	use.source = spec_clean_path(check->arena, source);
	use.write = !read_only || partly;
	use.writer = partly ? "BindOptions.ReadOnlyNonRecursive" : NULL;
	if (use.source == NULL)
		return check_deny_malformed(check, "Source '%s' is not an absolute path",
		                            check_shown(check, source));
	return judge_use(check, "Source ", &use);
}

/* What is not said to be read-only is writable. */
bool check_existing_bind(struct check *check, const json_t *mount)
{
	const char *source, *propagation;
	struct bind_use use = {.write = !json_is_false(json_member(mount, "RW"))};

	if (!check_text(check, mount, "Source", &source) ||
	    !check_text(check, mount, "Propagation", &propagation))
		return false;
	use.source = spec_clean_path(check->arena, source);
	if (use.source == NULL || !spec_parse_propagation(propagation, &use.propagation))
		return check_deny_malformed(check, "Source '%s' or its propagation is strange",
		                            check_shown(check, source));
	return judge_use(check, "Source ", &use);
}
