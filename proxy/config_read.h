/* Reads one group of a settings tree key by key, reporting what is wrong with file:line. For config*.c alone. */
#ifndef QUAYMASTER_PROXY_CONFIG_READ_H
#define QUAYMASTER_PROXY_CONFIG_READ_H

#include "policy/place.h"

#include <libconfig.h>
#include <stdbool.h>
#include <stddef.h>

struct problems;

struct section {
	const config_setting_t *setting; /* NULL: the group is absent, and every key in it */
	const char *name;                /* for messages: "limits" */
	struct place place;              /* of the group; of the one it is missing from */
	bool bare;                       /* in messages its keys go without its name */
	struct problems *problems;
};

extern const char *const config_keys[]; /* of a configuration's top level, NULL-terminated */

struct place section_place(const config_setting_t *setting);

/* The group NAME of PARENT; absent is fine, another type is a problem. */
struct section section_open(const struct section *parent, const char *name);
/* Reports every key that is not in KEYS, a NULL-terminated list, with the nearest known one. */
void section_check_keys(const struct section *section, const char *const *keys);
bool section_has(const struct section *section, const char *key);
/* Reports against a key, or against the group when the key is absent. */
void section_problem(const struct section *section, const char *key, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Each leaves *VALUE alone when the key is absent, and when it is wrong, which is then reported. */
void section_string(const struct section *section, const char *key, const char **value);
/* The absolute path of a Unix socket. One that is none is kept too, so that nothing else is said to be missing. */
void section_socket(const struct section *section, const char *key, const char **value);
void section_flag(const struct section *section, const char *key, bool *value);
void section_number(const struct section *section, const char *key, unsigned minimum,
                    unsigned maximum, unsigned *value);
/* Bytes: an integer, or a string such as "4M". */
void section_size(const struct section *section, const char *key, unsigned long long maximum,
                  unsigned long long *value);

#endif
