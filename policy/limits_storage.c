/* The size of a container's own file system. Few daemons can hold it (overlay2 on xfs with pquota, btrfs, zfs), and the others
 * refuse every container that says one: nothing is written but a default that a policy asks for. A
 * size that is said takes the place of the daemon's own (overlay2.size), and 0 lifts it. */
#include "policy/limits_parts.h"

#include "policy/text.h"

#include <stdio.h>
#include <string.h>

static const struct told told = {"container.limits.storage", "StorageOpt size", TOLD_SIZE};

static bool put_size(const struct fitting *f, long long bytes)
{
	char digits[LIMIT_TEXT_SIZE];
	json_t *options;

	if (f->out == NULL)
		return true;
	snprintf(digits, sizeof digits, "%lld", bytes);
	options = fitting_make_object(f->out, "StorageOpt");
	return options != NULL && fitting_put(f, options, "size", json_string(digits));
}

/* Drivers take the word in capitals as well, and of two of them either may win. */
static bool judge_names(const struct fitting *f, json_t *options)
{
	const char *name;
	json_t *value;

	json_object_foreach(options, name, value)
	{
		if (strcmp(name, "size") != 0 &&
		    !fitting_objects(f, f->rules->storage.place, told.rule, "leave all but size out",
		                     "HostConfig.StorageOpt has an option that is not size"))
			return false;
	}
	return true;
}

/* What is within the cap is sent in bytes: some drivers read no units, or other ones. */
static bool fit_size(const struct fitting *f, const char *asked)
{
	const struct limit *limit = &f->rules->storage;
	long long bytes;

	if (!text_to_size(asked, &bytes))
		return fitting_objects(f, limit->place, told.rule, NULL,
		                       "HostConfig.%s is not digits with k, m or g behind them",
		                       told.property);
	if (bytes == 0)
		bytes = -1;
	if (!limit_exceeded(limit, bytes))
		return put_size(f, bytes);
	return fitting_clamps(f, limit, &told, bytes) && put_size(f, limit->max);
}

bool fit_storage(const struct fitting *f)
{
	const struct limit *limit = &f->rules->storage;
	json_t *options = json_object_get(f->resources, "StorageOpt");
	const char *asked = json_string_value(json_object_get(options, "size"));
	long long bytes;

	if (!limit->capped && !limit->defaulted)
		return true;
	if (limit->capped && !judge_names(f, options))
		return false;
	if (asked == NULL || *asked == '\0')
		return !limit_default(limit, 0, &bytes) || put_size(f, bytes);
	return !limit->capped || fit_size(f, asked);
}
