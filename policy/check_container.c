/* Containers: new ones, and existing ones by the same rules, since whoever may start, enter or
 * copy from one has what it has. */
#include "policy/check.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/facts.h"
#include "policy/json.h"
#include "policy/query.h"
#include "policy/request.h"
#include "policy/spec.h"
#include "policy/text.h"

#include <string.h>

enum { DEPTH_MAX = 4, SHORT_ID_LENGTH = 12 };

/* A name that reads like an id could stand before the container that has it. */
static bool check_new_name(struct check *check)
{
	const char *name = query_value(&check->request->query, "name");

	if (name == NULL)
		return true;
	name = spec_container_name(name);
	if (!check_protected(check, name))
		return false;
	if (strlen(name) < SHORT_ID_LENGTH || !text_is_lower_hex(name))
		return check_world_new_name(check, "name", OBJECT_CONTAINER, name);
	return check_deny_malformed(
		check, "name is '%s', which reads like a container's id; use a letter beyond f",
		check_shown(check, name));
}

static bool judge_link(struct check *check, const char *text)
{
	struct error error;
	struct link link;

	if (!spec_parse_link(check->arena, text, &link, &error))
		return check_deny_malformed(check, "Links has '%s', which %s", check_shown(check, text),
		                            error.text);
	return check_container_named(check, "Links", link.container);
}

/* What dangers a HostConfig may hold; the JSON is a request's or the daemon's. */
static bool check_any_host_config(struct check *check, const json_t *host)
{
	return check_host_config(check, host) && check_namespaces(check, host) &&
	       check_user_namespace(check, host) && check_network_mode(check, host) &&
	       check_ports(check, host);
}

bool check_new_host_config(struct check *check, const json_t *host)
{
	return check_any_host_config(check, host) && check_new_mounts(check, host) &&
	       check_count(check, host, "Links") && check_each_string(check, host, "Links", judge_link);
}

static bool judge_host_config(struct check *check, const json_t *host)
{
	const char *outer = check_enter(check, "HostConfig.");
	bool fine =
		check->existing ? check_any_host_config(check, host) : check_new_host_config(check, host);

	check_leave(check, outer);
	return fine;
}

bool check_container_create(struct check *check)
{
	const json_t *body = check->request->body, *host, *networking;
	const char *image;

	if (!check_new_name(check) || !check_text(check, body, "Image", &image) ||
	    !check_object(check, body, "HostConfig", &host) ||
	    !check_object(check, body, "NetworkingConfig", &networking))
		return false;
	return check_mac_address(check, body) && check_image_reference(check, "Image", image) &&
	       check_world_image_volumes(check, image) && judge_host_config(check, host) &&
	       check_endpoints(check, networking) && check_world_joining(check) &&
	       check_limits_create(check);
}

bool check_container_rename(struct check *check)
{
	const char *name = query_value(&check->request->query, "name");

	return check_new_name(check) && (name == NULL || check_world_renaming(check, name));
}

/* An existing container as the daemon describes it. */
static bool judge_existing(struct check *check, const json_t *container)
{
	const json_t *host, *network;
	const char *image;

	if (!check_object(check, container, "HostConfig", &host) ||
	    !check_object(check, container, "NetworkSettings", &network) ||
	    !check_text(check, container, "Image", &image))
		return false;
	if (host == NULL || network == NULL)
		return check_deny_malformed(check, "the daemon does not say how it was made");
	return judge_host_config(check, host) && check_existing_mounts(check, container) &&
	       check_endpoints(check, network) && check_image_of_container(check, image);
}

/* Each container once in a decision, however often and from however many others it is named: three
 * modes each lead to another container, four deep. */
static bool judge_fact(struct check *check, const char *field, const struct fact *fact)
{
	bool *known_fine = &check->fine[fact - check->facts->list];
	bool outer_existing = check->existing;

	if (*known_fine)
		return true;
	const char *outer =
		check_enter_anew(check,
	                     *field != '\0' ? "%s: container '%s': " : "%scontainer '%s': ", field,
	                     check_shown(check, fact->name));

	check->existing = true;
	check->depth++;
	check->facts->judgements++;
	bool fine = judge_existing(check, fact->inspected);
	check->depth--;
	check->existing = outer_existing;
	check_leave(check, outer);
	*known_fine = fine;
	return fine;
}

bool check_container_named(struct check *check, const char *field, const char *name)
{
	const struct fact *fact;

	if (!spec_is_name(name))
		return check_deny_malformed(check, "%s names '%s', which cannot be a container", field,
		                            check_shown(check, name));
	if (!check_protected(check, name))
		return false;
	if (check->policy->container.trust_existing.on)
		return true;
	if (!check_fact(check, OBJECT_CONTAINER, name, &fact))
		return false;
	if (fact == NULL)
		return true;
	if (check->depth == DEPTH_MAX)
		return check_deny_malformed(check, "more than %d containers lean on each other", DEPTH_MAX);
	return judge_fact(check, field, fact);
}

/* The image gets everything in the container's file system, and nothing of what the body says
 * matters here but the image it claims to come from. */
bool check_container_commit(struct check *check)
{
	const char *container = query_value(&check->request->query, "container");
	const char *image;

	if (!check_race_commit(check) || !check_mac_address(check, check->request->body) ||
	    !check_text(check, check->request->body, "Image", &image))
		return false;
	if (!check_produced_repository(check) ||
	    (*image != '\0' && !check_image_reference(check, "Image", image)))
		return false;
	return check_container_named(check, "container",
	                             container != NULL ? spec_container_name(container) : "");
}
