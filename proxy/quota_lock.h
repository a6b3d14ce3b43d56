/* What quaymasters with one state directory tell each other about a tenant: its file STATE/quota/TENANT, locked while one of
 * them counts, has a record for whatever any of them has under way. A record is written under the lock, and wiped without it by
 * whose it is; the file goes with its last record. That a process lives is told by the lock that it holds on a file of its own,
 * which ends however the process does. Blocks as files do. */
#ifndef QUAYMASTER_PROXY_QUOTA_LOCK_H
#define QUAYMASTER_PROXY_QUOTA_LOCK_H

#include "policy/quota_record.h"

#include <stdbool.h>
#include <stddef.h>

struct error;
struct quota_ledger;

enum { QUOTA_RECORDS = 64 };

/* One process's part in a state directory: makes STATE/quota, and throws away what dead ones left that says nothing. NULL with
 * ERROR. */
struct quota_ledger *quota_ledger_open(const char *state, struct error *error);
void quota_ledger_close(struct quota_ledger *ledger); /* NULL is fine */

/* What nobody will see the end of any more. */
struct quota_orphan {
	size_t record;
	char token[QUOTA_TOKEN_SIZE]; /* "-": no list shows it */
};

struct quota_found {
	struct quota_amounts others; /* what other processes have under way */
	struct quota_orphan orphans[QUOTA_RECORDS];
	size_t orphan_count;
	size_t free_record; /* QUOTA_RECORDS: there is none */
};

enum quota_lock_result { QUOTA_LOCK_BROKEN = 0, QUOTA_LOCK_BUSY, QUOTA_LOCK_TAKEN };

/* Never waits. *FD is TENANT's file, or -1: it is opened, or opened anew where it has been removed. When TAKEN it is locked. */
enum quota_lock_result quota_lock_take(const struct quota_ledger *ledger, const char *tenant,
                                       int *fd, struct quota_found *found);
/* Under the lock: TOKEN, which asks for AMOUNTS, is under way from now on. */
bool quota_lock_note(const struct quota_ledger *ledger, int fd, size_t record, const char *token,
                     const struct quota_amounts *amounts);
/* What came of a record of our own is known, or, under the lock, of an orphan. False: it could not be written. */
bool quota_lock_wipe(int fd, size_t record);
/* Nobody will see the end of a record of our own. */
bool quota_lock_orphan(int fd, size_t record);
void quota_lock_release(int fd);
/* FD, locked or not, is needed no more; its file is removed where it can be seen that nobody needs it. */
void quota_lock_close(const struct quota_ledger *ledger, const char *tenant, int fd);

#endif
