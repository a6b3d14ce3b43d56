/* The audit log's sinks, each with how far it has come: one that fails holds the others up only where all are required. */
#include "proxy/audit_sinks.h"

#include "policy/error.h"
#include "proxy/audit_event.h"
#include "proxy/audit_setup.h"
#include "proxy/json_line.h"
#include "proxy/log.h"

#include <stdlib.h>

enum { SINKS_MAX = 3 };

struct audit_sinks {
	struct audit_sink *list[SINKS_MAX];
	size_t count;
	uint64_t missed; /* untold */
};

static bool add(struct audit_sinks *sinks, struct audit_sink *sink)
{
	if (sink != NULL)
		sinks->list[sinks->count++] = sink;
	return sink != NULL;
}

struct audit_sinks *audit_sinks_open(const struct audit_setup *setup, struct error *error)
{
	struct audit_sinks *sinks = calloc(1, sizeof *sinks);

	if (sinks == NULL) {
		error_set(error, "audit: out of memory");
		return NULL;
	}
	if ((setup->file == NULL || add(sinks, audit_file_open(setup, error))) &&
	    (setup->syslog == NULL || add(sinks, audit_syslog_open(setup, error))) &&
	    (setup->journal == NULL || add(sinks, audit_journal_open(setup, error))))
		return sinks;
	audit_sinks_close(sinks);
	return NULL;
}

void audit_sinks_close(struct audit_sinks *sinks)
{
	if (sinks == NULL)
		return;
	for (size_t i = 0; i < sinks->count; i++)
		sinks->list[i]->ops->close(sinks->list[i]);
	free(sinks);
}

static void note_failure(struct audit_sink *sink, const struct error *error)
{
	if (!sink->failing)
		log_line(LOG_ERROR, "audit log: %s: %s", sink->name, error->text);
	sink->failing = true;
}

/* Before its next lines, a sink tells how many it has missed. */
static bool tell_missed(struct audit_sink *sink, struct error *error)
{
	struct json_line line;

	if (sink->missed == 0)
		return true;
	audit_event_begin(&line, "lost", 0);
	json_line_number(&line, "lines", sink->missed);
	json_line_end(&line);
	if (sink->ops->write(sink, line.text, line.len, error) < line.len)
		return false;
	sink->missed = 0;
	return true;
}

static bool write_to(struct audit_sink *sink, const char *lines, size_t len)
{
	struct error error = {.text = ""};

	if (sink->done < len && tell_missed(sink, &error))
		sink->done += sink->ops->write(sink, lines + sink->done, len - sink->done, &error);
	if (sink->done < len) {
		note_failure(sink, &error);
		return false;
	}
	if (sink->failing)
		log_line(LOG_INFO, "audit log: %s takes lines again", sink->name);
	sink->failing = false;
	return true;
}

static uint64_t count_lines(const char *lines, size_t len)
{
	uint64_t count = 0;

	for (size_t i = 0; i < len; i++)
		count += lines[i] == '\n';
	return count;
}

/* Whatever comes next are other lines. */
static void go_on(struct audit_sinks *sinks, const char *lines, size_t len)
{
	for (size_t i = 0; i < sinks->count; i++) {
		struct audit_sink *sink = sinks->list[i];
		uint64_t missed = count_lines(lines + sink->done, len - sink->done);

		sink->missed += missed;
		sinks->missed += missed;
		sink->done = 0;
	}
}

bool audit_sinks_write(struct audit_sinks *sinks, const char *lines, size_t len, bool all)
{
	size_t done = 0;

	for (size_t i = 0; i < sinks->count; i++)
		done += write_to(sinks->list[i], lines, len);
	if (done == 0 || (all && done < sinks->count))
		return false;
	go_on(sinks, lines, len);
	return true;
}

void audit_sinks_reopen(struct audit_sinks *sinks)
{
	struct error error = {.text = ""};

	for (size_t i = 0; i < sinks->count; i++) {
		struct audit_sink *sink = sinks->list[i];

		if (sink->ops->reopen != NULL && !sink->ops->reopen(sink, &error))
			log_line(LOG_ERROR, "audit log: %s cannot be opened anew: %s; what was open is used on",
			         sink->name, error.text);
	}
}

uint64_t audit_sinks_missed(struct audit_sinks *sinks)
{
	uint64_t missed = sinks->missed;

	sinks->missed = 0;
	return missed;
}
