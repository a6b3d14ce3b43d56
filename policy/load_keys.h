/* The settings of a policy, a group a file: where each is kept and what it may say. Inside
 * policy/load*.c and setting_names.c only. */
#ifndef QUAYMASTER_POLICY_LOAD_KEYS_H
#define QUAYMASTER_POLICY_LOAD_KEYS_H

#include "policy/policy.h"
#include "policy/setting.h"

#include <stddef.h>

#define KEYS(list)                            \
	{                                         \
		(list), sizeof(list) / sizeof *(list) \
	}
#define FLAG(key, member)                                                          \
	{                                                                              \
		.name = (key), .kind = KEY_FLAG, .offset = offsetof(struct policy, member) \
	}
#define PATTERNS(key, member, keeper)                                                   \
	{                                                                                   \
		.name = (key), .kind = KEY_PATTERNS, .offset = offsetof(struct policy, member), \
		.keep = (keeper)                                                                \
	}
#define WORDS(key, member, allowed)                                                     \
	{                                                                                   \
		.name = (key), .kind = KEY_PATTERNS, .offset = offsetof(struct policy, member), \
		.keep = keep_word, .words = (allowed)                                           \
	}
#define READ(key, member, reader)                                                   \
	{                                                                               \
		.name = (key), .kind = KEY_READ, .offset = offsetof(struct policy, member), \
		.read = (reader)                                                            \
	}
#define GROUP(key, group)                                  \
	{                                                      \
		.name = (key), .kind = KEY_GROUP, .keys = &(group) \
	}

extern const struct keys policy_keys;                           /* load_policy.c: all */
extern const struct keys application_keys, operation_keys;      /* load_operations.c */
extern const struct keys container_keys, exec_keys;             /* load_container.c */
extern const struct keys port_keys;                             /* load_ports.c */
extern const struct keys limit_keys;                            /* load_limits.c: of container */
extern const struct keys runtime_keys, security_keys;           /* load_security.c: of container */
extern const struct keys build_keys, image_keys;                /* load_images.c */
extern const struct keys volume_keys, network_keys;             /* load_network.c */
extern const struct keys service_keys, swarm_keys, plugin_keys; /* load_swarm.c */
extern const struct keys tenancy_keys;                          /* load_tenancy.c */
extern const struct keys quota_keys;                            /* load_quota.c */
extern const struct keys redact_keys;                           /* load_redact.c */

/* load_binds.c: of KEY_READ, into a struct bind_rules. And what paths in settings have in common:
 * SOURCE, checked by variables_check, becomes a rule; false when there is no memory. */
read_fn read_binds;
bool is_clean_path(const char *path);
bool keep_listed_path(struct loader *loader, const char *source, bool write,
                      struct listed_path *rule);

/* load_shares.c: into a struct share_rules and a struct size_setting. */
read_fn read_shares, read_tmpfs_size;

/* load_images.c: of KEY_READ, into a struct image_list. */
read_fn read_images;

/* load_ranges.c: readers of KEY_READ, into a struct choice and a struct cidrs. */
read_fn read_choice, read_cidrs;

/* load_security.c: readers of KEY_READ, into all of a struct container_rules, and into a struct flag. */
read_fn read_privileged, read_user_namespace;

/* load_ports.c: what only the settings of a whole policy, parents and all, can be mistaken about.
 * GROUP is what was written of it. */
void check_port_rules(struct loader *loader, const config_setting_t *group,
                      const struct port_rules *rules);
/* load_limits.c: the same of limits. */
void check_limit_rules(struct loader *loader, const config_setting_t *group,
                       const struct limit_rules *rules);
/* load_quota.c: the same of quotas. */
void check_quota_rules(struct loader *loader, const config_setting_t *group,
                       const struct quota_rules *rules);

#endif
