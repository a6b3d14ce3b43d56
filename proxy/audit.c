/* The audit log: what its lines say. How they get to where they are written is audit_queue.c's business. */
#include "proxy/audit.h"

#include "policy/error.h"
#include "policy/identity.h"
#include "policy/verdict.h"
#include "proxy/audit_event.h"
#include "proxy/audit_setup.h"
#include "proxy/audit_sinks.h"
#include "proxy/json_line.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

enum { QUEUE_BYTES = 1024 * 1024, BODY_MAX = 8 * 1024 };
enum { NAMES_BYTES_MAX = 4096, NAME_SHOWN_MAX = 1024 }; /* of a certificate */

struct audit {
	struct audit_queue *queue; /* NULL: swallow everything */
	bool required;
	atomic_uint_fast64_t next_id;
};

/* Ids start at a random place, so that those of two runs do not meet. */
static void seed_ids(struct audit *audit)
{
	uint64_t seed = 0;

	if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != (ssize_t)sizeof seed)
		seed = (uint64_t)time(NULL) << 32;
	atomic_init(&audit->next_id, seed >> 1);
}

static bool goes_somewhere(const struct audit_setup *setup)
{
	return setup->file != NULL || setup->syslog != NULL || setup->journal != NULL;
}

static bool open_queue(struct audit *audit, const struct audit_setup *setup, struct error *error)
{
	struct audit_sinks *sinks = audit_sinks_open(setup, error);
	size_t room = setup->queue_bytes != 0 ? setup->queue_bytes : QUEUE_BYTES;

	if (sinks != NULL)
		audit->queue = audit_queue_start(sinks, room, setup->required, error);
	return audit->queue != NULL;
}

struct audit *audit_open(const struct audit_setup *setup, struct error *error)
{
	struct audit *audit = calloc(1, sizeof *audit);

	if (audit == NULL) {
		error_set(error, "audit: out of memory");
		return NULL;
	}
	audit->required = setup->required;
	seed_ids(audit);
	if (!goes_somewhere(setup) || open_queue(audit, setup, error))
		return audit;
	audit_close(audit);
	return NULL;
}

void audit_close(struct audit *audit)
{
	if (audit != NULL && audit->queue != NULL)
		audit_queue_stop(audit->queue);
	free(audit);
}

void audit_reopen(struct audit *audit)
{
	if (audit->queue != NULL)
		audit_queue_reopen(audit->queue);
}

bool audit_flush(struct audit *audit)
{
	return audit->queue == NULL || audit_queue_flush(audit->queue);
}

void audit_count(struct audit *audit, struct audit_counts *counts)
{
	*counts = (struct audit_counts){.written = 0};
	if (audit->queue != NULL)
		audit_queue_count(audit->queue, counts);
}

struct audit_queue *audit_waited_for(const struct audit *audit)
{
	return audit->required ? audit->queue : NULL;
}

bool audit_listens(const struct audit *audit)
{
	return audit->queue != NULL;
}

uint64_t audit_next_id(struct audit *audit)
{
	return atomic_fetch_add(&audit->next_id, 1);
}

static bool emit(struct audit *audit, struct json_line *line)
{
	json_line_end(line);
	return audit_queue_add(audit->queue, line->text, line->len);
}

static void put_certificate(struct json_line *line, const struct certificate_identity *certificate)
{
	if (!certificate->present)
		return;
	json_line_object(line, "certificate");
	json_line_string(line, "common_name", certificate->common_name);
	json_line_string(line, "issuer", certificate->issuer);
	json_line_string(line, "serial", certificate->serial);
	json_line_string(line, "spki_sha256", certificate->spki_sha256);
	json_line_close(line);
}

/* "dns:HOST": each name with what kind it is, as far as there is room beside what matters more. */
static void put_names(struct json_line *line, const char *kind, const struct name_list *list,
                      size_t *room)
{
	for (size_t i = 0; i < list->count; i++) {
		char text[NAME_SHOWN_MAX];
		int len = snprintf(text, sizeof text, "%s:%s", kind, list->names[i]);

		if (len < 0 || (size_t)len >= sizeof text || (size_t)len > *room)
			continue;
		*room -= (size_t)len;
		json_line_item(line, text);
	}
}

static void put_certificate_names(struct json_line *line,
                                  const struct certificate_identity *certificate)
{
	const struct {
		const char *kind;
		const struct name_list *names;
	} kinds[] = {
		{"o", &certificate->organizations}, {"ou", &certificate->organizational_units},
		{"dns", &certificate->dns},         {"ip", &certificate->ip},
		{"email", &certificate->email},     {"uri", &certificate->uri},
	};
	size_t room = NAMES_BYTES_MAX, count = 0;

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		count += kinds[i].names->count;
	if (!certificate->present || count == 0)
		return;
	json_line_list(line, "certificate_names");
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		put_names(line, kinds[i].kind, kinds[i].names, &room);
	json_line_list_end(line);
}

static void put_peer(struct json_line *line, const struct peer_identity *peer)
{
	if (!peer->present)
		return;
	json_line_object(line, "peer");
	json_line_number(line, "uid", peer->uid);
	json_line_number(line, "gid", peer->gid);
	if (peer->pid > 0)
		json_line_number(line, "pid", (uint64_t)peer->pid);
	json_line_string(line, "user", peer->user);
	json_line_string(line, "group", peer->group);
	json_line_close(line);
}

