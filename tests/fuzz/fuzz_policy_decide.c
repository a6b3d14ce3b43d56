/* The judgement under the preset "ci": whatever is allowed has, when what would be sent is read again by somebody
 * else, nothing that makes its sender root on the host. The input is a letter that chooses the operation, the
 * body, and behind each NUL one answer of the daemon to what the engine asks, in order; what is then still asked
 * does not exist. */
#include "policy/arena.h"
#include "policy/decide.h"
#include "policy/error.h"
#include "policy/facts.h"
#include "policy/mutate.h"
#include "policy/request.h"
#include "tests/fuzz/parts.h"
#include "tests/fuzz/policies.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROUNDS_MAX = 8 };

static const char *const targets[] = {
	"/v1.41/containers/create",
	"/v1.41/containers/web/start",
	"/v1.41/containers/web/exec",
	"/v1.41/networks/lan/connect",
	"/v1.41/volumes/create",
	"/v1.51/containers/create?name=web",
	"/v1.24/containers/create",
	"/v1.41/networks/create",
	"/v1.41/commit?container=web",
	"/v1.41/exec/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/start",
};

enum { TARGETS = sizeof targets / sizeof *targets };

/* ci; ci and rules that deny; ci and one that allows everything; ci as it is tried out. */
static const char settings[] =
	"policies = {\n"
	"denying = { extends = \"ci\"; rules = (\n"
	"  { on = \"container.create\"; effect = \"deny\"; when = \"User = root or any Env = 'A*'\"; },\n"
	"  { on = \"container.create\"; effect = \"deny\";\n"
	"    when = \"any HostConfig.Mounts (not Type = volume) or HostConfig.Memory > 1G\"; },\n"
	"  { on = \"container.create\"; effect = \"deny\"; when = \"recreate\"; },\n"
	"  { on = \"container.*\"; effect = \"deny\"; when = \"any target.label.a = b\"; },\n"
	"  { on = \"exec.*\"; effect = \"deny\"; when = \"not target.name = web\"; },\n"
	"  { on = \"network.connect\"; effect = \"deny\";\n"
	"    when = \"container.label.x present and target.internal = true\"; },\n"
	"  { on = \"image.*\"; effect = \"deny\"; mode = \"warn\"; } ); };\n"
	"allowing = { extends = \"ci\"; rules = ( { on = \"**\"; effect = \"allow\"; } ); };\n"
	"watching = { extends = \"denying\"; mode = \"observe\"; };\n"
	"};\n";

static const struct policy *policy_named(const char *name)
{
	static struct policy_set *set;

	if (set == NULL)
		set = load_policies(settings);
	assert(set != NULL);
	return policy_set_find(set, name);
}

static const struct policy *ci(void)
{
	return policy_named("ci");
}

/* ---- the second opinion: plain comparisons on what would be sent ---- */

static bool is_word(const json_t *object, const char *name, const char *word)
{
	const char *value = json_string_value(json_object_get(object, name));

	return value != NULL && strcmp(value, word) == 0;
}

static void assert_harmless_host(const json_t *host)
{
	const json_t *binds = json_object_get(host, "Binds"), *mounts = json_object_get(host, "Mounts");

	assert(!json_is_true(json_object_get(host, "Privileged")));
	assert(!is_word(host, "NetworkMode", "host") && !is_word(host, "PidMode", "host"));
	assert(!is_word(host, "IpcMode", "host") && !is_word(host, "UTSMode", "host"));
	assert(!is_word(host, "UsernsMode", "host") && !is_word(host, "CgroupnsMode", "host"));
	assert(json_array_size(json_object_get(host, "Devices")) == 0);
	assert(json_array_size(json_object_get(host, "DeviceRequests")) == 0);
	assert(json_array_size(json_object_get(host, "DeviceCgroupRules")) == 0);
	assert(json_string_length(json_object_get(host, "CgroupParent")) == 0);
	for (size_t i = 0; i < json_array_size(binds); i++) {
		const char *bind = json_string_value(json_array_get(binds, i));

		assert(bind != NULL && (bind[0] != '/' || strchr(bind, ':') == NULL));
	}
	for (size_t i = 0; i < json_array_size(mounts); i++)
		assert(!is_word(json_array_get(mounts, i), "Type", "bind"));
}

static void assert_harmless_body(const json_t *body)
{
	static const char *const misplaced[] = {"Binds",       "CapAdd",  "Devices",
	                                        "NetworkMode", "PidMode", "Mounts"};
	const json_t *options = json_object_get(body, "DriverOpts");

	assert(!json_is_true(json_object_get(body, "Privileged")));
	for (size_t i = 0; i < sizeof misplaced / sizeof *misplaced; i++)
		assert(json_object_get(body, misplaced[i]) == NULL);
	assert(json_object_get(options, "device") == NULL && json_object_get(options, "o") == NULL);
	assert(!is_word(body, "Driver", "macvlan") && !is_word(body, "Driver", "host"));
	assert_harmless_host(json_object_get(body, "HostConfig"));
}

