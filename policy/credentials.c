/* Credentials in headers: base64 and JSON are left to their own modules; here is what is inside. */
#include "policy/credentials.h"

#include "policy/arena.h"
#include "policy/base64.h"
#include "policy/error.h"
#include "policy/json_node.h"
#include "policy/route.h"
#include "policy/schema.h"

/* A head is bounded; a login has some seven properties. */
static const struct json_limits limits = {.bytes = 1 << 18, .nodes = 4000, .depth = 8};

static void release(void *tree)
{
	json_decref(tree);
}

static bool canonical_login(struct arena *arena, struct json_node *login, struct error *error)
{
	return schema_canonical(arena, &schema_auth, login, API_MINOR_NEWEST, UNKNOWN_FIELDS_DROP,
	                        error) != CANONICAL_REFUSED;
}

/* The keys are names of registries, which are data. Go prints an empty map as null. */
static bool canonical_logins(struct arena *arena, struct json_node *logins, struct error *error)
{
	if (logins->type == JSON_NULL) {
		logins->type = JSON_OBJECT;
		logins->is.inside.first = NULL;
		logins->is.inside.count = 0;
	}
	if (logins->type != JSON_OBJECT)
		return error_set(error, "it is not an object");
	for (struct json_node *login = logins->is.inside.first; login != NULL; login = login->next) {
		if (!canonical_login(arena, login, error))
			return false;
	}
	return true;
}

/* The canonical tree of BYTES, or NULL. */
static json_t *read_logins(const char *bytes, size_t len, bool many, struct error *error)
{
	struct json_reading reading;
	json_t *tree = NULL;

	if (json_open(&reading, bytes, len, &limits, error) == JSON_FINE &&
	    (many ? canonical_logins : canonical_login)(reading.arena, reading.node, error))
		tree = json_build(reading.node);
	json_close(&reading);
	return tree;
}

bool credentials_read(struct arena *arena, const char *value, bool many, json_t **tree,
                      const char **printed, struct error *error)
{
	const char *bytes, *text;
	json_t *canonical;
	size_t len;

	*tree = NULL;
	*printed = NULL;
	error->text[0] = '\0';
	if (value[0] == '\0' || !base64_is_valid(value))
		return true;
	bytes = base64_decode(arena, value, &len);
	if (bytes == NULL)
		return false;
	canonical = read_logins(bytes, len, many, error);
	if (canonical == NULL || !arena_own(arena, release, canonical))
		return false;
	*tree = canonical;
	text = json_print(arena, canonical, &len);
	*printed = text != NULL ? base64_encode(arena, text, len) : NULL;
	return *printed != NULL;
}
