/* The configuration file as one immutable, reference-counted snapshot. */
#ifndef QUAYMASTER_PROXY_CONFIG_H
#define QUAYMASTER_PROXY_CONFIG_H

#include "policy/json.h"
#include "policy/place.h"
#include "policy/request.h"
#include "proxy/admin_setup.h"
#include "proxy/audit_setup.h"
#include "proxy/http_read.h"
#include "proxy/listener.h"
#include "proxy/tls_context.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct policy_set;
struct problems;

struct listener_config {
	struct listener_spec spec;
	struct place place; /* where it is written */
	bool tls;
	struct tls_files tls_files;
	bool tls_init;             /* `run` makes what is missing in TLS_DIRECTORY */
	const char *tls_directory; /* of docker:dind's layout, whose client/ca.pem `run` publishes */
	bool insecure;             /* plain TCP beyond loopback, on purpose */
};

/* What of the daemon's API clients get to use; {0, 0}: nothing is said. */
struct api_config {
	struct api_version floor; /* old requests are lifted to */
	bool floor_auto;          /* ... the daemon's own oldest */
	struct api_version ceiling;
};

struct upstream_config {
	const char *socket; /* a Unix socket's path, or NULL */
	const char *host;   /* of a TCP address, or NULL */
	const char *port;
	bool tls;
	struct tls_files tls_files;
	bool any_engine;            /* `engine = "any"`: do not insist on dockerd */
	struct api_version assumed; /* `api_version`: do not ask the daemon; {0,0} asks */
	struct api_config api;
	const char *cgroup_parent; /* of containers that ask for none; NULL: the daemon's own default */
	unsigned connect_timeout_ms;
	unsigned idle_connections; /* kept in each worker's pool */
};

struct limits_config {
	struct http_limits head;
	struct json_limits json;
	uint64_t body_budget; /* bytes of inspected bodies over all connections */
	unsigned connections; /* over all listeners */
	unsigned handshake_ms, head_ms, body_ms;
	unsigned idle_ms;   /* a keep-alive connection with no request */
	unsigned linger_ms; /* a client that stays after the daemon has finished */
	unsigned drain_ms;  /* what is under way when quaymaster is told to end */
};

struct config {
	const char *file;
	struct listener_config *listeners;
	size_t listener_count;
	struct upstream_config upstream;
	struct limits_config limits;
	unsigned workers;
	struct audit_setup audit;
	struct admin_setup admin; /* and what its metrics tell */
	const char *state;        /* a directory for what is to outlive the process; NULL: none */
	const char *control;      /* the path of the supervisor's own socket, or NULL */
	const char *tenancy_key;  /* a file's path; NULL: `tenancy.key` in STATE */
	struct policy_set *policies;
};

/* Reads and checks FILE. NULL with every mistake in PROBLEMS. Blocks. */
struct config *config_load(const char *file, struct problems *problems);
/* The same of a TEXT that is no file's; NAME, which must outlive the configuration, is what messages call it,
 * without a line. */
struct config *config_load_text(const char *name, const char *text, struct problems *problems);
/* Adds what is no mistake, and yet seldom meant: nobody gets in, or everybody does. */
void config_remarks(const struct config *config, struct problems *remarks);
struct config *config_retain(struct config *config);
void config_release(struct config *config);

#endif
