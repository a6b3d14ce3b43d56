/* A policy's settings by the names that denials give them ("container.binds"): what each is, and what a policy says
 * there. For those who explain a policy or write one. */
#ifndef QUAYMASTER_POLICY_SETTING_NAMES_H
#define QUAYMASTER_POLICY_SETTING_NAMES_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct policy;

enum setting_kind {
	SETTING_OTHER = 0, /* none, or one that neither true nor one more value would open */
	SETTING_FLAG,      /* true opens it */
	SETTING_LIST,      /* of texts; an empty one opens nothing */
	SETTING_BINDS      /* of { source; write; } */
};

enum setting_kind setting_kind(const char *name);

/* True when the list NAME may hold VALUE: as the loader would have it. */
bool setting_accepts(const char *name, const char *value);

/* How many entries the list NAME of POLICY has, and the entry at INDEX; of a bind its source, and whether it is for
 * writing. */
size_t setting_count(const struct policy *policy, const char *name);
const char *setting_entry(const struct policy *policy, const char *name, size_t index, bool *write);

/* Makes CLOSED say of every setting what POLICY says, but with nothing opened: no operation, flag or list. What
 * restricts (denied operations, protected names) stays as it is. CLOSED lives as long as POLICY. */
void policy_close(const struct policy *policy, struct policy *closed);

#endif
