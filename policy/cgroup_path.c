/* Owns the reading of /proc/PID/cgroup and the knowledge of where daemons put containers. Which containers exist, and what
 * they ask for, is told by others. */
#include "policy/cgroup_path.h"

#include <stdio.h>
#include <string.h>

enum { PATH_MAX_BYTES = 4096, USER_ROOT_BYTES = 96 };

/* Part of a text, not terminated. */
struct run {
	const char *start;
	size_t len;
};

static bool run_is(struct run run, const char *text)
{
	return run.len == strlen(text) && memcmp(run.start, text, run.len) == 0;
}

/* --- components -------------------------------------------------------------------------------- */

/* How many lower-case hex digits RUN has from AT on. */
static size_t hex_length(struct run run, size_t at)
{
	size_t len = 0;

	while (at + len < run.len && ((run.start[at + len] >= '0' && run.start[at + len] <= '9') ||
	                              (run.start[at + len] >= 'a' && run.start[at + len] <= 'f')))
		len++;
	return len;
}

/* Where an id, of 64 digits or more, begins in COMPONENT; its length when there is none. */
static size_t find_id(struct run component)
{
	size_t at = 0;

	while (at < component.len) {
		size_t len = hex_length(component, at);

		if (len >= CONTAINER_ID_LENGTH)
			return at;
		at += len + 1;
	}
	return component.len;
}

static enum cgroup_form form_of(struct run component, size_t at)
{
	static const struct {
		const char *before, *behind;
		enum cgroup_form form;
	} forms[] = {
		{"", "", CGROUP_BARE},
		{"docker-", ".scope", CGROUP_DOCKER_SCOPE},
		{"libpod-", "", CGROUP_LIBPOD},
		{"libpod-", ".scope", CGROUP_LIBPOD_SCOPE},
	};
	const struct run before = {component.start, at};
	const struct run behind = {component.start + at + CONTAINER_ID_LENGTH,
	                           component.len - at - CONTAINER_ID_LENGTH};

	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		if (run_is(before, forms[i].before) && run_is(behind, forms[i].behind))
			return forms[i].form;
	}
	return CGROUP_OTHER;
}

/* Adds the container that COMPONENT of PATH names, if it does. False when there are too many. */
static bool add_candidate(struct cgroup_path *candidates, const char *path, struct run component)
{
	size_t at = find_id(component);
	struct cgroup_candidate *candidate = &candidates->candidates[candidates->count];

	if (at == component.len)
		return true;
	if (candidates->count == CGROUP_CANDIDATES_MAX)
		return false;
	*candidate = (struct cgroup_candidate){
		.form = form_of(component, at),
		.path = path,
		.parent_len = (size_t)(component.start - path) - 1,
		.len = (size_t)(component.start - path) + component.len,
	};
	memcpy(candidate->id, component.start + at, CONTAINER_ID_LENGTH);
	candidates->count++;
	return true;
}

/* --- the file ---------------------------------------------------------------------------------- */

/* "/.." stands for what is above the root of the reader's own cgroup namespace. */
static bool read_path(struct run path, struct cgroup_path *candidates)
{
	size_t at = 0;

	candidates->count = 0;
	if (path.len == 0 || path.len > PATH_MAX_BYTES || path.start[0] != '/')
		return false;
	while (at < path.len) {
		struct run component = {path.start + at + 1, 0};

		while (at + 1 + component.len < path.len && component.start[component.len] != '/')
			component.len++;
		if (run_is(component, "..") || !add_candidate(candidates, path.start, component))
			return false;
		at += 1 + component.len;
	}
	return true;
}

static bool same_place(const struct cgroup_candidate *a, const struct cgroup_candidate *b)
{
	return a->len == b->len && memcmp(a->path, b->path, a->len) == 0;
}

static bool same_path(const struct cgroup_path *a, const struct cgroup_path *b)
{
	return same_place(&a->candidates[a->count - 1], &b->candidates[b->count - 1]);
}

/* What is below the last candidate tells nothing. */
static bool add_path(struct cgroup_paths *paths, const struct cgroup_path *path)
{
	if (path->count == 0)
		return true;
	for (size_t i = 0; i < paths->count; i++) {
		if (same_path(&paths->list[i], path))
			return true;
	}
	if (paths->count == CGROUP_PATHS_MAX)
		return false;
	paths->list[paths->count++] = *path;
	return true;
}

/* "4:memory:/docker/ID", "1:name=systemd:/", "0::/docker/ID". */
static bool read_line(struct run line, struct cgroup_paths *paths)
{
	const char *controllers = memchr(line.start, ':', line.len);
	const char *end = line.start + line.len;
	const char *path = NULL;
	struct cgroup_path candidates;

	if (controllers != NULL)
		path = memchr(controllers + 1, ':', (size_t)(end - controllers) - 1);
	return path != NULL &&
	       read_path((struct run){path + 1, (size_t)(end - path) - 1}, &candidates) &&
	       add_path(paths, &candidates);
}

