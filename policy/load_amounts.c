/* Owns what amounts look like in settings. */
#include "policy/load_amounts.h"

#include "policy/text.h"

#include <string.h>

#define BILLION 1000000000LL

static bool is_number(const config_setting_t *setting)
{
	return config_setting_type(setting) == CONFIG_TYPE_INT ||
	       config_setting_type(setting) == CONFIG_TYPE_INT64;
}

bool amount_size(struct loader *loader, const config_setting_t *setting, long long *amount)
{
	const char *text = config_setting_get_string(setting);

	if (text != NULL && text_to_size(text, amount) && *amount > 0)
		return true;
	return setting_problem(loader, setting,
	                       "must be a size like \"512M\" or \"4G\", or \"unlimited\"");
}

bool amount_number(struct loader *loader, const config_setting_t *setting, long long *amount)
{
	*amount = config_setting_get_int64(setting);
	if (is_number(setting) && *amount >= 0)
		return true;
	return setting_problem(loader, setting, "must be a number from 0, or \"unlimited\"");
}

bool amount_count(struct loader *loader, const config_setting_t *setting, long long *amount)
{
	*amount = config_setting_get_int64(setting);
	if (is_number(setting) && *amount > 0)
		return true;
	return setting_problem(loader, setting, "must be a number from 1, or \"unlimited\"");
}

bool amount_cpus(struct loader *loader, const config_setting_t *setting, int most,
                 long long *amount)
{
	double cpus = is_number(setting) ? (double)config_setting_get_int64(setting)
	                                 : config_setting_get_float(setting);

	if ((is_number(setting) || config_setting_type(setting) == CONFIG_TYPE_FLOAT) && cpus >= 0.01 &&
	    cpus <= most) {
		*amount = (long long)(cpus * (double)BILLION + 0.5);
		return true;
	}
	return setting_problem(loader, setting,
	                       "must be a number of CPUs from 0.01 to %d, or \"unlimited\"", most);
}

bool amount_is_lifted(const config_setting_t *setting)
{
	const char *text = config_setting_get_string(setting);

	return text != NULL && strcmp(text, "unlimited") == 0;
}
