/* One request from end to end. The order is that of proxy/conn_request.c, and the promises that the
 * engine makes are held against it on the way. */
#include "policy/trial.h"

#include "policy/arena.h"
#include "policy/decide.h"
#include "policy/error.h"
#include "policy/mutate.h"
#include "policy/policy.h"
#include "policy/text.h"
#include "policy/trace.h"
#include "policy/upload.h"
#include "policy/world.h"

#include <string.h>

enum { ROUNDS_MAX = 8 };

const char *trial_end_name(enum trial_end end)
{
	switch (end) {
	case TRIAL_BROKEN:
		return "broken";
	case TRIAL_REFUSED:
		return "refuse";
	case TRIAL_DENIED:
		return "deny";
	case TRIAL_UNANSWERED:
		return "need";
	case TRIAL_UNSENDABLE:
		return "fail";
	case TRIAL_ALLOWED:
		return "allow";
	}
	return "broken";
}

static void end(struct trial *trial, enum trial_end how, unsigned status, const char *message)
{
	trial->end = how;
	trial->status = status;
	trial->message = message != NULL ? message : "out of memory";
}

static void broken(struct trial *trial, const char *promise)
{
	end(trial, TRIAL_BROKEN, 500, promise);
}

/* Streams are not looked into; everything else is read whole, if only to be ignored. */
static bool read_request(struct arena *arena, const struct trial_setup *setup,
                         const struct trial_input *input, struct trial *trial)
{
	enum unknown_fields unknown =
		setup->policy != NULL ? setup->policy->unknown_fields : UNKNOWN_FIELDS_REFUSE;
	struct request *request = &trial->request;
	struct refusal refusal = {.status = 0};

	if (request_read_head(arena, &input->head, &setup->range, request, &refusal) &&
	    (request->route->body == BODY_STREAM ||
	     request_read_body(request, input->body, input->len, &setup->limits, unknown, &refusal)))
		return true;
	end(trial, TRIAL_REFUSED, refusal.status, refusal.message);
	return false;
}

/* "container web, network lan" */
static const char *wanted(struct arena *arena, const struct facts *facts)
{
	const char *text = "";

	for (size_t i = 0; text != NULL && i < facts->count; i++) {
		if (facts->list[i].state == FACT_WANTED)
			text = arena_format(arena, "%s%s%s %s", text, text[0] != '\0' ? ", " : "",
			                    object_kind_name(facts->list[i].kind), facts->list[i].name);
	}
	return text;
}

/* "warn: policy 'web' would deny ...; observe: ..." */
static const char *remarks_text(struct arena *arena, const struct verdict *verdict)
{
	const char *text = "";

	for (size_t i = 0; text != NULL && i < verdict->remark_count; i++)
		text = arena_format(arena, "%s%s%s: %s", text, i > 0 ? "; " : "",
		                    rule_mode_name(verdict->remarks[i].mode), verdict->remarks[i].message);
	return text;
}

static void finish_allowed(struct arena *arena, const struct trial_setup *setup,
                           const struct verdict *verdict, struct trial *trial)
{
	struct error error = {.text = ""};
	size_t len;

	if (!policy_mutate(setup->policy, setup->identity, &trial->facts, &trial->request, &error)) {
		end(trial, TRIAL_UNSENDABLE, 403, arena_string(arena, error.text));
		return;
	}
	trial->target = request_print_target(&trial->request);
	trial->body = request_print_body(&trial->request, &len);
	if (trial->target == NULL || (trial->body == NULL && trial->request.body != NULL))
		broken(trial, "out of memory");
	else
		end(trial, TRIAL_ALLOWED, 0, remarks_text(arena, verdict));
}

static void finish(struct arena *arena, const struct trial_setup *setup,
                   const struct verdict *verdict, struct trial *trial)
{
	trial->rule = verdict->rule != NULL ? verdict->rule : "";
	switch (verdict->kind) {
	case VERDICT_DENY:
		end(trial, TRIAL_DENIED, verdict->status, verdict->message);
		break;
	case VERDICT_NEED:
		end(trial, TRIAL_UNANSWERED, 0, wanted(arena, &trial->facts));
		break;
	case VERDICT_ALLOW:
		finish_allowed(arena, setup, verdict, trial);
		break;
	}
}

/* A traced judgement finds more to object to, and never another verdict or another first reason. */
static bool trace_agrees(struct arena *arena, const struct trial_setup *setup,
                         const struct trial *trial, const struct verdict *verdict)
{
	struct trace *trace = arena_alloc(arena, sizeof *trace);
	struct facts facts = trial->facts;
	struct verdict traced;

	if (trace == NULL)
		return false;
	trace->arena = arena;
	policy_decide_traced(setup->policy, setup->identity, &trial->request, &facts, &traced, trace);
	return traced.kind == verdict->kind && (traced.message == NULL) == (verdict->message == NULL) &&
	       (traced.message == NULL || strcmp(traced.message, verdict->message) == 0) &&
	       (trace->count == 0 || traced.kind == VERDICT_DENY ||
	        setup->policy->mode != MODE_ENFORCE);
}

