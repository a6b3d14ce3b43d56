/* How what is sent differs from what came. Each part of a request becomes a list of names and texts, before and after,
 * and two lists are compared by name. */
#include "policy/difference.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/header_table.h"
#include "policy/json.h"
#include "policy/leaves.h"
#include "policy/text.h"
#include "policy/trial.h"

#include <string.h>

enum { SHOWN_MAX = 400 };

static const char hidden[] = "(hidden)";

/* One side of a part: what is there by what name. */
struct side {
	struct leaf *list;
	size_t count;
};

struct comparison {
	struct arena *arena;
	json_t *differences;
	const char *part;
};

static const char *shown(const struct comparison *comparison, const struct leaf *leaf)
{
	return leaf->secret ? hidden : text_printable(comparison->arena, leaf->text, SHOWN_MAX);
}

static bool put_side(const struct comparison *comparison, json_t *difference, const char *side,
                     const struct leaf *leaf)
{
	return leaf == NULL ||
	       json_object_set_new(difference, side, json_string(shown(comparison, leaf))) == 0;
}

/* BEFORE or AFTER is NULL where there is nothing. */
static bool add(const struct comparison *comparison, const char *name, const struct leaf *before,
                const struct leaf *after)
{
	json_t *difference = json_pack("{s:s, s:s}", "part", comparison->part, "name", name);

	if (put_side(comparison, difference, "before", before) &&
	    put_side(comparison, difference, "after", after))
		return json_array_append_new(comparison->differences, difference) == 0;
	json_decref(difference);
	return false;
}

/* The leaves of SIDE by their path, as an object of indexes; a name that is repeated counts once for each time. */
static json_t *index_of(struct arena *arena, const struct side *side)
{
	json_t *index = json_object();

	for (size_t i = 0; index != NULL && i < side->count; i++) {
		const char *path = side->list[i].path;

		for (unsigned n = 2; path != NULL && json_object_get(index, path) != NULL; n++)
			path = arena_format(arena, "%s (%u)", side->list[i].path, n);
		if (path == NULL ||
		    json_object_set_new_nocheck(index, path, json_integer((json_int_t)i)) != 0) {
			json_decref(index);
			return NULL;
		}
	}
	return index;
}

static const struct leaf *at_key(const struct side *side, const json_t *index, const char *key)
{
	const json_t *at = json_object_get(index, key);

	return at != NULL ? &side->list[json_integer_value(at)] : NULL;
}

static bool compare_indexed(const struct comparison *comparison, const struct side *before,
                            const struct side *after, json_t *before_index, json_t *after_index)
{
	const char *key;
	json_t *at;

	json_object_foreach(before_index, key, at)
	{
		const struct leaf *old = &before->list[json_integer_value(at)];
		const struct leaf *fresh = at_key(after, after_index, key);

		if ((fresh == NULL || strcmp(old->text, fresh->text) != 0) &&
		    !add(comparison, old->path, old, fresh))
			return false;
	}
	json_object_foreach(after_index, key, at)
	{
		const struct leaf *fresh = &after->list[json_integer_value(at)];

		if (json_object_get(before_index, key) == NULL &&
		    !add(comparison, fresh->path, NULL, fresh))
			return false;
	}
	return true;
}

static bool compare(const struct comparison *comparison, const struct side *before,
                    const struct side *after)
{
	json_t *before_index = index_of(comparison->arena, before);
	json_t *after_index = index_of(comparison->arena, after);
	bool fine = before_index != NULL && after_index != NULL &&
	            compare_indexed(comparison, before, after, before_index, after_index);

	json_decref(before_index);
	json_decref(after_index);
	return fine;
}

/* ---- path ---- */

static bool compare_path(struct comparison *comparison, const char *before, const char *after)
{
	struct leaf old = {"path", arena_copy(comparison->arena, before, strcspn(before, "?")), false};
	struct leaf fresh = {"path", arena_copy(comparison->arena, after, strcspn(after, "?")), false};

	comparison->part = "path";
	return old.text != NULL && fresh.text != NULL &&
	       compare(comparison, &(struct side){&old, 1}, &(struct side){&fresh, 1});
}

