/* What every check_*.c shares: the judgement under way, and how to object.
 *
 * A check returns true when it has no objection so far and false once the request is denied; the
 * first denial is the one that is told. A check that needs a fact asks for it, remembers that
 * the verdict must wait, and goes on, so that all facts are asked for in as few rounds as
 * possible. */
#ifndef QUAYMASTER_POLICY_CHECK_H
#define QUAYMASTER_POLICY_CHECK_H

#include "policy/facts.h"
#include "policy/place.h"
#include "policy/policy.h"
#include "policy/route.h"

#include <jansson.h>
#include <stdbool.h>

struct arena;
struct bind_use;
struct identity;
struct reference;
struct request;
struct trace;
struct user_rule;
struct verdict;

#define CHECK_BUILDKIT_ADVICE \
	"set DOCKER_BUILDKIT=0 to build with the classic builder, which this policy can judge"

struct check {
	struct arena *arena;
	const struct policy *policy;
	const struct request *request;
	const struct identity *identity; /* never NULL: grant.tenant, peer.uid */
	struct facts *facts;
	struct verdict *verdict;
	/* what messages put before a property's name: "container 'web': HostConfig." */
	const char *where;
	bool existing;  /* the JSON at hand is the daemon's own description of something that exists */
	unsigned depth; /* how many existing containers we are inside of */
	bool fine[FACTS_MAX]; /* which facts are containers that have been judged and may be touched */
	struct place allowed_by;              /* the pattern that allowed the operation, */
	const struct user_rule *allowed_rule; /* or the rule */
	const char *rules_advice;             /* why no rule did, where one came close; else NULL */
	bool closed;                          /* the client is a tenant, whose world is closed */
	bool strict;         /* no mode lifts a denial: what is unclear could be another tenant's */
	bool waiting;        /* a fact is wanted: no denial yet is no permission */
	struct trace *trace; /* NULL, or where every objection of a rule goes */
};

/* The rule a denial names, "container.privileged", and where it was written. */
struct rule {
	const char *name;
	struct place place;
	const char *value; /* of a list: what it would have to hold; NULL when no one value would do */
	bool write;        /* of container.binds: for writing */
};

struct rule check_rule(const char *name, struct place place);
struct rule check_list_rule(const char *name, const struct patterns *list, const char *value);

/* Denies: FORMAT makes the claim ("Privileged is true"), ADVICE says what to do instead. Returns false, or
 * true where the policy only warns or observes: the claim is kept as a remark then, and the judgement goes
 * on as if there were nothing to object to. A traced judgement goes on as well, and has the verdict of the
 * first denial in the end. */
