/* Reading a libconfig tree into typed, checked values. Every reader reports what is wrong, with
 * the file, the line and the setting's full name, and leaves its result as it was. Inside
 * policy/load*.c only. */
#ifndef QUAYMASTER_POLICY_SETTING_H
#define QUAYMASTER_POLICY_SETTING_H

#include "policy/place.h"
#include "policy/policy.h"

#include <libconfig.h>
#include <stdbool.h>
#include <stddef.h>

struct arena;
struct problems;

/* What one loading needs. Everything that stays is allocated in ARENA. */
struct loader {
	struct arena *arena;
	struct problems *problems;
	const char *file; /* what to call the text where libconfig knows no file: "preset ci" */
};

struct key;

/* Judges one string of a list and returns what to keep of it, in the arena; NULL when it was
 * refused. */
typedef const char *keep_fn(struct loader *loader, const struct key *key,
                            const config_setting_t *setting, const char *value);

/* Reads SETTING, of whatever type, into MEMBER of the target: for a setting with a shape of its own. */
typedef void read_fn(struct loader *loader, const struct key *key, const config_setting_t *setting,
                     void *member);

enum key_kind {
	KEY_ELSEWHERE, /* read by the caller; here only so that the name is known */
	KEY_READ,      /* by the key's own READ */
	KEY_FLAG,      /* struct flag */
	KEY_PATTERNS,  /* struct patterns */
	KEY_TEXT,      /* const char *, not empty */
	KEY_NUMBER,    /* struct number_setting: a user's or group's number */
	KEY_GROUP      /* a group of keys of its own, with the same target */
};

struct number_setting {
	bool given;
	unsigned number;
};

struct key {
	const char *name;
	enum key_kind kind;
	size_t offset;            /* in the target */
	read_fn *read;            /* of KEY_READ */
	keep_fn *keep;            /* of KEY_PATTERNS and KEY_TEXT; NULL: anything but "" */
	const char *const *words; /* of keep_word: NULL-terminated */
	const struct keys *keys;  /* of KEY_GROUP */
};

struct keys {
	const struct key *list;
	size_t count;
};

/* Reads every setting of GROUP that KEYS knows into TARGET and reports those it does not know. */
void setting_read_group(struct loader *loader, const config_setting_t *group,
                        const struct keys *keys, void *target);

/* The string of SETTING, or NULL (reported) when it is none or empty. Lives as long as the tree. */
const char *setting_text(struct loader *loader, const config_setting_t *setting);

/* The length of a list of any kind; false (reported) when SETTING is none. */
bool setting_list_length(struct loader *loader, const config_setting_t *setting, size_t *len);

/* Reads ELEMENT of a list into ENTRY. False, reported, when nothing comes of it. */
typedef bool read_element_fn(struct loader *loader, const config_setting_t *element, void *entry);

/* The elements of SETTING that READ takes: an array in the arena of entries of SIZE bytes, *COUNT of them. NULL (reported)
 * when SETTING is no list, or there is no memory. */
void *setting_read_list(struct loader *loader, const config_setting_t *setting, size_t size,
                        read_element_fn *read, size_t *count);

struct place setting_place(struct loader *loader, const config_setting_t *setting);

/* Reports a mistake about SETTING: "file:line: policies.ci.container.privileged: text". Returns
 * false. */
bool setting_problem(struct loader *loader, const config_setting_t *setting, const char *format,
                     ...) __attribute__((format(printf, 3, 4)));
bool setting_exhausted(struct loader *loader, const config_setting_t *setting);

/* " (did you mean 'x'?)" for the nearest of COUNT names, or "" when none is near. In the arena. */
const char *setting_suggestion(struct loader *loader, const char *name, const char *const *names,
                               size_t count);

/* "a string", for messages. */
const char *setting_type_name(const config_setting_t *setting);

/* A keep_fn: one of KEY's words, or "*" for any. */
const char *keep_word(struct loader *loader, const struct key *key, const config_setting_t *setting,
                      const char *value);

#endif
