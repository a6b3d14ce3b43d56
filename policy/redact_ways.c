/* How things are hidden. What stands there afterwards has the type that it had; what cannot be read as it should be is hidden
 * whole. */
#include "policy/redact.h"
#include "policy/redact_parts.h"

#include "policy/json.h"
#include "policy/text.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_LENGTH = 255, PAIRS_MAX = 1000 };

/* ---- whole values ---- */

static bool set_text(json_t *string, const char *text)
{
	return json_string_set(string, text) == 0;
}

/* What is behind the first LEN bytes of STRING. */
static bool cut(json_t *string, size_t len)
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

/* Applies WAY to every text in VALUE, and makes numbers 0. */
static bool each_text(json_t *value, bool (*way)(json_t *string))
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
		fine = each_text(inner, way) && fine;
	}
	json_object_foreach(value, key, inner)
	{
		fine = each_text(inner, way) && fine;
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

/* Of what has a name even that is not. */
static bool hide_value(json_t *string)
{
	return set_text(string, REDACTED);
}

bool redact_texts(const struct redact_rules *rules, const struct redact_place *place, json_t *owner,
                  const char *key)
{
	(void)rules;
	(void)place;
	return each_text(json_object_get(owner, key), hide_text);
}

bool redact_bytes(const struct redact_rules *rules, const struct redact_place *place, json_t *owner,
                  const char *key)
{
	(void)rules;
	(void)place;
	return each_text(json_object_get(owner, key), hide_bytes);
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

/* A name that is longer than anybody's is on every list. */
static bool is_listed(const struct patterns *names, const char *start, size_t len)
{
	char name[NAME_MAX_LENGTH + 1];

	if (len > NAME_MAX_LENGTH)
		return true;
	memcpy(name, start, len);
	name[len] = '\0';
	return patterns_match(names, name) < names->count;
}

/* "NAME=VALUE". One that is nothing but a name has no value. */
static bool hide_pair(const struct patterns *names, json_t *string)
{
	const char *text = json_string_value(string), *equals = strchr(text, '=');

	if (equals == NULL || !is_listed(names, text, (size_t)(equals - text)))
		return true;
	return cut(string, (size_t)(equals - text) + 1);
}

static bool hide_members(const struct patterns *names, json_t *object)
{
	const char *name;
	json_t *value;
	bool fine = true;

	json_object_foreach(object, name, value)
	{
		if (is_listed(names, name, strlen(name)))
			fine = each_text(value, hide_value) && fine;
	}
	return fine;
}

/* {"Name": NAME, "Value": VALUE}, as plugins have them. */
static bool hide_named_value(const struct patterns *names, json_t *object)
{
	const char *name = json_member_string(object, "Name");

	if (name == NULL)
		return each_text(object, hide_value);
	return !is_listed(names, name, strlen(name)) ||
	       each_text(json_object_get(object, "Value"), hide_value);
}

static bool hide_element(const struct patterns *names, json_t *element)
{
	if (json_is_string(element))
		return hide_pair(names, element);
	return json_is_object(element) ? hide_named_value(names, element)
	                               : each_text(element, hide_value);
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

/* ---- by name, in a step of an image ---- */

static bool is_blank_or_quote(char c)
{
	return (c >= '\0' && c <= ' ') || c == '"' || c == '\'';
}

static bool is_of_variable(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_of_name(char c)
{
	return is_of_variable(c) || c == '.' || c == '-' || c == '/';
}

static bool is_of_word(char c)
{
	return !is_blank_or_quote(c);
}

/* True when what ends at END (not included) of TEXT, as far back as OF goes, is listed. */
static bool ends_in_name(const struct patterns *names, const char *text, size_t end,
                         bool (*of)(char c))
{
	size_t start = end;

	while (start > 0 && end - start <= NAME_MAX_LENGTH && of(text[start - 1]))
		start--;
	return start < end && is_listed(names, text + start, end - start);
}

/* What is before the '=' at AT can be read as a name in more than one way. */
static bool is_listed_pair(const struct patterns *names, const char *text, size_t at)
{
	if (at > 0 && (text[at - 1] == '"' || text[at - 1] == '\''))
		at--;
	return ends_in_name(names, text, at, is_of_variable) ||
	       ends_in_name(names, text, at, is_of_name) || ends_in_name(names, text, at, is_of_word);
}

/* "ENV NAME VALUE", and "LABEL NAME VALUE", at AT, as they are written in a Dockerfile: how many bytes of it may be told; 0 for
 * anything else. */
static size_t old_pair_at(const struct patterns *names, const char *text, size_t at)
{
	static const char *const words[] = {"ENV", "LABEL", "env", "label"};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		size_t start = at + strlen(words[i]), end;

		if (!text_starts_with(text + at, words[i]) || !is_blank_or_quote(text[start]))
			continue;
		start += strspn(text + start, " \t\"'");
		end = start + strcspn(text + start, " \t\"'=");
		if (text[end] != '=' && text[end] != '\0' && is_listed(names, text + start, end - start))
			return end + 1;
	}
	return 0;
}

/* Whoever writes more pairs than anybody does has the rest of them hidden. */
static bool hide_words(const struct patterns *names, json_t *string)
{
	const char *text = json_string_value(string);
	unsigned pairs = 0;

	for (size_t at = 0; text[at] != '\0'; at++) {
		size_t told = at == 0 || is_blank_or_quote(text[at - 1]) ? old_pair_at(names, text, at) : 0;

		if (text[at] == '=' && (++pairs > PAIRS_MAX || is_listed_pair(names, text, at)))
			told = at + 1;
		if (told > 0)
			return cut(string, told);
	}
	return true;
}

static bool hide_all_words(const struct patterns *names, json_t *value)
{
	json_t *element;
	bool fine = true;
	size_t i;

	if (json_is_string(value))
		return hide_words(names, value);
	json_array_foreach(value, i, element)
	{
		fine = hide_all_words(names, element) && fine;
	}
	return fine;
}

/* A step of a classic build is a command that does nothing, and says so. */
static bool is_step(const json_t *value)
{
	const char *text = json_string_value(value);

	for (size_t i = 0; i < json_array_size(value); i++) {
		if (is_step(json_array_get(value, i)))
			return true;
	}
	return text != NULL && strstr(text, "#(nop)") != NULL;
}

bool redact_words(const struct redact_rules *rules, const struct redact_place *place, json_t *owner,
                  const char *key)
{
	return hide_all_words(redact_names(rules, place->group), json_object_get(owner, key));
}

bool redact_steps(const struct redact_rules *rules, const struct redact_place *place, json_t *owner,
                  const char *key)
{
	return !is_step(json_object_get(owner, key)) || redact_words(rules, place, owner, key);
}

/* ---- paths of the host ---- */

static bool hide_path(json_t *string)
{
	const char *text = json_string_value(string);

	for (size_t i = 0; text[i] != '\0'; i++) {
		if (text[i] == '/' && (i == 0 || strchr("=:, ", text[i - 1]) != NULL))
			return cut(string, i);
	}
	return true;
}

static bool each_path(json_t *value)
{
	json_t *element;
	bool fine = true;
	size_t i;

	if (json_is_string(value))
		return hide_path(value);
	json_array_foreach(value, i, element)
	{
		fine = each_path(element) && fine;
	}
	return fine;
}

bool redact_paths(const struct redact_rules *rules, const struct redact_place *place, json_t *owner,
                  const char *key)
{
	(void)rules;
	(void)place;
	return each_path(json_object_get(owner, key));
}

/* Volumes and images have names that begin with a letter or digit; so does a path of Windows, "C:\...". */
static bool is_name(const char *text)
{
	return text[0] != '_' && is_of_variable(text[0]) && text[1] != ':' && text[1] != '\0';
}

static bool hide_bind(json_t *string)
{
	const char *text = json_string_value(string);
	const char *rest = text[0] == '/' ? strchr(text, ':') : NULL;
	char *shown;
	bool fine;

	if (is_name(text))
		return true;
	if (rest == NULL)
		return hide_value(string);
	shown = malloc(sizeof REDACTED + strlen(rest));
	if (shown == NULL)
		return false;
	memcpy(shown, REDACTED, sizeof REDACTED - 1);
	memcpy(shown + sizeof REDACTED - 1, rest, strlen(rest) + 1);
	fine = set_text(string, shown);
	free(shown);
	return fine;
}

bool redact_binds(const struct redact_rules *rules, const struct redact_place *place, json_t *owner,
                  const char *key)
{
	(void)rules;
	(void)place;
	return each_text(json_object_get(owner, key), hide_bind);
}

bool redact_sources(const struct redact_rules *rules, const struct redact_place *place,
                    json_t *owner, const char *key)
{
	const char *type = json_member_string(owner, "Type"), *source = json_member_string(owner, key);
	bool is_path = type != NULL && (strcmp(type, "bind") == 0 || strcmp(type, "npipe") == 0);

	if (source != NULL && !is_path && is_name(source))
		return true;
	return redact_texts(rules, place, owner, key);
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

static bool is_one_of(const char *name, const char *const *names)
{
	while (*names != NULL && strcmp(*names, name) != 0)
		names++;
	return *names != NULL;
}

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
		if (!is_daemons_own(name, value) && is_listed(names, name, strlen(name)))
			fine = each_text(value, hide_value) && fine;
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
			fine = each_text(value, hide_text) && fine;
	}
	return fine;
}

/* A node is called by its host; the daemon has its id, and in a reload all of its settings. */
static bool hide_host(json_t *event, json_t *actor, json_t *attributes)
{
	const char *type = json_member_string(event, "Type");

	if (type != NULL && strcmp(type, "node") == 0)
		return each_text(json_object_get(attributes, "name"), hide_text);
	if (type == NULL || strcmp(type, "daemon") != 0)
		return true;
	return each_text(json_object_get(event, "id"), hide_text) &&
	       each_text(json_object_get(actor, "ID"), hide_text) && each_text(attributes, hide_text);
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
