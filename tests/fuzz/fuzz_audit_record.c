/* Lines of an audit log, whoever wrote them: each is read or refused with a reason, and what is read can be replayed and
 * learnt from. */
#include "policy/arena.h"
#include "policy/audit_record.h"
#include "policy/builder.h"
#include "policy/error.h"
#include "policy/learn.h"
#include "policy/load.h"
#include "policy/problems.h"
#include "policy/replay.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct policy_set *presets(void)
{
	static struct policy_set *set;

	if (set == NULL) {
		struct problems *problems = problems_new();
		config_t config;

		config_init(&config);
		set = policy_set_load(config_root_setting(&config), NULL, 0, problems);
		config_destroy(&config);
		problems_free(problems);
		assert(set != NULL);
	}
	return set;
}

static void replay(struct arena *arena, const struct audit_record *record)
{
	const struct replay_setup setup = {presets(), policy_set_find(presets(), "ci"), 51};
	struct replay told;

	replay_record(arena, &setup, record, &told);
	assert(told.reason != NULL);
	assert((told.outcome == REPLAY_SAME) == (told.reason[0] == '\0') ||
	       told.outcome == REPLAY_UNDECIDED);
	assert(strcmp(told.reason, "the verdict and its trace contradict each other") != 0);
	assert(strcmp(told.reason, "the early verdict and the verdict contradict each other") != 0);
}

/* Whatever was seen, what is learnt from it loads: learn_print loads it itself. */
static void learn(struct arena *arena, const struct audit_record *record)
{
	const struct learn_setup setup = {.by = LEARN_BY_USER, .images = true, .minor = 51};
	struct learn *lessons = learn_new(arena, &setup);
	struct builder builder = {.text = NULL};
	struct error error = {.text = ""};

	assert(lessons != NULL);
	if (learn_add(lessons, record, &error) && !learn_print(lessons, &builder, &error))
		assert(strstr(error.text, "learnt policy") == NULL);
	builder_clear(&builder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(256 << 20);
	struct audit_record record;
	struct error error = {.text = ""};

	switch (audit_record_read(arena, (const char *)data, size, &record, &error)) {
	case AUDIT_LINE_BAD:
		assert(error.text[0] != '\0');
		break;
	case AUDIT_LINE_OTHER:
		break;
	case AUDIT_LINE_DECISION:
		assert(record.target[0] == '/' && record.len == strlen(record.body));
		replay(arena, &record);
		learn(arena, &record);
		break;
	}
	arena_free(arena);
	return 0;
}