/* The containers that were looked up for an allowed request are no more than it may make. */
static void assert_harmless_facts(const struct facts *facts)
{
	for (size_t i = 0; i < facts->count; i++) {
		const struct fact *fact = &facts->list[i];
		const json_t *host = json_object_get(fact->inspected, "HostConfig");
		const json_t *mounts = json_object_get(fact->inspected, "Mounts");

		if (fact->kind != OBJECT_CONTAINER || fact->state != FACT_FOUND)
			continue;
		assert(!json_is_true(json_object_get(host, "Privileged")));
		assert(!is_word(host, "PidMode", "host") && !is_word(host, "NetworkMode", "host"));
		for (size_t j = 0; j < json_array_size(mounts); j++)
			assert(!is_word(json_array_get(mounts, j), "Type", "bind"));
	}
}

static void assert_harmless(struct request *request, const struct facts *facts)
{
	struct error error = {""};
	const char *text;
	size_t len = 0;

	assert_harmless_facts(facts);
	if (!policy_mutate(ci(), NULL, facts, request, &error)) {
		assert(error.text[0] != '\0');
		return;
	}
	text = request_print_body(request, &len);
	assert(request_print_target(request) != NULL);
	if (text != NULL) {
		json_t *body = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);

		assert(body != NULL);
		assert_harmless_body(body);
		json_decref(body);
	}
}

/* ---- the judgement ---- */

static void answer(struct arena *arena, struct facts *facts, struct input *rest)
{
	for (size_t i = 0; i < facts->count; i++) {
		struct input text = take(rest);

		if (facts->list[i].state != FACT_WANTED)
			continue;
		learn(arena, &facts->list[i], text);
	}
}

/* The verdict of another policy in the same world; what ci did not ask about does not exist there. */
static struct verdict judge_by(const char *policy, const struct request *request,
                               const struct facts *known)
{
	struct facts facts = *known;
	struct input nothing = {"", 0};
	struct verdict verdict;

	policy_decide(policy_named(policy), NULL, request, &facts, &verdict);
	for (int i = 0; verdict.kind == VERDICT_NEED && i < ROUNDS_MAX; i++) {
		answer(request->arena, &facts, &nothing);
		policy_decide(policy_named(policy), NULL, request, &facts, &verdict);
	}
	return verdict;
}

/* A rule that denies never makes an allowance of a denial, one that allows lifts none, and a policy that observes
 * refuses only what is no matter of policy. */
static void judge_by_others(const struct request *request, const struct facts *facts,
                            const struct verdict *verdict)
{
	struct verdict denying = judge_by("denying", request, facts);
	struct verdict allowing = judge_by("allowing", request, facts);
	struct verdict watching = judge_by("watching", request, facts);

	assert(verdict->kind != VERDICT_DENY || denying.kind == VERDICT_DENY);
	assert(allowing.kind == verdict->kind);
	assert(watching.kind != VERDICT_DENY || strncmp(watching.rule, "built-in", 8) == 0);
}

static void judge(struct request *request, struct input rest)
{
	struct facts facts = {.count = 0};
	struct verdict early, verdict, again;
	int rounds = 0;

	policy_decide_early(ci(), NULL, request, &early);
	assert(early.kind != VERDICT_ALLOW);
	policy_decide(ci(), NULL, request, &facts, &verdict);
	while (verdict.kind == VERDICT_NEED && rounds++ < ROUNDS_MAX) {
		assert(facts_wanted(&facts));
		answer(request->arena, &facts, &rest);
		policy_decide(ci(), NULL, request, &facts, &verdict);
	}
	policy_decide(ci(), NULL, request, &facts, &again);
	assert(again.kind == verdict.kind);
	assert(verdict.kind != VERDICT_DENY || (verdict.message != NULL && verdict.rule != NULL));
	assert(early.kind == VERDICT_NEED || verdict.kind == VERDICT_DENY);
	if (verdict.kind != VERDICT_NEED)
		judge_by_others(request, &facts, &verdict);
	if (verdict.kind == VERDICT_ALLOW)
		assert_harmless(request, &facts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct api_range range = {.oldest = {1, 24}, .newest = {1, 51}};
	const struct json_limits limits = {1 << 16, 2000, 32};
	struct header type = {"Content-Type", "application/json"};
	struct request_head head = {"POST", NULL, {&type, 1}, true};
	struct input rest = {(const char *)data, size};
	struct arena *arena = arena_new(1 << 22);
	struct request request;
	struct refusal refusal;

	if (arena != NULL && size > 0) {
		head.target = targets[(size_t)data[0] % TARGETS];
		rest.bytes++;
		rest.len--;
		if (request_read_head(arena, &head, &range, &request, &refusal)) {
			struct input body = take(&rest);

			if (request.route->body == BODY_NONE ||
			    request_read_body(&request, body.bytes, body.len, &limits, UNKNOWN_FIELDS_REFUSE,
			                      &refusal))
				judge(&request, rest);
		}
	}
	arena_free(arena);
	return 0;
}
