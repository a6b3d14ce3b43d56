/* How much a tenant may have, over all of its clients: what a request asks for, what exists counts for, and whether both
 * together are too much. Counts nothing by itself: whoever asks knows what there is (proxy/quota.h). */
#ifndef QUAYMASTER_POLICY_QUOTA_H
#define QUAYMASTER_POLICY_QUOTA_H

#include "policy/place.h"
#include "policy/route.h"

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>

struct arena;
struct facts;
struct request;
struct upload;
struct world;

enum quota_kind {
	/* Standing ones: of what the daemon has. */
	QUOTA_CONTAINERS,
	QUOTA_RUNNING,
	QUOTA_MEMORY, /* bytes */
	QUOTA_CPUS,   /* billionths */
	QUOTA_PIDS,
	QUOTA_PORTS, /* published */
	QUOTA_VOLUMES,
	QUOTA_NETWORKS,
	QUOTA_IMAGES, /* held by tags (hold.h) */
	QUOTA_EXECS,  /* that running containers know of */
	/* At a time: of what is under way. */
	QUOTA_BUILDS,
	QUOTA_PULLS,
	QUOTA_STREAMS,
	QUOTA_CONNECTIONS,
	QUOTAS,
	QUOTA_STANDING = QUOTA_BUILDS /* how many of them are standing ones */
};

/* "containers", as in the settings. */
const char *quota_name(enum quota_kind kind);

/* False for what takes as long as a pull or a build: nobody waits for its end. */
bool quota_passes_soon(enum quota_kind kind);

struct quota_limit {
	bool given;
	long long most;
	struct place place;
};

struct quota_rules {
	struct quota_limit limits[QUOTAS];
	struct quota_limit per_second,
		burst; /* of requests; a rate's burst is its own number by default */
};

#define QUOTA_UNBOUNDED LLONG_MAX /* an amount that knows no end: more than any limit */

struct quota_amounts {
	long long of[QUOTAS]; /* never negative */
};

/* The sum, up to QUOTA_UNBOUNDED. */
void quota_add(struct quota_amounts *sum, const struct quota_amounts *more);

struct quota_demand {
	struct quota_amounts amounts;
	/* The id of the container that is running afterwards, or of the image that is held: its own part in what there is now does
	 * not count. NULL: something new. */
	const char *already;
	bool unsealed; /* what comes of it has no seal of the request's: nothing tells it from others */
};

/* What REQUEST asks for as it will be sent. FACTS are those that it was judged by. */
void quota_demand(const struct request *request, const struct facts *facts,
                  struct quota_demand *demand);
/* What the archive of an image.load asks for, as far as it tells. */
void quota_load_demand(struct arena *arena, const struct upload *upload,
                       struct quota_demand *demand);
/* True when a standing limit of RULES is about something that DEMAND asks for. */
bool quota_is_standing(const struct quota_rules *rules, const struct quota_demand *demand);

/* Of a container's update, which its labels do not follow: NULL when it stays within what the container was made with,
 * or no limit is about that; else what to answer, in REQUEST's arena. */
const char *quota_update_excess(const struct quota_rules *rules, const struct request *request,
                                const struct facts *facts);

/* Writes into a container's LABELS what its create BODY asks for. False when there is no memory. */
bool quota_label(const json_t *body, json_t *labels);

/* Adds to USE what ELEMENT of the daemon's list of KIND (container, volume, network, image) counts for, where it is
 * WORLD's tenant's; else false. ALREADY is a demand's. */
bool quota_count(const struct world *world, enum object_kind kind, const json_t *element,
                 const char *already, struct quota_amounts *use);
/* Adds the execs that an INSPECTED container knows of. */
void quota_count_execs(const json_t *inspected, struct quota_amounts *use);

/* The first kind of which RULES allow less than USE and DEMAND together; QUOTAS when there is none. What is not asked
 * for is never too much. */
enum quota_kind quota_exceeded(const struct quota_rules *rules, const struct quota_amounts *use,
                               const struct quota_amounts *demand);

struct quota_excess {
	enum quota_kind kind; /* that is exceeded */
	const char *tenant;
	const struct quota_amounts *use, *demand;
	bool passes; /* some of USE is under way, and may come to nothing */
};

struct quota_refusal {
	unsigned status;     /* 403 for what stands, 429 for what passes */
	const char *message; /* NULL: no memory */
	const char *rule;    /* "ci.conf:12 quota.containers" */
};

/* What to answer. */
struct quota_refusal quota_refuse(struct arena *arena, const struct quota_rules *rules,
                                  const struct quota_excess *excess);
/* The same for requests that come too fast. */
struct quota_refusal quota_refuse_rate(struct arena *arena, const struct quota_rules *rules,
                                       const char *tenant);

#endif
