/* One element of SecurityOpt, read as dockerd reads it: "key=value", "key:value" where there is no '=', or one of its
 * three bare words. */
#ifndef QUAYMASTER_POLICY_SECURITY_OPTION_H
#define QUAYMASTER_POLICY_SECURITY_OPTION_H

#include <stdbool.h>

struct arena;

enum security_kind {
	SECURITY_UNKNOWN = 0, /* dockerd refuses it, or it is not for Linux */
	SECURITY_NO_NEW_PRIVILEGES,
	SECURITY_WRITABLE_CGROUPS,
	SECURITY_LABEL,
	SECURITY_APPARMOR,
	SECURITY_SECCOMP
};

struct security_option {
	enum security_kind kind;
	bool on;           /* of the first two */
	const char *value; /* of the others, within the text that was read; may be "" */
};

struct security_option security_option_read(const char *text);

/* The option in its plainest spelling, "label=disable"; NULL when ARENA is exhausted. */
const char *security_option_print(struct arena *arena, const struct security_option *option);

/* True where OPTION answers for FALLBACK, a policy's default of KIND (NULL: there is none): of labels, one with the same key, or the word for
 * none at all. */
bool security_option_stands_for(const struct security_option *option, enum security_kind kind,
                                const char *fallback);

/* "sha256:..." of a seccomp profile without the blanks between its JSON tokens, which is how docker sends a
 * file. NULL when ARENA is exhausted. */
const char *security_profile_digest(struct arena *arena, const char *profile);

#endif