/* ---- query ---- */

static bool query_side(struct arena *arena, const struct route *route, const struct query *query,
                       struct side *side)
{
	side->list = arena_calloc(arena, query->count + 1, sizeof *side->list);
	side->count = query->count;
	for (size_t i = 0; side->list != NULL && i < query->count; i++) {
		const struct parameter *parameter = &query->parameters[i];
		const struct parameter_def *def = route_parameter(route, parameter->name);

		side->list[i] = (struct leaf){text_printable(arena, parameter->name, SHOWN_MAX),
		                              parameter->value, def == NULL || def->secret};
	}
	return side->list != NULL;
}

static bool compare_query(struct comparison *comparison, const char *target,
                          const struct request *request)
{
	const char *text = target + strcspn(target, "?");
	struct side before, after;
	struct error error;
	struct query given;

	comparison->part = "query";
	text += *text == '?' ? 1 : 0;
	return query_parse(comparison->arena, text, strlen(text), &given, &error) &&
	       query_side(comparison->arena, request->route, &given, &before) &&
	       query_side(comparison->arena, request->route, &request->query, &after) &&
	       compare(comparison, &before, &after);
}

/* ---- headers ---- */

/* Host, framing and the like are written by whoever writes the message. What the catalogue does not know may be anything. */
static bool headers_side(struct arena *arena, const struct headers *headers, struct side *side)
{
	side->list = arena_calloc(arena, headers->count + 1, sizeof *side->list);
	side->count = 0;
	for (size_t i = 0; side->list != NULL && i < headers->count; i++) {
		const struct header_def *def = header_find(headers->list[i].name);
		const char *name = text_printable(arena, headers->list[i].name, SHOWN_MAX);

		if (def != NULL && def->posture == POSTURE_REWRITTEN)
			continue;
		side->list[side->count++] =
			(struct leaf){def != NULL && text_equal_ascii(def->name, name) ? def->name : name,
		                  headers->list[i].value, def == NULL || def->credentials};
	}
	return side->list != NULL;
}

static bool compare_headers(struct comparison *comparison, const struct headers *given,
                            const struct request *request)
{
	struct side before, after;

	comparison->part = "header";
	return headers_side(comparison->arena, given, &before) &&
	       headers_side(comparison->arena, &request->headers, &after) &&
	       compare(comparison, &before, &after);
}

/* ---- body ---- */

/* What the client sent, as JSON; nothing where there is no body to look into. */
static bool read_body(const struct trial_input *input, const struct request *request, json_t **tree)
{
	static const struct json_limits limits = {64 << 20, 1000000, 64};
	struct error error;

	*tree = NULL;
	if (input->len == 0 || request->route->body == BODY_STREAM || request->route->body == BODY_NONE)
		return true;
	return json_read(input->body, input->len, &limits, tree, &error) == JSON_FINE;
}

static bool compare_trees(struct comparison *comparison, const struct request *request,
                          const json_t *tree)
{
	struct leaves before, after;

	comparison->part = "body";
	return leaves_of(comparison->arena, request->route->schema, tree, &before) &&
	       leaves_of(comparison->arena, request->route->schema, request->body, &after) &&
	       compare(comparison, &(struct side){before.list, before.count},
	               &(struct side){after.list, after.count});
}

static bool compare_body(struct comparison *comparison, const struct trial_input *input,
                         const struct request *request)
{
	json_t *tree;
	bool fine = read_body(input, request, &tree) && compare_trees(comparison, request, tree);

	json_decref(tree);
	return fine;
}

json_t *difference_of(struct arena *arena, const struct trial_input *input,
                      const struct trial *trial)
{
	struct comparison comparison = {.arena = arena, .differences = json_array()};

	if (comparison.differences != NULL &&
	    compare_path(&comparison, input->head.target, trial->target) &&
	    compare_query(&comparison, input->head.target, &trial->request) &&
	    compare_headers(&comparison, &input->head.headers, &trial->request) &&
	    compare_body(&comparison, input, &trial->request))
		return comparison.differences;
	json_decref(comparison.differences);
	return NULL;
}
