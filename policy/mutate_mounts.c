/* Rewrites what is mounted: clean paths, named volumes that are not filled from the image, sources of the
 * host that the daemon does not create unless a rule says so, and a tenant's new volumes as mounts, since those can
 * have labels. */
#include "policy/mutate_parts.h"

#include "policy/arena.h"
#include "policy/bind_rules.h"
#include "policy/error.h"
#include "policy/facts.h"
#include "policy/json.h"
#include "policy/path.h"
#include "policy/policy.h"
#include "policy/request.h"
#include "policy/spec.h"
#include "policy/text.h"

#include <string.h>

/* ---- Mounts ---- */

/* The object NAME of MOUNT, made where there is none; NULL with the error set. */
static json_t *member_object(const struct mutation *m, json_t *mount, const char *name)
{
	json_t *member = json_object_get(mount, name);

	if (member != NULL)
		return member;
	member = json_object();
	if (member == NULL || json_object_set_new(mount, name, member) != 0) {
		mutation_exhausted(m);
		return NULL;
	}
	return member;
}

/* In a closed world never: by the time that it is filled, the name may be another tenant's volume. */
static bool named_are_filled(const struct mutation *m)
{
	return !mutation_races_matter(m) && m->facts->world == NULL;
}

static bool set_no_copy(const struct mutation *m, json_t *mount)
{
	if (named_are_filled(m))
		return true;
	json_t *options = member_object(m, mount, "VolumeOptions");
	return options != NULL &&
	       (json_object_set_new(options, "NoCopy", json_true()) == 0 || mutation_exhausted(m));
}

/* True when the rule that allows USE lets the daemon make the source. What passes without a rule, since
 * the policy does not enforce, passes as it is. */
static bool may_create(const struct mutation *m, const struct bind_use *use)
{
	const struct bind_rule *rule;
	enum bind_answer answer =
		bind_rules_judge(m->request->arena, m->policy, m->identity, use, &rule);

	return answer != BIND_FINE || rule->create || !mutation_enforces(m);
}

static bool rewrite_bind_mount(const struct mutation *m, json_t *mount, const char *source)
{
	json_t *options = json_object_get(mount, "BindOptions");
	const char *propagation = json_member_string(options, "Propagation");
	struct bind_use use = {.source = spec_clean_path(m->request->arena, source)};

	use.write =
		!json_member_true(mount, "ReadOnly") || json_member_true(options, "ReadOnlyNonRecursive");
	if (propagation != NULL && !spec_parse_propagation(propagation, &use.propagation))
		return error_set(m->error, "BindOptions.Propagation is no propagation");
	if (!mutation_set_string(m, mount, "Source", use.source))
		return false;
	if (json_member_true(options, "CreateMountpoint") && !may_create(m, &use))
		json_object_del(options, "CreateMountpoint");
	return true;
}

bool mutate_mounts(const struct mutation *m, json_t *owner)
{
	json_t *mounts = json_object_get(owner, "Mounts");

	for (size_t i = 0; i < json_array_size(mounts); i++) {
		json_t *mount = json_array_get(mounts, i);
		const char *type = json_member_string(mount, "Type");
		const char *source = json_member_string(mount, "Source");
		if (type == NULL || source == NULL)
			continue;
		if (strcmp(type, "image") == 0 && !mutation_fix_image(m, mount, "Source"))
			return false;
		if (strcmp(type, "bind") == 0 && !rewrite_bind_mount(m, mount, source))
			return false;
		if (strcmp(type, "volume") == 0 && *source != '\0' && !set_no_copy(m, mount))
			return false;
	}
	return true;
}

/* ---- Binds ---- */

/* A named volume is not filled from the image: check_races.c says why. */
static const char *volume_without_copy(const struct mutation *m, const char *text,
                                       const struct bind *bind)
{
	if (named_are_filled(m) || bind->mode.no_copy)
		return text;
	return arena_format(m->request->arena, "%s%snocopy", text, bind->mode_text == NULL ? ":" : ",");
}

/* "/etc/../srv:/x:ro" is stored by the daemon as it came; what was judged was "/srv". */
static const char *printed_bind(const struct mutation *m, const char *text, const struct bind *bind)
{
	if (bind->source == NULL)
		return text;
	if (*bind->source != '/')
		return volume_without_copy(m, text, bind);
	if (bind->mode_text == NULL)
		return arena_format(m->request->arena, "%s:%s", bind->source, bind->target);
	return arena_format(m->request->arena, "%s:%s:%s", bind->source, bind->target, bind->mode_text);
}

static bool must_exist(const struct mutation *m, const struct bind *bind)
{
	const struct bind_use use = {
		.source = bind->source,
		.write = !bind->mode.read_only || bind->mode.relabel,
		.relabel = bind->mode.relabel,
		.propagation = bind->mode.propagation,
	};

	return bind->source != NULL && *bind->source == '/' && !may_create(m, &use);
}

/* A mount of type bind means the same as an element of Binds, but that its source has to exist. */
static json_t *mount_of(const struct bind *bind)
{
	return json_pack("{s:s, s:s, s:s, s:b, s:{s:s*}}", "Type", "bind", "Source", bind->source,
	                 "Target", bind->target, "ReadOnly", bind->mode.read_only ? 1 : 0,
	                 "BindOptions", "Propagation", bind->mode.propagation_word);
}

/* What a HostConfig's Mounts say older versions of the API do not read. */
static bool mounts_are_read(const struct mutation *m)
{
	const struct api_version mounts_are_known = {1, 25};

	return api_version_compare(m->request->version, mounts_are_known) >= 0;
}

