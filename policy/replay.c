/* What another policy would have decided. Where the log hides something that the policy looks at, it says so instead of
 * guessing. */
#include "policy/replay.h"

#include "policy/arena.h"
#include "policy/assume.h"
#include "policy/audit_record.h"
#include "policy/load.h"
#include "policy/policy.h"
#include "policy/posture.h"
#include "policy/trial.h"

#include <string.h>

const char *replay_outcome_name(enum replay_outcome outcome)
{
	switch (outcome) {
	case REPLAY_UNDECIDED:
		return "cannot be decided";
	case REPLAY_SAME:
		return "as before";
	case REPLAY_NOW_DENIED:
		return "now denied";
	case REPLAY_NOW_ALLOWED:
		return "now allowed";
	}
	return "cannot be decided";
}

static const char too_large[] = "the request was too large for the log";

static void conclude(struct replay *replay, enum replay_outcome outcome, const char *reason)
{
	replay->outcome = outcome;
	replay->reason = reason != NULL ? reason : "out of memory";
}

/* What the log hides of a request and the policy would look at; NULL: nothing. */
static const char *hidden_weight(struct arena *arena, const struct audit_record *record,
                                 const struct request *request)
{
	if (record->cut)
		return too_large;
	for (size_t i = 0; i < record->hidden_count; i++) {
		const struct parameter_def *def = route_parameter(request->route, record->hidden[i]);

		if (def == NULL || posture_has_weight((enum posture)def->posture))
			return arena_format(arena, "the log does not tell the parameter '%s'",
			                    record->hidden[i]);
	}
	return NULL;
}

static void conclude_allowed(struct arena *arena, const struct audit_record *record,
                             const struct trial *trial, struct replay *replay)
{
	const char *hidden = hidden_weight(arena, record, &trial->request);

	if (hidden != NULL)
		conclude(replay, REPLAY_UNDECIDED, hidden);
	else if (record->allowed)
		conclude(replay, REPLAY_SAME, "");
	else
		conclude(replay, REPLAY_NOW_ALLOWED,
		         record->rule != NULL ? arena_format(arena, "it was denied by %s", record->rule)
		                              : "it was denied");
}

static void conclude_denied(const struct audit_record *record, const struct trial *trial,
                            struct replay *replay)
{
	/* What is hidden was something else. */
	if (strstr(trial->message, "(hidden)") != NULL || (record->cut && record->len == 0))
		conclude(replay, REPLAY_UNDECIDED, "what it depends on is hidden in the log");
	else if (record->allowed)
		conclude(replay, REPLAY_NOW_DENIED, trial->message);
	else
		conclude(replay, REPLAY_SAME, "");
}

/* TRIAL asked for objects, and nobody answered. */
static void try_assumed(struct arena *arena, struct trial_setup *setup,
                        const struct trial_input *input, const struct audit_record *record,
                        struct replay *replay)
{
	const char *wanted;
	struct trial *trial = arena_alloc(arena, sizeof *trial);

	if (trial == NULL) {
		conclude(replay, REPLAY_UNDECIDED, NULL);
		return;
	}
	trial_run(arena, setup, input, trial);
	wanted = trial->message;
	setup->answer = assume_answer;
	memcpy(&setup->context, &setup->policy, sizeof setup->context);
	trial_run(arena, setup, input, trial);
	if (trial->end == TRIAL_DENIED)
		conclude_denied(record, trial, replay);
	else
		conclude(replay, REPLAY_UNDECIDED,
		         arena_format(arena, "it would be allowed if ordinary: %s", wanted));
}

static void judge(struct arena *arena, struct trial_setup *setup, const struct audit_record *record,
                  struct replay *replay)
{
	struct header type[TRIAL_HEADERS_MAX];
	const struct trial_input input = {
		.head = {.method = record->method,
	             .target = record->target,
	             .headers = {type, trial_usual_headers(record->target, record->len > 0, type)},
	             .has_body = record->len > 0},
		.body = record->body,
		.len = record->len,
	};
	struct trial *trial = arena_alloc(arena, sizeof *trial);

	if (trial == NULL) {
		conclude(replay, REPLAY_UNDECIDED, NULL);
		return;
	}
	trial_run(arena, setup, &input, trial);
	switch (trial->end) {
	case TRIAL_BROKEN:
	case TRIAL_REFUSED:
		conclude(replay, REPLAY_UNDECIDED, record->cut ? too_large : trial->message);
		break;
	case TRIAL_DENIED:
	case TRIAL_UNSENDABLE:
		conclude_denied(record, trial, replay);
		break;
	case TRIAL_UNANSWERED:
		try_assumed(arena, setup, &input, record, replay);
		break;
	case TRIAL_ALLOWED:
		conclude_allowed(arena, record, trial, replay);
		break;
	}
}

void replay_record(struct arena *arena, const struct replay_setup *setup,
                   const struct audit_record *record, struct replay *replay)
{
	struct identity *identity = arena_alloc(arena, sizeof *identity);
	unsigned newest = record->minor > setup->minor ? record->minor : setup->minor;
	struct trial_setup trial = {.identity = identity,
	                            .range = {.oldest = {1, API_MINOR_OLDEST}, .newest = {1, newest}},
	                            .limits = {AUDIT_LINE_MAX, 20000, 64},
	                            .image_store = IMAGE_STORE_CLASSIC};

	*replay = (struct replay){.reason = ""};
	if (identity == NULL) {
		conclude(replay, REPLAY_UNDECIDED, NULL);
		return;
	}
	*identity = record->identity;
	if (setup->policy == NULL)
		identity->grant = policy_set_match(setup->set, identity);
	else
		identity->grant.policy = setup->policy;
	trial.policy = identity->grant.policy;
	replay->policy = trial.policy != NULL ? trial.policy->name : NULL;
	judge(arena, &trial, record, replay);
}
