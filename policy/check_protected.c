/* Protected names: objects that a policy's clients may not touch, whatever a request calls them. Knows
 * names, their spellings, and what look-ups have told already; asks for no fact itself. */
#include "policy/check.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/facts.h"
#include "policy/json.h"
#include "policy/reference.h"
#include "policy/request.h"
#include "policy/spec.h"

#include <string.h>

/* Denies when SPELLING is protected; the message shows what the request says, GIVEN. */
static bool judge_spelling(struct check *check, const char *given, const char *spelling)
{
	const struct patterns *protected = &check->policy->protected;
	size_t i = check_match(protected, spelling);

	if (i == protected->count)
		return true;
	return check_deny(check, check_rule("protected", check_match_place(protected, i)),
	                  "leave it alone", "'%s' is protected", check_shown(check, given));
}

bool check_protected(struct check *check, const char *name)
{
	if (name == NULL)
		return true;
	name = spec_container_name(name);
	return judge_spelling(check, name, name);
}

/* A container that was named by its id, or by part of it, has a name all the same. */
bool check_protected_fact(struct check *check, const struct fact *fact)
{
	bool is_object = fact->state == FACT_FOUND && fact->kind != OBJECT_DAEMON;
	const char *name = is_object ? json_member_string(fact->inspected, "Name") : NULL;

	return check_protected(check, name);
}

/* NAME with TAG behind it; without memory nothing can be compared, and the answer is no. */
static bool judge_tagged(struct check *check, const char *given, const char *name, const char *tag)
{
	const char *tagged = arena_format(check->arena, "%s:%s", name, tag);

	if (tagged == NULL)
		return check_deny_malformed(check, "there is no memory left to compare names");
	return judge_spelling(check, given, tagged);
}

bool check_protected_image(struct check *check, const char *text)
{
	struct reference image;
	struct error error;

	if (check->policy->protected.count == 0)
		return true;
	if (text == NULL || !check_protected(check, text))
		return text == NULL;
	if (!reference_parse(check->arena, text, &image, &error))
		return check_deny_malformed(check, "'%s' %s, and could be a protected one",
		                            check_shown(check, text), error.text);
	const char *tag = image.tag != NULL ? image.tag : "latest";
	return judge_spelling(check, text, image.name) && judge_spelling(check, text, image.familiar) &&
	       judge_tagged(check, text, image.name, tag) &&
	       judge_tagged(check, text, image.familiar, tag);
}

bool check_image_save(struct check *check)
{
	const struct query *query = &check->request->query;
	const char *outer = check_enter(check, "names: ");
	bool fine = true;

	for (size_t i = 0; fine && i < query->count; i++)
		fine = strcmp(query->parameters[i].name, "names") != 0 ||
		       (check_protected_image(check, query->parameters[i].value) &&
		        check_world_save(check, query->parameters[i].value));
	check_leave(check, outer);
	return fine;
}
