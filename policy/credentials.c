/* Credentials in headers: base64 and JSON are left to their own modules; here is what is inside. */
#include "policy/credentials.h"

#include "policy/arena.h"
#include "policy/base64.h"
#include "policy/error.h"
#include "policy/json.h"
#include "policy/route.h"
#include "policy/schema.h"

/* A head is bounded; a login has some seven properties. */
static const struct json_limits limits = {.bytes = 1 << 18, .nodes = 4000, .depth = 8};

static void release(void *tree)
{
	json_decref(tree);
}

static json_t *canonical_login(const json_t *login, struct error *error)
{
	return schema_canonical(&schema_auth, login, API_MINOR_NEWEST, UNKNOWN_FIELDS_DROP, error);
}

/* The keys are names of registries, which are data. */
static json_t *canonical_logins(json_t *logins, struct error *error)
{
	json_t *canonical = json_object(), *login;
	const char *registry;

	if (canonical != NULL && !json_is_object(logins)) {
		error_set(error, "it is not an object");
		json_decref(canonical);
		return NULL;
	}
	json_object_foreach(logins, registry, login)
	{
		json_t *value = canonical != NULL ? canonical_login(login, error) : NULL;

		if (value == NULL || json_object_set_new(canonical, registry, value) != 0) {
			json_decref(canonical);
			return NULL;
		}
	}
	return canonical;
}

bool credentials_read(struct arena *arena, const char *value, bool many, json_t **tree,
                      const char **printed, struct error *error)
{
	const char *bytes, *text;
	json_t *given = NULL, *canonical;
	size_t len;

	*tree = NULL;
	*printed = NULL;
	error->text[0] = '\0';
	if (value[0] == '\0' || !base64_is_valid(value))
		return true;
	bytes = base64_decode(arena, value, &len);
	if (bytes == NULL || json_read(bytes, len, &limits, &given, error) != JSON_FINE)
		return false;
	canonical = many ? canonical_logins(given, error) : canonical_login(given, error);
	json_decref(given);
	if (canonical == NULL || !arena_own(arena, release, canonical))
		return false;
	*tree = canonical;
	text = json_print(arena, canonical, &len);
	*printed = text != NULL ? base64_encode(arena, text, len) : NULL;
	return *printed != NULL;
}
