/* A decision line of the audit log, read back. proxy/audit.c writes it; what it leaves out is kept track of, so that
 * nobody takes silence for an answer. */
#include "policy/audit_record.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/json.h"
#include "policy/query.h"
#include "policy/route.h"
#include "policy/text.h"

#include <string.h>

/* A text of the log that is as long as this was cut. */
enum { TEXT_MAX = 2048, NODES_MAX = 20000, DEPTH_MAX = 64 };

static void release(void *tree)
{
	json_decref(tree);
}

static json_t *read_line(struct arena *arena, const char *line, size_t len, struct error *error)
{
	static const struct json_limits limits = {AUDIT_LINE_MAX, NODES_MAX, DEPTH_MAX};
	json_t *tree = NULL;

	if (json_read(line, len, &limits, &tree, error) != JSON_FINE)
		return NULL;
	if (!arena_own(arena, release, tree)) {
		error_set(error, "out of memory");
		return NULL;
	}
	return tree;
}

static unsigned number_of(const json_t *object, const char *name)
{
	json_int_t number = json_integer_value(json_member(object, name));

	return number < 0 || number > (json_int_t)0xffffffff ? 0xffffffffU : (unsigned)number;
}

/* ---- who asked ---- */

static void add_name(struct name_list *list, const char *name)
{
	if (name != NULL && list->count < IDENTITY_NAMES_MAX)
		list->names[list->count++] = name;
}

static bool read_labels(struct arena *arena, const json_t *list,
                        struct container_identity *container)
{
	size_t count = json_array_size(list);
	const char **labels = count > 0 ? arena_calloc(arena, count, sizeof *labels) : NULL;

	if (count > 0 && labels == NULL)
		return false;
	for (size_t i = 0; i < count; i++) {
		const char *label = json_string_value(json_array_get(list, i));

		if (label != NULL)
			labels[container->label_count++] = label;
	}
	container->labels = labels;
	return true;
}

static bool read_container(struct arena *arena, const json_t *line,
                           struct container_identity *container)
{
	const json_t *object = json_member(line, "container");
	const char *state = json_member_string(object, "state");

	container->id = json_member_string(object, "id");
	container->name = json_member_string(object, "name");
	container->image = json_member_string(object, "image");
	container->tenant = json_member_string(object, "tenant");
	container->why = json_member_string(object, "unknown");
	container->unasked = object == NULL;
	if (container->id != NULL)
		container->state = CONTAINER_PRESENT;
	else if (state != NULL && strcmp(state, "none") == 0)
		container->state = CONTAINER_NONE;
	return read_labels(arena, json_member(line, "container_labels"), container);
}

/* "dns:HOST" */
static void read_certificate_names(const json_t *list, struct certificate_identity *certificate)
{
	const struct {
		const char *kind;
		struct name_list *names;
	} kinds[] = {
		{"o:", &certificate->organizations}, {"ou:", &certificate->organizational_units},
		{"dns:", &certificate->dns},         {"ip:", &certificate->ip},
		{"email:", &certificate->email},     {"uri:", &certificate->uri},
	};

	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *name = json_string_value(json_array_get(list, i));

		for (size_t k = 0; name != NULL && k < sizeof kinds / sizeof *kinds; k++) {
			if (text_starts_with(name, kinds[k].kind))
				add_name(kinds[k].names, name + strlen(kinds[k].kind));
		}
	}
}

static void read_identity(const json_t *line, struct identity *identity)
{
	const json_t *peer = json_member(line, "peer"), *certificate = json_member(line, "certificate");

	identity->listener = json_member_string(line, "listener");
	identity->address = json_member_string(line, "address");
	if (json_is_object(peer))
		identity->peer = (struct peer_identity){
			.present = true,
			.pid = 1,
			.uid = number_of(peer, "uid"),
			.gid = number_of(peer, "gid"),
			.user = json_member_string(peer, "user"),
			.group = json_member_string(peer, "group"),
		};
	if (!json_is_object(certificate))
		return;
	identity->certificate.present = true;
	identity->certificate.common_name = json_member_string(certificate, "common_name");
	identity->certificate.issuer = json_member_string(certificate, "issuer");
	identity->certificate.serial = json_member_string(certificate, "serial");
	identity->certificate.spki_sha256 = json_member_string(certificate, "spki_sha256");
	read_certificate_names(json_member(line, "certificate_names"), &identity->certificate);
}

