/* How fuzz targets get their policies. */
#ifndef QUAYMASTER_TESTS_FUZZ_POLICIES_H
#define QUAYMASTER_TESTS_FUZZ_POLICIES_H

#include "policy/load.h"
#include "policy/problems.h"
#include "policy/settings_scan.h"

#include <assert.h>
#include <libconfig.h>
#include <stddef.h>
#include <string.h>

/* What TEXT, which must be sound to libconfig, says; NULL when a policy in it is mistaken. */
static inline struct policy_set *load_policies(const char *text)
{
	struct problems *problems = problems_new();
	struct policy_set *set;
	config_t config;

	assert(problems != NULL);
	config_init(&config);
	assert(settings_scan("fuzz", text, strlen(text), problems));
	assert(config_read_string(&config, text) == CONFIG_TRUE);
	set = policy_set_load(config_root_setting(&config), NULL, 0, problems);
	config_destroy(&config);
	problems_free(problems);
	return set;
}

#endif
