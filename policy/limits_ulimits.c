/* Ulimits. dockerd puts a name in capitals, Go's way, and hands it on: "NoFile" is nofile, and so would be a
 * name with a dotless i; here only ASCII counts, and the name that is sent is ours. A negative
 * number is no limit. What a container does not set it has from dockerd's own processes. */
#include "policy/limits_parts.h"

#include "policy/text.h"

#include <stdio.h>
#include <string.h>

const char *const ulimit_names[ULIMITS] = {
	"as",   "core",   "cpu",   "data", "fsize",  "locks",  "memlock",    "msgqueue",
	"nice", "nofile", "nproc", "rss",  "rtprio", "rttime", "sigpending", "stack",
};

struct ulimit_value {
	long long hard, soft;
};

/* ULIMITS when NAME is none. */
static size_t find_ulimit(const char *name)
{
	size_t i = 0;

	while (i < ULIMITS && (name == NULL || !text_equal_ascii(ulimit_names[i], name)))
		i++;
	return i;
}

static bool objects_to_name(const struct fitting *f, const char *name)
{
	bool plain = name != NULL && text_is_token(name, strlen(name)) && strlen(name) < 32;
	char told[64];

	fitting_name(f, "Ulimits", told, sizeof told);
	return fitting_objects(f, f->rules->ulimits.place, "container.limits.ulimits",
	                       "run it without this --ulimit", "%s has '%s', which is not listed", told,
	                       plain ? name : "(an odd name)");
}

static long long lesser(long long value, long long max)
{
	return value < 0 || value > max ? max : value;
}

static bool fit_value(const struct fitting *f, size_t which, struct ulimit_value *value)
{
	const struct limit *limit = &f->rules->ulimits.list[which];
	char property[32];
	const struct told told = {"container.limits.ulimits", property, TOLD_NUMBER};
	bool hard = limit_exceeded(limit, value->hard);

	if (!hard && !limit_exceeded(limit, value->soft))
		return true;
	snprintf(property, sizeof property, "Ulimits %s", ulimit_names[which]);
	if (!fitting_clamps(f, limit, &told, hard ? value->hard : value->soft))
		return false;
	value->hard = lesser(value->hard, limit->max);
	value->soft = lesser(value->soft, limit->max);
	return true;
}

/* Appends to LIST, which is NULL while judging. */
static bool put_value(json_t *list, size_t which, struct ulimit_value value)
{
	if (list == NULL)
		return true;
	return json_array_append_new(list, json_pack("{sssIsI}", "Name", ulimit_names[which], "Hard",
	                                             (json_int_t)value.hard, "Soft",
	                                             (json_int_t)value.soft)) == 0;
}

/* What is not asked for: soft as the default says, hard as far as it goes. */
static bool put_defaults(const struct fitting *f, const bool *seen, json_t *list)
{
	for (size_t i = 0; i < ULIMITS; i++) {
		const struct limit *limit = &f->rules->ulimits.list[i];
		struct ulimit_value value;

		if (seen[i] || !limit_default(limit, -1, &value.soft))
			continue;
		value.hard = limit->capped ? limit->max : value.soft;
		if (!put_value(list, i, value))
			return false;
	}
	return true;
}

static bool fit_list(const struct fitting *f, const json_t *asked, json_t *list)
{
	bool seen[ULIMITS] = {false};

	for (size_t i = 0; i < json_array_size(asked); i++) {
		const json_t *element = json_array_get(asked, i);
		const char *name = json_string_value(json_object_get(element, "Name"));
		size_t which = find_ulimit(name);
		struct ulimit_value value = {
			.hard = json_integer_value(json_object_get(element, "Hard")),
			.soft = json_integer_value(json_object_get(element, "Soft")),
		};

		if (which == ULIMITS || !f->rules->ulimits.listed[which])
			return objects_to_name(f, name);
		if (!fit_value(f, which, &value) || !put_value(list, which, value))
			return false;
		seen[which] = true;
	}
	return f->of == LIMITS_OF_UPDATE || put_defaults(f, seen, list);
}

bool fit_ulimits(const struct fitting *f)
{
	const json_t *asked = json_object_get(f->resources, "Ulimits");
	json_t *list;

	if (!f->rules->ulimits.set)
		return true;
	if (f->out == NULL)
		return fit_list(f, asked, NULL);
	list = json_array();
	if (list == NULL || !fit_list(f, asked, list)) {
		json_decref(list);
		return false;
	}
	if (json_array_size(list) == 0) {
		json_decref(list);
		return true;
	}
	return fitting_put(f, f->out, "Ulimits", list);
}
