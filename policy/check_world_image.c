/* Images in a tenant's closed world: names that are quaymaster's, taken or shared, and what is pulled, pushed, saved and
 * removed. Whose an image is, and whose its names, is world_image.c's. */
#define _GNU_SOURCE /* strcasestr */
#include "policy/check.h"

#include "policy/arena.h"
#include "policy/hold.h"
#include "policy/query.h"
#include "policy/reference.h"
#include "policy/request.h"
#include "policy/world_image.h"

#include <string.h>

/* ---- names that hold images ---- */

static bool judge_reserved(struct check *check, const char *text)
{
	return text == NULL || !hold_is_reserved(text) ||
	       check_deny_malformed(check, "'%s' is in a repository that is quaymaster's alone",
	                            check_shown(check, text));
}

static bool judge_member(struct check *check, const char *key, const json_t *value)
{
	bool names_an_image = strcmp(key, "Image") == 0 || strcmp(key, "Source") == 0;

	return !names_an_image || judge_reserved(check, json_string_value(value));
}

/* Whatever a parameter is there for; those of BuildKit and of filters are JSON. */
static bool judge_query(struct check *check)
{
	static const char *const names[] = {"cachefrom", "filters", "fromImage", "image",
	                                    "names",     "remote",  "repo",      "t"};
	const struct query *query = &check->request->query;

	for (size_t i = 0; i < query->count; i++) {
		for (size_t j = 0; j < sizeof names / sizeof *names; j++) {
			if (strcmp(query->parameters[i].name, names[j]) == 0 &&
			    !judge_reserved(check, query->parameters[i].value))
				return false;
		}
	}
	return true;
}

bool check_reserved_images(struct check *check)
{
	const struct request *request = check->request;
	enum object_kind kind = request->route->object;

	if ((kind == OBJECT_IMAGE || kind == OBJECT_DISTRIBUTION) &&
	    !judge_reserved(check, request->captures.name))
		return false;
	return judge_query(check) && check_all_members(check, request->body, judge_member);
}

/* ---- names that are given ---- */

static bool deny_taken(struct check *check, const char *field, const struct reference *reference)
{
	return check_deny_malformed(check, "%s: the image name '%s' is taken", field,
	                            check_shown(check, reference->familiar));
}

/* What REFERENCE names by its tag, as the daemon shows it; NULL when it is denied. */
static const char *full_name(struct check *check, const struct reference *reference)
{
	const char *name = reference_tagged(check->arena, reference);

	if (name == NULL)
		check_deny_malformed(check, "there is no memory left to compare names");
	return name;
}

bool check_world_image_name(struct check *check, const char *field,
                            const struct reference *reference)
{
	const struct fact *fact;
	const char *name;

	if (!check->closed || check->facts == NULL)
		return true;
	name = full_name(check, reference);
	if (name == NULL)
		return false;
	if (world_shares(check->facts->world, OBJECT_IMAGE, name))
		return check_deny_malformed(
			check, "%s: the image name '%s' is shared among tenants, and none of them gives it",
			field, check_shown(check, reference->familiar));
	if (!check_optional_fact(check, OBJECT_IMAGE, name, &fact))
		return false;
	return fact == NULL || (!fact->hidden && !fact->shared) || deny_taken(check, field, reference);
}

bool check_world_result(struct check *check, const char *field)
{
	const char *name = query_value(&check->request->query, field);

	return !check->closed || (name != NULL && name[0] != '\0') ||
	       check_deny_malformed(check, "an image without a name is nobody's; give it one ('%s')",
	                            field);
}

/* What is added behind it must be an instruction of its own, and what it says must be one, whose end is where it seems to be:
 * comments go between the lines of one that goes on. */
static bool judge_change(struct check *check, const char *text)
{
	size_t len = strlen(text);

	if (strpbrk(text, "\r\n") != NULL)
		return check_deny_malformed(check, "changes: write one instruction each, on one line");
	if (strcasestr(text, SEAL_PREFIX) != NULL)
		return check_deny_malformed(check, "changes: labels that begin with '" SEAL_PREFIX
		                                   "' are reserved");

	while (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL)
		len--;
	return len == 0 || strchr("\\`", text[len - 1]) == NULL ||
	       check_deny_malformed(check, "changes: an instruction ends in '%c', and goes on nowhere",
	                            text[len - 1]);
}

bool check_world_changes(struct check *check)
{
	const struct query *query = &check->request->query;

	for (size_t i = 0; check->closed && i < query->count; i++) {
		if (strcmp(query->parameters[i].name, "changes") == 0 &&
		    !judge_change(check, query->parameters[i].value))
			return false;
	}
	return true;
}

/* ---- pulling, pushing, saving ---- */

static bool has_version(struct check *check, const char *what, const struct reference *reference)
{
	return reference->tag != NULL || reference->digest != NULL ||
	       check_deny_malformed(check, "%s: name one tag; all of '%s' could be others' as well",
	                            what, check_shown(check, reference->familiar));
}

/* Another platform's image under a name that is shared would be of no use to whoever shares it. */
static bool judge_shared_pull(struct check *check, const char *name)
{
	const char *platform = query_value(&check->request->query, "platform");

	return platform == NULL || *platform == '\0' ||
	       !world_shares(check->facts->world, OBJECT_IMAGE, name) ||
	       check_deny_malformed(check,
	                            "the image '%s' is shared among tenants: pull it without "
	                            "platform, or by digest",
	                            check_shown(check, name));
}

bool check_world_pull(struct check *check, const struct reference *reference)
{
	const char *name;

	if (!check->closed || check->facts == NULL)
		return true;
	if (!has_version(check, "fromImage", reference))
		return false;
	name = full_name(check, reference);
	return name != NULL && (reference->digest != NULL || judge_shared_pull(check, name));
}

bool check_world_push(struct check *check, const struct reference *reference)
{
	const struct fact *fact;
	const char *name;

	if (!check->closed || check->facts == NULL)
		return true;
	if (!has_version(check, "tag", reference))
		return false;
	name = full_name(check, reference);
	return name != NULL && check_fact(check, OBJECT_IMAGE, name, &fact);
}

bool check_world_save(struct check *check, const char *name)
{
	const struct fact *fact;

	return !check->closed || check->facts == NULL || check_fact(check, OBJECT_IMAGE, name, &fact);
}

/* ---- removing ---- */

bool check_image_remove(struct check *check)
{
	struct image_removal *removal;
	const struct fact *fact;

	if (!check->closed)
		return true;
	if (!check_fact(check, OBJECT_IMAGE, check->request->captures.name, &fact))
		return false;
	if (fact == NULL)
		return true;
	removal = arena_alloc(check->arena, sizeof *removal);
	if (removal == NULL || !world_image_removal(check->facts->world, fact, removal))
		return check_deny_malformed(check, "there is no memory left to tell the image's names");
	return removal->why_not == NULL ||
	       check_deny_malformed(check, "the image '%s' cannot be removed: %s",
	                            check_shown(check, fact->name), removal->why_not);
}
