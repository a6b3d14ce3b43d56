/* The daemon answers pulls, builds and imports with a stream of JSON messages, one a line, and a commit
 * with one object. What is told here is the daemon's own word: what a build's commands print is text inside
 * of its messages. */
#include "proxy/image_watch.h"

#include "policy/archive_names.h"
#include "policy/arena.h"
#include "policy/error.h"
#include "policy/facts.h"
#include "policy/hold.h"
#include "policy/json.h"
#include "policy/policy.h"
#include "policy/query.h"
#include "policy/reference.h"
#include "policy/request.h"
#include "policy/text.h"
#include "proxy/provenance.h"

#include <event2/buffer.h>
#include <stdlib.h>
#include <string.h>

enum {
	LINE_SIZE = 16 * 1024,
	NODES_MAX = 1000,
	DEPTH_MAX = 16,
	DIGEST_SIZE = 80,
	TAG_SIZE = 136,
	ARRIVALS_MAX = 128
};

struct image_watch {
	struct provenance *provenance;
	const struct policy *policy;
	const struct request *request;
	void (*message)(struct image_watch *watch, const json_t *message);
	char line[LINE_SIZE]; /* of the message that is coming */
	size_t len;
	bool overlong; /* it is longer than anything that is looked for */
	bool failed;   /* the daemon has told of an error */
	bool done;     /* it has told of none, and the answer is whole */
	bool pulled;   /* it has told of none, and the tag of what was pulled by digest is missing */
	char id[DIGEST_SIZE];          /* of what was made last; "" for none */
	char tag[TAG_SIZE];            /* that is being pulled, where all of a repository are */
	char digest[DIGEST_SIZE];      /* of what a build has pulled last; "" for none */
	struct archive_names *archive; /* of what is loaded; NULL: not read yet */
	struct facts *loaded;          /* in the request's arena; NULL: nothing is to be looked up */
	bool tells_names;
	struct image_arrival arrivals[ARRIVALS_MAX];
	size_t arrival_count;
	bool lost; /* of what has arrived */
};

static const char *parameter(const struct image_watch *watch, const char *name)
{
	const char *value = query_value(&watch->request->query, name);

	return value != NULL ? value : "";
}

static void note_id(struct image_watch *watch, const char *id)
{
	size_t len = id != NULL ? strlen(id) : 0;

	if (len > 0 && len < sizeof watch->id)
		memcpy(watch->id, id, len + 1);
}

static void record(const struct image_watch *watch, const struct provenance_record *confirmed)
{
	if (watch->provenance != NULL)
		provenance_add(watch->provenance, confirmed);
}

/* ---- what arrives ---- */

/* Of more than can be looked up the rest is not remembered. */
static const struct fact *want(struct image_watch *watch, const char *name)
{
	struct arena *arena = watch->request->arena;

	if (watch->loaded == NULL)
		watch->loaded = arena_alloc(arena, sizeof *watch->loaded);
	return watch->loaded != NULL && name != NULL
	           ? facts_about(arena, watch->loaded, OBJECT_IMAGE, name)
	           : NULL;
}

/* What IMAGE, a name or an id, leads to is called REFERENCE. */
static void note_arrival(struct image_watch *watch, const char *image,
                         const struct reference *reference)
{
	const char *name;
	const struct fact *fact;

	if (!watch->tells_names)
		return;
	name = hold_name(watch->request->arena, reference);
	fact = want(watch, image);
	if (name == NULL || fact == NULL || watch->arrival_count == ARRIVALS_MAX)
		watch->lost = true;
	else
		watch->arrivals[watch->arrival_count++] = (struct image_arrival){fact, name};
}

static bool has_come(struct image_watch *watch, const struct fact *image)
{
	const struct request *request = watch->request;
	struct error error;

	if (image->state != FACT_FOUND || request->upload == NULL)
		return false;
	if (watch->archive == NULL) {
		watch->archive = arena_alloc(request->arena, sizeof *watch->archive);
		if (watch->archive == NULL)
			return false;
		if (!archive_names_read(request->arena, request->upload, watch->archive, &error))
			watch->archive->id_count = 0;
	}
	return archive_names_have_id(watch->archive, image->id);
}

/* It is looked up by the digest that was pulled, wherever its tag leads to by then. */
static void note_pulled(struct image_watch *watch, const struct reference *reference,
                        const char *digest)
{
	note_arrival(watch, arena_format(watch->request->arena, "%s@%s", reference->familiar, digest),
	             reference);
}

/* ---- what is pulled ---- */

/* The registry has told that its tag leads to the digest that was ASKED for; what was PULLED is that one. */
static const char *tag_of_digest(const struct image_watch *watch, const char *asked,
                                 const char *pulled)
{
	return strcmp(asked, pulled) == 0 ? watch->request->pinned_tag : NULL;
}

