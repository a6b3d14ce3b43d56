/* The group `audit` of a configuration. For config.c alone. */
#ifndef QUAYMASTER_PROXY_CONFIG_AUDIT_H
#define QUAYMASTER_PROXY_CONFIG_AUDIT_H

struct audit_setup;
struct section;

/* Leaves SETUP, which is zeroed, as it is where the group is absent. Its texts are the settings tree's. */
void config_read_audit(const struct section *root, struct audit_setup *setup);

#endif
