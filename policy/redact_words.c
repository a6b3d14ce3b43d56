/* How things are hidden that are parts of a text: what is before them is told, and what is behind them is not. */
#include "policy/redact.h"
#include "policy/redact_parts.h"

#include "policy/json.h"
#include "policy/text.h"

#include <stdlib.h>
#include <string.h>

enum { PAIRS_MAX = 1000 };

/* ---- steps of an image ---- */

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

	while (start > 0 && end - start <= REDACT_NAME_MAX && of(text[start - 1]))
		start--;
	return start < end && redact_lists(names, text + start, end - start);
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
		if (!redact_lists(names, text + start, end - start))
			continue;
		end += strspn(text + end, "\"'");
		return text[end] == '=' || text[end] == '\0' ? 0 : end + 1;
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
			return redact_cut(string, told);
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
		if (text[i] == '/' && (i == 0 || strchr("=:,(\"' ", text[i - 1]) != NULL))
			return redact_cut(string, i);
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
		return redact_whole(string);
	shown = malloc(sizeof REDACTED + strlen(rest));
	if (shown == NULL)
		return false;
	memcpy(shown, REDACTED, sizeof REDACTED - 1);
	memcpy(shown + sizeof REDACTED - 1, rest, strlen(rest) + 1);
	fine = json_string_set(string, shown) == 0;
	free(shown);
	return fine;
}

bool redact_binds(const struct redact_rules *rules, const struct redact_place *place, json_t *owner,
                  const char *key)
{
	(void)rules;
	(void)place;
	return redact_each(json_object_get(owner, key), hide_bind);
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

/* ---- execs ---- */

/* "exec_create: sh -c ...": an action is one word, and says more of an exec and of a health check ("health_status: healthy"). */
bool redact_action(const struct redact_rules *rules, const struct redact_place *place,
                   json_t *owner, const char *key)
{
	json_t *action = json_object_get(owner, key);
	const char *text = json_string_value(action), *colon;

	(void)rules;
	(void)place;
	if (text == NULL)
		return redact_each(action, redact_whole);
	colon = strchr(text, ':');
	if (colon == NULL || text_starts_with(text, "health_status:"))
		return true;
	return redact_cut(action, (size_t)(colon - text) + (colon[1] == ' ' ? 2 : 1));
}
