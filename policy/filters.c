/* Filters made one form. What a kind or a value means is the daemon's business; that each is there
 * once is json_read's. */
#include "policy/filters.h"

#include "policy/error.h"
#include "policy/json.h"
#include "policy/request.h"

#include <stdbool.h>
#include <string.h>

static json_t *refuse(struct error *error, const char *kind)
{
	error_set(error,
	          "'%.60s' is neither an object of booleans nor a list of strings; write "
	          "{\"%.60s\":{\"value\":true}}",
	          kind, kind);
	return NULL;
}

static json_t *values_of_list(const json_t *list, const char *kind, struct error *error)
{
	json_t *values = json_object();

	for (size_t i = 0; values != NULL && i < json_array_size(list); i++) {
		const char *value = json_string_value(json_array_get(list, i));

		if (value == NULL) {
			json_decref(values);
			return refuse(error, kind);
		}
		if (json_object_set_new_nocheck(values, value, json_true()) != 0) {
			json_decref(values);
			return NULL;
		}
	}
	return values;
}

static json_t *values_of(json_t *given, const char *kind, struct error *error)
{
	const char *value;
	json_t *wanted;

	if (json_is_null(given))
		return json_object();
	if (json_is_array(given))
		return values_of_list(given, kind, error);
	if (!json_is_object(given))
		return refuse(error, kind);
	json_object_foreach(given, value, wanted)
	{
		if (!json_is_boolean(wanted))
			return refuse(error, kind);
	}
	return json_copy(given);
}

/* KIND and what is looked for; nothing when that is nothing. */
static bool add_kind(json_t *filters, const char *kind, json_t *given, struct error *error)
{
	json_t *values = values_of(given, kind, error);

	if (values == NULL)
		return false;
	if (json_object_size(values) > 0)
		return json_object_set_new_nocheck(filters, kind, values) == 0;
	json_decref(values);
	return true;
}

json_t *filters_canonical(json_t *given, struct error *error)
{
	json_t *filters = json_object(), *values;
	const char *kind;
	bool fine = filters != NULL;

	error->text[0] = '\0';
	if (fine && !json_is_object(given) && !json_is_null(given))
		fine = error_set(error, "it is not an object");
	json_object_foreach(given, kind, values)
	{
		fine = fine && add_kind(filters, kind, values, error);
	}
	if (fine)
		return filters;
	json_decref(filters);
	return NULL;
}

json_t *filters_of(const struct request *request)
{
	/* Every one has been read before, and was printed. */
	static const struct json_limits limits = {.bytes = 1 << 20, .nodes = 40000, .depth = 64};
	const char *text = query_value(&request->query, "filters");
	json_t *filters = NULL;

	if (text == NULL || text[0] == '\0')
		return json_object();
	json_read(text, strlen(text), &limits, &filters, NULL);
	return filters;
}

const struct filter_object *filters_objects(void)
{
	static const struct filter_object objects[] = {
		{"container.list", "ancestor", OBJECT_IMAGE, true},
		{"container.list", "before", OBJECT_CONTAINER, false},
		{"container.list", "since", OBJECT_CONTAINER, false},
		{"image.list", "before", OBJECT_IMAGE, false},
		{"image.list", "since", OBJECT_IMAGE, false},
		{"task.list", "service", OBJECT_SERVICE, false},
		{NULL, NULL, OBJECT_NONE, false},
	};

	return objects;
}
