/* What an archive that a request streams turned out to hold: the files that say what it is about. Which
 * those are follows from the request and its policy; nothing is looked for where nobody asks. */
#ifndef QUAYMASTER_POLICY_UPLOAD_H
#define QUAYMASTER_POLICY_UPLOAD_H

#include "policy/tar_scan.h"

#include <stdbool.h>
#include <stddef.h>

struct archive_contents;
struct policy;
struct request;

/* What to look for. */
struct upload_plan {
	enum tar_kind kind;
	const char *names[TAR_WANTED_MAX];
	size_t count;     /* 0: the archive is nobody's business */
	bool takes_stock; /* all that is in it counts, by its digest */
};

struct upload_file {
	const char *text; /* terminated; NULL: not there */
	size_t len;
};

struct upload {
	struct upload_file files[TAR_WANTED_MAX]; /* as the plan has them */
	const struct archive_contents *contents;  /* of what the plan takes stock of; else NULL */
	const char *wrong; /* why the archive is refused, "is cut short"; NULL when it is not */
};

/* What has to be looked for in the archive of REQUEST, which POLICY has allowed so far; CLOSED: to a tenant in its own world. Its verdict counts
 * only once the request has its `upload`, and was judged again; until then the archive's end must not reach
 * the daemon. Names live in the request's arena. A build whose Dockerfile has no proper name gets an empty
 * plan; it is denied for that. */
void upload_plan_make(const struct policy *policy, bool closed, const struct request *request,
                      struct upload_plan *plan);

/* The places in the plan of image.load. */
enum { UPLOAD_MANIFEST = 0, UPLOAD_INDEX, UPLOAD_REPOSITORIES };

#endif
