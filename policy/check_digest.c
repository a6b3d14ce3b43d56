/* Tags in whose place a digest is sent: under images.pin = "digest" the registry is asked, by way of the
 * daemon, what a tag leads to. So what is pulled is what was judged, wherever the tag is moved meanwhile.
 * What is put into the request is mutate_image.c's. */
#include "policy/check.h"

#include "policy/facts.h"
#include "policy/reference.h"
#include "policy/verdict.h"

/* Where a policy is only tried out, nothing is put anywhere, and the daemon hears the tag. */
bool check_tags_are_resolved(const struct policy *policy)
{
	return policy->images.pin == IMAGE_PIN_DIGEST && policy->mode == MODE_ENFORCE;
}

static bool deny_unresolved(struct check *check, const char *field, const struct fact *fact)
{
	bool first = check->verdict->message == NULL;
	bool goes_on = check_deny(
		check, check_rule("images.pin", check->policy->images.pin_place),
		"log in to the registry where it asks for that, name another tag, or name it by digest",
		"the registry does not tell the digest of %s '%s': %s", field,
		check_shown(check, fact->name),
		fact->message != NULL ? fact->message : "the daemon did not answer");

	if (first)
		check->verdict->status = check_fact_status(fact);
	return goes_on;
}

bool check_digest_of_tag(struct check *check, const char *field, const struct reference *reference)
{
	const char *tagged = reference_tagged(check->arena, reference);
	const struct fact *fact;

	if (check->verdict->message != NULL) /* nobody asks a registry that is not allowed */
		return true;
	fact = tagged != NULL ? facts_about(check->arena, check->facts, OBJECT_DISTRIBUTION, tagged)
	                      : NULL;
	if (fact == NULL)
		return check_deny_malformed(check, "there is no room left to ask for the digest of %s",
		                            field);
	check->waiting = check->waiting || fact->state == FACT_WANTED;
	if (fact->state == FACT_WANTED || fact->state == FACT_FOUND)
		return true;
	return deny_unresolved(check, field, fact);
}
