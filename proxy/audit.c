/* The audit log. Lines are handed to a writer thread through a bounded queue, so that no loop waits for a disk; where
 * the log is required a line is written before the request goes on. */
#include "proxy/audit.h"

#include "policy/error.h"
#include "policy/identity.h"
#include "policy/verdict.h"
#include "proxy/file_text.h"
#include "proxy/json_line.h"
#include "proxy/log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

enum { QUEUE_BYTES = 1024 * 1024, BODY_MAX = 8 * 1024 };
enum { NAMES_BYTES_MAX = 4096, NAME_SHOWN_MAX = 1024 }; /* of a certificate */

struct audit {
	int fd; /* -1: swallow everything */
	bool required;
	bool torn; /* required: a line was not written to its end */
	atomic_uint_fast64_t next_id;
	pthread_mutex_t mutex;
	pthread_cond_t filled;
	pthread_t writer;
	bool writing;  /* the thread runs */
	bool stopping; /* under the mutex, like all below */
	char *queue, *spare;
	size_t queued;
	uint64_t lost;
};

/* Takes what is queued, leaving the other buffer to be filled meanwhile. False when it is time to stop. */
static bool take_queue(struct audit *audit, char **batch, size_t *len, uint64_t *lost)
{
	pthread_mutex_lock(&audit->mutex);
	while (audit->queued == 0 && !audit->stopping)
		pthread_cond_wait(&audit->filled, &audit->mutex);
	*batch = audit->queue;
	*len = audit->queued;
	*lost = audit->lost;
	audit->queue = audit->spare;
	audit->spare = *batch;
	audit->queued = 0;
	audit->lost = 0;
	pthread_mutex_unlock(&audit->mutex);
	return *len > 0;
}

static void *write_queue(void *object)
{
	struct audit *audit = object;
	uint64_t lost;
	char *batch;
	size_t len;

	while (take_queue(audit, &batch, &len, &lost)) {
		if (!file_text_write(audit->fd, batch, len))
			log_line(LOG_ERROR, "audit log: cannot write: %s", strerror(errno));
		if (lost > 0)
			log_line(LOG_ERROR, "audit log: %llu lines were lost, the disk is too slow",
			         (unsigned long long)lost);
	}
	return NULL;
}

static bool enqueue(struct audit *audit, const struct json_line *line)
{
	bool room;

	pthread_mutex_lock(&audit->mutex);
	room = line->len <= QUEUE_BYTES - audit->queued;
	if (room) {
		memcpy(audit->queue + audit->queued, line->text, line->len);
		audit->queued += line->len;
	} else {
		audit->lost++;
	}
	pthread_cond_signal(&audit->filled);
	pthread_mutex_unlock(&audit->mutex);
	return room;
}

/* The mutex keeps lines of several workers apart, which a pipe would mix. A line after one that was
 * cut short, by a full disk say, begins on a line of its own. */
static bool write_now(struct audit *audit, const struct json_line *line)
{
	bool written;
	int number;

	pthread_mutex_lock(&audit->mutex);
	written = (!audit->torn || file_text_write(audit->fd, "\n", 1)) &&
	          file_text_write(audit->fd, line->text, line->len);
	number = errno;
	audit->torn = !written;
	pthread_mutex_unlock(&audit->mutex);
	if (!written)
		log_line(LOG_ERROR, "audit log: cannot write: %s; requests are refused", strerror(number));
	return written;
}

static bool emit(struct audit *audit, struct json_line *line)
{
	json_line_end(line);
	return audit->required ? write_now(audit, line) : enqueue(audit, line);
}

static bool start_writer(struct audit *audit)
{
	audit->queue = malloc(QUEUE_BYTES);
	audit->spare = malloc(QUEUE_BYTES);
	if (audit->queue == NULL || audit->spare == NULL)
		return false;
	errno = pthread_create(&audit->writer, NULL, write_queue, audit);
	audit->writing = errno == 0;
	return audit->writing;
}

/* Ids start at a random place, so that those of two runs do not meet. */
static void seed_ids(struct audit *audit)
{
	uint64_t seed = 0;

	if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != (ssize_t)sizeof seed)
		seed = (uint64_t)time(NULL) << 32;
	atomic_init(&audit->next_id, seed >> 1);
}

struct audit *audit_open(const char *file, bool required, struct error *error)
{
	struct audit *audit = calloc(1, sizeof *audit);

	if (audit == NULL) {
		error_set(error, "audit: out of memory");
		return NULL;
	}
	audit->fd = -1;
	audit->required = required;
	seed_ids(audit);
	pthread_mutex_init(&audit->mutex, NULL);
	pthread_cond_init(&audit->filled, NULL);
	if (file == NULL)
		return audit;
	audit->fd = strcmp(file, "-") == 0
	                ? fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0)
	                : open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (audit->fd >= 0 && (required || start_writer(audit)))
		return audit;
	error_set(error, "audit.file \"%s\": %s", file, strerror(errno));
	audit_close(audit);
	return NULL;
}

void audit_close(struct audit *audit)
{
	if (audit == NULL)
		return;
	if (audit->writing) {
		pthread_mutex_lock(&audit->mutex);
		audit->stopping = true;
		pthread_cond_signal(&audit->filled);
		pthread_mutex_unlock(&audit->mutex);
		pthread_join(audit->writer, NULL);
	}
	if (audit->fd >= 0)
		close(audit->fd);
	pthread_cond_destroy(&audit->filled);
	pthread_mutex_destroy(&audit->mutex);
	free(audit->queue);
	free(audit->spare);
	free(audit);
}

bool audit_listens(const struct audit *audit)
{
	return audit->fd >= 0;
}

uint64_t audit_next_id(struct audit *audit)
{
	return atomic_fetch_add(&audit->next_id, 1);
}

static void begin_line(struct json_line *line, const char *event, uint64_t id)
{
	struct timespec now = {0};
	struct tm utc = {0};
	char text[40];
	size_t len;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	len = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(text + len, sizeof text - len, ".%03ldZ", now.tv_nsec / 1000000);
	json_line_begin(line);
	json_line_string(line, "time", text);
	json_line_string(line, "event", event);
	snprintf(text, sizeof text, "%016llx", (unsigned long long)id);
	json_line_string(line, "id", text);
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

	if (audit->fd < 0)
		return true;
	/* What a peer has the naming of comes last: were it so long that something is left out, it is
	 * that, and never the verdict. */
	begin_line(&line, "decision", decision->id);
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

	if (audit->fd < 0)
		return;
	begin_line(&line, "completion", completion->id);
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

	if (audit->fd < 0)
		return;
	begin_line(&line, "revoked", revocation->id);
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
