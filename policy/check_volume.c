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

	(void)value;
	if (check_listed(allowed, name))
		return true;
	return check_deny(check, check_list_rule("volume.options", allowed, name),
	                  "use a volume without this option (type, o and device mount the host)",
	                  "has the option '%s'", check_shown(check, name));
}

bool check_volume_options(struct check *check, const json_t *volume, const char *member)
{
	const char *outer = check_enter(check, "%s ", member);
	bool fine = check_each_member(check, volume, member, judge_option);

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
	return check_volume_options(check, body, "DriverOpts");
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
		return true;
	const char *outer = check_enter_anew(check, "volume '%s': ", check_shown(check, name));
	bool fine = check_text(check, fact->inspected, "Driver", &driver) &&
	            check_volume_driver(check, "Driver", driver) &&
	            check_volume_options(check, fact->inspected, "Options");
	check_leave(check, outer);
	return fine;
}
