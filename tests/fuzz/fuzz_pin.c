/* Tags that become digests: whatever passes names, when what would be sent is read again by somebody simpler, an image of
 * the list by a digest, and no registry is asked about any other. The input is a letter that chooses pull (even) or
 * service, the query of the pull or the body of the service, and behind each NUL one answer of the daemon to what the
 * engine asks; what is then still asked does not exist. */
#include "policy/arena.h"
#include "policy/load.h"
#include "policy/problems.h"
#include "policy/trial.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { DIGITS = 64 };

static const char policies[] =
	"policies = { pinned = {\n"
	"  extends = \"ci\";\n"
	"  operations = { allow = [\"image.pull\", \"service.create\"]; };\n"
	"  images = { pin = \"digest\"; use = [\"alpine\", \"a/*\"]; registries = [\"docker.io\"]; };\n"
	"}; };\n";

/* What is left of the input. */
struct input {
	const char *bytes;
	size_t len;
};

static struct input take(struct input *from)
{
	const char *nul = from->len > 0 ? memchr(from->bytes, 0, from->len) : NULL;
	struct input taken = {from->bytes, nul != NULL ? (size_t)(nul - from->bytes) : from->len};
	size_t used = taken.len + (nul != NULL ? 1 : 0);

	from->bytes += used;
	from->len -= used;
	return taken;
}

/* "alpine" or "a/...", as Docker Hub's images are written for short, and then one of ENDS. */
static const char *listed_name(const char *text, const char *ends)
{
	size_t len = strcspn(text, ends);

	if (strncmp(text, "a/", 2) == 0)
		assert(len > 2 && memchr(text + 2, '/', len - 2) == NULL);
	else
		assert(len == strlen("alpine") && strncmp(text, "alpine", len) == 0);
	return text + len;
}

static void answer(void *context, struct arena *arena, struct facts *facts)
{
	static const char missing[] = "{\"message\":\"No such thing\"}";

	for (size_t i = 0; i < facts->count; i++) {
		struct fact *fact = &facts->list[i];

		if (fact->state != FACT_WANTED)
			continue;
		if (fact->kind == OBJECT_DISTRIBUTION)
			assert(*listed_name(fact->name, ":") == ':');
		struct input text = take(context);
		if (text.len > 0)
			fact_learn(arena, fact, 200, text.bytes, text.len);
		else
			fact_learn(arena, fact, 404, missing, sizeof missing - 1);
	}
}

static const struct policy *policy(void)
{
	static struct policy_set *set;

	if (set == NULL) {
		struct problems *problems = problems_new();
		config_t config;

		config_init(&config);
		assert(config_read_string(&config, policies) == CONFIG_TRUE);
		set = policy_set_load(config_root_setting(&config), NULL, 0, problems);
		assert(set != NULL);
		config_destroy(&config);
		problems_free(problems);
	}
	return policy_set_find(set, "pinned");
}

/* ---- the second opinion ---- */

static const char *told_digest(const struct facts *facts)
{
	for (size_t i = 0; i < facts->count; i++) {
		if (facts->list[i].kind == OBJECT_DISTRIBUTION && facts->list[i].state == FACT_FOUND)
			return facts->list[i].id;
	}
	return NULL;
}

static void assert_digest(const char *digest)
{
	static const char hex[] = "0123456789abcdef";

	assert(strncmp(digest, "sha256:", 7) == 0 || strncmp(digest, "sha384:", 7) == 0 ||
	       strncmp(digest, "sha512:", 7) == 0);
	assert(strspn(digest + 7, hex) >= DIGITS && digest[7 + strspn(digest + 7, hex)] == '\0');
}

/* What is sent has no tag but one that is a digest; of a tag that was given, the one that was told. */
static void assert_pull(const struct trial *trial)
{
	const struct query *query = &trial->request.query;
	const char *image = query_value(query, "fromImage"), *digest = query_value(query, "tag");
	const char *told = told_digest(&trial->facts);

	assert(image != NULL && digest != NULL);
	assert(*listed_name(image, ":@") == '\0');
	assert_digest(digest);
	assert((trial->request.pinned_tag != NULL) == (told != NULL));
	assert(told == NULL || strcmp(told, digest) == 0);
	assert(strstr(trial->target, "tag=sha") != NULL);
}

static void assert_service(const struct trial *trial)
{
	json_t *sent = json_loads(trial->body, JSON_REJECT_DUPLICATES, NULL);
	const json_t *task = json_object_get(sent, "TaskTemplate");
	const json_t *image = json_object_get(json_object_get(task, "ContainerSpec"), "Image");
	const char *text = json_string_value(image), *told = told_digest(&trial->facts);
	const char *at = text != NULL ? strrchr(text, '@') : NULL;

	assert(at != NULL);
	assert_digest(at + 1);
	assert(told == NULL || strcmp(told, at + 1) == 0);
	json_decref(sent);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct header type = {"Content-Type", "application/json"};
	struct input rest = {(const char *)data + 1, size > 0 ? size - 1 : 0};
	struct arena *arena = arena_new(1 << 22);
	bool pull = size > 0 && data[0] % 2 == 0;
	struct trial trial;

	if (arena != NULL && size > 0) {
		struct input asked = take(&rest);
		const char *target =
			pull ? arena_format(arena, "/v1.41/images/create?%.*s", (int)asked.len, asked.bytes)
				 : "/v1.41/services/create";
		const struct trial_input input = {{"POST", target, {&type, pull ? 0 : 1}, !pull},
		                                  pull ? "" : asked.bytes,
		                                  pull ? 0 : asked.len};
		const struct trial_setup setup = {
			.policy = policy(),
			.range = {.oldest = {1, 24}, .newest = {1, 51}},
			.limits = {1 << 16, 2000, 32},
			.answer = answer,
			.context = &rest,
		};

		trial_run(arena, &setup, &input, &trial);
		assert(trial.end != TRIAL_BROKEN);
		if (trial.end == TRIAL_ALLOWED)
			(pull ? assert_pull : assert_service)(&trial);
	}
	arena_free(arena);
	return 0;
}
