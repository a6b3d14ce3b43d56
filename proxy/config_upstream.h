/* The groups `upstream` and `api` of a configuration. For config.c alone. */
#ifndef QUAYMASTER_PROXY_CONFIG_UPSTREAM_H
#define QUAYMASTER_PROXY_CONFIG_UPSTREAM_H

struct section;
struct upstream_config;

/* What `upstream.address` is made of. */
struct upstream_address {
	char host[512], port[16];
};

/* Reads both groups of ROOT and reports what is wrong with them. ADDRESS must outlive UPSTREAM. */
void config_read_upstream(const struct section *root, struct upstream_config *upstream,
                          struct upstream_address *address);

#endif