/* Answers and asks again until there is a verdict. False when that does not come. */
static bool decide(struct arena *arena, const struct trial_setup *setup, struct trial *trial,
                   struct verdict *verdict)
{
	policy_decide(setup->policy, setup->identity, &trial->request, &trial->facts, verdict);
	for (int i = 0; verdict->kind == VERDICT_NEED && setup->answer != NULL; i++) {
		if (i == ROUNDS_MAX || !facts_wanted(&trial->facts)) {
			broken(trial, "the policy engine asks without end");
			return false;
		}
		setup->answer(setup->context, arena, &trial->facts);
		policy_decide(setup->policy, setup->identity, &trial->request, &trial->facts, verdict);
	}
	return true;
}

/* Where an archive is looked into, the body stands for the first file that is looked for in it. */
static bool add_upload(struct arena *arena, const struct trial_setup *setup,
                       const struct trial_input *input, struct trial *trial)
{
	struct upload *upload = arena_alloc(arena, sizeof *upload);
	struct upload_plan plan;

	upload_plan_make(setup->policy, trial->facts.world != NULL, &trial->request, &plan);
	if (upload == NULL || plan.count == 0 || input->len == 0)
		return false;
	upload->files[0] = (struct upload_file){input->body, input->len};
	trial->request.upload = upload;
	return true;
}

static void judge(struct arena *arena, const struct trial_setup *setup,
                  const struct trial_input *input, struct trial *trial)
{
	const struct request *request = &trial->request;
	struct verdict early, verdict;

	policy_decide_early(setup->policy, setup->identity, request, &early);
	if (!decide(arena, setup, trial, &verdict))
		return;
	if (verdict.kind == VERDICT_ALLOW && add_upload(arena, setup, input, trial) &&
	    !decide(arena, setup, trial, &verdict))
		return;
	if (early.kind == VERDICT_ALLOW || (early.kind == VERDICT_DENY && verdict.kind != VERDICT_DENY))
		broken(trial, "the early verdict and the verdict contradict each other");
	else if (!trace_agrees(arena, setup, trial, &verdict))
		broken(trial, "the verdict and its trace contradict each other");
	else
		finish(arena, setup, &verdict, trial);
}

/* Nothing that is sealed by it reaches a daemon. */
void trial_key(struct seal_key *key)
{
	static const char secret[SEAL_KEY_MIN] = "trials seal nothing in earnest";

	seal_key_make(secret, sizeof secret, key);
}

/* What is known before anything is asked, as for a connection's request. False when there is no memory. */
static bool begin_facts(struct arena *arena, const struct trial_setup *setup, struct facts *facts)
{
	struct world *world = arena_alloc(arena, sizeof *world);
	struct seal_key *own = arena_alloc(arena, sizeof *own);

	*facts = (struct facts){.image_store = setup->image_store};
	if (world == NULL || own == NULL)
		return false;
	trial_key(own);
	*world = (struct world){.nonce = TRIAL_NONCE};
	if (world_begin(world, arena, setup->policy, setup->identity,
	                setup->key != NULL ? setup->key : own))
		facts->world = world;
	return true;
}

void trial_run(struct arena *arena, const struct trial_setup *setup,
               const struct trial_input *input, struct trial *trial)
{
	*trial = (struct trial){.rule = "", .message = ""};
	if (!begin_facts(arena, setup, &trial->facts))
		broken(trial, "out of memory");
	else if (read_request(arena, setup, input, trial))
		judge(arena, setup, input, trial);
}

bool trial_trace(struct arena *arena, const struct trial_setup *setup,
                 const struct trial_input *input, struct facts *facts, struct trace *trace)
{
	struct trial trial = {.message = ""};
	struct verdict verdict;

	if (!begin_facts(arena, setup, facts) || !read_request(arena, setup, input, &trial))
		return false;
	for (int i = 0; i < ROUNDS_MAX; i++) {
		*trace = (struct trace){.arena = arena};
		policy_decide_traced(setup->policy, setup->identity, &trial.request, facts, &verdict,
		                     trace);
		if (!facts_wanted(facts) || setup->answer == NULL)
			return true;
		setup->answer(setup->context, arena, facts);
	}
	return false;
}

/* The path behind its version, whose form request_read_head checks. */
static bool is_path(const char *target, const char *path)
{
	const char *rest = target;

	if (rest[0] == '/' && rest[1] == 'v' && rest[2] >= '0' && rest[2] <= '9')
		rest += 1 + strcspn(rest + 1, "/");
	return strcspn(rest, "?") == strlen(path) && text_starts_with(rest, path);
}

size_t trial_usual_headers(const char *target, bool has_body, struct header *list)
{
	size_t path = strcspn(target, "?");
	bool websocket = path >= 10 && strncmp(target + path - 10, "/attach/ws", 10) == 0;

	if (websocket || is_path(target, "/session") || is_path(target, "/grpc")) {
		list[0] = (struct header){"Connection", "Upgrade"};
		list[1] = (struct header){"Upgrade", websocket ? "websocket" : "h2c"};
		return 2;
	}
	list[0] = (struct header){"Content-Type", "application/json"};
	return has_body ? 1 : 0;
}
