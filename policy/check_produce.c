/* Names that a request gives to images: by tag, build, commit, import and load, and to registries by
 * push. What such an image is, and whether it may be used, is check_image.c's. */
#include "policy/check.h"

#include "policy/archive_names.h"
#include "policy/arena.h"
#include "policy/error.h"
#include "policy/identity.h"
#include "policy/query.h"
#include "policy/reference.h"
#include "policy/request.h"
#include "policy/upload.h"

#include <string.h>

static const struct image_rules *rules_of(const struct check *check)
{
	return &check->policy->images;
}

/* Where images are listed for use, so are the names that may be given: a policy that lists none may give
 * none. */
static bool names_are_judged(const struct image_rules *rules)
{
	return rules->produce.set || rules->use.set;
}

/* NAME is what the list would have to hold, or NULL. */
static struct rule produce_rule(const struct check *check, const char *name)
{
	struct rule rule = check_rule("images.produce", rules_of(check)->produce.place);

	rule.value = name;
	return rule;
}

static bool is_listed(const struct check *check, const struct image_name *name)
{
	const struct image_rules *rules = rules_of(check);

	return !names_are_judged(rules) ||
	       image_list_has(&rules->produce, check->identity->grant.tenant, name);
}

/* A digest cannot be given: a name that people pin by has to have a tag. */
static bool judge_pin(struct check *check, const char *field, const char *text, const char *tag)
{
	const struct image_rules *rules = rules_of(check);

	if (rules->pin == IMAGE_PIN_NONE || (tag != NULL && strcmp(tag, "latest") != 0))
		return true;
	return check_deny(check, check_rule("images.pin", rules->pin_place),
	                  "give it a tag other than latest", "%s '%s' does not say which version",
	                  field, check_shown(check, text));
}

/* Of a parameter of its own, for behind the name. */
static const char *shown_tag(struct check *check, const char *tag)
{
	const char *shown =
		*tag != '\0' ? arena_format(check->arena, " with tag '%s'", check_shown(check, tag)) : "";

	return shown != NULL ? shown : "";
}

/* A name without a tag is given the tag latest. */
bool check_produced_name(struct check *check, const char *field, const char *text, const char *tag)
{
	struct reference reference;
	struct error error;

	if (!check_names_are_judged(check->policy, check->closed))
		return true;
	if (!reference_parse(check->arena, text, &reference, &error))
		return check_deny(check, produce_rule(check, NULL), "write it like registry/name:tag",
		                  "%s '%s' %s", field, check_shown(check, text), error.text);
	if (!reference_add_tag(&reference, tag) || reference.digest != NULL)
		return check_deny(check, produce_rule(check, NULL), "give it a tag",
		                  "%s '%s' has no proper tag", field, check_shown(check, text));
	const struct image_name name = {
		.name = reference.name,
		.tag = reference.tag != NULL ? reference.tag : "latest",
	};
	if (!is_listed(check, &name) &&
	    !check_deny(check, produce_rule(check, reference.name), "give it a name from the list",
	                "%s is '%s'%s (%s)", field, check_shown(check, text), shown_tag(check, tag),
	                check_shown(check, reference.name)))
		return false;
	return judge_pin(check, field, text, reference.tag) &&
	       check_world_image_name(check, field, &reference);
}

static const char *parameter(const struct check *check, const char *name)
{
	const char *value = query_value(&check->request->query, name);

	return value != NULL ? value : "";
}

/* `repo` and `tag`; without a repo no name is given. */
bool check_produced_repository(struct check *check)
{
	const char *repository = parameter(check, "repo");

	if (!check_world_result(check, "repo"))
		return false;
	return *repository == '\0' ||
	       check_produced_name(check, "repo", repository, parameter(check, "tag"));
}

bool check_produced_tags(struct check *check)
{
	const struct query *query = &check->request->query;

	for (size_t i = 0; i < query->count; i++) {
		const struct parameter *given = &query->parameters[i];

		if (strcmp(given->name, "t") == 0 && *given->value != '\0' &&
		    !check_produced_name(check, "t", given->value, ""))
			return false;
	}
	return true;
}

/* Whoever may give a name to any image could make it look like one that may be used. */
bool check_image_tag(struct check *check)
{
	const char *name = check->request->captures.name;

	return check_image_source(check, "the image", name != NULL ? name : "") &&
	       check_produced_repository(check);
}

/* Without a tag all tags of the repository are pushed. */
bool check_image_push(struct check *check)
{
	const char *text = check->request->captures.name, *tag = parameter(check, "tag");
	struct reference reference;
	struct error error;

	if (!check_registry_named(check))
		return false;
	if (!check_names_are_judged(check->policy, check->closed))
		return true;
	if (text == NULL || !reference_parse(check->arena, text, &reference, &error) ||
	    !reference_add_tag(&reference, tag) || reference.digest != NULL)
		return check_deny(check, produce_rule(check, NULL), "push it by name and tag",
		                  "'%s' is no name to push", check_shown(check, text != NULL ? text : ""));
	const struct image_name name = {.name = reference.name, .tag = reference.tag};
	if (!is_listed(check, &name) &&
	    !check_deny(check, produce_rule(check, reference.name), "push a name from the list",
	                "'%s'%s (%s)", check_shown(check, text), shown_tag(check, tag),
	                check_shown(check, reference.name)))
		return false;
	return judge_pin(check, "the name", text, reference.tag) && check_world_push(check, &reference);
}

bool check_image_import(struct check *check)
{
	const struct image_rules *rules = rules_of(check);

	if (!check_image_import_source(check))
		return false;
	if (names_are_judged(rules) && *parameter(check, "repo") == '\0' &&
	    !check_deny(check, produce_rule(check, NULL), "give it a name from the list",
	                "the image gets no name"))
		return false;
	return check_produced_repository(check);
}

bool check_names_are_judged(const struct policy *policy, bool closed)
{
	return closed || names_are_judged(&policy->images) || policy->images.pin != IMAGE_PIN_NONE;
}

static bool judge_archive_names(struct check *check)
{
	struct archive_names *names = arena_alloc(check->arena, sizeof *names);
	struct error error;

	if (names == NULL)
		return check_deny_malformed(check, "there is no memory left to look into the archive");
	if (!archive_names_read(check->arena, check->request->upload, names, &error))
		return check_deny(check, produce_rule(check, NULL), "make it with docker save NAME:TAG",
		                  "the archive %s", error.text);
	for (size_t i = 0; i < names->count; i++) {
		if (!check_produced_name(check, "the archive's name", names->list[i], ""))
			return false;
	}
	return true;
}

/* The names are in the archive, which comes after the first verdict. */
bool check_image_load(struct check *check)
{
	const struct upload *upload = check->request->upload;

	if (!check_names_are_judged(check->policy, check->closed) || upload == NULL)
		return true;
	if (upload->wrong != NULL)
		return check_deny(check, produce_rule(check, NULL), "make it with docker save NAME:TAG",
		                  "the archive %s", upload->wrong);
	return judge_archive_names(check);
}
