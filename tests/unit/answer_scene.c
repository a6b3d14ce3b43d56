/* Puts answers through a filter as the proxy does. */
#include "answer_scene.h"

#include "judging.h"

#include "policy/arena.h"
#include "policy/hold.h"
#include "policy/identity.h"
#include "policy/load.h"
#include "policy/policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { TEXT_SIZE = 256 * 1024, ARENA_BYTES = 1 << 20, POLICY_SIZE = 2048 };

#define NONCE "0123456789abcdef0123456789abcdef"

struct scene {
	struct arena *arena;
	struct policy_set *policies;
	struct seal_key key;
	struct world world; /* of a tenant; its tenant is NULL for a client that has none */
	const struct redact_rules *redact;
	struct request request;
	enum object_kind kind; /* that labels are of */
	const struct answer_reply *replies;
	char *bytes; /* the answer written out */
	size_t len;
};

struct text {
	char bytes[TEXT_SIZE];
	size_t len;
};

static struct text out, first;
static unsigned questions;

static bool put(void *owner, const char *bytes, size_t len)
{
	struct text *text = owner;

	assert_true(len < sizeof text->bytes - text->len);
	memcpy(text->bytes + text->len, bytes, len);
	text->len += len;
	text->bytes[text->len] = '\0';
	return true;
}

static void put_string(struct text *text, const char *string)
{
	put(text, string, strlen(string));
}

static enum object_kind kind_named(const char *name, size_t len)
{
	for (int kind = OBJECT_NONE; kind <= OBJECT_DAEMON; kind++) {
		const char *other = object_kind_name((enum object_kind)kind);

		if (strlen(other) == len && strncmp(other, name, len) == 0)
			return (enum object_kind)kind;
	}
	fail_msg("no kind: %.*s", (int)len, name);
	return OBJECT_NONE;
}

static void put_labels(const struct scene *scene, enum object_kind kind, char whose,
                       struct text *text)
{
	const char tenant[] = {whose == 'x' ? 'a' : whose, '\0'};
	char labels[512], seal[SEAL_SIZE];
	/* What has no seal has another kind's. */
	const char *name = object_kind_name(whose == 'x' ? OBJECT_DAEMON : kind);

	if (kind == OBJECT_CONTAINER && whose != 'x')
		name = "container "; /* bound to an image that is not told */
	if (kind == OBJECT_TASK && whose != 'x')
		name = "task "; /* to a service that is not told */
	assert_true(seal_make(&scene->key, &(struct seal_claim){name, tenant, NONCE}, seal));
	snprintf(labels, sizeof labels, "\"quaymaster.tenant\":\"%s\",\"quaymaster.seal\":\"%s\"",
	         tenant, seal);
	put_string(text, labels);
}

/* The tag "{a ID NAME}" that holds an image; returns its last character. */
static const char *put_hold(const struct scene *scene, const char *shortly, struct text *text)
{
	char tenant[2], id[80], name[80], full[120], hold[HOLD_SIZE];

	assert_int_equal(sscanf(shortly, "{%1s %79s %79[^}]}", tenant, id, name), 3);
	snprintf(full, sizeof full, "docker.io/library/%s", name);
	assert_true(hold_make(&scene->key, tenant, id, full, hold));
	put_string(text, hold);
	return strchr(shortly, '}');
}

/* Writes SHORTLY out. */
static void write_out(const struct scene *scene, const char *shortly, struct text *text)
{
	text->len = 0;
	text->bytes[0] = '\0';
	for (; *shortly != '\0'; shortly++) {
		if (*shortly == '@' && strchr("abx", shortly[1]) != NULL) {
			enum object_kind kind = scene->kind;
			char whose = *++shortly;

			if (shortly[1] == ':') {
				size_t len = strspn(shortly + 2, "abcdefghijklmnopqrstuvwxyz");

				kind = kind_named(shortly + 2, len);
				shortly += 1 + len;
			}
			put_labels(scene, kind, whose, text);
		} else if (*shortly == '@' && shortly[1] == '{') {
			shortly = put_hold(scene, shortly + 1, text);
		} else {
			put(text, *shortly == '\'' ? "\"" : shortly, 1);
		}
	}
}

static enum object_kind kind_of_operation(const char *operation)
{
	const char *const names[] = {"container", "image",  "network", "volume",
	                             "service",   "secret", "config",  "task"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (strncmp(operation, names[i], strlen(names[i])) == 0)
			return kind_named(names[i], strlen(names[i]));
	}
	return OBJECT_CONTAINER;
}

