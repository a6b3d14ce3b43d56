/* Settings text to policies: a set comes out exactly when nothing was complained about, the same
 * each time, and who matches no rule gets no policy. */
#include "policy/identity.h"
#include "policy/load.h"
#include "policy/presets.h"
#include "policy/problems.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* libconfig 1.5 forgets its string buffer when a text ends inside a string. */
const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig\n";
}

static const struct identity people[] = {
	{.listener = "local",
     .peer = {.present = true, .uid = 1000, .gid = 999, .pid = 7, .user = "ci"}},
	{.listener = "tls",
     .certificate = {.present = true, .common_name = "web", .dns = {{"a.example"}, 1}}},
	{.listener = "tls"},
};

static void check_patterns(const struct patterns *patterns)
{
	for (size_t i = 0; i < patterns->count; i++) {
		assert(patterns->list[i] != NULL && patterns->list[i][0] != '\0');
		assert(patterns->places[i].file != NULL);
	}
}

static void check_set(const struct policy_set *set)
{
	for (size_t i = 0; i < preset_count; i++)
		assert(policy_set_find(set, presets[i].name) != NULL);
	for (size_t i = 0; i < sizeof people / sizeof *people; i++) {
		const struct grant grant = policy_set_match(set, &people[i]);
		const struct policy *policy = grant.policy;

		assert(policy == NULL || grant.fault == GRANT_FINE);
		if (policy == NULL)
			continue;
		assert(grant.tenant[0] == '\0' || identity_is_tenant(grant.tenant));
		assert(policy_set_find(set, policy->name) == policy);
		check_patterns(&policy->allow);
		check_patterns(&policy->deny);
		check_patterns(&policy->container.capabilities);
		for (size_t k = 0; k < policy->container.binds.count; k++)
			assert(policy->container.binds.list[k].path.source[0] == '/');
	}
}

static bool load(const config_t *config)
{
	static const char *const listeners[] = {"local", "tls"};
	struct problems *problems = problems_new();
	struct policy_set *set;
	bool loaded;

	assert(problems != NULL);
	set = policy_set_load(config_root_setting(config), listeners, 2, problems);
	loaded = set != NULL;
	assert(loaded == (problems_count(problems) == 0));
	if (loaded)
		check_set(set);
	for (size_t i = 0; i < problems_count(problems); i++)
		assert(strncmp(problems_text(problems, i), "settings:", 9) == 0);
	policy_set_free(set);
	problems_free(problems);
	return loaded;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	config_t config;

	assert(text != NULL);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	config_init(&config);
	if (strstr(text, "@include") == NULL && config_read_string(&config, text) == CONFIG_TRUE)
		assert(load(&config) == load(&config));
	config_destroy(&config);
	free(text);
	return 0;
}
