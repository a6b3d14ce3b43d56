/* A policy: what its clients may do. Immutable once loaded, shared by all workers, freed with its set.
 * Zeroed it allows nothing. Each rule remembers where it was written. */
#ifndef QUAYMASTER_POLICY_POLICY_H
#define QUAYMASTER_POLICY_POLICY_H

#include "policy/cidr.h"
#include "policy/image_list.h"
#include "policy/limits.h"
#include "policy/listed_path.h"
#include "policy/mode.h"
#include "policy/patterns.h"
#include "policy/place.h"
#include "policy/quota.h"
#include "policy/rules.h"
#include "policy/schema.h"
#include "policy/selection.h"
#include "policy/spec.h"

#include <stdbool.h>
#include <stddef.h>

struct compat;
struct label_keys;

struct flag {
	bool on;
	struct place place;
};

/* A flag that means something only when it was written. */
struct choice {
	bool given, on;
	struct place place;
};

struct cidrs {
	struct cidr *list;
	size_t count;
	bool given; /* a list was written, be it empty */
	struct place place;
};

struct port_ranges {
	struct port_range *list;
	size_t count;
	bool given;
	struct place place;
};

/* Where on the host containers are published. What is not given restricts nothing. */
struct port_rules {
	struct choice publish;
	struct cidrs host_addresses;
	const char *default_host_address; /* for a port that names none; NULL: all addresses */
	struct port_ranges host_ports;
};

struct bind_rule {
	struct listed_path path;
	bool create;                  /* the daemon may make a source that is missing */
	enum propagation propagation; /* the furthest that mounts may travel */
	struct place place;
};

struct bind_rules {
	struct bind_rule *list;
	size_t count;
	struct place place;
};

/* Profiles by name: of AppArmor; of seccomp, "builtin", "unconfined" and digests of a profile's text; labels of
 * SELinux as dockerd takes them, "type:container_t". */
struct security_rules {
	struct selection apparmor, seccomp, selinux;
	struct flag no_new_privileges; /* forced; asking for it is always allowed */
	struct flag writable_cgroups;
};

/* What a new container may be and an existing one must be before it is touched. A pattern list names the
 * values that are allowed besides the daemon's safe default; "*" alone means any. */
struct container_rules {
	struct flag privileged;
	const char *privileged_runtime; /* takes the place of Privileged; NULL: nothing does */
	struct patterns capabilities;   /* of CapAdd, without CAP_; ALL must be listed to be had */
	struct bind_rules binds;        /* Binds and Mounts of type bind */
	struct patterns network_modes; /* none bridge named container host; default is always allowed */
	struct port_rules ports;       /* PortBindings and PublishAllPorts */
	struct patterns pid_modes;     /* container host */
	struct patterns ipc_modes;     /* none private shareable container host */
	struct patterns uts_modes;     /* host */
	struct patterns user_modes;    /* host */
	struct flag user_namespace;    /* each container has one of its own, or is not had */
	struct patterns cgroup_modes;  /* private host */
	struct patterns devices;       /* PathOnHost */
	struct patterns device_rules;  /* DeviceCgroupRules, literally */
	struct flag device_requests;
	struct security_rules security; /* SecurityOpt */
	struct flag unmasked_paths;     /* MaskedPaths and ReadonlyPaths may be set */
	struct patterns sysctls;        /* names */
	struct selection runtime;
	struct patterns cgroup_parents;
	struct patterns volume_drivers; /* besides local */
	struct patterns log_drivers;    /* besides json-file, local and none */
	struct flag volumes_from;       /* of containers that are themselves allowed */
	struct limit_rules limits;      /* of new containers, updates and builds */
	struct flag daemon_races;       /* what only a race inside dockerd makes dangerous */
	struct flag other_properties;   /* known ones, not harmless, that no rule mentions */
	struct flag trust_existing;     /* existing objects are not looked at; names stay names */
};

/* Sockets of the configuration: the daemon's and our own. */
struct socket_paths {
	const char **list;
	size_t count;
};

struct exec_rules {
	struct flag privileged;
	struct patterns users; /* of User; "" is the container's own and always allowed */
};

struct build_rules {
	struct patterns network_modes; /* default and none are always allowed */
	struct patterns remotes;       /* of remote= */
	struct flag buildkit;          /* version=2, session=, buildid= */
	struct flag daemon_defaults;   /* builds may run with less than containers are forced to */
	struct flag other_parameters;
};

/* What a file server exports, by its address or its name. */
struct share_rule {
	const char *server;
	struct cidr
		range; /* of a server that is an address or a range of them; of no family for a name */
	struct listed_path path;
	struct place place;
};

struct share_rules {
	struct share_rule *list;
	size_t count;
	bool given;
	struct place place;
};

struct size_setting {
	long long bytes; /* 0: not given */
	struct place place;
};

struct volume_rules {
	struct patterns drivers; /* besides local */
	/* Of DriverOpts: names, or "name=value". type, o and device together are a mount of the host; those
	 * that are not listed here are judged by what they mount. */
	struct patterns options;
	struct share_rules nfs, cifs;
	struct size_setting tmpfs_size;
};

