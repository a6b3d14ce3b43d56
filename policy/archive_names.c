/* Reads what docker save and its like write beside the layers. JSON is read as strictly as a request's; Go
 * takes property names in any case, so they are looked for as Go would. */
#include "policy/archive_names.h"

#include "policy/archive_contents.h"
#include "policy/archive_proof.h"
#include "policy/arena.h"
#include "policy/error.h"
#include "policy/json.h"
#include "policy/text.h"
#include "policy/upload.h"

#include <string.h>

#define DIGEST_PREFIX "sha256:"

struct reading {
	struct arena *arena;
	struct archive_names *names;
	const struct archive_contents *contents; /* NULL: stock was not taken */
	const char *file;                        /* for messages */
	struct error *error;
};

static bool odd(const struct reading *reading, const char *what)
{
	return error_set(reading->error, "has a %s that %s", reading->file, what);
}

static bool add_name(const struct reading *reading, const char *name)
{
	struct archive_names *names = reading->names;

	if (name == NULL)
		return error_set(reading->error, "needs too much memory to be looked into");
	if (names->count == ARCHIVE_NAMES_MAX)
		return error_set(reading->error, "gives more than %d names", ARCHIVE_NAMES_MAX);
	names->list[names->count++] = name;
	return true;
}

static bool add_id(const struct reading *reading, const char *id)
{
	struct archive_names *names = reading->names;

	if (id == NULL)
		return error_set(reading->error, "needs too much memory to be looked into");
	if (names->id_count == ARCHIVE_NAMES_MAX)
		return error_set(reading->error, "has more than %d images", ARCHIVE_NAMES_MAX);
	names->ids[names->id_count++] = id;
	return true;
}

static void release(void *tree)
{
	json_decref(tree);
}

/* The tree of FILE, which lives as long as the arena; NULL with ERROR. */
static json_t *read_json(const struct reading *reading, const struct upload_file *file)
{
	static const struct json_limits limits = {TAR_FILE_BYTES_MAX, 100000, 32};
	struct error error;
	json_t *tree = NULL;

	if (json_read(file->text, file->len, &limits, &tree, &error) != JSON_FINE) {
		odd(reading, error.text);
		return NULL;
	}
	if (arena_own(reading->arena, release, tree))
		return tree;
	error_set(reading->error, "needs too much memory to be looked into");
	return NULL;
}

/* False with ERROR when the member is there twice. */
static bool folded_member(const struct reading *reading, json_t *object, const char *name,
                          json_t **value)
{
	return archive_member(object, name, value) || odd(reading, "has a property twice");
}

/* ---- manifest.json ---- */

/* Of what has been taken stock of it is known which file that is, and what it needs. */
static bool prove_config(const struct reading *reading, const char *file)
{
	char digest[SHA256_DIGITS + sizeof DIGEST_PREFIX];

	if (!archive_contents_digest_at(reading->contents, file, digest))
		return odd(reading, "names a configuration that is not there");
	return archive_proves_config(reading->arena, reading->contents, digest, reading->error) &&
	       add_id(reading, arena_string(reading->arena, digest));
}

/* A configuration's file is named after its digest: "HEX.json", "blobs/sha256/HEX" or "sha256:HEX". */
static bool read_config(const struct reading *reading, json_t *image)
{
	json_t *config;
	const char *file, *slash;

	if (!folded_member(reading, image, "Config", &config))
		return false;
	file = json_string_value(config);
	if (reading->contents != NULL)
		return prove_config(reading, file != NULL ? file : "");
	if (file == NULL)
		return true;
	slash = strrchr(file, '/');
	file = slash != NULL ? slash + 1 : file;
	if (text_starts_with(file, DIGEST_PREFIX))
		file += strlen(DIGEST_PREFIX);
	return add_id(reading, arena_format(reading->arena, DIGEST_PREFIX "%.*s",
	                                    (int)strcspn(file, "."), file));
}

static bool read_image(const struct reading *reading, json_t *image)
{
	json_t *tags;

	if (!json_is_object(image))
		return odd(reading, "makes no sense");
	if (!read_config(reading, image) || !folded_member(reading, image, "RepoTags", &tags))
		return false;
	if (json_array_size(tags) == 0)
		return odd(reading, "has an image without a name");
	for (size_t i = 0; i < json_array_size(tags); i++) {
		const char *tag = json_string_value(json_array_get(tags, i));

		if (tag == NULL)
			return odd(reading, "makes no sense");
		if (!add_name(reading, tag))
			return false;
	}
	return true;
}