/* Where it matters which container a peer is in: that, or that it is in none, or why nobody knows. */
static void put_container(struct json_line *line, const struct container_identity *container)
{
	if (container->state == CONTAINER_UNKNOWN && container->why == NULL)
		return;
	json_line_object(line, "container");
	if (container->state == CONTAINER_NONE)
		json_line_string(line, "state", "none");
	if (container->state == CONTAINER_UNKNOWN)
		json_line_string(line, "unknown", container->why);
	json_line_string(line, "id", container->id);
	json_line_string(line, "name", container->name);
	json_line_string(line, "image", container->image);
	json_line_string(line, "tenant", container->tenant);
	json_line_close(line);
	if (container->label_count == 0)
		return;
	json_line_list(line, "container_labels");
	for (size_t i = 0; i < container->label_count; i++)
		json_line_item(line, container->labels[i]);
	json_line_list_end(line);
}

/* What the decision would have been, where a rule that is not enforced would have had it otherwise. */
static void put_would(struct json_line *line, const struct verdict *verdict)
{
	if (verdict == NULL || verdict->told == MODE_ENFORCE)
		return;
	json_line_string(line, "mode", rule_mode_name(verdict->told));
	json_line_string(line, "would",
	                 verdict_kind_name(verdict->would_deny ? VERDICT_DENY : VERDICT_ALLOW));
}

static void put_remarks(struct json_line *line, const struct verdict *verdict)
{
	if (verdict == NULL || verdict->remark_count == 0)
		return;
	json_line_list(line, "would_rules");
	for (size_t i = 0; i < verdict->remark_count; i++)
		json_line_item(line, verdict->remarks[i].rule);
	json_line_list_end(line);
	json_line_list(line, "would_reasons");
	for (size_t i = 0; i < verdict->remark_count; i++)
		json_line_item(line, verdict->remarks[i].message);
	json_line_list_end(line);
}

static void put_api(struct json_line *line, unsigned minor)
{
	char text[16];

	if (minor == 0)
		return;
	snprintf(text, sizeof text, "1.%u", minor);
	json_line_string(line, "api", text);
}

/* Half a body would tell another story: one that is too large is told by its length alone. */
static void put_body(struct json_line *line, const char *body, size_t len)
{
	if (body != NULL && (len > BODY_MAX || !json_line_json(line, "body", body)))
		json_line_number(line, "body_cut", len);
}

bool audit_decide(struct audit *audit, const struct audit_decision *decision)
{
	const char *tenant = decision->identity->grant.tenant;
	struct json_line line;

	if (audit->queue == NULL)
		return true;
	/* What a peer has the naming of comes last: were it so long that something is left out, it is
	 * that, and never the verdict. */
	audit_event_begin(&line, "decision", decision->id);
	json_line_string(&line, "verdict", decision->verdict);
	if (decision->status != 0)
		json_line_number(&line, "status", decision->status);
	put_would(&line, decision->judged);
	json_line_string(&line, "operation", decision->operation);
	json_line_string(&line, "policy", decision->policy);
	json_line_string(&line, "tenant", tenant[0] != '\0' ? tenant : NULL);
	json_line_string(&line, "rule", decision->rule);
	json_line_string(&line, "listener", decision->identity->listener);
	json_line_string(&line, "address", decision->identity->address);
	put_peer(&line, &decision->identity->peer);
	put_certificate(&line, &decision->identity->certificate);
	put_certificate_names(&line, &decision->identity->certificate);
	put_container(&line, &decision->identity->container);
	put_api(&line, decision->api_minor);
	json_line_string(&line, "request", decision->request);
	json_line_string(&line, "reason", decision->reason);
	put_remarks(&line, decision->judged);
	put_body(&line, decision->body, decision->body_len);
	return emit(audit, &line) || !audit->required;
}

void audit_complete(struct audit *audit, const struct audit_completion *completion)
{
	struct json_line line;

	if (audit->queue == NULL)
		return;
	audit_event_begin(&line, "completion", completion->id);
	json_line_number(&line, "status", completion->status);
	json_line_number(&line, "bytes_in", completion->bytes_in);
	json_line_number(&line, "bytes_out", completion->bytes_out);
	json_line_number(&line, "milliseconds", completion->milliseconds);
	json_line_string(&line, "outcome", completion->outcome);
	emit(audit, &line);
}

void audit_revoke(struct audit *audit, const struct audit_revocation *revocation)
{
	const struct identity *identity = revocation->identity;
	const char *tenant = identity->grant.tenant;
	struct json_line line;

	if (audit->queue == NULL)
		return;
	audit_event_begin(&line, "revoked", revocation->id);
	json_line_string(&line, "operation", revocation->operation);
	json_line_string(&line, "policy", revocation->policy);
	json_line_string(&line, "tenant", tenant[0] != '\0' ? tenant : NULL);
	json_line_string(&line, "rule", revocation->rule);
	json_line_string(&line, "listener", identity->listener);
	json_line_string(&line, "address", identity->address);
	put_peer(&line, &identity->peer);
	put_certificate(&line, &identity->certificate);
	put_certificate_names(&line, &identity->certificate);
	put_container(&line, &identity->container);
	json_line_string(&line, "reason", revocation->reason);
	emit(audit, &line);
}
