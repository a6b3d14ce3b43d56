/* The daemon answers pulls, builds and imports with a stream of JSON messages, one a line, and a commit
 * with one object. What is told here is the daemon's own word: what a build's commands print is text inside
 * of its messages. */
#include "proxy/image_watch.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/facts.h"
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

enum { LINE_SIZE = 16 * 1024, NODES_MAX = 1000, DEPTH_MAX = 16, DIGEST_SIZE = 80, TAG_SIZE = 136 };

struct image_watch {
	struct provenance *provenance;
	const struct policy *policy;
	const struct request *request;
	void (*message)(struct image_watch *watch, const json_t *message);
	char line[LINE_SIZE]; /* of the message that is coming */
	size_t len;
	bool overlong; /* it is longer than anything that is looked for */
	bool failed;   /* the daemon has told of an error */
	bool pulled;   /* it has told of none, and the tag of what was pulled by digest is missing */
	char id[DIGEST_SIZE]; /* of what was made last; "" for none */
	char tag[TAG_SIZE];   /* that is being pulled, where all of a repository are */
	struct facts *loaded; /* in the request's arena; NULL: nothing was loaded */
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
	if (reference.digest != NULL)
		reference.tag = tag_of_digest(watch, reference.digest, digest);
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

/* Each stage of a build tells the id of its image; the last is the build's. */
static void see_build(struct image_watch *watch, const json_t *message)
{
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

/* The daemon tells names only. Of more than can be looked up the rest is not remembered. */
static void see_load(struct image_watch *watch, const json_t *message)
{
	const char *text = json_member_string(message, "stream"), *begin = "Loaded image: ";
	struct arena *arena = watch->request->arena;

	if (text == NULL || !text_starts_with(text, begin))
		return;
	text += strlen(begin);
	if (watch->loaded == NULL)
		watch->loaded = arena_alloc(arena, sizeof *watch->loaded);
	const char *name = arena_copy(arena, text, strcspn(text, "\n"));
	if (watch->loaded != NULL && name != NULL)
		facts_about(arena, watch->loaded, OBJECT_IMAGE, name);
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
	}
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
	if (watch->id[0] != '\0')
		record_all_made(watch);
	watch->pulled = watch->request->pinned_tag != NULL;
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

		if (fact->state == FACT_FOUND)
			record_made(watch, fact->id, fact->name, "");
	}
}

struct image_watch *image_watch_new(struct provenance *provenance, const struct policy *policy,
                                    const struct request *request)
{
	static const struct {
		const char *operation;
		void (*message)(struct image_watch *watch, const json_t *message);
	} table[] = {
		{"build.buildkit", see_build}, {"build.classic", see_build}, {"image.commit", see_commit},
		{"image.import", see_import},  {"image.load", see_load},     {"image.pull", see_pull},
	};
	struct image_watch *watch = NULL;

	for (size_t i = 0; i < sizeof table / sizeof *table && watch == NULL; i++) {
		if (strcmp(table[i].operation, request->route->operation) != 0)
			continue;
		watch = calloc(1, sizeof *watch);
		if (watch == NULL)
			return NULL;
		*watch = (struct image_watch){.provenance = provenance,
		                              .policy = policy,
		                              .request = request,
		                              .message = table[i].message};
		if (table[i].message == see_build && strcmp(parameter(watch, "q"), "1") == 0)
			watch->message = see_quiet_build;
	}
	return watch;
}

void image_watch_free(struct image_watch *watch)
{
	free(watch);
}
