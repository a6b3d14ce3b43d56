/* A tenant's answers: whatever the daemon says, what comes out is JSON, and the same however the bytes are cut; and of a sound
 * answer nothing comes out that is another tenant's, no label of quaymaster's, and nothing that is hidden. So it is for a client
 * without a tenant, but for what is others'. The first byte picks the answer, the second how it is cut. With a first byte from 128 on each other one is an object, the tenant's own where it is odd; with a smaller one they are the
 * answer itself, in which "@a" stands for the labels of an object of the tenant's, "@b" for those of another's. */
#define _GNU_SOURCE
#include "policy/answer_filter.h"
#include "policy/arena.h"
#include "policy/identity.h"
#include "policy/json.h"
#include "policy/json_split.h"
#include "policy/policy.h"
#include "policy/request.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NONCE  "0123456789abcdef0123456789abcdef"
#define MARKER "FOREIGN"
#define SECRET "TELLTALE"

enum { OUT_MAX = 1 << 20, LABELS_SIZE = 256, ARENA_BYTES = 1 << 20, OBJECTS_MAX = 20 };

static const struct {
	const char *target;
	enum object_kind kind;
	bool many;
	const char *before, *after; /* objects in it; NULL: it has none */
} answers[] = {
	{"/v1.41/containers/json", OBJECT_CONTAINER, false, "[", "]"},
	{"/v1.41/containers/x/json", OBJECT_CONTAINER, false, NULL, NULL},
	{"/v1.41/images/json", OBJECT_IMAGE, false, "[", "]"},
	{"/v1.41/images/x/json", OBJECT_IMAGE, false, NULL, NULL},
	{"/v1.41/images/x/history", OBJECT_IMAGE, false, NULL, NULL},
	{"/v1.41/networks", OBJECT_NETWORK, false, "[", "]"},
	{"/v1.41/networks/x", OBJECT_NETWORK, false, NULL, NULL},
	{"/v1.41/volumes", OBJECT_VOLUME, false, "{\"Volumes\":[", "],\"Warnings\":null}"},
	{"/v1.41/volumes/x", OBJECT_VOLUME, false, NULL, NULL},
	{"/v1.41/services", OBJECT_SERVICE, false, "[", "]"},
	{"/v1.41/tasks", OBJECT_CONTAINER, false, "[", "]"},
	{"/v1.41/secrets", OBJECT_SECRET, false, "[", "]"},
	{"/v1.41/configs", OBJECT_CONFIG, false, "[", "]"},
	{"/v1.41/system/df", OBJECT_CONTAINER, false, "{\"LayersSize\":1,\"Containers\":[", "]}"},
	{"/v1.41/info", OBJECT_DAEMON, false, NULL, NULL},
	{"/v1.41/events", OBJECT_CONTAINER, true, "", ""},
	{"/v1.41/swarm", OBJECT_DAEMON, false, NULL, NULL},
	{"/v1.41/nodes", OBJECT_DAEMON, false, NULL, NULL},
	{"/v1.41/version", OBJECT_DAEMON, false, NULL, NULL},
};

struct text {
	char *bytes;
	size_t len, size;
};

static bool put(void *owner, const char *bytes, size_t len)
{
	struct text *text = owner;

	if (len > OUT_MAX - text->len)
		return false;
	if (len == 0)
		return true;
	if (text->size - text->len < len) {
		text->size = text->size * 2 + len;
		text->bytes = realloc(text->bytes, text->size);
		assert(text->bytes != NULL);
	}
	memcpy(text->bytes + text->len, bytes, len);
	text->len += len;
	return true;
}

static void make_labels(const struct seal_key *key, enum object_kind kind, const char *tenant,
                        char labels[LABELS_SIZE])
{
	char seal[SEAL_SIZE];

	const char *name = object_kind_name(kind);
	if (kind == OBJECT_CONTAINER)
		name = "container "; /* bound to an image that is not told */
	assert(seal_make(key, &(struct seal_claim){name, tenant, NONCE}, seal));
	snprintf(labels, LABELS_SIZE,
	         "\"quaymaster.tenant\":\"%s\",\"quaymaster.seal\":\"%s\",\"hidden\":\"" SECRET "\"%s",
	         tenant, seal, tenant[0] == 'b' ? ",\"" MARKER "\":\"\"" : "");
}

