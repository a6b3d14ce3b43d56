/* Builds what tests of the judgement judge. */
#include "judging.h"

#include "policy/problems.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct policy_set *judging_policies(const char *text)
{
	struct problems *problems = problems_new();
	struct policy_set *set;
	config_t config;

	config_init(&config);
	if (config_read_string(&config, text) != CONFIG_TRUE)
		fail_msg("line %d: %s", config_error_line(&config), config_error_text(&config));
	set = policy_set_load(config_root_setting(&config), NULL, 0, problems);
	if (set == NULL)
		fail_msg("%s", problems_text(problems, 0));
	config_destroy(&config);
	problems_free(problems);
	return set;
}

void judging_request(struct arena *arena, const char *method, const char *target, const char *body,
                     struct request *request)
{
	const struct api_range range = {.oldest = {1, 24}, .newest = {1, 41}};
	const struct json_limits limits = {1 << 20, 20000, 64};
	struct header type = {"Content-Type", "application/json"};
	struct request_head head = {method, target, {&type, *body != '\0' ? 1 : 0}, *body != '\0'};
	struct refusal refusal;

	if (!request_read_head(arena, &head, &range, request, &refusal))
		fail_msg("%s %s: %s", method, target, refusal.message);
	if (request->route->body == BODY_NONE || request->route->body == BODY_STREAM)
		return;
	if (!request_read_body(request, body, strlen(body), &limits, UNKNOWN_FIELDS_REFUSE, &refusal))
		fail_msg("%s %s %s: %s", method, target, body, refusal.message);
}
