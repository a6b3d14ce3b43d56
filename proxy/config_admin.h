/* The groups `admin` and `metrics` of a configuration. For config.c alone. */
#ifndef QUAYMASTER_PROXY_CONFIG_ADMIN_H
#define QUAYMASTER_PROXY_CONFIG_ADMIN_H

struct admin_setup;
struct section;

/* Leaves SETUP, which is zeroed, as it is where the groups are absent. Its texts are the settings tree's. */
void config_read_admin(const struct section *root, struct admin_setup *setup);

#endif
