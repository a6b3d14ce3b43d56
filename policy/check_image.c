/* Images that a request uses: what is run, mounted, tagged, built from or pulled. An image that is there is
 * judged on its id, by where it is proven to come from; one that is not, by the name it would be pulled
 * by. Names that a request gives are check_produce.c's. */
#include "policy/check.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/identity.h"
#include "policy/image_proof.h"
#include "policy/query.h"
#include "policy/reference.h"
#include "policy/request.h"
#include "policy/text.h"
#include "policy/world.h"

#include <string.h>

static const struct image_rules *rules_of(const struct check *check)
{
	return &check->policy->images;
}

/* NAME is what the list would have to hold, or NULL. */
static struct rule use_rule(const struct check *check, const char *name)
{
	struct rule rule = check_rule("images.use", rules_of(check)->use.place);

	rule.value = name;
	return rule;
}

/* LIST as whoever asks has it. */
static bool lists(const struct check *check, const struct image_list *list,
                  const struct image_name *name)
{
	return image_list_has(list, check->identity->grant.tenant, name);
}

static bool deny_unread(struct check *check, const char *field, const char *text,
                        const struct error *error)
{
	return check_deny(check, use_rule(check, NULL), "write it like registry/name:tag", "%s '%s' %s",
	                  field, check_shown(check, text), error->text);
}

/* ---- pinning ---- */

static bool is_pinned(const struct image_rules *rules, const struct reference *reference)
{
	switch (rules->pin) {
	case IMAGE_PIN_NONE:
	case IMAGE_PIN_DIGEST: /* a digest will be put there */
		return true;
	case IMAGE_PIN_TAG:
		break;
	}
	return reference->digest != NULL ||
	       (reference->tag != NULL && strcmp(reference->tag, "latest") != 0);
}

/* True when TEXT is the id of IMAGE, or begins it: that is as good as a digest. */
static bool is_id_of(const char *text, const struct fact *image)
{
	const char *prefix = "sha256:";
	const char *hex = text_starts_with(text, prefix) ? text + strlen(prefix) : text;

	return *hex != '\0' && image->state == FACT_FOUND &&
	       text_starts_with(image->id + strlen(prefix), hex);
}

static bool judge_pin(struct check *check, const char *field, const char *text,
                      const struct reference *reference)
{
	if (is_pinned(rules_of(check), reference))
		return true;
	return check_deny(check, check_rule("images.pin", rules_of(check)->pin_place),
	                  "name it with a tag other than latest, or by digest",
	                  "%s '%s' does not say which version", field, check_shown(check, text));
}

/* ---- images that may be there ---- */

static bool is_listed(const struct check *check, const struct reference *reference)
{
	const struct image_rules *rules = rules_of(check);
	const char *tag = reference->tag != NULL ? reference->tag : "latest";
	const struct image_name name = {
		.name = reference->name,
		.tag = reference->digest == NULL ? tag : NULL,
		.digest = reference->digest,
	};

	return lists(check, &rules->use, &name) || lists(check, &rules->produce, &name);
}

/* A name has to be one that may be pulled, or one that may be given. What an id or a digest leads to is
 * told by the image alone. */
static bool is_fit(const struct check *check, const struct reference *reference)
{
	bool shown_by_image = reference->maybe_id || reference->digest != NULL;

	if (shown_by_image && check_images_are_looked_up(check->policy, check->closed))
		return true;
	return !reference->maybe_id && is_listed(check, reference);
}

bool check_image_found(struct check *check, const char *field, const char *text,
                       const struct fact *fact)
{
	const struct image_judge judge = {check->arena, check->policy, check->identity->grant.tenant,
	                                  check->facts};
	const char *came_from;

	if (!rules_of(check)->use.set || image_is_proven(&judge, fact, &came_from))
		return true;
	if (came_from != NULL)
		return check_deny(check, use_rule(check, came_from), "use an image from the list",
		                  "%s is '%s', which came from %s", field, check_shown(check, text),
		                  check_shown(check, came_from));
	return check_deny(
		check, use_rule(check, NULL),
		"pull it through quaymaster, or build it under a name that images.produce lists",
		"%s is '%s', and nothing proves where that image came from", field,
		check_shown(check, text));
}

/* Where only tags are asked for, names tell all; and so they do where what exists is trusted. */
bool check_images_are_looked_up(const struct policy *policy, bool closed)
{
	return closed || (!policy->container.trust_existing.on &&
	                  (policy->images.use.set || policy->images.pin == IMAGE_PIN_DIGEST));
}

bool check_images_are_judged(const struct policy *policy, bool closed)
{
	return closed || policy->images.use.set || policy->images.pin != IMAGE_PIN_NONE;
}

