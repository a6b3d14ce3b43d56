/* Reads and prints the elements of SecurityOpt. Allows and refuses nothing. */
#include "policy/security_option.h"

#include "policy/arena.h"
#include "policy/sha256.h"

#include <stddef.h>
#include <string.h>

/* The words of Go's strconv.ParseBool; false when TEXT is none. */
static bool read_bool(const char *text, bool *value)
{
	static const char *const on[] = {"1", "t", "T", "TRUE", "true", "True"};
	static const char *const off[] = {"0", "f", "F", "FALSE", "false", "False"};

	for (size_t i = 0; i < sizeof on / sizeof on[0]; i++) {
		if (strcmp(on[i], text) == 0)
			return *value = true;
		if (strcmp(off[i], text) == 0) {
			*value = false;
			return true;
		}
	}
	return false;
}

static const struct {
	const char *key;
	enum security_kind kind;
} kinds[] = {
	{"no-new-privileges", SECURITY_NO_NEW_PRIVILEGES},
	{"writable-cgroups", SECURITY_WRITABLE_CGROUPS},
	{"label", SECURITY_LABEL},
	{"apparmor", SECURITY_APPARMOR},
	{"seccomp", SECURITY_SECCOMP},
};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

static bool is_switch(enum security_kind kind)
{
	return kind == SECURITY_NO_NEW_PRIVILEGES || kind == SECURITY_WRITABLE_CGROUPS;
}

static enum security_kind find_kind(const char *key, size_t len)
{
	for (size_t i = 0; i < KINDS; i++) {
		if (strlen(kinds[i].key) == len && memcmp(kinds[i].key, key, len) == 0)
			return kinds[i].kind;
	}
	return SECURITY_UNKNOWN;
}

static struct security_option read_bare(const char *text)
{
	struct security_option option = {.kind = find_kind(text, strlen(text)), .on = true};

	if (strcmp(text, "disable") == 0)
		return (struct security_option){.kind = SECURITY_LABEL, .value = text};
	if (!is_switch(option.kind))
		option.kind = SECURITY_UNKNOWN;
	return option;
}

struct security_option security_option_read(const char *text)
{
	struct security_option option = {.kind = SECURITY_UNKNOWN};
	const char *cut = strchr(text, '=');

	if (cut == NULL)
		cut = strchr(text, ':');
	if (cut == NULL)
		return read_bare(text);
	option.kind = find_kind(text, (size_t)(cut - text));
	option.value = cut + 1;
	if (is_switch(option.kind) && !read_bool(option.value, &option.on))
		option.kind = SECURITY_UNKNOWN;
	return option;
}

const char *security_option_print(struct arena *arena, const struct security_option *option)
{
	for (size_t i = 0; i < KINDS; i++) {
		if (kinds[i].kind != option->kind)
			continue;
		if (is_switch(option->kind))
			return arena_format(arena, "%s=%s", kinds[i].key, option->on ? "true" : "false");
		return arena_format(arena, "%s=%s", kinds[i].key, option->value);
	}
	return NULL;
}

static size_t label_key_len(const char *label)
{
	return strcspn(label, ":");
}

bool security_option_stands_for(const struct security_option *option, enum security_kind kind,
                                const char *fallback)
{
	if (option->kind != kind)
		return false;
	if (kind != SECURITY_LABEL)
		return true;
	return strcmp(option->value, "disable") == 0 ||
	       (fallback != NULL && label_key_len(option->value) == label_key_len(fallback) &&
	        memcmp(option->value, fallback, label_key_len(fallback)) == 0);
}

/* Feeds what is left of JSON when the blanks outside of its strings are gone. */
static void hash_compact(struct sha256 *hash, const char *text)
{
	bool in_string = false;

	for (; *text != '\0'; text++) {
		if (!in_string && strchr(" \t\r\n", *text) != NULL)
			continue;
		sha256_add(hash, text, 1);
		if (in_string && *text == '\\' && text[1] != '\0')
			sha256_add(hash, ++text, 1);
		else if (*text == '"')
			in_string = !in_string;
	}
}

const char *security_profile_digest(struct arena *arena, const char *profile)
{
	char digits[SHA256_DIGITS + 1];
	struct sha256 hash;

	sha256_begin(&hash);
	hash_compact(&hash, profile);
	sha256_end(&hash, digits);
	return arena_format(arena, "sha256:%s", digits);
}
