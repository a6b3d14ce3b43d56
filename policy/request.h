/* One typed request: everything that will be sent to the daemon is printed from this and from
 * nothing else. */
#ifndef QUAYMASTER_POLICY_REQUEST_H
#define QUAYMASTER_POLICY_REQUEST_H

#include "policy/json.h"
#include "policy/path.h"
#include "policy/query.h"
#include "policy/route.h"
#include "policy/schema.h"

struct arena;
struct error;
struct upload;

struct header {
	const char *name; /* as sent by the peer */
	const char *value;
};

struct headers {
	struct header *list;
	size_t count;
};

/* The first value of NAME (case-insensitively), or NULL; and how often it occurs. */
const char *headers_value(const struct headers *headers, const char *name);
size_t headers_count(const struct headers *headers, const char *name);

/* A request head as it came off the wire, syntax already checked, framing already decided. */
struct request_head {
	const char *method;
	const char *target;
	struct headers headers;
	bool has_body; /* Content-Length above 0, or chunked */
};

struct request {
	struct arena *arena;
	enum method method;
	struct path path;
	struct api_version version; /* to be sent; the client's, when it gave one and was not lifted */
	struct api_version lifted_from; /* the client's then; else {0, 0} */
	struct api_version engine;      /* the newest that the daemon speaks: tells how old it is */
	const struct route *route;
	struct captures captures;
	struct query query;     /* only parameters the route knows, canonical values */
	struct headers headers; /* only catalogued ones, to be sent on, and our own Content-Type */
	json_t *login;          /* of X-Registry-Auth; owned by ARENA; NULL for none */
	json_t *logins;         /* of X-Registry-Config: registries to logins; as above */
	bool has_body;
	/* There is a body that the route does not read (docker-modem and python-docker send one with
	 * every POST): read up to the JSON limit, and refused when it says anything of its own. */
	bool ignores_body;
	bool upgrade;       /* the client asked for the route's upgrade */
	json_t *body;       /* canonical tree of an inspected body; owned by ARENA; NULL for none */
	bool body_is_clean; /* schema_first_denied finds nothing in BODY */
	/* What was found in the archive that it streams; NULL until that was looked into (upload.h). */
	const struct upload *upload;
	/* The tag that was asked for where the query has its digest instead: it is the image's name in the
	 * end. NULL: nothing was put in a tag's place. */
	const char *pinned_tag;
	/* Tags that hold an image (hold.h), to be removed once the daemon has done this; NULL-terminated. NULL: none. */
	const char *const *releases;
	/* Patterns that what a list tells of images is held against here, since the daemon would leave out what says whose they are;
	 * NULL-terminated. NULL: it tells of all. */
	const char *const *references;
	const char *object_id; /* the full id to send in place of captures.name; NULL sends the name */
};

/* Why a request goes no further. A zeroed refusal means none. */
struct refusal {
	unsigned status; /* HTTP status, 0 = not refused */
	const char *message;
};

/* The API versions that a request may have. One that names none has the newest. */
struct api_range {
	struct api_version oldest, newest;
	/* Older requests that only read, or do something simple, are lifted to this one; {0, 0}: none. */
	struct api_version floor;
	/* The newest that the daemon itself speaks, where requests may not; {0, 0}: newest. */
	struct api_version engine;
};

/* Reads a head into a typed request, allocated in ARENA. Checks path, version (within the catalogue
 * and RANGE, as which a lifted request is read anew; the daemon's own words when too old or too new), route, method, query, media type,
 * upgrade and headers. False with REFUSAL filled when it is not one that dockerd should see. */
bool request_read_head(struct arena *arena, const struct request_head *head,
                       const struct api_range *range, struct request *request,
                       struct refusal *refusal);

/* Reads an inspected body (BYTES may be empty when the route allows that) into request->body. */
bool request_read_body(struct request *request, const char *bytes, size_t len,
                       const struct json_limits *limits, enum unknown_fields unknown,
                       struct refusal *refusal);

/* "/v1.41/containers/<id>/json?size=1"; NULL when the arena is exhausted. */
const char *request_print_target(const struct request *request);
/* The JSON to send, or NULL when the request carries none. */
const char *request_print_body(const struct request *request, size_t *len);
/* "POST /containers/create" with secrets left out: for the audit log. */
const char *request_describe(const struct request *request);
/* The same for what is sent: "POST /v1.41/containers/<id>/stop". */
const char *request_describe_sent(const struct request *request);
/* The inspected body as request_print_body gives it, with "(hidden)" for each secret; NULL when there is none, or no
 * memory. */
const char *request_describe_body(const struct request *request, size_t *len);

#endif