bool cgroup_paths_read(const char *text, struct cgroup_paths *paths)
{
	bool fine = *text != '\0';

	paths->count = 0;
	while (fine && *text != '\0') {
		size_t len = strcspn(text, "\n");

		fine = text[len] == '\n' && read_line((struct run){text, len}, paths);
		text += len + 1;
	}
	if (!fine)
		paths->count = 0;
	return fine;
}

/* --- where a container belongs ------------------------------------------------------------------ */

/* A path that is being made. */
struct place_text {
	char text[PATH_MAX_BYTES];
	size_t len;
	bool full;
};

static void put(struct place_text *place, const char *bytes, size_t len)
{
	if (len > sizeof place->text - place->len) {
		place->full = true;
		return;
	}
	memcpy(place->text + place->len, bytes, len);
	place->len += len;
}

static void drop_component(struct place_text *place)
{
	while (place->len > 0 && place->text[place->len - 1] != '/')
		place->len--;
	if (place->len > 0)
		place->len--;
}

/* PARENT as Go's filepath.Join leaves it, without its last slash: "" for the root. */
static bool put_clean(struct place_text *place, const char *parent)
{
	if (parent[0] != '/')
		return false;
	while (*parent != '\0') {
		struct run component = {parent + 1, strcspn(parent + 1, "/")};

		if (run_is(component, "..")) {
			drop_component(place);
		} else if (component.len > 0 && !run_is(component, ".")) {
			put(place, "/", 1);
			put(place, component.start, component.len);
		}
		parent += 1 + component.len;
	}
	return true;
}

/* systemd.slice(5): the slice a-b.slice is in a.slice, and -.slice is the root. */
static bool put_slice(struct place_text *place, const char *name)
{
	static const char suffix[] = ".slice";
	size_t len = strlen(name);

	if (len < sizeof suffix || strcmp(name + len - strlen(suffix), suffix) != 0 ||
	    strchr(name, '/') != NULL)
		return false;
	len -= strlen(suffix);
	if (len == 1 && name[0] == '-')
		return true;
	for (size_t end = 1; end <= len; end++) {
		if (end < len && name[end] != '-')
			continue;
		if (name[end - 1] == '-' || name[0] == '-')
			return false;
		put(place, "/", 1);
		put(place, name, end);
		put(place, suffix, strlen(suffix));
	}
	return true;
}

static bool is_scope(enum cgroup_form form)
{
	return form == CGROUP_DOCKER_SCOPE || form == CGROUP_LIBPOD_SCOPE;
}

static bool is_podman(enum cgroup_form form)
{
	return form == CGROUP_LIBPOD || form == CGROUP_LIBPOD_SCOPE;
}

static const char *default_parent(enum cgroup_form form, const struct cgroup_layout *layout)
{
	if (layout->parent != NULL)
		return layout->parent;
	if (!is_scope(form))
		return is_podman(form) ? "/libpod_parent" : "/docker";
	if (layout->rootless)
		return "user.slice";
	return is_podman(form) ? "machine.slice" : "system.slice";
}

/* The unit of a user's own systemd, which has all that user's slices below it. */
static void put_user_root(struct place_text *place, unsigned uid)
{
	char text[USER_ROOT_BYTES];
	int len = snprintf(text, sizeof text, "/user.slice/user-%u.slice/user@%u.service", uid, uid);

	if (len > 0 && (size_t)len < sizeof text)
		put(place, text, (size_t)len);
	else
		place->full = true;
}

bool cgroup_candidate_fits(const struct cgroup_candidate *candidate,
                           const struct cgroup_layout *layout, const char *parent)
{
	struct place_text place = {.len = 0};
	bool systemd = layout->driver == CGROUP_DRIVER_SYSTEMD;
	bool known;

	if (layout->driver == CGROUP_DRIVER_UNKNOWN || candidate->form == CGROUP_OTHER ||
	    systemd != is_scope(candidate->form))
		return false;
	if (parent == NULL || *parent == '\0')
		parent = default_parent(candidate->form, layout);
	if (systemd && layout->rootless)
		put_user_root(&place, layout->uid);
	known = systemd ? put_slice(&place, parent) : put_clean(&place, parent);
	return known && !place.full && place.len == candidate->parent_len &&
	       memcmp(place.text, candidate->path, place.len) == 0;
}

bool cgroup_candidate_refuted(const struct cgroup_candidate *candidate, const char *text)
{
	struct cgroup_paths paths;
	bool elsewhere = false;

	if (!cgroup_paths_read(text, &paths))
		return false;
	for (size_t i = 0; i < paths.count; i++) {
		for (size_t k = 0; k < paths.list[i].count; k++) {
			const struct cgroup_candidate *other = &paths.list[i].candidates[k];

			if (strcmp(other->id, candidate->id) != 0)
				continue;
			if (same_place(other, candidate))
				return false;
			elsewhere = true;
		}
	}
	return elsewhere;
}