static void record_pull(struct image_watch *watch, const char *digest)
{
	const char *tag = parameter(watch, "tag");
	struct reference reference;
	struct error error;

	if (!reference_parse(watch->request->arena, parameter(watch, "fromImage"), &reference,
	                     &error) ||
	    !reference_add_tag(&reference, tag))
		return;
	if (reference.tag == NULL && reference.digest == NULL &&
	    !reference_add_tag(&reference, watch->tag))
		return;
	const char *asked = reference.digest;
	if (asked != NULL)
		reference.tag = tag_of_digest(watch, asked, digest);
	if (reference.tag != NULL)
		reference.digest = NULL; /* that is what it is called */
	note_pulled(watch, &reference, digest);
	record(watch,
	       &(struct provenance_record){.id = digest, .name = reference.name, .tag = reference.tag});
}

/* "Pulling from library/alpine" has the tag for its id, and comes before that tag's digest. */
static void see_pull(struct image_watch *watch, const json_t *message)
{
	const char *status = json_member_string(message, "status");
	const char *id = json_member_string(message, "id"), *digest = "Digest: ";

	if (status == NULL)
		return;
	if (text_starts_with(status, "Pulling from ") && id != NULL && strlen(id) < sizeof watch->tag)
		memcpy(watch->tag, id, strlen(id) + 1);
	if (id == NULL && text_starts_with(status, digest))
		record_pull(watch, status + strlen(digest));
}

/* ---- what is made ---- */

static void note_base(struct image_watch *watch, const char *name)
{
	struct reference reference;
	struct error error;

	if (watch->digest[0] != '\0' &&
	    reference_parse(watch->request->arena, name, &reference, &error))
		note_pulled(watch, &reference, watch->digest);
	watch->digest[0] = '\0';
}

/* What a build pulls on its way: the digest comes first, then what it is of. */
static void see_base(struct image_watch *watch, const json_t *message)
{
	static const char *const ends[] = {"Status: Downloaded newer image for ",
	                                   "Status: Image is up to date for "};
	const char *status = json_member_string(message, "status"), *digest = "Digest: ";

	if (status == NULL || json_member(message, "id") != NULL)
		return;
	if (text_starts_with(status, digest)) {
		watch->digest[0] = '\0';
		if (strlen(status + strlen(digest)) < sizeof watch->digest)
			memcpy(watch->digest, status + strlen(digest), strlen(status + strlen(digest)) + 1);
	}
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		if (text_starts_with(status, ends[i]))
			note_base(watch, status + strlen(ends[i]));
	}
}

/* Each stage of a build tells the id of its image; the last is the build's. */
static void see_build(struct image_watch *watch, const json_t *message)
{
	see_base(watch, message);
	note_id(watch, json_member_string(json_member(message, "aux"), "ID"));
}

/* A quiet build says nothing but the id, and a newline. What a failed one says is followed by an error. */
static void see_quiet_build(struct image_watch *watch, const json_t *message)
{
	const char *text = json_member_string(message, "stream");
	char id[DIGEST_SIZE] = "";
	size_t len = text != NULL ? strcspn(text, "\n") : 0;

	watch->id[0] = '\0';
	if (len > 0 && len < sizeof id && strcmp(text + len, "\n") == 0) {
		memcpy(id, text, len);
		note_id(watch, id);
	}
}

static void see_import(struct image_watch *watch, const json_t *message)
{
	const char *status = json_member_string(message, "status");

	if (status != NULL && text_starts_with(status, "sha256:"))
		note_id(watch, status);
}

static void see_commit(struct image_watch *watch, const json_t *message)
{
	note_id(watch, json_member_string(message, "Id"));
}

/* Nothing of it is told: it is the request that says what is done. */
static void see_nothing(struct image_watch *watch, const json_t *message)
{
	(void)watch;
	(void)message;
}

/* The daemon tells names only. */
static void see_load(struct image_watch *watch, const json_t *message)
{
	const char *text = json_member_string(message, "stream"), *begin = "Loaded image: ";
	struct arena *arena = watch->request->arena;
	struct reference reference;
	struct error error;

	if (text == NULL || !text_starts_with(text, begin))
		return;
	text += strlen(begin);
	const char *name = arena_copy(arena, text, strcspn(text, "\n"));
	want(watch, name);
	if (name != NULL && reference_parse(arena, name, &reference, &error))
		note_arrival(watch, name, &reference);
	else
		watch->lost = true;
}

/* TEXT "": made without a name. */
static void record_made(struct image_watch *watch, const char *id, const char *text,
                        const char *tag)
{
	struct provenance_record made = {.made = true, .id = id, .policy = watch->policy->name};
	struct reference reference;
	struct error error;

	if (*text != '\0') {
		if (!reference_parse(watch->request->arena, text, &reference, &error) ||
		    !reference_add_tag(&reference, tag))
			return;
		made.name = reference.name;
		made.tag = reference.tag != NULL ? reference.tag : "latest";
		if (watch->message != see_load)
			note_arrival(watch, id, &reference);
	}
	if (watch->message != see_nothing)
		record(watch, &made);
}