/* What could be an id is one when it leads to an image that has it. */
static bool judge_pin_or_id(struct check *check, const char *field, const char *text,
                            const struct reference *reference)
{
	const struct fact *fact;

	if (rules_of(check)->pin != IMAGE_PIN_TAG || !reference->maybe_id ||
	    check->policy->container.trust_existing.on)
		return judge_pin(check, field, text, reference);
	if (!check_optional_fact(check, OBJECT_IMAGE, text, &fact))
		return false;
	return fact == NULL || is_id_of(text, fact) || judge_pin(check, field, text, reference);
}

/* What is not there is the daemon's to tell: clients pull it then. */
static bool judge_image(struct check *check, const char *field, const char *text)
{
	const struct fact *fact;

	if (!check_fact(check, OBJECT_IMAGE, text, &fact))
		return false;
	return fact == NULL || check_image_found(check, field, text, fact);
}

static bool judge_name(struct check *check, const char *field, const char *text,
                       const struct reference *reference)
{
	if (!rules_of(check)->use.set || is_fit(check, reference))
		return true;
	return check_deny(check, use_rule(check, reference->name), "use an image from the list",
	                  "%s is '%s' (%s)", field, check_shown(check, text),
	                  check_shown(check, reference->name));
}

static bool judge_named(struct check *check, const char *field, const char *text,
                        const struct reference *reference)
{
	return judge_name(check, field, text, reference) &&
	       (!check_images_are_looked_up(check->policy, check->closed) ||
	        judge_image(check, field, text));
}

bool check_image_reference(struct check *check, const char *field, const char *text)
{
	struct reference reference;
	struct error error;

	if (!check_images_are_judged(check->policy, check->closed && *text != '\0'))
		return true;
	if (!reference_parse(check->arena, text, &reference, &error))
		return deny_unread(check, field, text, &error);
	return judge_pin_or_id(check, field, text, &reference) &&
	       judge_named(check, field, text, &reference);
}

bool check_image_source(struct check *check, const char *field, const char *text)
{
	struct reference reference;
	struct error error;

	if (!rules_of(check)->use.set && !check_images_are_looked_up(check->policy, check->closed))
		return true;
	if (!reference_parse(check->arena, text, &reference, &error))
		return deny_unread(check, field, text, &error);
	return judge_named(check, field, text, &reference);
}

/* An existing container's image, by its id. It may be gone, and with it what proved its origin. */
bool check_image_of_container(struct check *check, const char *id)
{
	const struct fact *fact;

	if (!rules_of(check)->use.set)
		return true;
	if (!check_optional_fact(check, OBJECT_IMAGE, id, &fact))
		return false;
	if (fact == NULL)
		return true;
	if (fact->state == FACT_FOUND)
		return check_image_found(check, "Image", id, fact);
	return check_deny(check, use_rule(check, NULL), "", "its image '%s' is not there any more",
	                  check_shown(check, id));
}

/* ---- images that a build names ---- */

/* Nobody can put a digest there, and what was made here has none: then a tag has to do. */
static bool judge_base_digest(struct check *check, const char *field, const char *text,
                              const struct reference *reference)
{
	const char *tag = reference->tag != NULL ? reference->tag : "latest";
	const struct image_name name = {reference->name, tag, NULL};
	bool own = strcmp(tag, "latest") != 0 && lists(check, &rules_of(check)->produce, &name);

	if (rules_of(check)->pin != IMAGE_PIN_DIGEST || reference->digest != NULL ||
	    reference->maybe_id || own)
		return true;
	return check_deny(check, check_rule("images.pin", rules_of(check)->pin_place),
	                  "name it by digest", "%s '%s' has none", field, check_shown(check, text));
}

bool check_image_name(struct check *check, const char *field, const char *text)
{
	struct reference reference;
	struct error error;

	if (!check_images_are_judged(check->policy, check->closed))
		return true;
	if (!reference_parse(check->arena, text, &reference, &error))
		return deny_unread(check, field, text, &error);
	return judge_pin_or_id(check, field, text, &reference) &&
	       judge_base_digest(check, field, text, &reference) &&
	       judge_name(check, field, text, &reference);
}

bool check_image_may_be_pulled(struct check *check, const char *field, const char *text)
{
	struct reference reference;
	struct error error;

	if (!check_registry_image(check, field, text))
		return false;
	if (!rules_of(check)->use.set)
		return true;
	if (!reference_parse(check->arena, text, &reference, &error))
		return deny_unread(check, field, text, &error);
	const char *tag = reference.tag != NULL ? reference.tag : "latest";
	const struct image_name name = {
		.name = reference.name,
		.tag = reference.digest == NULL ? tag : NULL,
		.digest = reference.digest,
	};
	if (lists(check, &rules_of(check)->use, &name))
		return true;
	return check_deny(check, use_rule(check, reference.name), "use an image from the list",
	                  "%s would be pulled from %s", field, check_shown(check, reference.name));
}

