/* The settings scan: where it finds nothing and libconfig reads the text, no integer was cut and
 * no strings were joined: each number and each string of the tree stands in the text. */
#include "policy/problems.h"
#include "policy/settings_scan.h"

#include <assert.h>
#include <libconfig.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* libconfig 1.5 forgets its string buffer when a text ends inside a string. */
const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig\n";
}

/* True when NUMBER's digits stand somewhere in TEXT. Numbers written otherwise (hexadecimal,
 * with zeros in front) are not followed. */
static bool has_integer(const char *text, long long number)
{
	unsigned long long magnitude =
		number < 0 ? 0 - (unsigned long long)number : (unsigned long long)number;
	char digits[32];

	snprintf(digits, sizeof digits, "%llu", magnitude);
	return strstr(text, digits) != NULL || strstr(text, "0x") != NULL || strstr(text, "0X") != NULL;
}

static void check_numbers(const char *text, const config_setting_t *setting)
{
	int type = config_setting_type(setting);

	if (type == CONFIG_TYPE_INT)
		assert(has_integer(text, config_setting_get_int(setting)));
	if (type == CONFIG_TYPE_INT64)
		assert(has_integer(text, config_setting_get_int64(setting)));
	for (int i = 0; i < config_setting_length(setting); i++)
		check_numbers(text, config_setting_get_elem(setting, (unsigned)i));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct problems *problems = problems_new();
	char *text = malloc(size + 1);
	config_t config;

	assert(problems != NULL && text != NULL);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	if (settings_scan("fuzz", text, size, problems)) {
		assert(problems_count(problems) == 0);
		config_init(&config);
		if (strstr(text, "@include") == NULL && config_read_string(&config, text) == CONFIG_TRUE)
			check_numbers(text, config_root_setting(&config));
		config_destroy(&config);
	} else {
		assert(problems_count(problems) > 0);
	}
	problems_free(problems);
	free(text);
	return 0;
}
