/* Looks into an archive while it is streamed: decompresses where the daemon would, and scans for the files of
 * a plan. Tells the moment when the archive's end must be held back until what was found is judged. */
#ifndef QUAYMASTER_PROXY_UPLOAD_SCAN_H
#define QUAYMASTER_PROXY_UPLOAD_SCAN_H

#include <stdbool.h>
#include <stddef.h>

struct upload;
struct upload_plan;
struct upload_scan;

struct upload_scan *upload_scan_new(const struct upload_plan *plan); /* NULL: no memory */
void upload_scan_free(struct upload_scan *scan);                     /* NULL is fine */

enum upload_state {
	UPLOAD_GOES_ON,
	UPLOAD_HOLDS_END, /* with these bytes the daemon could take the archive for complete */
	UPLOAD_REFUSED    /* it is none, or cannot be looked into */
};

/* The next bytes of the body; LAST: it ends with them, which may be none. */
enum upload_state upload_scan_feed(struct upload_scan *scan, const char *bytes, size_t len,
                                   bool last);

/* What was found, when the end is there or the archive was refused. Lives as long as the scan. */
void upload_scan_tell(const struct upload_scan *scan, struct upload *upload);
size_t upload_scan_bytes(const struct upload_scan *scan); /* in memory now, about */

#endif
