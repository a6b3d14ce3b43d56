/* What containers and builds may use: a cap on each resource, what becomes of a request above it, and what is
 * written out where a request says nothing. Knows dockerd's words for "no limit"; asks no one. One walk
 * over a request both judges and rewrites it, so that what is sent is what was judged. */
#ifndef QUAYMASTER_POLICY_LIMITS_H
#define QUAYMASTER_POLICY_LIMITS_H

#include "policy/place.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct error;
struct query;

enum limit_over {
	LIMIT_OVER_UNSAID = 0, /* as limit_rules.over says; that says deny, if anything */
	LIMIT_OVER_DENY,
	LIMIT_OVER_CLAMP /* the request gets the most there is */
};

/* One resource. Where only the cap was written it is the default, too, unless dockerd gives less by
 * itself. */
struct limit {
	bool capped;        /* MAX holds */
	bool lifted;        /* "unlimited" was written: no cap, whatever a parent policy says */
	bool defaulted;     /* FALLBACK was written */
	long long max;      /* bytes, billionths of a CPU, seconds, or a number; never negative */
	long long fallback; /* never above MAX */
	enum limit_over over;
	struct place place;
};

/* The kernel's resource limits, by the names of `docker run --ulimit`. */
enum ulimit {
	ULIMIT_AS,
	ULIMIT_CORE,
	ULIMIT_CPU,
	ULIMIT_DATA,
	ULIMIT_FSIZE,
	ULIMIT_LOCKS,
	ULIMIT_MEMLOCK,
	ULIMIT_MSGQUEUE,
	ULIMIT_NICE,
	ULIMIT_NOFILE,
	ULIMIT_NPROC,
	ULIMIT_RSS,
	ULIMIT_RTPRIO,
	ULIMIT_RTTIME,
	ULIMIT_SIGPENDING,
	ULIMIT_STACK,
	ULIMITS /* how many there are */
};

struct ulimit_rules {
	bool set;             /* the group was written: what it does not list is refused */
	bool listed[ULIMITS]; /* "unlimited" is listed, and not capped */
	struct limit list[ULIMITS];
	struct place place;
};

enum { CPUS_MAX = 1024 };

/* Which CPUs (or memory nodes), as the kernel's list format has it. */
struct cpu_set {
	uint64_t bits[CPUS_MAX / 64];
};

struct cpuset_rule {
	const char *text; /* "0-3,8"; NULL: any */
	struct cpu_set set;
	struct place place;
};

struct restart_rules {
	bool set;
	bool always, unless_stopped, on_failure;
	long long retries; /* of on-failure; 0 is any number */
	struct place place;
};

struct limit_rules {
	enum limit_over over;
	struct limit memory, memory_swap, memory_reservation; /* bytes; swap is dockerd's sum of both */
	struct limit cpus;                                    /* billionths */
	struct limit cpu_shares, blkio_weight, pids;
	struct limit shm, tmpfs;   /* bytes */
	struct limit storage;      /* bytes; only a written default is one */
	struct limit stop_timeout; /* seconds */
	struct cpuset_rule cpuset, cpuset_mems;
	struct ulimit_rules ulimits;
	struct restart_rules restart;
	struct limit log_size, log_files, log_buffer;
	const char
		*log_driver; /* in place of the daemon's own; NULL: json-file, where a log is limited */
};

enum limits_of {
	LIMITS_OF_CREATE,  /* BODY is a create's: HostConfig is in it */
	LIMITS_OF_UPDATE,  /* what is left out stays as it is */
	LIMITS_OF_BUILD,   /* BODY is limits_from_query's */
	LIMITS_OF_SERVICE, /* BODY is service_host_config's */
	LIMITS_OF_STOP     /* BODY's StopTimeout is for one stop: left out, it is the container's */
};

/* What a request asked for and may not have: "HostConfig.Memory is 8G, and the most is 4G". */
struct excess {
	const char *rule; /* "container.limits.memory" */
	struct place place;
	const char *claim, *advice;
};

/* Is told each excess, whose strings live until it returns; true: the walk goes on. */
typedef bool excess_fn(void *context, const struct excess *excess);

/* False when BODY asks for more than RULES let it have, and OBJECTS did not let that pass. */
bool limits_judge(const struct limit_rules *rules, enum limits_of of, const json_t *body,
                  excess_fn *objects, void *context);
/* Makes a BODY that was judged say what it gets. False when memory is exhausted. */
bool limits_apply(const struct limit_rules *rules, enum limits_of of, json_t *body);

/* The resources that a build's parameters ask for, under HostConfig's names. NULL with ERROR when one cannot be
 * read; else the caller's to json_decref. */
json_t *limits_from_query(const struct query *query, struct error *error);
/* The same back into QUERY. False when memory is exhausted. */
bool limits_to_query(struct arena *arena, const json_t *resources, struct query *query);

/* The time that a stop or a restart gives, as LIMITS_OF_STOP has it; NULL when memory is exhausted, else the caller's
 * to json_decref. And back. */
json_t *limits_from_stop(const struct query *query);
bool limits_to_stop(struct arena *arena, const json_t *resources, struct query *query);

/* The names of enum ulimit, in its order. */
extern const char *const ulimit_names[ULIMITS];

/* Reads "0-3,8". False when it is anything else, or beyond CPUS_MAX. */
bool cpu_set_read(const char *text, struct cpu_set *set);

/* BYTES as "4G" where that says it exactly, else in digits. */
enum { LIMIT_TEXT_SIZE = 32 };
void limit_size_text(long long bytes, char text[LIMIT_TEXT_SIZE]);

#endif
