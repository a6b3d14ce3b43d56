/* The smallest policy that allows what has been seen. A policy that allows nothing is asked what it has against each
 * request; what would lift that is written down, loaded, and asked again, until nothing is left that a setting could
 * lift. */
#include "policy/learn.h"

#include "policy/arena.h"
#include "policy/assume.h"
#include "policy/audit_record.h"
#include "policy/builder.h"
#include "policy/error.h"
#include "policy/generalise.h"
#include "policy/learn_parts.h"
#include "policy/load.h"
#include "policy/policy.h"
#include "policy/problems.h"
#include "policy/remedy.h"
#include "policy/trace.h"
#include "policy/trial.h"

#include <string.h>

enum { ROUNDS_MAX = 6, REQUEST_ARENA_BYTES = 64 << 20, ROUND_ARENA_BYTES = 64 << 20 };

/* One round's judge: what was learnt so far, loaded. */
struct judge {
	struct arena *arena;
	struct policy_set *set;
	const struct policy *policy;
};

/* ---- the settings so far ---- */

/* A list of images restricts nothing until it is written. Builds use images that nobody sees, so that under such a list
 * there would be none. */
static bool begin_settings(const struct learn *learn, struct learn_group *group)
{
	return !learn->setup.images || group->builds ||
	       (remedy_add_list(&group->remedy, "images.use") &&
	        remedy_add_list(&group->remedy, "images.produce"));
}

static void print_policy(const struct learn_group *group, struct builder *builder)
{
	builder_format(builder, "\t%s = {\n", group->name);
	remedy_print(&group->remedy, NULL, 2, builder);
	builder_add(builder, "\t};\n");
}

static struct policy_set *load_text(const char *text, struct error *error)
{
	struct problems *problems = problems_new();
	struct policy_set *set = NULL;
	config_t config;

	config_init(&config);
	if (problems == NULL)
		error_set(error, "out of memory");
	else if (config_read_string(&config, text) != CONFIG_TRUE)
		error_set(error, "the learnt policy is malformed: line %d: %s", config_error_line(&config),
		          config_error_text(&config));
	else
		set = policy_set_load(config_root_setting(&config), NULL, 0, problems);
	if (problems != NULL && set == NULL && problems_count(problems) > 0)
		error_set(error, "the learnt policy: %s", problems_text(problems, 0));
	problems_free(problems);
	config_destroy(&config);
	return set;
}

static bool load_judge(const struct learn_group *group, struct judge *judge, struct error *error)
{
	struct builder builder = {.text = NULL};
	const char *text;

	builder_add(&builder, "policies = {\n");
	print_policy(group, &builder);
	builder_add(&builder, "};\n");
	text = builder_take(&builder, judge->arena);
	judge->set = text != NULL ? load_text(text, error) : NULL;
	if (text == NULL)
		error_set(error, "out of memory");
	judge->policy = judge->set != NULL ? policy_set_find(judge->set, group->name) : NULL;
	return judge->policy != NULL;
}

/* ---- asking ---- */

static bool keep_beyond(struct learn_group *group, const struct objection *objection, size_t count)
{
	struct beyond *beyond = group->beyond;

	for (; beyond != NULL; beyond = beyond->next) {
		if (strcmp(beyond->claim, objection->claim) == 0)
			break;
	}
	if (beyond == NULL) {
		beyond = arena_alloc(group->arena, sizeof *beyond);
		if (beyond == NULL)
			return false;
		*beyond = (struct beyond){
			.next = group->beyond,
			.claim = arena_string(group->arena, objection->claim),
			.rule = objection->rule != NULL ? objection->rule : "built-in",
		};
		if (beyond->claim == NULL)
			return false;
		group->beyond = beyond;
		group->beyond_count++;
	}
	beyond->count += count;
	return true;
}

/* True when all went well; *LEARNT when a setting would lift something. */
static bool take_lessons(struct learn_group *group, const struct learn_request *request,
                         const struct trace *trace, bool *learnt)
{
	for (size_t i = 0; i < trace->count; i++) {
		const struct objection *objection = &trace->list[i];

		/* What is objected to again although its setting is there is not lifted by that. */
		if (!remedy_exists(objection) ||
		    (group->round > 0 && remedy_has(&group->remedy, objection))) {
			if (!keep_beyond(group, objection, request->count))
				return false;
			continue;
		}
		*learnt = true;
		if (!remedy_add(&group->remedy, objection, request->count))
			return false;
	}
	return true;
}

