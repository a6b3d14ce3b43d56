/* How things are hidden. What stands there afterwards has the type that it had; what cannot be read as it should be is hidden
 * whole. */
#include "policy/redact.h"
#include "policy/redact_parts.h"

#include "policy/json.h"
#include "policy/text.h"

#include <stdlib.h>
#include <string.h>

/* ---- whole values ---- */

static bool is_one_of(const char *name, const char *const *names)
{
	while (*names != NULL && strcmp(*names, name) != 0)
		names++;
	return *names != NULL;
}

static bool set_text(json_t *string, const char *text)
{
	return json_string_set(string, text) == 0;
}

bool redact_cut(json_t *string, size_t len)
{
	char *text = malloc(len + sizeof REDACTED);
	bool fine = text != NULL;

	if (fine) {
		memcpy(text, json_string_value(string), len);
		memcpy(text + len, REDACTED, sizeof REDACTED);
		fine = set_text(string, text);
	}
	free(text);
	return fine;
}

bool redact_each(json_t *value, bool (*way)(json_t *string))
{
	const char *key;
	json_t *inner;
	bool fine = true;
	size_t i;

	if (json_is_string(value))
		return way(value);
	if (json_is_integer(value))
		return json_integer_set(value, 0) == 0;
	if (json_is_real(value))
		return json_real_set(value, 0) == 0;
	json_array_foreach(value, i, inner)
	{
		fine = redact_each(inner, way) && fine;
	}
	json_object_foreach(value, key, inner)
	{
		fine = redact_each(inner, way) && fine;
	}
	return fine;
}

/* That there is nothing may be told. */
static bool hide_text(json_t *string)
{
	return json_string_length(string) == 0 || set_text(string, REDACTED);
}

static bool hide_bytes(json_t *string)
{
	return json_string_length(string) == 0 || set_text(string, REDACTED_BASE64);
}

bool redact_whole(json_t *string)
{
	return set_text(string, REDACTED);
}

bool redact_texts(const struct redact_rules *rules, const struct redact_place *place, json_t *owner,
                  const char *key)
{
	(void)rules;
	(void)place;
	return redact_each(json_object_get(owner, key), hide_text);
}

bool redact_bytes(const struct redact_rules *rules, const struct redact_place *place, json_t *owner,
                  const char *key)
{
	(void)rules;
	(void)place;
	return redact_each(json_object_get(owner, key), hide_bytes);
}

static bool empty(json_t *value)
{
	if (json_is_object(value))
		return json_object_clear(value) == 0;
	if (json_is_array(value))
		return json_array_clear(value) == 0;
	return !json_is_string(value) || set_text(value, "");
}

bool redact_empty(const struct redact_rules *rules, const struct redact_place *place, json_t *owner,
                  const char *key)
{
	(void)rules;
	(void)place;
	return empty(json_object_get(owner, key));
}

/* ---- by name ---- */

bool redact_lists(const struct patterns *names, const char *start, size_t len)
{
	char name[REDACT_NAME_MAX + 1];

	if (len > REDACT_NAME_MAX)
		return true;
	memcpy(name, start, len);
	name[len] = '\0';
	return patterns_match(names, name) < names->count;
}

/* "NAME=VALUE". One that is nothing but a name has no value. */
static bool hide_pair(const struct patterns *names, json_t *string)
{
	const char *text = json_string_value(string), *equals = strchr(text, '=');

	if (equals == NULL || !redact_lists(names, text, (size_t)(equals - text)))
		return true;
	return redact_cut(string, (size_t)(equals - text) + 1);
}

static bool hide_members(const struct patterns *names, json_t *object)
{
	const char *name;
	json_t *value;
	bool fine = true;

	json_object_foreach(object, name, value)
	{
		if (redact_lists(names, name, strlen(name)))
			fine = redact_each(value, redact_whole) && fine;
	}
	return fine;
}

/* {"Name": NAME, "Value": VALUE}, as plugins have them. */
static bool hide_named_value(const struct patterns *names, json_t *object)
{
	const char *name = json_member_string(object, "Name");

	if (name == NULL)
		return redact_each(object, redact_whole);
	return !redact_lists(names, name, strlen(name)) ||
	       redact_each(json_object_get(object, "Value"), redact_whole);
}

static bool hide_element(const struct patterns *names, json_t *element)
{
	if (json_is_string(element))
		return hide_pair(names, element);
	return json_is_object(element) ? hide_named_value(names, element)
	                               : redact_each(element, redact_whole);
}

