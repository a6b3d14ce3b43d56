/* What the parts of the rewriting share. Inside policy/mutate*.c only. Each function that returns
 * false (or NULL) has set the mutation's error. */
#ifndef QUAYMASTER_POLICY_MUTATE_PARTS_H
#define QUAYMASTER_POLICY_MUTATE_PARTS_H

#include "policy/route.h"

#include <jansson.h>
#include <stdbool.h>

struct bind;
struct error;
struct facts;
struct identity;
struct policy;
struct request;

struct mutation {
	const struct policy *policy;
	const struct identity *identity; /* never NULL */
	const struct facts *facts;
	struct request *request;
	struct error *error;
};

bool mutation_exhausted(const struct mutation *m);

/* The full id of NAME, or NULL with the error set. Where existing objects are trusted, names stay
 * names. */
const char *mutation_full_id(const struct mutation *m, enum object_kind kind, const char *name);

/* A policy that is not enforced changes nothing but spellings. */
bool mutation_enforces(const struct mutation *m);
/* True when a request is changed so that no race inside dockerd can be had with it. */
bool mutation_races_matter(const struct mutation *m);

/* Puts the string VALUE (NULL: memory is exhausted) at NAME. */
bool mutation_set_string(const struct mutation *m, json_t *object, const char *name,
                         const char *value);

/* Replaces each string of the list NAME by what REWRITE makes of it; NULL means failure. */
bool mutation_rewrite_list(const struct mutation *m, json_t *object, const char *name,
                           const char *(*rewrite)(const struct mutation *m, const char *text));

/* mutate_image.c. Where images are judged, the string MEMBER gets a name that no tag can lead astray. */
bool mutation_fix_image(const struct mutation *m, json_t *object, const char *member);
bool mutate_pull(const struct mutation *m);
/* Where tags become digests, the string MEMBER of a service gets the one of its tag. */
bool mutation_pin_image(const struct mutation *m, json_t *object, const char *member);
bool mutate_tag(const struct mutation *m);
/* In a tenant's closed world: what is saved or removed, and nothing else that has one of its names. */
bool mutate_save(const struct mutation *m);
bool mutate_remove(const struct mutation *m);

/* mutate_container.c */
bool mutate_create(const struct mutation *m);

/* mutate_mounts.c: the list Mounts of OWNER, and the Binds of a HostConfig. */
bool mutate_mounts(const struct mutation *m, json_t *owner);
bool mutate_binds(const struct mutation *m, json_t *host);
/* A read-only bind is read-only with everything below it where the daemon can have it so: the create is sent in an API
 * version that means that, once all that its own version leaves open has been written out. */
void mutate_read_only(const struct mutation *m, const json_t *host);
/* Adds a mount of a new VOLUME, an anonymous one where its source is NULL, to OWNER's Mounts. */
bool mutation_add_volume(const struct mutation *m, json_t *owner, const struct bind *volume);

/* mutate_volumes.c: the volumes that a container gets without having been asked for by name, for a tenant: HOST's Mounts get those
 * that CONFIG, which names the image, comes to. */
bool mutate_volumes(const struct mutation *m, json_t *host, const json_t *config);

/* mutate_owner.c: what a request makes becomes its tenant's. */
bool mutate_owner(const struct mutation *m);
bool mutate_seal_container(const struct mutation *m); /* before its image is fixed */
/* mutate_owner_image.c: the same of images. */
bool mutate_own_build(const struct mutation *m);
bool mutate_own_changes(const struct mutation *m);

/* mutate_filters.c: what a tenant looks for, or prunes, is looked for among its own. */
bool mutate_filters(const struct mutation *m);

/* mutate_names.c: where a tenant has names of its own, for what a request makes and looks for. To be called last. */
bool mutate_names(const struct mutation *m);
/* mutate_name_filters.c: the part of it that looks for something. */
bool mutate_name_filters(const struct mutation *m);

/* mutate_ports.c */
bool mutate_ports(const struct mutation *m, json_t *host);
/* mutate_runtime.c */
bool mutate_runtime(const struct mutation *m, json_t *host);
bool mutate_exec(const struct mutation *m);

/* mutate_security.c */
bool mutate_security(const struct mutation *m, json_t *host);

/* mutate_service_limits.c */
bool mutate_service_limits(const struct mutation *m);

/* mutate_limits.c */
bool mutate_limits(const struct mutation *m);
bool mutate_update(const struct mutation *m);
bool mutate_build_limits(const struct mutation *m);
bool mutate_stop(const struct mutation *m);

/* mutate_network.c */
bool mutate_network_create(const struct mutation *m);

/* mutate_other.c */
bool mutate_connection(const struct mutation *m);
bool mutate_commit(const struct mutation *m);
bool mutate_build(const struct mutation *m);

/* mutate_service.c */
bool mutate_service(const struct mutation *m);

#endif