static struct text write_out(const uint8_t *data, size_t size, const char *own, const char *others)
{
	struct text text = {.bytes = NULL};

	for (size_t i = 0; i < size; i++) {
		const char *labels = NULL;

		if (data[i] == '@' && i + 1 < size)
			labels = data[i + 1] == 'a' ? own : data[i + 1] == 'b' ? others : NULL;
		put(&text, labels != NULL ? labels : (const char *)data + i,
		    labels != NULL ? strlen(labels) : 1);
		i += labels != NULL ? 1 : 0;
	}
	return text;
}

static void put_string(struct text *text, const char *string)
{
	put(text, string, strlen(string));
}

/* With its labels wherever some kind of object has them. */
static void put_object(struct text *text, uint8_t byte, const char *labels, bool event)
{
	char object[8 * LABELS_SIZE];

	snprintf(
		object, sizeof object,
		"{\"Id\":\"%u\",\"Name\":\"%u\",\"Labels\":{%s},%s\"Config\":{\"Labels\":{%s},\"Env\":[\"A=" SECRET
		"\"]},\"Mounts\":[{\"Source\":\"/" SECRET "\"}],\"Spec\":{\"Labels\":{%s},"
		"\"ContainerSpec\":{\"Labels\":{%s}}},\"Type\":\"container\",\"Actor\":{\"ID\":\"%u\",\"Attributes\":{%s}}}",
		byte, byte, labels, byte % 3 == 0 ? " \"x\" : [ \"]}\\\"\" ] ,\n" : "", labels, labels,
		labels, byte, event ? labels : "");
	put_string(text, object);
}

static struct text make_objects(const uint8_t *data, size_t size, size_t which,
                                const char *const labels[2])
{
	struct text text = {.bytes = NULL};

	put_string(&text, answers[which].before);
	for (size_t i = 0; i < size && i < OBJECTS_MAX; i++) {
		if (i > 0)
			put_string(&text, answers[which].many ? "\n" : ",");
		put_object(&text, data[i], labels[data[i] % 2], answers[which].many);
	}
	put_string(&text, answers[which].after);
	return text;
}

/* Half of what is asked about is the tenant's; lists are what the answer is. */
static void reply(struct answer_filter *filter, const struct text *answer)
{
	const struct answer_question *question = answer_filter_question(filter);

	if (question->name == NULL)
		answer_filter_tell_list(filter, 200, answer->bytes, answer->len);
	else
		answer_filter_tell(filter, question->name[0] % 2 == 0 ? OWNERSHIP_OWN : OWNERSHIP_FOREIGN);
}

static enum answer_step feed(struct answer_filter *filter, const struct text *answer, size_t at,
                             size_t len)
{
	const char *bytes = answer->len > 0 ? answer->bytes : "";
	enum answer_step step;
	size_t taken;

	while ((step = answer_filter_feed(filter, bytes + at, len, &taken)) == ANSWER_ASKS) {
		assert(taken <= len);
		at += taken;
		len -= taken;
		reply(filter, answer);
	}
	assert(step != ANSWER_GOES_ON || taken == len);
	return step;
}

static const char *everything[] = {"*"};
static const struct redact_rules hidden = {
	.env = {.list = everything, .count = 1},
	.labels = {.list = everything, .count = 1},
	.options = {.list = everything, .count = 1},
	.commands = {.on = true},
	.mounts = {.on = true},
	.host = {.on = true},
	.registries = {.on = true},
	.secrets = {.on = true},
};

static enum answer_step run(const struct request *request, const struct world *world,
                            const struct text *answer, size_t piece, struct text *out)
{
	const struct answer_sink sink = {put, out};
	struct answer_filter *filter = answer_filter_new(request, world, &hidden, &sink);
	enum answer_step step = ANSWER_GOES_ON;

	assert(filter != NULL);
	for (size_t at = 0; step == ANSWER_GOES_ON && at < answer->len; at += piece)
		step = feed(filter, answer, at, answer->len - at < piece ? answer->len - at : piece);
	while (step == ANSWER_GOES_ON && (step = answer_filter_end(filter)) == ANSWER_ASKS) {
		reply(filter, answer);
		step = ANSWER_GOES_ON;
		if (out->len == OUT_MAX)
			break;
	}
	answer_filter_free(filter);
	return step;
}

