/* Where the audit log goes, and how sure it has to be. */
#ifndef QUAYMASTER_PROXY_AUDIT_SETUP_H
#define QUAYMASTER_PROXY_AUDIT_SETUP_H

#include <stdbool.h>
#include <stddef.h>

#define AUDIT_SYSLOG_SOCKET  "/dev/log"
#define AUDIT_JOURNAL_SOCKET "/run/systemd/journal/socket"

/* Zeroed: nowhere. */
struct audit_setup {
	const char *file;      /* "-": standard output; NULL: none */
	const char *syslog;    /* the socket of a syslog daemon, or NULL */
	unsigned facility;     /* there: a number of RFC 5424 */
	const char *journal;   /* the socket of systemd's journal, or NULL */
	bool required;         /* nothing passes that is not written to all of these */
	bool sync;             /* ... and on the disk, as far as the file goes */
	bool chain;            /* the file's lines prove each other */
	const char *chain_key; /* ... to whoever has the key in this file; NULL: to anyone */
	size_t queue_bytes;    /* for lines that are not written yet; 0: a mebibyte */
};

#endif