/* Takes MOUNT, which is NULL where there was no memory. */
static bool append_mount(const struct mutation *m, json_t *owner, json_t *mount)
{
	json_t *mounts = json_object_get(owner, "Mounts");

	if (mounts == NULL) {
		mounts = json_array();
		if (mounts == NULL || json_object_set_new(owner, "Mounts", mounts) != 0) {
			json_decref(mount);
			return mutation_exhausted(m);
		}
	}
	return json_array_append_new(mounts, mount) == 0 || mutation_exhausted(m);
}

static bool add_mount(const struct mutation *m, json_t *host, const struct bind *bind)
{
	if (!mounts_are_read(m))
		return error_set(m->error,
		                 "Binds: the source of '%s' would be created, and only API 1.25 and newer "
		                 "can say that it must not be",
		                 text_printable(m->request->arena, bind->source, 100));
	return append_mount(m, host, mount_of(bind));
}

bool mutation_add_volume(const struct mutation *m, json_t *owner, const struct bind *volume)
{
	const char *driver = json_member_string(owner, "VolumeDriver");
	bool no_copy = volume->mode.no_copy || volume->source != NULL;
	json_t *mount;

	if (!mounts_are_read(m))
		return error_set(m->error,
		                 "the volume at '%s' would be made for no tenant; use API 1.25 or newer",
		                 text_printable(m->request->arena, volume->target, 100));
	mount = json_pack("{s:s, s:s*, s:s, s:b, s:{s:b}}", "Type", "volume", "Source", volume->source,
	                  "Target", volume->target, "ReadOnly", volume->mode.read_only ? 1 : 0,
	                  "VolumeOptions", "NoCopy", no_copy ? 1 : 0);
	if (mount != NULL && driver != NULL && *driver != '\0' &&
	    json_object_set_new(json_object_get(mount, "VolumeOptions"), "DriverConfig",
	                        json_pack("{s:s}", "Name", driver)) != 0) {
		json_decref(mount);
		return mutation_exhausted(m);
	}
	return append_mount(m, owner, mount);
}

/* Of a tenant's, where BIND is a volume that is not there yet. */
static bool makes_volume(const struct mutation *m, const struct bind *bind)
{
	const struct fact *fact;

	if (m->facts->world == NULL || (bind->source != NULL && *bind->source == '/'))
		return false;
	fact = bind->source != NULL ? facts_find(m->facts, OBJECT_VOLUME, bind->source) : NULL;
	return fact == NULL || fact->state != FACT_FOUND;
}

static bool make_volume(const struct mutation *m, json_t *host, const struct bind *bind)
{
	if (bind->mode.relabel)
		return error_set(m->error,
		                 "Binds: the volume at '%s' is new and would be relabelled; make it first, "
		                 "with docker volume create",
		                 text_printable(m->request->arena, bind->target, 100));
	return mutation_add_volume(m, host, bind);
}

/* Puts TEXT, rewritten, among KEPT or among the mounts. */
static bool rewrite_bind(const struct mutation *m, json_t *host, const char *text, json_t *kept)
{
	struct bind bind;

	if (!spec_parse_bind(m->request->arena, text, &bind, m->error))
		return m->error != NULL && error_prefix(m->error, "Binds: ");
	if (must_exist(m, &bind))
		return add_mount(m, host, &bind);
	if (makes_volume(m, &bind))
		return make_volume(m, host, &bind);
	const char *printed = printed_bind(m, text, &bind);
	if (printed == NULL || json_array_append_new(kept, json_string(printed)) != 0)
		return mutation_exhausted(m);
	return true;
}

bool mutate_binds(const struct mutation *m, json_t *host)
{
	json_t *binds = json_object_get(host, "Binds");
	json_t *kept = json_array();
	bool fine = kept != NULL || mutation_exhausted(m);

	for (size_t i = 0; fine && i < json_array_size(binds); i++) {
		const char *text = json_string_value(json_array_get(binds, i));
		fine = text != NULL ? rewrite_bind(m, host, text, kept) : mutation_exhausted(m);
	}
	if (!fine || binds == NULL) {
		json_decref(kept);
		return fine;
	}
	return json_object_set_new(host, "Binds", kept) == 0 || mutation_exhausted(m);
}

/* ---- what read-only means ---- */

static bool is_read_only_mount(const json_t *mount)
{
	const char *type = json_member_string(mount, "Type");

	return type != NULL && strcmp(type, "bind") == 0 && json_member_true(mount, "ReadOnly");
}

static bool is_read_only_bind(const struct mutation *m, const char *text)
{
	struct error error;
	struct bind bind;

	return text != NULL && spec_parse_bind(m->request->arena, text, &bind, &error) &&
	       bind.source != NULL && *bind.source == '/' && bind.mode.read_only;
}

static bool has_read_only(const struct mutation *m, const json_t *host)
{
	const json_t *mounts = json_object_get(host, "Mounts"), *binds = json_object_get(host, "Binds");

	for (size_t i = 0; i < json_array_size(mounts); i++) {
		if (is_read_only_mount(json_array_get(mounts, i)))
			return true;
	}
	for (size_t i = 0; i < json_array_size(binds); i++) {
		if (is_read_only_bind(m, json_string_value(json_array_get(binds, i))))
			return true;
	}
	return false;
}

/* dockerd makes a read-only bind of an older request one whose submounts are writable, and takes no word against that. */
void mutate_read_only(const struct mutation *m, const json_t *host)
{
	const struct api_version recursive = {1, 44};

	if (mutation_enforces(m) && api_version_compare(m->request->version, recursive) < 0 &&
	    api_version_compare(m->request->engine, recursive) >= 0 && has_read_only(m, host))
		m->request->version = recursive;
}