bool redact_named(const struct redact_rules *rules, const struct redact_place *place, json_t *owner,
                  const char *key)
{
	const struct patterns *names = redact_names(rules, place->group);
	json_t *value = json_object_get(owner, key), *element;
	bool fine = true;
	size_t i;

	if (json_is_object(value))
		return hide_members(names, value);
	if (!json_is_array(value))
		return json_is_null(value) || hide_element(names, value);
	json_array_foreach(value, i, element)
	{
		fine = hide_element(names, element) && fine;
	}
	return fine;
}

/* ---- processes ---- */

/* What no title tells of may be anything. */
static bool is_told(const json_t *titles, size_t column)
{
	static const char *const told[] = {"USER", "UID",  "PID",  "PPID",    "C",     "STIME", "TTY",
	                                   "TIME", "STAT", "%CPU", "%MEM",    "VSZ",   "RSS",   "START",
	                                   "NI",   "PRI",  "S",    "ELAPSED", "GROUP", "GID",   NULL};
	const char *title = json_string_value(json_array_get(titles, column));

	return title != NULL && is_one_of(title, told);
}

/* {"Titles": ["PID", "CMD"], "Processes": [["1", "sh -c ..."]]} */
bool redact_processes(const struct redact_rules *rules, const struct redact_place *place,
                      json_t *owner, const char *key)
{
	const json_t *titles = json_object_get(owner, "Titles");
	json_t *rows = json_object_get(owner, key), *row, *cell;
	bool fine = true;
	size_t i, column;

	if (!json_is_array(rows))
		return redact_texts(rules, place, owner, key);
	json_array_foreach(rows, i, row)
	{
		if (!json_is_array(row))
			fine = redact_each(row, redact_whole) && fine;
		json_array_foreach(row, column, cell)
		{
			if (!is_told(titles, column))
				fine = redact_each(cell, redact_whole) && fine;
		}
	}
	return fine;
}

/* ---- registries ---- */

/* Everybody knows the official one. */
bool redact_indexes(const struct redact_rules *rules, const struct redact_place *place,
                    json_t *owner, const char *key)
{
	json_t *indexes = json_object_get(owner, key), *index;
	const char *name;
	void *next;

	if (!json_is_object(indexes))
		return redact_empty(rules, place, owner, key);
	json_object_foreach_safe(indexes, next, name, index)
	{
		if (!json_member_true(index, "Official"))
			json_object_del(indexes, name);
		else if (!empty(json_object_get(index, "Mirrors")))
			return false;
	}
	return true;
}

/* ---- events ---- */

/* What dockerd itself says of an actor, among its labels: names always win over labels; numbers and ids do not, and are told where
 * they look like it. */
static bool is_daemons_own(const char *name, const json_t *value)
{
	static const char *const names[] = {"name", "image", NULL};
	static const char *const numbers[] = {"exitCode", "execID", "execDuration", "signal", NULL};
	const char *text = json_string_value(value);

	return is_one_of(name, names) ||
	       (is_one_of(name, numbers) && text != NULL && text_is_lower_hex(text));
}

static bool hide_labels(const struct patterns *names, json_t *attributes)
{
	const char *name;
	json_t *value;
	bool fine = true;

	json_object_foreach(attributes, name, value)
	{
		if (!is_daemons_own(name, value) && redact_lists(names, name, strlen(name)))
			fine = redact_each(value, redact_whole) && fine;
	}
	return fine;
}

static bool hide_registries(json_t *attributes)
{
	static const char *const names[] = {"registry-mirrors", "insecure-registries",
	                                    "allow-nondistributable-artifacts", NULL};
	const char *name;
	json_t *value;
	bool fine = true;

	json_object_foreach(attributes, name, value)
	{
		if (is_one_of(name, names))
			fine = redact_each(value, hide_text) && fine;
	}
	return fine;
}

/* A node is called by its host; the daemon has its id, and in a reload all of its settings. */
static bool hide_host(json_t *event, json_t *actor, json_t *attributes)
{
	const char *type = json_member_string(event, "Type");

	if (type != NULL && strcmp(type, "node") == 0)
		return redact_each(json_object_get(attributes, "name"), hide_text);
	if (type == NULL || strcmp(type, "daemon") != 0)
		return true;
	return redact_each(json_object_get(event, "id"), hide_text) &&
	       redact_each(json_object_get(actor, "ID"), hide_text) &&
	       redact_each(attributes, hide_text);
}

bool redact_event(const struct redact_rules *rules, const struct redact_place *place, json_t *owner,
                  const char *key)
{
	json_t *actor = json_object_get(owner, key);
	json_t *attributes = json_object_get(actor, "Attributes");

	if (place->group == REDACT_LABELS)
		return hide_labels(&rules->labels, attributes);
	return place->group == REDACT_HOST ? hide_host(owner, actor, attributes)
	                                   : hide_registries(attributes);
}
