/* What the parts of the walk over a request share. Inside policy/limits*.c only. */
#ifndef QUAYMASTER_POLICY_LIMITS_PARTS_H
#define QUAYMASTER_POLICY_LIMITS_PARTS_H

#include "policy/limits.h"

/* One walk: without OUT it only judges. Each fit_... returns false where the judgement ends, or, while
 * writing, when memory is exhausted. */
struct fitting {
	const struct limit_rules *rules;
	enum limits_of of;
	const json_t *resources; /* as asked for */
	json_t *out;             /* the same object, to be changed; NULL while judging */
	excess_fn *objects;      /* NULL while writing: what was judged holds no excess */
	void *context;
};

/* A resource as a message tells it. */
struct told {
	const char *rule;     /* "memory", of container.limits */
	const char *property; /* HostConfig's name, or a path below it */
	enum { TOLD_NUMBER, TOLD_SIZE, TOLD_CPUS } as;
};

/* The limit at OFFSET of RULES. */
const struct limit *limit_at(const struct limit_rules *rules, size_t offset);

/* True when VALUE is above LIMIT; a negative one is dockerd's "no limit". */
bool limit_exceeded(const struct limit *limit, long long value);
/* True when what exceeds LIMIT is given the most there is, or the judgement goes on as if it were. */
bool fitting_clamps(const struct fitting *f, const struct limit *limit, const struct told *told,
                    long long value);
/* Objects in words of the caller's. ADVICE may be NULL. */
bool fitting_objects(const struct fitting *f, struct place place, const char *rule,
                     const char *advice, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
bool fitting_may_clamp(const struct fitting *f, const struct limit *limit);

/* What to write where a request says nothing of LIMIT; false: nothing. USUAL is what dockerd gives by
 * itself, negative where that is no limit or unknown. */
bool limit_default(const struct limit *limit, long long usual, long long *value);

/* Write into OUT, and succeed at once while judging. VALUE is taken. */
bool fitting_put(const struct fitting *f, json_t *object, const char *name, json_t *value);
bool fitting_put_number(const struct fitting *f, const char *name, long long value);

/* The object NAME of OBJECT, made when it is missing; NULL without memory. */
json_t *fitting_make_object(json_t *object, const char *name);

long long fitting_number(const struct fitting *f, const char *name); /* 0 where absent */

/* PROPERTY as the request at hand calls it: "HostConfig.Memory", "Memory", "memory". */
void fitting_name(const struct fitting *f, const char *property, char *text, size_t size);

/* What a build calls PROPERTY. */
const char *limits_parameter(const char *property);

bool fit_cpu(const struct fitting *f);
bool fit_ulimits(const struct fitting *f);
bool fit_restart(const struct fitting *f);
bool fit_log(const struct fitting *f);
bool fit_tmpfs(const struct fitting *f);
bool fit_storage(const struct fitting *f);

#endif
