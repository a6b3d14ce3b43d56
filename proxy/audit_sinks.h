/* What the audit log is written to: a file, a syslog daemon, the journal, or several of them. For one thread at a time;
 * blocks, for some seconds at most. */
#ifndef QUAYMASTER_PROXY_AUDIT_SINKS_H
#define QUAYMASTER_PROXY_AUDIT_SINKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct audit_setup;
struct audit_sink;
struct audit_sinks;
struct error;

/* What a kind of sink can do. Of LINES, LEN bytes that are whole lines, `write` tells how many bytes it is done with for
 * good, whole lines again: all of them, or fewer with ERROR. */
struct audit_sink_ops {
	size_t (*write)(struct audit_sink *sink, const char *lines, size_t len, struct error *error);
	bool (*reopen)(struct audit_sink *sink, struct error *error); /* NULL: nothing to do */
	void (*close)(struct audit_sink *sink);
};

/* The first member of each. */
struct audit_sink {
	const struct audit_sink_ops *ops;
	const char *name; /* for messages */
	size_t done;      /* bytes of the present lines */
	uint64_t missed;  /* lines it went on without, and does not tell of yet */
	bool failing;
};

/* audit_file.c, audit_datagram.c. NULL with ERROR; SETUP's texts must outlive it. */
struct audit_sink *audit_file_open(const struct audit_setup *setup, struct error *error);
struct audit_sink *audit_syslog_open(const struct audit_setup *setup, struct error *error);
struct audit_sink *audit_journal_open(const struct audit_setup *setup, struct error *error);

/* All that SETUP names, one at least. NULL with ERROR. */
struct audit_sinks *audit_sinks_open(const struct audit_setup *setup, struct error *error);
void audit_sinks_close(struct audit_sinks *sinks); /* NULL is fine */
/* False when LINES are not written: to any sink, or, where ALL have to take them, to one of them. They are to be given
 * once more then, and are not written twice where they went. Failures are logged when they begin. */
bool audit_sinks_write(struct audit_sinks *sinks, const char *lines, size_t len, bool all);
/* Where that fails, what was open is used on. */
void audit_sinks_reopen(struct audit_sinks *sinks);
/* How many lines a sink went on without, since this was asked last. */
uint64_t audit_sinks_missed(struct audit_sinks *sinks);

#endif