static bool read_manifest(const struct reading *reading, const struct upload_file *file)
{
	json_t *tree = read_json(reading, file);

	if (tree == NULL)
		return false;
	if (!json_is_array(tree))
		return odd(reading, "is no list");
	for (size_t i = 0; i < json_array_size(tree); i++) {
		if (!read_image(reading, json_array_get(tree, i)))
			return false;
	}
	return true;
}

/* ---- index.json ---- */

/* containerd takes the first of these that is there and not empty. */
static const char *annotated_name(const json_t *annotations)
{
	const char *name = json_member_string(annotations, "io.containerd.image.name");

	if (name == NULL || *name == '\0')
		name = json_member_string(annotations, "org.opencontainers.image.ref.name");
	return name != NULL && *name != '\0' ? name : NULL;
}

static bool read_manifest_digest(const struct reading *reading, const char *digest)
{
	if (reading->contents != NULL &&
	    !archive_proves_manifest(reading->arena, reading->contents, digest != NULL ? digest : "",
	                             reading->error))
		return false;
	return digest == NULL || add_id(reading, digest);
}

static bool read_descriptor(const struct reading *reading, json_t *descriptor)
{
	json_t *annotations, *digest;
	const char *name;

	if (!json_is_object(descriptor))
		return odd(reading, "makes no sense");
	if (!folded_member(reading, descriptor, "annotations", &annotations) ||
	    !folded_member(reading, descriptor, "digest", &digest))
		return false;
	if (!read_manifest_digest(reading, json_string_value(digest)))
		return false;
	name = annotated_name(annotations);
	if (name == NULL)
		return odd(reading, "has an image without a name");
	return add_name(reading, name);
}

static bool read_index(const struct reading *reading, const struct upload_file *file)
{
	json_t *tree = read_json(reading, file), *manifests;

	if (tree == NULL)
		return false;
	if (!json_is_object(tree))
		return odd(reading, "is no object");
	if (!folded_member(reading, tree, "manifests", &manifests))
		return false;
	if (manifests != NULL && !json_is_array(manifests))
		return odd(reading, "makes no sense");
	for (size_t i = 0; i < json_array_size(manifests); i++) {
		if (!read_descriptor(reading, json_array_get(manifests, i)))
			return false;
	}
	return true;
}

/* ---- repositories ---- */

static bool read_repository(const struct reading *reading, const char *name, json_t *tags)
{
	const char *tag;
	json_t *id;

	if (!json_is_object(tags))
		return odd(reading, "makes no sense");
	json_object_foreach(tags, tag, id)
	{
		if (!add_name(reading, arena_format(reading->arena, "%s:%s", name, tag)))
			return false;
	}
	return true;
}

static bool read_repositories(const struct reading *reading, const struct upload_file *file)
{
	json_t *tree = read_json(reading, file), *tags;
	const char *name;

	if (tree == NULL)
		return false;
	if (!json_is_object(tree))
		return odd(reading, "is no object");
	json_object_foreach(tree, name, tags)
	{
		if (!read_repository(reading, name, tags))
			return false;
	}
	return true;
}

bool archive_names_read(struct arena *arena, const struct upload *upload,
                        struct archive_names *names, struct error *error)
{
	static const struct {
		const char *file;
		size_t place;
		bool (*read)(const struct reading *reading, const struct upload_file *file);
	} table[] = {
		{"manifest.json", UPLOAD_MANIFEST, read_manifest},
		{"index.json", UPLOAD_INDEX, read_index},
		{"repositories", UPLOAD_REPOSITORIES, read_repositories},
	};

	names->count = 0;
	names->id_count = 0;
	if (upload->files[UPLOAD_MANIFEST].text == NULL && upload->files[UPLOAD_INDEX].text == NULL)
		return error_set(error, "has neither manifest.json nor index.json");
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		const struct upload_file *file = &upload->files[table[i].place];
		const struct reading reading = {arena, names, upload->contents, table[i].file, error};

		if (file->text != NULL && !table[i].read(&reading, file))
			return false;
	}
	return names->count > 0 || error_set(error, "has no image in it");
}

bool archive_names_have_id(const struct archive_names *names, const char *id)
{
	for (size_t i = 0; i < names->id_count; i++) {
		if (strcmp(names->ids[i], id) == 0)
			return true;
	}
	return false;
}