struct named_value {
	const char *name, *value;
};

struct named_values {
	struct named_value *list;
	size_t count;
	struct place place;
};

/* What a new network may be; what exists is joined by its driver, and by INTERNAL. A choice that is on
 * makes every network so, one that is off lets nobody ask for it. */
struct network_rules {
	struct patterns drivers;           /* besides bridge */
	struct patterns ipam_drivers;      /* besides default and DRIVERS */
	struct patterns options;           /* of Options: names, or "name=value" */
	struct named_values force_options; /* written over what the client says */
	struct choice internal, ipv6, attachable;
	struct cidrs subnets;             /* of IPAM.Config and of addresses that containers choose */
	struct patterns endpoint_options; /* of an endpoint's DriverOpts, as OPTIONS */
	struct patterns mac_addresses;    /* lower-case, with colons */
	struct flag config_networks;      /* ConfigOnly and ConfigFrom */
	struct flag other_properties;
};

/* How an image has to be named, so that it is clear which one is meant. */
enum image_pin {
	IMAGE_PIN_NONE = 0,
	IMAGE_PIN_TAG,   /* by a tag other than latest, or by digest */
	IMAGE_PIN_DIGEST /* by digest or id: where the name has none, quaymaster puts it there */
};

struct image_rules {
	struct image_list use;     /* may be pulled, run and built from */
	struct image_list produce; /* names that may be given: tag, build, commit, import, load, push */
	enum image_pin pin;
	struct place pin_place;
	struct flag import_sources; /* fromSrc other than "-" */
	/* Hosts ("docker.io", "registry.example:5000") that the daemon may be made to talk to: login, pull,
	 * push, search, distribution. Where none were written, any. */
	struct patterns registries;
};

/* What an application asks of the daemon, as "METHOD TARGET [BODY] [-- what for]": for whoever
 * wants to know whether a policy lets it work. Judges nothing. */
struct application {
	const char *title;
	struct patterns required; /* it does not work without */
	struct patterns main;     /* its main work, where that changes something */
	struct patterns optional; /* with some setting of its own */
	struct patterns objects;  /* "container example = {...}": what it acts on, where it matters */
};

struct count_cap {
	bool given;
	unsigned most;
	struct place place;
};

/* What a service may be besides what its tasks are: those are judged as containers. */
struct service_rules {
	struct patterns modes; /* besides Replicated */
	struct count_cap replicas;
	struct patterns constraints;      /* of Placement, literally: which nodes may be asked for */
	struct patterns secrets, configs; /* names */
	struct flag daemon_defaults;      /* tasks may run with less than containers are forced to */
	struct flag other_properties;
};

/* The cluster itself, its nodes, secrets and configs. */
struct swarm_rules {
	struct flag other_properties;
};

/* Managed plugins. */
struct plugin_rules {
	struct patterns remotes;    /* normalised names, as of images */
	struct patterns privileges; /* "network=host", "capabilities=CAP_SYS_ADMIN" */
	struct patterns settings;   /* "DEBUG=1" */
};

/* What a tenant's world has besides what is its own. Networks and volumes by name, images by their names. */
struct tenancy_rules {
	struct flag open;         /* a tenant is a name for $tenant, and no more */
	bool private_names;       /* each tenant has names of its own (private_names.h) */
	struct flag any_endpoint; /* on shared networks: names and addresses that another may have */
	struct patterns networks, volumes;
	struct image_list images;
};

/* What answers do not tell (redact.h). A list is of names whose values are hidden. */
struct redact_rules {
	struct patterns env, labels, options;
	struct flag commands, mounts, host, registries, secrets;
};

struct policy {
	const char *name;
	struct place place;
	struct application application;
	/* Names of objects that no path, query or body may name, nor reach by id; in an unrestricted
	 * policy, paths only. The parents' survive. */
	struct patterns protected;
	struct patterns allow, deny; /* of operations; deny beats allow, the parents' denies survive */
	/* The variables that ALLOW stands for; NULL where it was written out. */
	const struct compat *compat;
	struct flag unrestricted; /* only operations count: nothing inside a request is judged */
	struct user_rules
		rules; /* a child's take the place of its parent's, which keep what they deny */
	enum unknown_fields unknown_fields;
	enum rule_mode mode; /* what a denial by this policy comes to, and where that was written */
	struct place mode_place;
	const struct socket_paths *sockets;       /* of the whole set; NULL: none are known */
	const struct label_keys *identity_labels; /* by which rules of the set tell who asks */
	/* Whether any policy of the set gives its tenants names of their own; NULL: none does. */
	const bool *names_are_apart;
	struct container_rules container;
	struct exec_rules exec;
	struct build_rules build;
	struct volume_rules volume;
	struct network_rules network;
	struct image_rules images;
	struct service_rules service;
	struct swarm_rules swarm;
	struct plugin_rules plugin;
	struct tenancy_rules tenancy; /* of clients that have a tenant */
	struct quota_rules quota;     /* of each tenant that has a world of its own */
	struct redact_rules redact;   /* of answers; no mode lifts it */
};

#endif