bool check_deny(struct check *check, struct rule rule, const char *advice, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* The same by a rule that has a mode of its own: the weaker of its and the policy's counts. */
bool check_deny_weakly(struct check *check, enum rule_mode mode, struct rule rule,
                       const char *advice, const char *claim);
/* The same for a denial whose whole MESSAGE the caller writes; RULE is check_rule_text's. */
bool check_deny_told(struct check *check, const char *rule, const char *message);
/* Denies with a 404 and the daemon's own MESSAGE. Returns false always. */
bool check_deny_missing(struct check *check, const char *message);
/* Denies because something is not as the daemon would have it, or cannot be understood. Returns
 * false always, under any policy. */
bool check_deny_malformed(struct check *check, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* VALUE fit for a message, cut where it is long. */
const char *check_shown(struct check *check, const char *value);
/* "ci.conf:12 operations.allow", for messages and the audit log. */
const char *check_rule_text(struct check *check, struct rule rule);

/* True when one of PATTERNS matches VALUE; a lone "*" matches everything, slashes too. */
bool check_listed(const struct patterns *patterns, const char *value);
/* Which of them does; their count when none does. And where that one was written. */
size_t check_match(const struct patterns *patterns, const char *value);
struct place check_match_place(const struct patterns *patterns, size_t match);

/* Puts text behind what messages say before a property's name, or in its place; give the result to
 * check_leave. */
const char *check_enter(struct check *check, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
const char *check_enter_anew(struct check *check, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void check_leave(struct check *check, const char *outer);

/* Members of OBJECT (NULL counts as empty) by name. Absent and null give "", false or NULL;
 * another type than asked for is denied. Bodies have been made canonical, so that only a strange
 * daemon is denied here. */
bool check_text(struct check *check, const json_t *object, const char *name, const char **value);
bool check_flag(struct check *check, const json_t *object, const char *name, bool *value);
bool check_list(struct check *check, const json_t *object, const char *name, const json_t **value);
bool check_object(struct check *check, const json_t *object, const char *name,
                  const json_t **value);

/* Denies a list or an object NAME with more entries than objects may be looked up: each entry
 * names one, and costs a judgement. */
bool check_count(struct check *check, const json_t *object, const char *name);

/* Calls JUDGE for each string of the list NAME; denies other elements. Stops at the first
 * denial. */
bool check_each_string(struct check *check, const json_t *object, const char *name,
                       bool (*judge)(struct check *check, const char *value));

/* The same for each key of the object NAME and what stands there. */
bool check_each_member(struct check *check, const json_t *object, const char *name,
                       bool (*judge)(struct check *check, const char *key, const json_t *value));

/* The same for each member of TREE, a canonical body (NULL: none), however deep it is: those are no deeper than the limit. */
bool check_all_members(struct check *check, const json_t *tree,
                       bool (*judge)(struct check *check, const char *key, const json_t *value));

/* True for the kinds whose names in a path become full ids. Plugins, nodes and the like are not looked
 * at: their operations are allowed or not. */
bool check_is_resolved(enum object_kind kind);

/* Learns of the object NAME. *FACT is NULL while we must wait. A missing object is denied with
 * the daemon's own 404; where OPTIONAL, *FACT is then the missing fact itself. */
bool check_fact(struct check *check, enum object_kind kind, const char *name,
                const struct fact **fact);
bool check_optional_fact(struct check *check, enum object_kind kind, const char *name,
                         const struct fact **fact);
/* The same of an object's full ID, as the daemon told it, where whose it is suffices: *FACT may be a remembered one. */
bool check_owner(struct check *check, enum object_kind kind, const char *id,
                 const struct fact **fact);
/* The HTTP status of a denial for the want of FACT, which is missing or failed. */
unsigned check_fact_status(const struct fact *fact);

/* check_protected.c: NAME of an object of any kind (NULL: none), what a look-up has told of one, and
 * an image in every spelling that dockerd takes for the same. */
bool check_protected(struct check *check, const char *name);
bool check_protected_fact(struct check *check, const struct fact *fact);
bool check_protected_image(struct check *check, const char *text);
/* The images of image.save, which names them in its query. */
bool check_image_save(struct check *check);

/* check_world.c: what a tenant's closed world asks for; all true where there is none. Whether the policy can keep it
 * closed, and the operation be parted among tenants; whether an operation leaves the object FACT (NULL: not known yet) alone
 * that is shared; that an exec in the path is in a container of the tenant's; whether the name that the property FIELD gives to something new is free, by the FACT about it; and, of any
 * client, that nobody writes quaymaster's own labels. */
bool check_world_is_known(struct check *check);
bool check_world_operation(struct check *check);
bool check_world_object(struct check *check, const struct fact *fact);
bool check_world_exec(struct check *check);
bool check_world_name(struct check *check, const char *field, const struct fact *fact);
bool check_world_labels(struct check *check);
/* Whether a tenant may make an object of KIND called NAME, which the property FIELD gives it: not where it would be shared. */
bool check_world_new_name(struct check *check, const char *field, enum object_kind kind,
                          const char *name);

/* check_world_volume.c: the same of what is mounted: the volume NAME, which has been judged as a volume, and written to unless
 * it is mounted read-only; and what a new container's IMAGE says of volumes, which has to be known. */
bool check_world_volume(struct check *check, const char *field, const char *name, bool writes);
bool check_world_image_volumes(struct check *check, const char *image);

/* check_world_service.c: what a service's SPEC says beyond what is asked of all tenants; and a former one, which would be in
 * force again as it is. */
bool check_world_service(struct check *check, const json_t *spec);
/* The image that a service's tasks are made of, which has a digest or got one, is the tenant's or shared: REFERENCE is what FIELD
 * holds. */
bool check_world_service_image(struct check *check, const char *field,
                               const struct reference *reference);
bool check_world_former_service(struct check *check, const json_t *spec);
/* The names that secrets and configs are made with. */
bool check_secret_name(struct check *check);
bool check_config_name(struct check *check);

/* check_world_endpoint.c: whether a tenant has no name or address on a shared network that another may have: by a container's
 * create; by connecting the CONTAINER, by ENDPOINT, to the network in the path; and by a service's SPEC. All networks have been
 * looked up. */
bool check_world_joining(struct check *check);
bool check_world_connecting(struct check *check, const char *container, const json_t *endpoint);
/* That the container in the path may be called NAME from now on. */
bool check_world_renaming(struct check *check, const char *name);
bool check_world_targets(struct check *check, const json_t *spec);

/* check_filters.c: whether what a tenant filters by tells it nothing of others, and what it prunes can be its own alone. */
bool check_world_filters(struct check *check);
/* Nobody looks for values of labels that are hidden. */
bool check_hidden_filters(struct check *check);

/* check_world_image.c: images in a closed world. Of any client, that nothing names what holds images (hold.h); that the name
 * REFERENCE, which the parameter FIELD gives, is not another's; and what is pulled, pushed, saved and removed. */
bool check_reserved_images(struct check *check);
bool check_world_image_name(struct check *check, const char *field,
                            const struct reference *reference);
/* A tenant holds images by their names: that what is made has one, by the parameter FIELD. */
bool check_world_result(struct check *check, const char *field);
bool check_world_changes(struct check *check);
bool check_world_pull(struct check *check, const struct reference *reference);
bool check_world_push(struct check *check, const struct reference *reference);
bool check_world_save(struct check *check, const char *name);
bool check_image_remove(struct check *check);

/* check_operation.c: whether the policy allows the operation at all; and what the list that allows it is called. */
bool check_operation(struct check *check);
const char *check_operation_rule(struct check *check);

/* check_rules.c: the user's own. Whether one of them allows an operation that the policy does not list, which may
 * have to wait for a fact (check->waiting) or be told by the body (no facts are given yet); it is in
 * check->allowed_rule then. And whether none of them denies. */
bool check_rules_allow(struct check *check);
bool check_rules_deny(struct check *check);

/* check_container.c */
bool check_container_create(struct check *check);
bool check_container_rename(struct check *check);
/* A HostConfig that a new container will have. */
bool check_new_host_config(struct check *check, const json_t *host);
bool check_container_commit(struct check *check);
/* Judges the existing container NAME, as the property or parameter FIELD names it, by the rules
 * of a create. */
bool check_container_named(struct check *check, const char *field, const char *name);

/* check_host.c: the parts of a HostConfig that reach beyond the container; also of an existing
 * one */
bool check_host_config(struct check *check, const json_t *host);

/* check_ports.c: what a HostConfig publishes on the host. */
bool check_ports(struct check *check, const json_t *host);

/* check_runtime.c */
bool check_privileged(struct check *check, const json_t *host);
bool check_runtime(struct check *check, const json_t *host);
/* True when CONTAINER, an existing one, runs under what stands for --privileged. */
bool check_is_mapped(const struct policy *policy, const json_t *container);

/* check_security.c */
bool check_security(struct check *check, const json_t *host);

/* check_namespace.c */
bool check_namespaces(struct check *check, const json_t *host);
/* HOST may be NULL, for what has no choice. */
bool check_user_namespace(struct check *check, const json_t *host);
bool check_network_mode(struct check *check, const json_t *host);
/* True when containers may be on the default bridge. */
bool check_default_network(const struct check *check);
/* Whether the network that NAME leads to may be joined as what it is: as one of Docker's own by its name, as another as "named". */
bool check_network_listed(struct check *check, const char *name);
/* WORD, from the property FIELD, is a network's name or id, or one of dockerd's words. */
bool check_network_word(struct check *check, const char *field, const char *word);
/* NETWORKING is a NetworkingConfig, or the NetworkSettings of an existing container. */
bool check_endpoints(struct check *check, const json_t *networking);

/* check_defaults.c: what would not hold in a build's containers. */
bool check_build_defaults(struct check *check);
bool check_buildkit_defaults(struct check *check);
bool check_service_defaults(struct check *check);

/* check_limits.c */
bool check_limits_create(struct check *check);
bool check_limits_update(struct check *check);
bool check_limits_build(struct check *check);
bool check_limits_stop(struct check *check);
/* HOST is what a service's tasks will have, or would have again. */
bool check_limits_service(struct check *check, const json_t *host);
bool check_limits_former(struct check *check, const json_t *host);

/* check_bind.c: the host's paths, from an element of Binds, from a mount of type bind, and from what an
 * existing container has mounted. A name in Binds is a volume's. */
bool check_bind(struct check *check, const struct bind_use *use);
bool check_bind_text(struct check *check, const char *text);
bool check_bind_mount(struct check *check, const json_t *mount);
bool check_existing_bind(struct check *check, const json_t *mount);

/* check_mount.c: new mounts, and the effective mounts of an existing container */
bool check_new_mounts(struct check *check, const json_t *host);
bool check_existing_mounts(struct check *check, const json_t *container);

/* check_volume.c */
bool check_volume_create(struct check *check);
bool check_volume_driver(struct check *check, const char *field, const char *driver);
bool check_volume_options(struct check *check, const char *driver, const json_t *volume,
                          const char *member);
bool check_volume_named(struct check *check, const char *field, const char *name);

/* check_volume_mount.c: options of the local driver that mount something a rule is about. */
bool check_is_mount_by_rule(struct check *check, const json_t *options);
bool check_volume_mount(struct check *check, const json_t *options);

/* check_network_create.c. TEXT, which the property FIELD holds, is an address within network.subnets; an
 * option is listed by its name, or by "name=value". */
bool check_network_create(struct check *check);
bool check_network_address(struct check *check, const char *field, const char *text);
bool check_option_listed(struct check *check, const struct patterns *allowed, const char *name,
                         const json_t *value);

/* check_endpoint.c: what a container asks of a network that it joins, and a MacAddress of its own. */
bool check_endpoint(struct check *check, const json_t *endpoint);
bool check_mac_address(struct check *check, const json_t *object);

/* check_network.c */
/* NAME, which the property FIELD holds, can be a network's and is not protected. */
bool check_network_name(struct check *check, const char *field, const char *name);
bool check_network_connect(struct check *check);
bool check_network_disconnect(struct check *check);
bool check_network_named(struct check *check, const char *field, const char *name);

/* check_service.c */
bool check_service_create(struct check *check);
bool check_service_update(struct check *check);

/* check_plugin.c */
bool check_plugin_install(struct check *check);
bool check_plugin_set(struct check *check);

/* check_exec.c */
bool check_exec_create(struct check *check);
bool check_exec_start(struct check *check);

/* check_build.c */
bool check_build_classic(struct check *check);
bool check_build_buildkit(struct check *check);

/* check_image.c: images that are used. What the property or parameter FIELD names is looked up and
 * judged on what it is; where it is not there, its name must be one that may be pulled. */
bool check_image_reference(struct check *check, const char *field, const char *reference);
/* The same for an image that gets another name: it need not be pinned. */
bool check_image_source(struct check *check, const char *field, const char *text);
bool check_image_of_container(struct check *check, const char *id);
/* A service's, which other daemons pull. WRITTEN: what it says can still be changed. */
bool check_image_of_service(struct check *check, const char *field, const char *text, bool written);
bool check_image_pull(struct check *check);
bool check_image_import_source(struct check *check);
/* True when anything is asked of images that are used; and when they have to be looked up for that. Both are so in a tenant's
 * CLOSED world. */
bool check_images_are_judged(const struct policy *policy, bool closed);
bool check_images_are_looked_up(const struct policy *policy, bool closed);

/* The parts of that. A name must be one that may be used or given, and say which version; what FOUND an
 * image tells must prove its origin; and a name by which the daemon would pull must be one that may be. */
bool check_image_name(struct check *check, const char *field, const char *text);
bool check_image_found(struct check *check, const char *field, const char *text,
                       const struct fact *fact);
bool check_image_may_be_pulled(struct check *check, const char *field, const char *text);

/* check_digest.c: tags in whose place a digest is sent. Whether there are any; and whether the registry of
 * REFERENCE, which has been judged and is what FIELD holds, has its tag. */
bool check_tags_are_resolved(const struct policy *policy);
bool check_digest_of_tag(struct check *check, const char *field, const struct reference *reference);

/* check_from.c: what a classic build is made from */
bool check_build_images(struct check *check);
/* True when a build's Dockerfile has to be looked into. */
bool check_builds_are_judged(const struct policy *policy, bool closed);

/* check_produce.c: names that are given to images */
bool check_produced_name(struct check *check, const char *field, const char *text, const char *tag);
bool check_produced_repository(struct check *check);
bool check_produced_tags(struct check *check);
bool check_image_tag(struct check *check);
bool check_image_push(struct check *check);
bool check_image_import(struct check *check);
bool check_image_load(struct check *check);
/* True when anything is asked of names that are given. */
bool check_names_are_judged(const struct policy *policy, bool closed);

/* check_registry.c: which registries the daemon may be made to talk to, and for whom. */
bool check_registry_login(struct check *check);
bool check_registry_search(struct check *check);
bool check_registry_named(struct check *check);
bool check_registry_credentials(struct check *check);
/* The registry of the image REFERENCE, which the parameter FIELD gave. */
bool check_registry_image(struct check *check, const char *field, const char *reference);

/* check_races.c: what is safe by itself and dangerous in a race inside dockerd. */
bool check_race_archive(struct check *check);
bool check_race_commit(struct check *check);
bool check_race_volume(struct check *check, const char *field, const char *name);

#endif