/* ---- images that a service names ---- */

/* Each node pulls it, and one that cannot runs whatever it has by that name: nothing here proves what
 * that is, unless a digest says it, which a former specification has or has not. */
bool check_image_of_service(struct check *check, const char *field, const char *text, bool written)
{
	const struct image_rules *rules = rules_of(check);
	struct reference reference;
	struct error error;

	if (*text != '\0' && !check_registry_image(check, field, text))
		return false;
	if (!check_images_are_judged(check->policy, check->closed))
		return true;
	if (!reference_parse(check->arena, text, &reference, &error))
		return deny_unread(check, field, text, &error);
	if (!judge_pin(check, field, text, &reference) || !judge_name(check, field, text, &reference) ||
	    !check_image_may_be_pulled(check, field, text))
		return false;
	if (written && reference.digest == NULL && check_tags_are_resolved(check->policy))
		return check_digest_of_tag(check, field, &reference) &&
		       check_world_service_image(check, field, &reference);
	if (reference.digest != NULL)
		return !written || check_world_service_image(check, field, &reference);
	if (check->closed && !world_shares(check->facts->world, OBJECT_IMAGE, text))
		return check_deny_malformed(
			check, "%s '%s' has no digest, and nodes may have another tenant's by that name", field,
			check_shown(check, text));
	if (!check_images_are_looked_up(check->policy, false))
		return true;
	return check_deny(check,
	                  rules->use.set ? use_rule(check, NULL)
	                                 : check_rule("images.pin", rules->pin_place),
	                  "name it by digest; docker does so itself where it may inspect distributions",
	                  "%s '%s' has none, and nodes may have other images by that name", field,
	                  check_shown(check, text));
}

/* ---- pulling and importing ---- */

static const char *parameter(const struct check *check, const char *name)
{
	const char *value = query_value(&check->request->query, name);

	return value != NULL ? value : "";
}

/* Without any tag all of them are pulled. */
static bool judge_pull(struct check *check, const struct reference *reference)
{
	const struct image_name name = {
		.name = reference->name,
		.tag = reference->digest == NULL ? reference->tag : NULL,
		.digest = reference->digest,
	};

	if (!rules_of(check)->use.set || lists(check, &rules_of(check)->use, &name))
		return true;
	return check_deny(check, use_rule(check, reference->name), "use an image from the list",
	                  "fromImage is '%s' (%s)", check_shown(check, parameter(check, "fromImage")),
	                  check_shown(check, reference->name));
}

/* The digest of one tag can be told, those of all of them cannot. */
static bool judge_pulled_digest(struct check *check, const char *image,
                                const struct reference *reference)
{
	if (rules_of(check)->pin == IMAGE_PIN_DIGEST && reference->tag == NULL &&
	    reference->digest == NULL)
		return check_deny(check, check_rule("images.pin", rules_of(check)->pin_place),
		                  "name one tag or digest", "fromImage '%s' is all tags of it",
		                  check_shown(check, image));
	return reference->digest != NULL || !check_tags_are_resolved(check->policy) ||
	       check_digest_of_tag(check, "fromImage", reference);
}

bool check_image_pull(struct check *check)
{
	const char *image = parameter(check, "fromImage"), *tag = parameter(check, "tag");
	struct reference reference;
	struct error error;

	if (!check_registry_image(check, "fromImage", image))
		return false;
	if (!check_images_are_judged(check->policy, check->closed))
		return true;
	if (!reference_parse(check->arena, image, &reference, &error))
		return deny_unread(check, "fromImage", image, &error);
	if (!reference_add_tag(&reference, tag))
		return check_deny(check, use_rule(check, NULL), "name one tag or digest",
		                  "tag '%s' is none", check_shown(check, tag));
	return judge_pin(check, "fromImage", image, &reference) && judge_pull(check, &reference) &&
	       judge_pulled_digest(check, image, &reference) && check_world_pull(check, &reference);
}

/* "-" is the request's own body; anything else the daemon fetches from wherever it says. */
bool check_image_import_source(struct check *check)
{
	const struct flag *rule = &rules_of(check)->import_sources;
	const char *source = parameter(check, "fromSrc");

	if (strcmp(source, "-") == 0 || rule->on)
		return true;
	return check_deny(check, check_rule("images.import_sources", rule->place),
	                  "fetch the file yourself and import it from standard input",
	                  "fromSrc is not '-'");
}
