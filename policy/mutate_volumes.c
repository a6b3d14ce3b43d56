/* The volumes that a container gets by its own Volumes and by those of its image. dockerd makes them without labels, so that
 * they would be nobody's: a tenant's are mounted where they would have been, which is as good to it and to docker rm -v, and
 * dockerd then passes over them. */
#include "policy/mutate_parts.h"

#include "policy/error.h"
#include "policy/facts.h"
#include "policy/json.h"
#include "policy/request.h"
#include "policy/spec.h"
#include "policy/text.h"

#include <stdint.h>

/* TAKEN has the paths where something is mounted for keys; what is no path dockerd refuses. */
static bool take(const struct mutation *m, json_t *taken, const char *path)
{
	const char *clean = path != NULL ? spec_clean_path(m->request->arena, path) : NULL;

	return clean == NULL || json_object_set_new(taken, clean, json_true()) == 0 ||
	       mutation_exhausted(m);
}

static bool take_binds(const struct mutation *m, json_t *taken, const json_t *host)
{
	const json_t *binds = json_member(host, "Binds");
	struct bind bind;

	for (size_t i = 0; i < json_array_size(binds); i++) {
		const char *text = json_string_value(json_array_get(binds, i));

		if (text == NULL || !spec_parse_bind(m->request->arena, text, &bind, m->error) ||
		    !take(m, taken, bind.target))
			return false;
	}
	return true;
}

/* Each mount of OWNER's has its path as MEMBER. */
static bool take_mounts(const struct mutation *m, json_t *taken, const json_t *owner,
                        const char *member)
{
	const json_t *mounts = json_member(owner, "Mounts");

	for (size_t i = 0; i < json_array_size(mounts); i++) {
		if (!take(m, taken, json_member_string(json_array_get(mounts, i), member)))
			return false;
	}
	return true;
}

static bool take_from_others(const struct mutation *m, json_t *taken, const json_t *host)
{
	const json_t *list = json_member(host, "VolumesFrom");
	struct volumes_from from;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *text = json_string_value(json_array_get(list, i));
		const struct fact *fact;

		if (text == NULL || !spec_parse_volumes_from(m->request->arena, text, &from, m->error))
			return false;
		fact = facts_find(m->facts, OBJECT_CONTAINER, from.container);
		if (fact != NULL && !take_mounts(m, taken, fact->inspected, "Destination"))
			return false;
	}
	return true;
}

/* The keys of VOLUMES are paths. */
static bool add_volumes(const struct mutation *m, json_t *taken, json_t *host,
                        const json_t *volumes)
{
	const char *path;
	json_t *nothing;

	json_object_foreach((json_t *)(uintptr_t)volumes, path, nothing)
	{
		const struct bind volume = {.target = spec_clean_path(m->request->arena, path)};

		if (volume.target == NULL)
			return error_set(m->error, "Volumes has '%s', which is no absolute path",
			                 text_printable(m->request->arena, path, 100));
		if (json_object_get(taken, volume.target) == NULL &&
		    (!mutation_add_volume(m, host, &volume) || !take(m, taken, volume.target)))
			return false;
	}
	return true;
}

/* What the image says of volumes; NULL when it has not been looked up or is not there, and dockerd refuses. */
static const json_t *image_volumes(const struct mutation *m, const json_t *config)
{
	const char *image = json_member_string(config, "Image");
	const struct fact *fact = image != NULL ? facts_find(m->facts, OBJECT_IMAGE, image) : NULL;

	return fact != NULL ? json_member(json_member(fact->inspected, "Config"), "Volumes") : NULL;
}

bool mutate_volumes(const struct mutation *m, json_t *host, const json_t *config)
{
	json_t *taken;
	bool fine;

	if (m->facts->world == NULL)
		return true;
	taken = json_object();
	fine = taken != NULL || mutation_exhausted(m);
	fine = fine && take_binds(m, taken, host) && take_mounts(m, taken, host, "Target") &&
	       take_from_others(m, taken, host) &&
	       add_volumes(m, taken, host, json_member(config, "Volumes")) &&
	       add_volumes(m, taken, host, image_volumes(m, config));
	json_decref(taken);
	return fine;
}
