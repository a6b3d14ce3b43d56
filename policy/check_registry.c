/* Registries: the daemon talks to whatever host a login, an image's name or a search names, from its
 * own network. Which image is pulled from there is check_image.c's. */
#include "policy/check.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/json.h"
#include "policy/query.h"
#include "policy/reference.h"
#include "policy/request.h"
#include "policy/text.h"

#include <string.h>
#include <strings.h>

#define HUB "docker.io"

static bool is_restricted(const struct check *check)
{
	return check->policy->images.registries.place.line != 0;
}

/* HOST is NULL for what cannot be understood, which no list has. */
static bool judge_host(struct check *check, const char *field, const char *given, const char *host)
{
	const struct patterns *allowed = &check->policy->images.registries;

	if (!is_restricted(check) || (host != NULL && check_listed(allowed, host)))
		return true;
	return check_deny(check, check_rule("images.registries", allowed->place),
	                  "use a registry from the list", "%s is '%s'", field,
	                  check_shown(check, given));
}

static const char *lower_case(struct arena *arena, const char *text, size_t len)
{
	char *copy = arena_copy(arena, text, len);

	for (char *c = copy; c != NULL && *c != '\0'; c++) {
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	}
	return copy;
}

/* What dockerd calls the host of ADDRESS ("https://index.docker.io/v1/"), which need not have a
 * scheme; NULL for what is more than host and port. */
static const char *address_host(struct arena *arena, const char *address)
{
	static const char *const hubs[] = {"", HUB, "index.docker.io", "registry-1.docker.io"};
	const char *start = address, *host;

	if (strncasecmp(start, "https://", 8) == 0)
		start += 8;
	else if (strncasecmp(start, "http://", 7) == 0)
		start += 7;
	host = lower_case(arena, start, strcspn(start, "/"));
	if (host == NULL || host[strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789.-:[]")] != '\0')
		return NULL;
	for (size_t i = 0; i < sizeof hubs / sizeof hubs[0]; i++) {
		if (strcmp(host, hubs[i]) == 0)
			return HUB;
	}
	return host;
}

static bool judge_address(struct check *check, const char *field, const char *address)
{
	return judge_host(check, field, address, address_host(check->arena, address));
}

bool check_registry_login(struct check *check)
{
	const char *address;

	return check_text(check, check->request->body, "serveraddress", &address) &&
	       judge_address(check, "serveraddress", address);
}

bool check_registry_image(struct check *check, const char *field, const char *reference)
{
	struct reference parsed;
	struct error error;
	const char *host = NULL;

	if (!is_restricted(check))
		return true;
	if (reference_parse(check->arena, reference, &parsed, &error))
		host = arena_copy(check->arena, parsed.name, strcspn(parsed.name, "/"));
	return judge_host(check, field, reference, host);
}

bool check_registry_named(struct check *check)
{
	const char *name = check->request->captures.name;

	return check_registry_image(check, "the image", name != NULL ? name : "");
}

/* "registry.example/words": what stands before the first slash is a host when it looks like one. */
bool check_registry_search(struct check *check)
{
	const char *term = query_value(&check->request->query, "term");
	size_t len = term != NULL ? strcspn(term, "/") : 0;
	const char *first = term != NULL ? arena_copy(check->arena, term, len) : "";
	bool names_host = term != NULL && term[len] == '/' && first != NULL &&
	                  (strpbrk(first, ".:") != NULL || strcmp(first, "localhost") == 0);

	if (first == NULL)
		return check_deny_malformed(check, "term is too long");
	return judge_address(check, "term", names_host ? first : "");
}

static bool judge_logins(struct check *check)
{
	const char *registry, *address;
	json_t *login;

	json_object_foreach(check->request->logins, registry, login)
	{
		if (!judge_address(check, "X-Registry-Config", registry) ||
		    !check_text(check, login, "serveraddress", &address) ||
		    (*address != '\0' &&
		     !judge_address(check, "serveraddress of X-Registry-Config", address)))
			return false;
	}
	return true;
}

/* Credentials for one registry are of no use at another, and a daemon might talk to the one that
 * they name. */
bool check_registry_credentials(struct check *check)
{
	const char *address;

	if (!check_text(check, check->request->login, "serveraddress", &address))
		return false;
	return (*address == '\0' ||
	        judge_address(check, "serveraddress of X-Registry-Auth", address)) &&
	       judge_logins(check);
}
