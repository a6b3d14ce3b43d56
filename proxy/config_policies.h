/* The policies and client rules of a file, and nothing else of it: for commands that judge without serving. */
#ifndef QUAYMASTER_PROXY_CONFIG_POLICIES_H
#define QUAYMASTER_PROXY_CONFIG_POLICIES_H

struct policy_set;
struct problems;

/* Reads `policies` and `clients` of FILE, a whole configuration or one that has only these; NULL is no file: the
 * shipped presets alone. What the other settings say is not looked at, so that a policy can be tried where it will not
 * run. NULL with every mistake in PROBLEMS; else the caller's to policy_set_free. Blocks. */
struct policy_set *config_policies_load(const char *file, struct problems *problems);

#endif
