/* Predicates of rules: a predicate, and behind a line feed a body of container.create. What is parsed prints to a text
 * that parses to the same tree; what can be typed is evaluated, never to "pending" once everything is known, and its
 * negation to the opposite. */
#include "policy/arena.h"
#include "policy/error.h"
#include "policy/facts.h"
#include "policy/identity.h"
#include "policy/predicate.h"
#include "policy/predicate_evaluate.h"
#include "policy/request.h"
#include "policy/route.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool same_text(const char *a, const char *b)
{
	return (a == NULL && b == NULL) || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool same_path(const struct predicate_path *a, const struct predicate_path *b)
{
	bool same = a->count == b->count;

	for (size_t i = 0; same && i < a->count; i++)
		same = strcmp(a->segments[i].name, b->segments[i].name) == 0 &&
		       a->segments[i].quoted == b->segments[i].quoted;
	return same;
}

static bool same_tree(const struct predicate *a, const struct predicate *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	if (a->kind != b->kind || a->quantifier != b->quantifier || a->comparison != b->comparison ||
	    !same_text(a->value, b->value) || !same_path(&a->path, &b->path))
		return false;
	for (a = a->first, b = b->first; a != NULL && b != NULL; a = a->next, b = b->next) {
		if (!same_tree(a, b))
			return false;
	}
	return a == b;
}

static void print_and_parse(struct arena *arena, const struct predicate *predicate)
{
	const char *printed = predicate_print(arena, predicate);
	struct predicate *again;
	struct error error;

	assert(printed != NULL);
	if (strlen(printed) > PREDICATE_TEXT_MAX)
		return;
	again = predicate_parse(arena, printed, &error);
	assert(again != NULL && same_tree(predicate, again));
	assert(strcmp(predicate_print(arena, again), printed) == 0);
}

static bool type(struct arena *arena, struct predicate *predicate)
{
	struct predicate_route create = {.route = route_of_operation("container.create"),
	                                 .named = true};
	struct error error = {""};
	bool typed = predicate_type(arena, predicate, &create, 1, &error);

	assert(typed ? create.fits : error.text[0] != '\0');
	return typed;
}

static enum truth evaluate(const struct predicate *predicate, const struct request *request,
                           bool early)
{
	static const struct identity identity = {
		.listener = "tls",
		.address = "10.0.0.1:1",
		.peer = {.present = true, .uid = 1, .pid = 1, .user = "ci"},
		.certificate = {.present = true, .common_name = "a", .dns = {{"x", "y"}, 2}},
	};
	struct facts facts = {.count = 0};
	struct evaluation evaluation = {.arena = request->arena,
	                                .identity = &identity,
	                                .request = request,
	                                .facts = early ? NULL : &facts,
	                                .early = early};

	return predicate_evaluate(predicate, &evaluation);
}

static void judge(struct arena *arena, struct predicate *predicate, const char *body)
{
	const struct api_range range = {.oldest = {1, 24}, .newest = {1, 51}};
	const struct json_limits limits = {1 << 16, 2000, 32};
	struct header header = {"Content-Type", "application/json"};
	const struct request_head head = {"POST",
	                                  "/containers/create?name=web&platform=linux",
	                                  {&header, 1},
	                                  true};
	const struct predicate negation = {.kind = PREDICATE_NOT, .first = predicate};
	struct request request;
	struct refusal refusal;
	enum truth early, truth;

	assert(request_read_head(arena, &head, &range, &request, &refusal));
	early = evaluate(predicate, &request, true);
	if (!request_read_body(&request, body, strlen(body), &limits, UNKNOWN_FIELDS_REFUSE, &refusal))
		return;
	truth = evaluate(predicate, &request, false);
	assert(evaluate(&negation, &request, false) == truth_not(truth));
	/* What is said before the body has come, the body does not change. */
	assert(early == TRUTH_PENDING || early == truth);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(1 << 24);
	struct predicate *predicate;
	struct error error;
	char *text, *body;

	if (arena != NULL && size < 8192 && memchr(data, 0, size) == NULL) {
		text = arena_alloc(arena, size + 1);
		assert(text != NULL);
		if (size > 0)
			memcpy(text, data, size);
		body = text + strcspn(text, "\n");
		if (*body != '\0')
			*body++ = '\0';
		predicate = predicate_parse(arena, text, &error);
		assert(predicate != NULL || error.text[0] != '\0');
		if (predicate != NULL) {
			print_and_parse(arena, predicate);
			if (type(arena, predicate))
				judge(arena, predicate, body);
		}
	}
	arena_free(arena);
	return 0;
}
