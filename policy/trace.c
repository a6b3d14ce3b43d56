/* Everything that a policy holds against a request. */
#include "policy/trace.h"

#include "policy/arena.h"

#include <string.h>

static bool same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* A setting and what it would have to list say it all; without a value the claim tells. */
static bool is_same(const struct objection *a, const struct objection *b)
{
	if (!same(a->rule, b->rule) || !same(a->value, b->value) || a->write != b->write)
		return false;
	return (a->rule != NULL && a->value != NULL) || same(a->claim, b->claim);
}

const struct objection *trace_find(const struct trace *trace, const struct objection *objection)
{
	for (size_t i = 0; i < trace->count; i++) {
		if (is_same(&trace->list[i], objection))
			return &trace->list[i];
	}
	return NULL;
}

/* A copy, or NULL and the trace is marked. */
static const char *keep(struct trace *trace, const char *text)
{
	const char *copy = text != NULL ? arena_string(trace->arena, text) : NULL;

	trace->cut = trace->cut || (text != NULL && copy == NULL);
	return copy;
}

void trace_add(struct trace *trace, const struct objection *objection)
{
	struct objection *added;

	if (trace_find(trace, objection) != NULL)
		return;
	if (trace->count == TRACE_MAX) {
		trace->cut = true;
		return;
	}
	added = &trace->list[trace->count++];
	*added = *objection;
	added->value = keep(trace, objection->value);
	added->claim = keep(trace, objection->claim);
	added->advice = keep(trace, objection->advice);
}
