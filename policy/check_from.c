/* Images that a classic build is made from, as its Dockerfile and the triggers of its base images name them. The
 * builder looks each up by that name when it comes to it, and pulls what is not there. */
#include "policy/check.h"

#include "policy/arena.h"
#include "policy/dockerfile.h"
#include "policy/error.h"
#include "policy/json.h"
#include "policy/query.h"
#include "policy/reference.h"
#include "policy/request.h"
#include "policy/upload.h"

#include <string.h>

static const struct image_rules *rules_of(const struct check *check)
{
	return &check->policy->images;
}

/* Of the rules that may be in force the one that denies what cannot be told. */
static struct rule unclear_rule(const struct check *check)
{
	const struct image_rules *rules = rules_of(check);

	if (rules->use.set)
		return check_rule("images.use", rules->use.place);
	if (rules->pin != IMAGE_PIN_NONE)
		return check_rule("images.pin", rules->pin_place);
	return check_rule("images.registries", rules->registries.place);
}

static const char *parameter(const struct check *check, const char *name)
{
	const char *value = query_value(&check->request->query, name);

	return value != NULL ? value : "";
}

/* Reads a parameter that is JSON; what it makes no sense of is the daemon's to refuse. */
static void release(void *tree)
{
	json_decref(tree);
}

static json_t *json_parameter(struct check *check, const char *name)
{
	static const struct json_limits limits = {1 << 20, 10000, 8};
	const char *text = parameter(check, name);
	json_t *tree = NULL;
	struct error error;

	if (*text == '\0' || json_read(text, strlen(text), &limits, &tree, &error) != JSON_FINE)
		return NULL;
	return arena_own(check->arena, release, tree) ? tree : NULL;
}

bool check_builds_are_judged(const struct policy *policy, bool closed)
{
	return check_images_are_judged(policy, closed) || policy->images.registries.place.line != 0;
}

static bool judge_image(struct check *check, const struct dockerfile_image *image, bool triggered);

/* What an image makes the builder do first. Its triggers' own images are only copied from. */
static bool judge_triggers(struct check *check, const struct fact *fact)
{
	const json_t *list = json_member(json_member(fact->inspected, "Config"), "OnBuild");
	struct dockerfile *triggers = arena_alloc(check->arena, sizeof *triggers);
	struct error error;

	if (triggers == NULL)
		return check_deny_malformed(check, "there is no memory left to look into it");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *text = json_string_value(json_array_get(list, i));

		if (text == NULL || !dockerfile_read_trigger(check->arena, text, triggers, &error))
			return check_deny(check, unclear_rule(check), "build from another image",
			                  "the image has a trigger (ONBUILD) that cannot be told for certain");
	}
	for (size_t i = 0; i < triggers->count; i++) {
		if (!judge_image(check, &triggers->list[i], true))
			return false;
	}
	return true;
}

/* True when the builder may pull although there is an image by that name. */
static bool may_pull(const struct check *check, const struct dockerfile_image *image)
{
	const char *pull = parameter(check, "pull");

	return image->platform || *parameter(check, "platform") != '\0' ||
	       (*pull != '\0' && strcmp(pull, "0") != 0);
}

static bool judge_found(struct check *check, const struct dockerfile_image *image,
                        const struct fact *fact, bool triggered)
{
	if (!check_image_found(check, "it", image->text, fact))
		return false;
	if (may_pull(check, image) && !check_image_may_be_pulled(check, "it", image->text))
		return false;
	return triggered || image->copied || judge_triggers(check, fact);
}

/* What the builder comes to have by a tenant's name later, from a registry or from another tenant, would bring triggers
 * and files that nobody has judged. */
static bool check_world_base(struct check *check, const struct dockerfile_image *image,
                             const struct fact *fact)
{
	if (!check->closed)
		return true;
	if (fact->state != FACT_FOUND)
		return check_deny_malformed(check, "that image is not here for you; pull it first");
	return !may_pull(check, image) ||
	       check_deny_malformed(check, "the builder would pull; pull the image yourself, and build "
	                                   "without --pull and --platform");
}

static bool judge_image(struct check *check, const struct dockerfile_image *image, bool triggered)
{
	const struct fact *fact;

	if (!check_image_name(check, "it", image->text))
		return false;
	if (check->policy->container.trust_existing.on)
		return check_registry_image(check, "it", image->text);
	if (!check_optional_fact(check, OBJECT_IMAGE, image->text, &fact))
		return false;
	if (fact == NULL)
		return true;
	if (!check_world_base(check, image, fact))
		return false;
	return fact->state == FACT_FOUND ? judge_found(check, image, fact, triggered)
	                                 : check_image_may_be_pulled(check, "it", image->text);
}

static bool judge_dockerfile(struct check *check, const struct upload_file *file)
{
	struct dockerfile *dockerfile = arena_alloc(check->arena, sizeof *dockerfile);
	struct error error;

	if (dockerfile == NULL)
		return check_deny_malformed(check, "there is no memory left to look into it");
	if (!dockerfile_read(check->arena, file->text, file->len, json_parameter(check, "buildargs"),
	                     dockerfile, &error))
		return check_deny(check, unclear_rule(check), "write it more simply", "the Dockerfile %s",
		                  error.text);
	for (size_t i = 0; i < dockerfile->count; i++) {
		const struct dockerfile_image *image = &dockerfile->list[i];
		const char *outer =
			check_enter(check, "the Dockerfile's line %u, %s '%s': ", image->line,
		                image->copied ? "COPY --from" : "FROM", check_shown(check, image->text));
		bool fine = judge_image(check, image, false);

		check_leave(check, outer);
		if (!fine)
			return false;
	}
	return true;
}

/* Of what is named here the builder takes layers that fit, when it is there. */
static bool judge_cache(struct check *check)
{
	json_t *list = json_parameter(check, "cachefrom");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *text = json_string_value(json_array_get(list, i));
		const struct fact *fact;

		if (text == NULL || *text == '\0')
			continue;
		if (!check_optional_fact(check, OBJECT_IMAGE, text, &fact))
			return false;
		if (fact != NULL && fact->state == FACT_FOUND &&
		    !check_image_found(check, "cachefrom", text, fact))
			return false;
	}
	return true;
}

/* What is in the Dockerfile comes after the first verdict; what can be told before is. */
bool check_build_images(struct check *check)
{
	const struct upload *upload = check->request->upload;
	struct upload_plan plan;

	if (!check_builds_are_judged(check->policy, check->closed))
		return true;
	if (*parameter(check, "remote") != '\0')
		return check_deny(check, unclear_rule(check),
		                  "fetch the context yourself and build from it",
		                  "the images it is built from cannot be seen in a remote context");
	upload_plan_make(check->policy, check->closed, check->request, &plan);
	if (plan.count == 0)
		return check_deny(check, unclear_rule(check), "name a file inside of the context",
		                  "dockerfile is '%s'", check_shown(check, parameter(check, "dockerfile")));
	if (check_images_are_looked_up(check->policy, check->closed) && !judge_cache(check))
		return false;
	if (upload == NULL)
		return true;
	if (upload->wrong != NULL)
		return check_deny(check, unclear_rule(check), "send a plain or gzip archive",
		                  "the context %s", upload->wrong);
	for (size_t i = 0; i < plan.count; i++) {
		if (upload->files[i].text != NULL)
			return judge_dockerfile(check, &upload->files[i]);
	}
	return check_deny(check, unclear_rule(check), "put it there", "the context has no file '%s'",
	                  plan.names[0]);
}
