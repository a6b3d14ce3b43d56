/* The query of a target as name and value pairs, in order, decoded as Go's url.ParseQuery does
 * ('+' is a space; ';' and malformed escapes are refused), and printed afresh. */
#ifndef QUAYMASTER_POLICY_QUERY_H
#define QUAYMASTER_POLICY_QUERY_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct error;

enum { QUERY_PARAMETERS_MAX = 1000 };

struct parameter {
	const char *name;
	const char *value; /* "" when there was no '=' */
};

struct query {
	struct parameter *parameters;
	size_t count;
};

/* Reads what follows the '?'. Empty pairs are skipped. Refused: NUL, bytes that are not UTF-8
 * once decoded, an empty name, more than QUERY_PARAMETERS_MAX. Strings live in ARENA. */
bool query_parse(struct arena *arena, const char *bytes, size_t len, struct query *query,
                 struct error *error);

/* The first value of NAME, or NULL when it was not given. */
const char *query_value(const struct query *query, const char *name);
/* Appends or, when there already, replaces NAME (which must not be repeated). False when
 * exhausted. */
bool query_set(struct arena *arena, struct query *query, const char *name, const char *value);

/* Appends NAME, which may be there already. False when exhausted. */
bool query_add(struct arena *arena, struct query *query, const char *name, const char *value);

/* "a=1&b=2", everything but unreserved characters percent-encoded; "" for none; NULL when
 * exhausted. */
const char *query_print(struct arena *arena, const struct query *query);

#endif
