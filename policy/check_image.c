/* Images: which may be used, by their normalised name. What a tag points to is the daemon's to
 * say. */
#include "policy/check.h"

#include "policy/error.h"
#include "policy/query.h"
#include "policy/reference.h"
#include "policy/request.h"

#include <string.h>

/* dockerd tries ids only where it looks for an image that is there, not where it pulls one. */
static bool judge_reference(struct check *check, const char *field, const char *text,
                            bool ids_count)
{
	const struct image_rules *rules = &check->policy->images;
	struct rule rule = check_rule("images.use", rules->use.place);
	struct reference reference;
	struct error error;

	if (!rules->use_set)
		return true;
	if (!reference_parse(check->arena, text, &reference, &error))
		return check_deny(check, rule, "write it like registry/name:tag", "%s '%s' %s", field,
		                  check_shown(check, text), error.text);
	if (ids_count && reference.maybe_id)
		return check_deny(check, rule, "name the image with a tag",
		                  "%s '%s' could be the id of any image", field, check_shown(check, text));
	if (check_listed(&rules->use, reference.name))
		return true;
	rule.value = reference.name;
	return check_deny(check, rule, "use an image from the list", "%s is '%s' (%s)", field,
	                  check_shown(check, text), check_shown(check, reference.name));
}

bool check_image_reference(struct check *check, const char *field, const char *reference)
{
	return judge_reference(check, field, reference, true);
}

static const char *parameter(const struct check *check, const char *name)
{
	const char *value = query_value(&check->request->query, name);

	return value != NULL ? value : "";
}

bool check_image_pull(struct check *check)
{
	const char *image = parameter(check, "fromImage");

	return judge_reference(check, "fromImage", image, false) &&
	       check_registry_image(check, "fromImage", image);
}

/* "-" is the request's own body; anything else the daemon fetches from wherever it says. */
bool check_image_import(struct check *check)
{
	const struct flag *rule = &check->policy->images.import_sources;
	const char *source = parameter(check, "fromSrc");

	if (strcmp(source, "-") == 0 || rule->on)
		return true;
	return check_deny(check, check_rule("images.import_sources", rule->place),
	                  "fetch the file yourself and import it from standard input",
	                  "fromSrc is not '-'");
}
