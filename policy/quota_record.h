/* What one quaymaster has under way of a tenant's quota, as others read it (proxy/quota_lock.h): "PROCESS TOKEN containers=1". */
#ifndef QUAYMASTER_POLICY_QUOTA_RECORD_H
#define QUAYMASTER_POLICY_QUOTA_RECORD_H

#include "policy/quota.h"

enum { QUOTA_TOKEN_SIZE = 65, QUOTA_PROCESS_SIZE = 17, QUOTA_RECORD_SIZE = 511 };

struct quota_record {
	char process[QUOTA_PROCESS_SIZE]; /* 16 hexadecimal digits */
	char token
		[QUOTA_TOKEN_SIZE]; /* by which the daemon's lists show what came of it; "-": they do not */
	struct quota_amounts amounts; /* standing ones */
};

/* False when it does not fit. TEXT is filled up with NULs. */
bool quota_record_print(const struct quota_record *record, char text[QUOTA_RECORD_SIZE]);
/* False when TEXT, which is changed, makes no sense. Amounts that another version knows of are passed over. */
bool quota_record_read(char *text, struct quota_record *record);

#endif
