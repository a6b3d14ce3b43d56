/* Filters: the one form stays what it is, and holds booleans only. */
#include "policy/error.h"
#include "policy/filters.h"
#include "policy/json.h"

#include <assert.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void assert_one_form(json_t *filters)
{
	const char *kind, *value;
	json_t *values, *wanted;

	json_object_foreach(filters, kind, values)
	{
		assert(json_is_object(values) && json_object_size(values) > 0);
		json_object_foreach(values, value, wanted)
		{
			assert(json_is_boolean(wanted));
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct json_limits limits = {.bytes = 4096, .nodes = 1000, .depth = 16};
	struct error error = {""};
	json_t *given = NULL, *filters, *again;

	if (json_read((const char *)data, size, &limits, &given, &error) != JSON_FINE)
		return 0;
	filters = filters_canonical(given, &error);
	assert((filters == NULL) == (error.text[0] != '\0'));
	if (filters != NULL) {
		assert_one_form(filters);
		again = filters_canonical(filters, &error);
		assert(json_equal(filters, again));
		json_decref(again);
	}
	json_decref(filters);
	json_decref(given);
	return 0;
}