static bool ask(struct learn *learn, struct learn_group *group, const struct judge *judge,
                const struct learn_request *request, bool *learnt)
{
	static const struct identity somebody = {.listener = "learn"};
	struct arena *arena = arena_new(REQUEST_ARENA_BYTES);
	struct trial_setup setup = {.policy = judge->policy,
	                            .identity = &somebody,
	                            .range = {.oldest = {1, API_MINOR_OLDEST},
	                                      .newest = {1, learn->setup.minor}},
	                            .limits = {AUDIT_LINE_MAX, 20000, 64},
	                            .image_store = IMAGE_STORE_CLASSIC,
	                            .answer = assume_answer};
	struct trial_input input = {.body = request->body, .len = strlen(request->body)};
	struct header type[TRIAL_HEADERS_MAX];
	struct trace *trace = arena != NULL ? arena_alloc(arena, sizeof *trace) : NULL;
	struct facts *facts = arena != NULL ? arena_alloc(arena, sizeof *facts) : NULL;
	bool fine = trace != NULL && facts != NULL;

	memcpy(&setup.context, &setup.policy, sizeof setup.context);
	input.head = (struct request_head){.method = request->method,
	                                   .target = request->target,
	                                   .headers.list = type,
	                                   .has_body = input.len > 0};
	input.head.headers.count = trial_usual_headers(request->target, input.len > 0, type);
	if (fine && trial_trace(arena, &setup, &input, facts, trace)) {
		fine = take_lessons(group, request, trace, learnt);
		group->allowed += trace->count == 0 ? request->count : 0;
	}
	arena_free(arena);
	return fine;
}

static bool ask_all(struct learn *learn, struct learn_group *group, const struct judge *judge,
                    bool *learnt)
{
	group->beyond = NULL;
	group->beyond_count = 0;
	group->allowed = 0;
	*learnt = false;
	for (size_t i = 0; i < group->request_count; i++) {
		if (!ask(learn, group, judge, group->requests[i], learnt))
			return false;
	}
	return true;
}

/* One round. False with ERROR; *LEARNT when another may tell more. */
static bool learn_round(struct learn *learn, struct learn_group *group, bool *learnt,
                        struct error *error)
{
	struct judge judge = {.arena = arena_new(ROUND_ARENA_BYTES)};
	bool fine;

	if (judge.arena == NULL)
		return error_set(error, "out of memory");
	fine = load_judge(group, &judge, error);
	if (fine && !ask_all(learn, group, &judge, learnt))
		fine = error_set(error, "out of memory");
	if (fine && *learnt && !remedy_generalise(&group->remedy))
		fine = error_set(error, "out of memory");
	policy_set_free(judge.set);
	arena_free(judge.arena);
	return fine;
}

static bool learn_group(struct learn *learn, struct learn_group *group, struct error *error)
{
	bool learnt = true;

	if (!begin_settings(learn, group))
		return error_set(error, "out of memory");
	for (group->round = 0; learnt && group->round < ROUNDS_MAX; group->round++) {
		if (!learn_round(learn, group, &learnt, error))
			return false;
	}
	return true;
}

/* ---- telling ---- */

static void print_beyond(const struct learn_group *group, struct builder *builder)
{
	if (group->beyond != NULL)
		builder_add(builder, "\t# What no setting allows:\n");
	for (const struct beyond *beyond = group->beyond; beyond != NULL; beyond = beyond->next)
		builder_format(builder, "\t#   %s (%s), %zu request%s\n", beyond->claim, beyond->rule,
		               beyond->count, beyond->count == 1 ? "" : "s");
}

static void print_group(const struct learn_group *group, bool images, struct builder *builder)
{
	builder_format(builder, "\t# %s: allows %zu of %zu requests.\n", group->title, group->allowed,
	               group->count);
	if (group->builds && images)
		builder_add(builder, "\t# Images are not restricted: what builds use cannot be seen.\n");
	if (group->cut > 0)
		builder_format(builder, "\t# Not learnt from, since too large for the log: %zu.\n",
		               group->cut);
	if (group->hidden > 0)
		builder_format(builder,
		               "\t# With parameters that the log hides, and what they need: %zu.\n",
		               group->hidden);
	print_beyond(group, builder);
	print_policy(group, builder);
}

static void print_clients(const struct learn *learn, struct builder *builder)
{
	bool first = true;

	builder_add(builder, "clients = (");
	for (const struct learn_group *group = learn->first; group != NULL; group = group->next) {
		if (group->condition == NULL)
			continue;
		builder_format(builder, "%s\n\t{ %s policy = \"%s\"; }", first ? "" : ",", group->condition,
		               group->name);
		first = false;
	}
	builder_add(builder, "\n);\n");
}

bool learn_print(struct learn *learn, struct builder *builder, struct error *error)
{
	if (learn->first == NULL)
		return error_set(error, "there is nothing to learn from");
	for (struct learn_group *group = learn->first; group != NULL; group = group->next) {
		if (!learn_group(learn, group, error))
			return false;
	}
	builder_add(builder, "policies = {\n");
	for (const struct learn_group *group = learn->first; group != NULL; group = group->next)
		print_group(group, learn->setup.images, builder);
	builder_add(builder, "};\n");
	if (learn->setup.by != LEARN_BY_POLICY)
		print_clients(learn, builder);
	return !builder->failed || error_set(error, "out of memory");
}
