/* Owns the lines of an application's profile: reading them, and trying each on a policy. */
#include "policy/needs.h"

#include "policy/arena.h"
#include "policy/assume.h"
#include "policy/error.h"
#include "policy/facts.h"
#include "policy/policy.h"
#include "policy/text.h"
#include "policy/vector_lines.h"

#include <string.h>

enum { NEWEST_MINOR = 51, BODY_BYTES = 4 << 20, BODY_NODES = 20000, BODY_DEPTH = 64 };

const char *need_kind_name(enum need_kind kind)
{
	switch (kind) {
	case NEED_REQUIRED:
		return "required";
	case NEED_MAIN:
		return "main";
	case NEED_OPTIONAL:
		return "optional";
	}
	return "unknown";
}

static const struct patterns *lines_of(const struct application *application, enum need_kind kind)
{
	switch (kind) {
	case NEED_REQUIRED:
		return &application->required;
	case NEED_MAIN:
		return &application->main;
	case NEED_OPTIONAL:
		break;
	}
	return &application->optional;
}

size_t needs_count(const struct application *application)
{
	return application->required.count + application->main.count + application->optional.count;
}

/* The line number INDEX, and its kind; NULL past the last. */
static const char *find_line(const struct application *application, size_t index,
                             enum need_kind *kind)
{
	static const enum need_kind kinds[] = {NEED_REQUIRED, NEED_MAIN, NEED_OPTIONAL};

	for (size_t i = 0; i < NEED_KINDS; i++) {
		const struct patterns *lines = lines_of(application, kinds[i]);

		*kind = kinds[i];
		if (index < lines->count)
			return lines->list[index];
		index -= lines->count;
	}
	return NULL;
}

/* What the application says of the object that FACT is about: "container example = {...}". */
static const char *described(struct arena *arena, const struct application *application,
                             const struct fact *fact)
{
	const char *begin = arena_format(arena, "%s %s = ", object_kind_name(fact->kind), fact->name);

	for (size_t i = 0; begin != NULL && i < application->objects.count; i++) {
		struct error error;
		const char *object = vector_lines_expand(arena, application->objects.list[i], &error);

		if (object != NULL && text_starts_with(object, begin))
			return object + strlen(begin);
	}
	return NULL;
}

struct asking {
	const struct application *application;
	const struct policy *policy;
};

static void answer(void *context, struct arena *arena, struct facts *facts)
{
	const struct asking *asking = context;
	struct policy policy = *asking->policy;

	for (size_t i = 0; i < facts->count; i++) {
		struct fact *fact = &facts->list[i];
		const char *json =
			fact->state == FACT_WANTED ? described(arena, asking->application, fact) : NULL;

		if (json != NULL)
			fact_learn(arena, fact, 200, json, strlen(json));
	}
	assume_answer(&policy, arena, facts);
}

/* "METHOD TARGET [BODY] [-- what for]" taken apart; LINE is cut up. */
static bool read_line(char *line, struct need *need, struct trial_input *input, struct error *error)
{
	char *what_for = strstr(line, " -- ");

	need->what_for = what_for != NULL ? what_for + strlen(" -- ") : "";
	if (what_for != NULL)
		*what_for = '\0';
	input->head.method = text_take_word(&line);
	input->head.target = text_take_word(&line);
	input->body = line + strspn(line, " ");
	input->len = strlen(input->body);
	input->head.has_body = input->len > 0;
	if (*input->head.method == '\0' || *input->head.target != '/')
		return error_set(error, "a request is written as \"METHOD /TARGET [BODY] [-- what for]\"");
	return true;
}

/* "METHOD TARGET" of the line as it was written. */
static const char *first_words(struct arena *arena, const char *line)
{
	size_t method = strcspn(line, " ");
	size_t gap = strspn(line + method, " ");

	return arena_copy(arena, line, method + gap + strcspn(line + method + gap, " "));
}

bool needs_try(struct arena *arena, const struct application *application, size_t index,
               const struct policy *policy, struct need *need, struct error *error)
{
	const char *written = find_line(application, index, &need->kind);
	char *line = written != NULL ? vector_lines_expand(arena, written, error) : NULL;
	struct asking asking = {application, policy};
	const struct trial_setup setup = {
		.policy = policy,
		.range = {.oldest = {1, API_MINOR_OLDEST}, .newest = {1, NEWEST_MINOR}},
		.limits = {BODY_BYTES, BODY_NODES, BODY_DEPTH},
		.image_store = IMAGE_STORE_CLASSIC,
		.answer = answer,
		.context = &asking,
	};
	struct header headers[TRIAL_HEADERS_MAX];
	struct trial_input input = {.body = ""};

	if (line == NULL || !read_line(line, need, &input, error))
		return false;
	input.head.headers.list = headers;
	input.head.headers.count = trial_usual_headers(input.head.target, input.head.has_body, headers);
	need->request = first_words(arena, written);
	if (need->request == NULL)
		return error_set(error, "out of memory");
	trial_run(arena, &setup, &input, &need->trial);
	return true;
}