static void record_all_made(struct image_watch *watch)
{
	const struct query *query = &watch->request->query;
	bool named = false;

	for (size_t i = 0; i < query->count; i++) {
		const struct parameter *given = &query->parameters[i];
		bool tag = strcmp(given->name, "t") == 0, repository = strcmp(given->name, "repo") == 0;

		if ((!tag && !repository) || *given->value == '\0')
			continue;
		record_made(watch, watch->id, given->value, repository ? parameter(watch, "tag") : "");
		named = true;
	}
	if (!named)
		record_made(watch, watch->id, "", "");
}

/* ---- the stream ---- */

static void read_message(struct image_watch *watch)
{
	static const struct json_limits limits = {LINE_SIZE, NODES_MAX, DEPTH_MAX};
	json_t *message = NULL;
	struct error error;

	if (watch->overlong || watch->len == 0 ||
	    json_read(watch->line, watch->len, &limits, &message, &error) != JSON_FINE)
		return;
	if (json_member(message, "error") != NULL || json_member(message, "errorDetail") != NULL)
		watch->failed = true;
	watch->message(watch, message);
	json_decref(message);
}

static void end_line(struct image_watch *watch)
{
	read_message(watch);
	watch->len = 0;
	watch->overlong = false;
}

static void see_bytes(struct image_watch *watch, const char *bytes, size_t len)
{
	while (len > 0) {
		const char *end = memchr(bytes, '\n', len);
		size_t part = end != NULL ? (size_t)(end - bytes) : len;

		if (part > sizeof watch->line - watch->len)
			watch->overlong = true;
		else
			memcpy(watch->line + watch->len, bytes, part);
		watch->len = watch->overlong ? 0 : watch->len + part;
		if (end == NULL)
			return;
		end_line(watch);
		bytes += part + 1;
		len -= part + 1;
	}
}

static struct facts *end_answer(struct image_watch *watch)
{
	bool failed = watch->failed;

	end_line(watch);
	failed = failed || watch->failed;
	watch->failed = true; /* there is nothing more to come */
	if (failed)
		return NULL;
	if (strcmp(watch->request->route->operation, "image.tag") == 0)
		note_id(watch, watch->request->object_id);
	if (watch->id[0] != '\0')
		record_all_made(watch);
	watch->pulled = watch->request->pinned_tag != NULL;
	watch->done = true;
	return watch->loaded;
}

bool image_watch_pulled(const struct image_watch *watch)
{
	return watch->pulled;
}

struct facts *image_watch_see(struct image_watch *watch, unsigned status, struct evbuffer *piece,
                              bool last)
{
	size_t len = evbuffer_get_length(piece);
	const char *bytes = len > 0 ? (const char *)evbuffer_pullup(piece, -1) : "";

	if (status < 200 || status > 299 || bytes == NULL) {
		watch->failed = true;
		return NULL;
	}
	see_bytes(watch, bytes, len);
	return last ? end_answer(watch) : NULL;
}

void image_watch_learn(struct image_watch *watch, const struct facts *facts)
{
	for (size_t i = 0; i < facts->count; i++) {
		const struct fact *fact = &facts->list[i];

		if (fact->state == FACT_FOUND && watch->message == see_load &&
		    (has_come(watch, fact) || (!watch->tells_names && watch->request->upload == NULL)))
			record_made(watch, fact->id, fact->name, "");
	}
}

bool image_watch_is_sure(struct image_watch *watch, const struct image_arrival *arrival)
{
	return watch->message != see_load || has_come(watch, arrival->image);
}

const struct image_arrival *image_watch_arrivals(const struct image_watch *watch, size_t *count)
{
	*count = watch->arrival_count;
	return watch->lost ? NULL : watch->arrivals;
}

bool image_watch_is_done(const struct image_watch *watch)
{
	return watch->done;
}

/* How the messages of an operation's answer are read; NULL for one that brings no image. */
static void (*reader_of(const struct request *request))(struct image_watch *, const json_t *)
{
	static const struct {
		const char *operation;
		void (*message)(struct image_watch *watch, const json_t *message);
	} table[] = {
		{"build.buildkit", see_build}, {"build.classic", see_build}, {"image.commit", see_commit},
		{"image.import", see_import},  {"image.load", see_load},     {"image.pull", see_pull},
		{"image.remove", see_nothing}, {"image.tag", see_nothing},
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		if (strcmp(table[i].operation, request->route->operation) == 0)
			return table[i].message;
	}
	return NULL;
}

bool image_watch_is_for(const struct request *request)
{
	return reader_of(request) != NULL;
}

struct image_watch *image_watch_new(const struct image_watch_setup *setup)
{
	struct image_watch *watch =
		image_watch_is_for(setup->request) ? calloc(1, sizeof *watch) : NULL;

	if (watch == NULL)
		return NULL;
	*watch = (struct image_watch){.provenance = setup->provenance,
	                              .policy = setup->policy,
	                              .request = setup->request,
	                              .tells_names = setup->tells_names,
	                              .message = reader_of(setup->request)};
	if (watch->message == see_build && strcmp(parameter(watch, "q"), "1") == 0)
		watch->message = see_quiet_build;
	return watch;
}

void image_watch_free(struct image_watch *watch)
{
	free(watch);
}
