/* Amounts in settings, as limits and quotas have them: each reader says what is wrong with what is no such amount. Inside
 * policy/load*.c only. */
#ifndef QUAYMASTER_POLICY_LOAD_AMOUNTS_H
#define QUAYMASTER_POLICY_LOAD_AMOUNTS_H

#include "policy/setting.h"

#include <stdbool.h>

/* False, with a problem told, when SETTING is none. */
typedef bool amount_fn(struct loader *loader, const config_setting_t *setting, long long *amount);

amount_fn amount_size;   /* bytes, "512M" */
amount_fn amount_number; /* from 0 */
amount_fn amount_count;  /* from 1: to dockerd 0 would be no limit */
/* Billionths, from 0.01 to MOST. */
bool amount_cpus(struct loader *loader, const config_setting_t *setting, int most,
                 long long *amount);

/* "unlimited" lifts what a parent policy says. */
bool amount_is_lifted(const config_setting_t *setting);

#endif