/* ---- what was asked ---- */

/* Secrets are told as "...", and long values end so. */
static bool is_hidden(const char *value)
{
	return text_ends_with(value, "...");
}

static bool drop_hidden(struct audit_record *record, struct query *query)
{
	size_t kept = 0;

	for (size_t i = 0; i < query->count; i++) {
		if (!is_hidden(query->parameters[i].value)) {
			query->parameters[kept++] = query->parameters[i];
			continue;
		}
		if (record->hidden_count == AUDIT_HIDDEN_MAX)
			return false;
		record->hidden[record->hidden_count++] = query->parameters[i].name;
	}
	query->count = kept;
	return true;
}

/* TARGET is the path and the query, without a version. */
static bool read_target(struct arena *arena, const char *target, struct audit_record *record,
                        struct error *error)
{
	size_t path = strcspn(target, "?");
	const char *text = target + path + (target[path] == '?' ? 1 : 0);
	const char *printed;
	struct query query;

	if (target[0] != '/')
		return error_set(error, "request has no path");
	if (!query_parse(arena, text, strlen(text), &query, error))
		return false;
	if (!drop_hidden(record, &query))
		return error_set(error, "more than %d parameters are hidden", AUDIT_HIDDEN_MAX);
	printed = query_print(arena, &query);
	record->target = printed == NULL
	                     ? NULL
	                     : arena_format(arena, "/v1.%u%.*s%s%s", record->minor, (int)path, target,
	                                    printed[0] != '\0' ? "?" : "", printed);
	return record->target != NULL || error_set(error, "out of memory");
}

static bool read_request(struct arena *arena, const json_t *line, struct audit_record *record,
                         struct error *error)
{
	const char *request = json_member_string(line, "request");
	const char *blank = request != NULL ? strchr(request, ' ') : NULL;

	if (blank == NULL)
		return error_set(error, "request is no method and target");
	record->cut = strlen(request) >= TEXT_MAX;
	record->method = arena_copy(arena, request, (size_t)(blank - request));
	return record->method != NULL ? read_target(arena, blank + 1, record, error)
	                              : error_set(error, "out of memory");
}

static bool read_body(struct arena *arena, const json_t *line, struct audit_record *record,
                      struct error *error)
{
	const json_t *body = json_member(line, "body");

	record->body = "";
	record->cut = record->cut || json_member(line, "body_cut") != NULL;
	if (body == NULL)
		return true;
	record->body = json_print(arena, body, &record->len);
	return record->body != NULL || error_set(error, "out of memory");
}

static bool read_api(const json_t *line, struct audit_record *record)
{
	const char *api = json_member_string(line, "api");

	return api != NULL && api_minor_from_text(api, &record->minor);
}

/* ---- the line ---- */

static enum audit_line read_decision(struct arena *arena, const json_t *line,
                                     struct audit_record *record, struct error *error)
{
	const char *verdict = json_member_string(line, "verdict");

	if (verdict == NULL)
		error_set(error, "a decision without a verdict");
	if (verdict == NULL)
		return AUDIT_LINE_BAD;
	record->allowed = strcmp(verdict, "allow") == 0;
	record->operation = json_member_string(line, "operation");
	record->policy = json_member_string(line, "policy");
	record->rule = json_member_string(line, "rule");
	if ((!record->allowed && strcmp(verdict, "deny") != 0) || record->operation == NULL ||
	    !read_api(line, record))
		return AUDIT_LINE_OTHER;
	read_identity(line, &record->identity);
	if (!read_container(arena, line, &record->identity.container))
		return AUDIT_LINE_BAD;
	return read_request(arena, line, record, error) && read_body(arena, line, record, error)
	           ? AUDIT_LINE_DECISION
	           : AUDIT_LINE_BAD;
}

enum audit_line audit_record_read(struct arena *arena, const char *line, size_t len,
                                  struct audit_record *record, struct error *error)
{
	json_t *tree = read_line(arena, line, len, error);
	const char *event = json_member_string(tree, "event");

	*record = (struct audit_record){.body = ""};
	if (tree == NULL)
		return AUDIT_LINE_BAD;
	if (event == NULL) {
		error_set(error, "it has no event");
		return AUDIT_LINE_BAD;
	}
	if (strcmp(event, "decision") != 0)
		return AUDIT_LINE_OTHER;
	return read_decision(arena, tree, record, error);
}
