/* The size of tmpfs mounts, of HostConfig.Tmpfs and of Mounts. Without one the kernel gives half of the host's
 * memory; size=0, nr_blocks and percentages are not counted here, and are refused. What is written
 * to a tmpfs counts against the container's memory as well. */
#include "policy/limits_parts.h"

#include "policy/text.h"

#include <stdio.h>
#include <string.h>

enum { OPTIONS_SIZE = 1024, OPTION_SIZE = 64 };

static const struct told told_option = {"container.limits.tmpfs", "Tmpfs size", TOLD_SIZE};
static const struct told told_mount = {"container.limits.tmpfs", "Mounts TmpfsOptions.SizeBytes",
                                       TOLD_SIZE};

/* True when the option at AT, LEN long, has something to do with the size; SIZE is negative for
 * none that can be compared. */
static bool is_size(const char *at, size_t len, long long *size)
{
	char option[OPTION_SIZE];

	*size = -1;
	if (len >= sizeof option)
		return strncmp(at, "size=", 5) == 0 || strncmp(at, "nr_blocks=", 10) == 0;
	memcpy(option, at, len);
	option[len] = '\0';
	if (text_starts_with(option, "nr_blocks"))
		return true;
	if (!text_starts_with(option, "size"))
		return false;
	if (!text_starts_with(option, "size=") || !text_to_size(option + 5, size) || *size == 0)
		*size = -1;
	return true;
}

/* What OPTIONS say of the size, all of it: KEPT gets the others, *SAID whether there was one, and
 * *WORST the largest. False when they are too long. */
static bool read_options(const char *options, char *kept, bool *said, long long *worst)
{
	size_t used = 0;

	*said = false;
	*worst = 0;
	for (const char *at = options; *at != '\0'; at += *at == ',') {
		size_t len = strcspn(at, ",");
		long long size;

		if (is_size(at, len, &size)) {
			*said = true;
			if (size < 0 || *worst < 0)
				*worst = -1;
			else if (size > *worst)
				*worst = size;
		} else if (len > 0) {
			if (len + 2 > OPTIONS_SIZE - used)
				return false;
			memcpy(kept + used, at, len);
			used += len;
			kept[used++] = ',';
		}
		at += len;
	}
	kept[used] = '\0';
	return true;
}

static bool put_size(const struct fitting *f, json_t *tmpfs, const char *path, const char *kept,
                     long long size)
{
	char options[OPTIONS_SIZE + LIMIT_TEXT_SIZE];

	if (f->out == NULL)
		return true;
	snprintf(options, sizeof options, "%ssize=%lld", kept, size);
	return fitting_put(f, tmpfs, path, json_string(options));
}

static bool fit_one(const struct fitting *f, json_t *tmpfs, const char *path, const char *options)
{
	const struct limit *limit = &f->rules->tmpfs;
	char kept[OPTIONS_SIZE];
	long long worst, size;
	bool said;

	if (!read_options(options, kept, &said, &worst))
		return fitting_objects(f, limit->place, told_option.rule, NULL,
		                       "Tmpfs has too long options");
	if (!said)
		return !limit_default(limit, -1, &size) || put_size(f, tmpfs, path, kept, size);
	return !limit_exceeded(limit, worst) || (fitting_clamps(f, limit, &told_option, worst) &&
	                                         put_size(f, tmpfs, path, kept, limit->max));
}

static bool fit_map(const struct fitting *f)
{
	json_t *tmpfs = json_object_get(f->resources, "Tmpfs"), *options;
	const char *path;

	json_object_foreach(tmpfs, path, options)
	{
		const char *text = json_string_value(options);

		if (!fit_one(f, tmpfs, path, text != NULL ? text : ""))
			return false;
	}
	return true;
}

static bool put_bytes(const struct fitting *f, json_t *mount, long long size)
{
	json_t *options;

	if (f->out == NULL)
		return true;
	options = fitting_make_object(mount, "TmpfsOptions");
	return options != NULL && fitting_put(f, options, "SizeBytes", json_integer(size));
}

/* Options of a mount are lists of a name and, maybe, a value. */
static bool has_size_option(const json_t *options)
{
	const json_t *list = json_object_get(options, "Options");
	long long size;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *name = json_string_value(json_array_get(json_array_get(list, i), 0));

		if (name != NULL && is_size(name, strlen(name), &size))
			return true;
	}
	return false;
}

static bool fit_mount(const struct fitting *f, json_t *mount)
{
	const struct limit *limit = &f->rules->tmpfs;
	const char *type = json_string_value(json_object_get(mount, "Type"));
	json_t *options = json_object_get(mount, "TmpfsOptions");
	long long asked = json_integer_value(json_object_get(options, "SizeBytes")), size;

	if (type == NULL || strcmp(type, "tmpfs") != 0)
		return true;
	if (has_size_option(options))
		return fitting_objects(f, limit->place, told_mount.rule, NULL,
		                       "Mounts TmpfsOptions.Options has a size; SizeBytes is for that");
	if (asked == 0)
		return !limit_default(limit, -1, &size) || put_bytes(f, mount, size);
	return !limit_exceeded(limit, asked) ||
	       (fitting_clamps(f, limit, &told_mount, asked) && put_bytes(f, mount, limit->max));
}

bool fit_tmpfs(const struct fitting *f)
{
	json_t *mounts = json_object_get(f->resources, "Mounts");

	if (!f->rules->tmpfs.capped && !f->rules->tmpfs.defaulted)
		return true;
	for (size_t i = 0; i < json_array_size(mounts); i++) {
		if (!fit_mount(f, json_array_get(mounts, i)))
			return false;
	}
	return fit_map(f);
}
