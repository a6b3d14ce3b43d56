/* Volumes: a local volume with mount options is a mount of the host by another name, and so is
 * one that exists already. */
#include "policy/check.h"

#include "policy/facts.h"
#include "policy/json.h"
#include "policy/request.h"
#include "policy/spec.h"

#include <string.h>

static bool is_local(const char *driver)
{
	return *driver == '\0' || strcmp(driver, "local") == 0;
}

/* The driver of a volume that a container uses; either list of drivers may allow it. */
bool check_volume_driver(struct check *check, const char *field, const char *driver)
{
	const struct patterns *allowed = &check->policy->container.volume_drivers;

	if (is_local(driver) || check_listed(allowed, driver) ||
	    check_listed(&check->policy->volume.drivers, driver))
		return true;
	return check_deny(check, check_list_rule("container.volume_drivers", allowed, driver),
	                  "use volumes of the local driver", "%s is '%s'", field,
	                  check_shown(check, driver));
}

static bool judge_option(struct check *check, const char *name, const json_t *value)
{
	const struct patterns *allowed = &check->policy->volume.options;

	if (check_option_listed(check, allowed, name, value))
		return true;
	return check_deny(check, check_list_rule("volume.options", allowed, name),
	                  "use a volume without this option (type, o and device mount the host)",
	                  "has the option '%s'", check_shown(check, name));
}

static bool is_of_mount(const char *name)
{
	return strcmp(name, "type") == 0 || strcmp(name, "o") == 0 || strcmp(name, "device") == 0;
}

static bool judge_other_option(struct check *check, const char *name, const json_t *value)
{
	return is_of_mount(name) || judge_option(check, name, value);
}

/* True when the policy lists each part of the mount, whatever it says. */
static bool mount_is_listed(struct check *check, const json_t *options)
{
	static const char *const parts[] = {"type", "o", "device"};
	const struct patterns *allowed = &check->policy->volume.options;

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		const json_t *value = json_member(options, parts[i]);
		if (value != NULL && !check_option_listed(check, allowed, parts[i], value))
			return false;
	}
	return true;
}

static bool judge_options(struct check *check, const json_t *volume, const char *member,
                          const json_t *options)
{
	if (mount_is_listed(check, options) || !check_is_mount_by_rule(check, options))
		return check_each_member(check, volume, member, judge_option);
	return check_volume_mount(check, options) &&
	       check_each_member(check, volume, member, judge_other_option);
}

bool check_volume_options(struct check *check, const char *driver, const json_t *volume,
                          const char *member)
{
	const json_t *options;

	if (!check_object(check, volume, member, &options))
		return false;
	const char *outer = check_enter(check, "%s ", member);
	bool fine = is_local(driver) ? judge_options(check, volume, member, options)
	                             : check_each_member(check, volume, member, judge_option);
	check_leave(check, outer);
	return fine;
}

bool check_volume_create(struct check *check)
{
	const struct patterns *allowed = &check->policy->volume.drivers;
	const json_t *body = check->request->body;
	const char *name, *driver;

	if (!check_text(check, body, "Name", &name) || !check_protected(check, name) ||
	    !check_text(check, body, "Driver", &driver))
		return false;
	if (!is_local(driver) && !check_listed(allowed, driver) &&
	    !check_deny(check, check_list_rule("volume.drivers", allowed, driver),
	                "use the local driver", "Driver is '%s'", check_shown(check, driver)))
		return false;
	return check_volume_options(check, driver, body, "DriverOpts") &&
	       (*name == '\0' || (check_volume_named(check, "Name", name) &&
	                          check_world_new_name(check, "Name", OBJECT_VOLUME, name)));
}

/* A volume that does not exist yet will be made by the daemon, with a driver that has been
 * judged. */
bool check_volume_named(struct check *check, const char *field, const char *name)
{
	const struct fact *fact;
	const char *driver;

	if (!spec_is_name(name))
		return check_deny_malformed(check, "%s names the volume '%s', which cannot be a name",
		                            field, check_shown(check, name));
	if (!check_protected(check, name))
		return false;
	if (check->policy->container.trust_existing.on)
		return true;
	if (!check_optional_fact(check, OBJECT_VOLUME, name, &fact))
		return false;
	if (fact == NULL || fact->state == FACT_MISSING)
		return check_world_name(check, field, fact);
	const char *outer = check_enter_anew(check, "volume '%s': ", check_shown(check, name));
	bool fine = check_text(check, fact->inspected, "Driver", &driver) &&
	            check_volume_driver(check, "Driver", driver) &&
	            check_volume_options(check, driver, fact->inspected, "Options");
	check_leave(check, outer);
	return fine;
}