static void begin(struct scene *scene, const struct answer_try *try,
                  const struct answer_rules *rules)
{
	static const char secret[32] = "0123456789abcdef0123456789abcde";
	static struct identity identity;
	static struct text written;
	char policies[POLICY_SIZE], *method;
	const char *target = strchr(try->target, ' ');

	*scene = (struct scene){.arena = arena_new(ARENA_BYTES), .replies = try->replies};
	snprintf(
		policies, sizeof policies,
		"policies = { p = { operations = { allow = [\"*\"]; }; tenancy = { %s }; redact = { %s }; }; };",
		try->tenancy != NULL ? try->tenancy : "", rules->redact != NULL ? rules->redact : "");
	scene->policies = judging_policies(policies);
	seal_key_make(secret, sizeof secret, &scene->key);
	identity = (struct identity){
		.grant = {.policy = policy_set_find(scene->policies, "p"), .tenant = "a"}};
	scene->redact = &identity.grant.policy->redact;
	if (!rules->open)
		assert_true(world_begin(&scene->world, scene->arena, identity.grant.policy, &identity,
		                        &scene->key));
	assert_non_null(target);
	method = arena_copy(scene->arena, try->target, (size_t)(target - try->target));
	judging_request(scene->arena, method, target + 1,
	                strcmp(method, "POST") == 0 && strstr(target, "/create") != NULL ? "{}" : "",
	                &scene->request);
	scene->kind = kind_of_operation(scene->request.route->operation);
	write_out(scene, try->answer, &written);
	scene->bytes = malloc(written.len + 1);
	assert_non_null(scene->bytes);
	memcpy(scene->bytes, written.bytes, written.len);
	scene->len = written.len;
}

static void end(struct scene *scene)
{
	free(scene->bytes);
	policy_set_free(scene->policies);
	arena_free(scene->arena);
}

static const struct answer_reply *find_reply(const struct scene *scene,
                                             const struct answer_question *question)
{
	static const struct answer_reply nothing = {.owner = OWNERSHIP_FOREIGN, .list = "[]"};

	for (const struct answer_reply *reply = scene->replies;
	     reply != NULL && reply->kind != OBJECT_NONE; reply++) {
		if (reply->kind == question->kind && (reply->name == NULL) == (question->name == NULL) &&
		    (reply->name == NULL || strcmp(reply->name, question->name) == 0))
			return reply;
	}
	return &nothing;
}

static void reply_to(struct scene *scene, struct answer_filter *filter)
{
	const struct answer_question *question = answer_filter_question(filter);
	const struct answer_reply *reply = find_reply(scene, question);
	static struct text list;

	questions++;
	if (question->name != NULL) {
		answer_filter_tell(filter, reply->owner);
		return;
	}
	scene->kind = question->kind;
	write_out(scene, reply->list, &list);
	answer_filter_tell_list(filter, 200, list.bytes, list.len);
}

static enum answer_step feed(struct scene *scene, struct answer_filter *filter, const char *bytes,
                             size_t len)
{
	char *copy = malloc(len > 0 ? len : 1);
	enum answer_step step;
	size_t at = 0, taken;

	assert_non_null(copy);
	memcpy(copy, bytes, len);
	while ((step = answer_filter_feed(filter, copy + at, len - at, &taken)) == ANSWER_ASKS) {
		at += taken;
		reply_to(scene, filter);
	}
	if (step == ANSWER_GOES_ON)
		assert_int_equal(at + taken, len);
	free(copy);
	return step;
}

/* In pieces of STEP bytes. */
static void filter_in_pieces(struct scene *scene, size_t piece)
{
	const struct answer_sink sink = {put, &out};
	const struct world *world = scene->world.tenant != NULL ? &scene->world : NULL;
	struct answer_filter *filter = answer_filter_new(&scene->request, world, scene->redact, &sink);
	enum answer_step step = ANSWER_GOES_ON;

	assert_non_null(filter);
	out.len = 0;
	out.bytes[0] = '\0';
	questions = 0;
	for (size_t at = 0; step == ANSWER_GOES_ON && at < scene->len; at += piece)
		step = feed(scene, filter, scene->bytes + at,
		            scene->len - at < piece ? scene->len - at : piece);
	while (step == ANSWER_GOES_ON && (step = answer_filter_end(filter)) == ANSWER_ASKS) {
		reply_to(scene, filter);
		step = ANSWER_GOES_ON;
	}
	if (step == ANSWER_IS_MISSING)
		assert_int_equal(out.len, 0);
	if (step != ANSWER_GOES_ON)
		put_string(&out, step == ANSWER_IS_MISSING ? "missing" : "broken");
	answer_filter_free(filter);
}

const char *answer_redacted(const struct answer_try *try, const struct answer_rules *rules)
{
	struct scene scene;

	begin(&scene, try, rules);
	filter_in_pieces(&scene, scene.len + 1);
	first = out;
	for (size_t piece = 1; piece < 100; piece += 7) {
		filter_in_pieces(&scene, piece);
		assert_string_equal(out.bytes, first.bytes);
	}
	end(&scene);
	return out.bytes;
}

const char *answer_filtered(const struct answer_try *try)
{
	return answer_redacted(try, &(struct answer_rules){NULL, false});
}

void assert_answer(const struct answer_try *try, const char *expected)
{
	assert_redacted(try, &(struct answer_rules){NULL, false}, expected);
}

void assert_redacted(const struct answer_try *try, const struct answer_rules *rules,
                     const char *expected)
{
	static struct text wanted;
	const char *given = answer_redacted(try, rules);

	wanted.len = 0;
	for (; *expected != '\0'; expected++)
		put(&wanted, *expected == '\'' ? "\"" : expected, 1);
	assert_string_equal(given, wanted.len > 0 ? wanted.bytes : "");
}

unsigned answer_questions(void)
{
	return questions;
}