static bool contains(const struct text *text, const char *word)
{
	return text->len > 0 && memmem(text->bytes, text->len, word, strlen(word)) != NULL;
}

static void check_json(const struct text *out, bool many)
{
	const struct json_limits limits = {OUT_MAX, 1000000, 80};
	static const char *const nothing[] = {NULL};
	const struct json_split_plan plan = {nothing, many, OUT_MAX, 80};
	struct json_split *split = json_split_new(&plan);
	struct json_part part;
	const char *bytes = out->len > 0 ? out->bytes : "";
	size_t at = 0, taken;

	while (json_split_next(split, bytes + at, out->len - at, &taken, &part) == JSON_SPLIT_PART) {
		json_t *value = NULL;

		at += taken;
		assert(part.bytes != NULL);
		assert(json_read(part.bytes, part.len, &limits, &value, NULL) == JSON_FINE);
		json_decref(value);
	}
	assert(json_split_end(split, &part) == JSON_SPLIT_MORE);
	json_split_free(split);
}

struct trial {
	size_t which; /* of answers */
	bool made;    /* of objects */
	size_t piece; /* how it is cut */
	const struct text *answer;
};

/* WORLD NULL: the client has no tenant. */
static void check(const struct request *request, const struct world *world,
                  const struct trial *trial)
{
	struct text whole = {NULL, 0, 0}, cut = {NULL, 0, 0};
	enum answer_step step = run(request, world, trial->answer, trial->answer->len + 1, &whole);

	assert(step == run(request, world, trial->answer, trial->piece, &cut));
	assert(whole.len == cut.len &&
	       (whole.len == 0 || memcmp(whole.bytes, cut.bytes, whole.len) == 0));
	assert(step != ANSWER_IS_MISSING || (world != NULL && whole.len == 0));
	if (step == ANSWER_GOES_ON)
		check_json(&whole, answers[trial->which].many);
	if (trial->made) {
		assert(step == ANSWER_GOES_ON && !contains(&whole, SECRET));
		assert(world == NULL || (!contains(&whole, MARKER) && !contains(&whole, "quaymaster.")));
	}
	free(whole.bytes);
	free(cut.bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char secret[32] = "a secret that only this test has";
	const struct policy policy = {.name = "p"};
	const struct identity identity = {.grant = {.policy = &policy, .tenant = "a"}};
	const struct api_range range = {.oldest = {1, 24}, .newest = {1, 41}};
	char own[LABELS_SIZE], others[LABELS_SIZE];
	struct text answer = {NULL, 0, 0};
	struct refusal refusal = {0};
	struct request request;
	struct seal_key key;
	struct world world = {.tenant = NULL};

	if (size < 3)
		return 0;
	size_t which = data[0] % 128 % (sizeof answers / sizeof *answers);
	const struct request_head head = {.method = "GET", .target = answers[which].target};
	struct arena *arena = arena_new(ARENA_BYTES);
	seal_key_make(secret, sizeof secret, &key);
	assert(arena != NULL && world_begin(&world, arena, &policy, &identity, &key));
	assert(request_read_head(arena, &head, &range, &request, &refusal));
	make_labels(&key, answers[which].kind, "a", own);
	make_labels(&key, answers[which].kind, "b", others);
	bool made = data[0] >= 128 && answers[which].before != NULL;
	if (made)
		answer = make_objects(data + 2, size - 2, which, (const char *const[]){others, own});
	else
		answer = write_out(data + 2, size - 2, own, others);
	check(&request, &world, &(struct trial){which, made, 1 + (size_t)data[1] % 64, &answer});
	check(&request, NULL, &(struct trial){which, made, 1 + (size_t)data[1] % 64, &answer});
	free(answer.bytes);
	arena_free(arena);
	return 0;
}
