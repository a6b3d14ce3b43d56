/* The rules that say which policy, and which tenant, a client gets. Immutable once compiled. */
#ifndef QUAYMASTER_POLICY_CLIENTS_H
#define QUAYMASTER_POLICY_CLIENTS_H

#include "policy/identity.h"
#include "policy/place.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct matcher;

/* What a condition is about. Some have many values in one identity: a condition holds when one does. */
enum attribute {
	ATTRIBUTE_LISTENER,
	ATTRIBUTE_USER,
	ATTRIBUTE_UID,
	ATTRIBUTE_GROUP,
	ATTRIBUTE_GID,
	ATTRIBUTE_CERTIFICATE, /* "present" */
	ATTRIBUTE_COMMON_NAME,
	ATTRIBUTE_DNS,
	ATTRIBUTE_IP,
	ATTRIBUTE_EMAIL,
	ATTRIBUTE_URI,
	ATTRIBUTE_ORGANIZATION,
	ATTRIBUTE_ORGANIZATIONAL_UNIT,
	ATTRIBUTE_ISSUER,
	ATTRIBUTE_SERIAL,
	ATTRIBUTE_SPKI_SHA256,
	ATTRIBUTE_ADDRESS,   /* without the port */
	ATTRIBUTE_NETWORK,   /* the address as bits: see clients_network_pattern */
	ATTRIBUTE_CONTAINER, /* "present" or "none"; of an unknown peer, nothing */
	ATTRIBUTE_CONTAINER_NAME,
	ATTRIBUTE_CONTAINER_IMAGE,
	ATTRIBUTE_CONTAINER_LABEL, /* "KEY=VALUE" */
	ATTRIBUTE_CONTAINER_TENANT
};

enum { ATTRIBUTES = ATTRIBUTE_CONTAINER_TENANT + 1, CLIENT_LABELS_MAX = 16 };

struct client_condition {
	enum attribute attribute;
	const char *pattern; /* of text_matches; numbers are written in decimal */
};

struct client_rule {
	struct client_condition *conditions; /* as written, all must hold */
	size_t count;
	const struct policy *policy;
	const char *tenant; /* "job-$1": the n-th `*` of the conditions, `**` not counted; NULL: none */
	bool of_containers_tenant; /* has a condition on it */
	struct place place;
};

/* The rules that are looked for by one attribute. */
struct client_index {
	const struct matcher *matcher; /* of one condition of each; NULL: there are none */
	const char **patterns;
	size_t *rules; /* which rule each pattern is of, ascending */
	size_t count;
};

struct client_rules {
	struct client_rule *list;
	size_t count;
	size_t anyone; /* the first rule without conditions; COUNT: there is none */
	struct client_index index[ATTRIBUTES];
	bool
		ask_for_containers; /* it matters which container a peer is in: to conditions, or to tenants */
};

struct cidr;

/* The pattern that the addresses of RANGE match, and no others: "4:00001010**". NULL when ARENA is exhausted. */
const char *clients_network_pattern(struct arena *arena, const struct cidr *range);

/* True when RULE may hold for clients of LISTENER, and goes by what their certificate says of its subject, alternative names and
 * serial number included, without naming its key in full: whoever issues the certificate chooses that. */
bool clients_go_by_subject(const struct client_rule *rule, const char *listener);
/* The issuer that RULE names in full, without a star; NULL: it does not. */
const char *clients_named_issuer(const struct client_rule *rule);

/* To be called once the list is complete, before any match. False when ARENA is exhausted. */
bool clients_compile(struct arena *arena, struct client_rules *rules);

/* What the first rule whose conditions all hold gives. Where rules ask for containers, a Unix socket's peer whose container is
 * unknown gets nothing, unless no peer can be seen from here at all (pid 0), or nobody asked. A container that was made through quaymaster acts as
 * whoever made it: for a client in one, a rule holds only where it has a condition on the container's tenant, or gives the very same; and that
 * tenant is given. Takes no longer for many rules than for few where each has one condition that tells it from most others. */
struct grant clients_match(const struct client_rules *rules, const struct identity *identity);

#endif
