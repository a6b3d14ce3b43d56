/* What the parts of the loader share. Inside policy/load*.c only. */
#ifndef QUAYMASTER_POLICY_LOAD_PARTS_H
#define QUAYMASTER_POLICY_LOAD_PARTS_H

#include "policy/clients.h"
#include "policy/policy.h"
#include "policy/setting.h"

#include <libconfig.h>
#include <stdbool.h>
#include <stddef.h>

/* One entry of `policies`, or a preset. Policies may extend each other in any order. */
enum definition_state { DEFINITION_UNREAD = 0, DEFINITION_READING, DEFINITION_READ };

struct definition {
	const char *file;              /* "preset ci", or what to call a text without a file */
	const config_setting_t *group; /* valid while loading */
	enum definition_state state;
	bool shipped, profile; /* compiled in; of an application */
	struct policy policy;
};

struct definitions {
	struct definition *list;
	size_t count;
};

/* A written policy takes the place of an application's profile of that name. */
struct definition *definition_find(const struct definitions *definitions, const char *name);
/* The names, for suggestions; an empty list when there is no memory. */
const char *const *definition_names(struct loader *loader, const struct definitions *definitions,
                                    size_t *count);

/* Reads DEFINITION and, before it, what it extends. */
void definition_read(struct loader *loader, const struct definitions *definitions,
                     struct definition *definition);

/* Reads the group `compat` of a policy, if it has one, into POLICY's operations: those that its variables
 * open and, where PARENT is not NULL, that PARENT lists. */
void compat_read(struct loader *loader, const config_setting_t *policy_group,
                 const struct patterns *parent, struct policy *policy);
/* Reports that no operation matches VALUE. Returns false. */
bool operation_unknown(struct loader *loader, const config_setting_t *setting, const char *value);

/* Reads the list `rules` of the policy at GROUP, if it has one, into POLICY's, which are its parent's until then: of
 * these, what they deny survives. POLICY's operations have been read. */
void user_rules_read(struct loader *loader, const config_setting_t *group, struct policy *policy);

/* Reads "enforce", "warn" or "observe"; reports anything else. */
void setting_read_mode(struct loader *loader, const config_setting_t *setting,
                       enum rule_mode *mode);

/* The paths of the sockets that ROOT's `upstream` and `listeners` name. False when there is no memory. */
bool socket_paths_read(struct loader *loader, const config_setting_t *root,
                       struct socket_paths *paths);

struct listener_names {
	const char *const *list;
	size_t count;
};

/* Reads `clients`; SETTING may be NULL: no rule, no access. */
void client_rules_read(struct loader *loader, const config_setting_t *setting,
                       const struct definitions *definitions,
                       const struct listener_names *listeners, struct client_rules *rules);

/* What anybody asks of the container that a client is in. */
struct asked {
	bool containers;
	struct label_keys labels;
};

/* Gathers that from CLIENTS, which are compiled, and from the rules of all policies. False when ARENA is exhausted. */
bool asked_read(struct arena *arena, const struct client_rules *clients,
                const struct definitions *definitions, struct asked *asked);

#endif
