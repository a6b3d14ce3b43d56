/* The configuration file as one immutable snapshot. The libconfig tree lives on inside it, since its strings are the
 * snapshot's strings. What `policies` and `clients` mean is policy/load's business. */
#include "proxy/config.h"

#include "policy/error.h"
#include "policy/load.h"
#include "policy/problems.h"
#include "policy/text.h"
#include "proxy/config_admin.h"
#include "proxy/config_audit.h"
#include "proxy/config_file.h"
#include "proxy/config_read.h"
#include "proxy/config_upstream.h"

#include <assert.h>
#include <grp.h>
#include <libconfig.h>
#include <pwd.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 512, WORKERS_MAX = 256, HOUR_MS = 3600 * 1000 };

const char *const config_keys[] = {"upstream", "api",     "listeners", "clients", "policies",
                                   "limits",   "workers", "audit",     "state",   "tenancy",
                                   "control",  "admin",   "metrics",   NULL};

static const unsigned long long size_max = 1ULL << 40;

/* The paths that `tls.directory` stands for. */
struct tls_paths {
	char certificate[PATH_SIZE], key[PATH_SIZE], ca[PATH_SIZE], crl[PATH_SIZE];
};

struct snapshot {
	struct config config; /* first: a config is a snapshot seen from outside */
	config_t tree;
	atomic_uint references;
	struct upstream_address address;
	struct tls_paths *tls_paths; /* one a listener */
};

/* --- listeners ------------------------------------------------------------------------------------------------- */

static void read_mode(const struct section *section, struct listener_spec *spec)
{
	const char *text = "0660";
	unsigned long mode = 0;
	char *end;

	section_string(section, "mode", &text);
	mode = strtoul(text, &end, 8);
	if (*end != '\0' || text[0] != '0' || mode > 0777)
		section_problem(section, "mode", "mode must be octal in quotes, such as \"0660\"");
	spec->mode = (mode_t)mode;
}

static bool read_id(const char *text, unsigned *id)
{
	unsigned long long number;

	if (!text_to_number(text, 0xfffffffeULL, &number))
		return false;
	*id = (unsigned)number;
	return true;
}

static void read_owner(const struct section *section, struct listener_spec *spec)
{
	const char *owner = NULL, *name = NULL;
	const struct passwd *user;
	const struct group *members;

	spec->owner = (uid_t)-1;
	spec->group = (gid_t)-1;
	section_string(section, "owner", &owner);
	section_string(section, "group", &name);
	if (owner != NULL && !read_id(owner, &spec->owner)) {
		/* cppcheck-suppress getpwnamCalled ; no other thread reads a configuration */
		user = getpwnam(owner);
		if (user == NULL)
			section_problem(section, "owner", "there is no user '%s'", owner);
		else
			spec->owner = user->pw_uid;
	}
	if (name != NULL && !read_id(name, &spec->group)) {
		/* cppcheck-suppress getgrnamCalled */
		members = getgrnam(name);
		if (members == NULL)
			section_problem(section, "group", "there is no group '%s'", name);
		else
			spec->group = members->gr_gid;
	}
}

/* Whoever may open the daemon's own socket has no need of ours, and no policy holds them. */
static void check_group(const struct section *section, const struct listener_spec *spec,
                        const struct upstream_config *upstream)
{
	struct stat status;

	if (spec->socket == NULL || upstream->socket == NULL || stat(upstream->socket, &status) != 0)
		return;
	if (spec->group != (gid_t)-1 && spec->group == status.st_gid && (status.st_mode & S_IWGRP) != 0)
		section_problem(
			section, "group",
			"the group of this listener can open %s itself, past every policy; give the listener "
			"another group",
			upstream->socket);
}

static void use_directory(struct listener_config *listener, struct tls_paths *paths)
{
	snprintf(paths->certificate, sizeof paths->certificate, "%s/server/cert.pem",
	         listener->tls_directory);
	snprintf(paths->key, sizeof paths->key, "%s/server/key.pem", listener->tls_directory);
	snprintf(paths->ca, sizeof paths->ca, "%s/server/ca.pem", listener->tls_directory);
	listener->tls_files.certificate = paths->certificate;
	listener->tls_files.key = paths->key;
	snprintf(paths->crl, sizeof paths->crl, "%s/server/crl.pem", listener->tls_directory);
	listener->tls_files.ca = paths->ca;
	listener->tls_files.own_crl = paths->crl;
}

static void read_listener_tls(const struct section *section, struct listener_config *listener,
                              struct tls_paths *paths)
{
	static const char *const keys[] = {"directory", "certificate", "key", "client_ca",
	                                   "crl",       "init",        NULL};
	struct section tls = section_open(section, "tls");

	section_check_keys(&tls, keys);
	listener->tls = section_has(section, "tls");
	section_string(&tls, "directory", &listener->tls_directory);
	if (listener->tls_directory != NULL && strlen(listener->tls_directory) > PATH_SIZE - 32)
		section_problem(&tls, "directory", "tls.directory is too long");
	else if (listener->tls_directory != NULL)
		use_directory(listener, paths);
	section_flag(&tls, "init", &listener->tls_init);
	if (listener->tls_init && listener->tls_directory == NULL)
		section_problem(&tls, "init", "init needs a directory to make certificates in");
	section_string(&tls, "certificate", &listener->tls_files.certificate);
	section_string(&tls, "key", &listener->tls_files.key);
	section_string(&tls, "client_ca", &listener->tls_files.ca);
	section_string(&tls, "crl", &listener->tls_files.crl);
	if (tls.setting != NULL && (listener->tls_files.certificate == NULL ||
	                            listener->tls_files.key == NULL || listener->tls_files.ca == NULL))
		section_problem(&tls, NULL, "tls needs a directory, or certificate, key and client_ca");
}

static void check_listener(const struct section *section, const struct listener_config *listener)
{
	static const char *const of_sockets[] = {"mode", "owner", "group"};
	const struct listener_spec *spec = &listener->spec;
	struct error error = {.text = ""};

	if ((spec->socket != NULL) + (spec->address != NULL) + (spec->systemd != NULL) != 1)
		section_problem(section, NULL, "a listener needs one of socket, address and systemd");
	if (spec->socket != NULL && listener->insecure)
		section_problem(section, "insecure", "insecure is for an address");
	for (size_t i = 0; spec->socket == NULL && i < sizeof of_sockets / sizeof of_sockets[0]; i++)
		if (section_has(section, of_sockets[i]))
			section_problem(section, of_sockets[i], "%s is for a socket", of_sockets[i]);
	if (spec->address != NULL && !listener->tls && !listener->insecure &&
	    !text_is_loopback(spec->address))
		section_problem(
			section, "address",
			"%s is open to the network without TLS: add tls = { ... }, or insecure = true if "
			"everyone who can reach it may be your client",
			spec->address);
	if (spec->address != NULL && !listener_address_check(spec->address, &error))
		section_problem(section, "address", "%s", error.text);
}

static const char *default_name(const struct listener_spec *spec)
{
	if (spec->socket != NULL)
		return spec->socket;
	return spec->address != NULL ? spec->address : spec->systemd;
}

static void read_listener(const struct section *section, const struct upstream_config *upstream,
                          struct listener_config *listener, struct tls_paths *paths)
{
	static const char *const keys[] = {"name",  "socket", "address", "systemd",  "mode",
	                                   "owner", "group",  "tls",     "insecure", NULL};
	struct listener_spec *spec = &listener->spec;

	section_check_keys(section, keys);
	section_socket(section, "socket", &spec->socket);
	section_string(section, "address", &spec->address);
	section_string(section, "systemd", &spec->systemd);
	section_flag(section, "insecure", &listener->insecure);
	read_mode(section, spec);
	read_owner(section, spec);
	read_listener_tls(section, listener, paths);
	check_listener(section, listener);
	check_group(section, spec, upstream);
	if (spec->socket != NULL && upstream->socket != NULL &&
	    strcmp(spec->socket, upstream->socket) == 0)
		section_problem(section, "socket",
		                "%s is the daemon's own socket: clients need another one", spec->socket);
	spec->name = default_name(spec);
	section_string(section, "name", &spec->name);
}

/* Whether the listener INDEX is another's double; a name that nobody gave is not told apart from what it is of. */
static void check_double(const struct section *section, const struct config *config, size_t index)
{
	const struct listener_spec *spec = &config->listeners[index].spec;

	for (size_t i = 0; i < index; i++) {
		const struct listener_spec *other = &config->listeners[i].spec;

		if (listener_specs_clash(other, spec))
			section_problem(section, NULL, "the listener '%s' of line %u has %s already",
			                other->name, config->listeners[i].place.line, default_name(spec));
		else if (spec->name != NULL && other->name != NULL && strcmp(other->name, spec->name) == 0)
			section_problem(section, "name", "another listener is called '%s' already", spec->name);
	}
}

static void read_listeners(const struct section *root, struct snapshot *snapshot)
{
	struct config *config = &snapshot->config;
	const config_setting_t *list = config_setting_get_member(root->setting, "listeners");
	int count = list != NULL && config_setting_is_list(list) ? config_setting_length(list) : 0;

	if (count == 0) {
		section_problem(root, "listeners",
		                "listeners must be a list with one listener at least: "
		                "listeners = ( { socket = \"...\"; } );");
		return;
	}
	config->listeners = calloc((size_t)count, sizeof *config->listeners);
	snapshot->tls_paths = calloc((size_t)count, sizeof *snapshot->tls_paths);
	if (config->listeners == NULL || snapshot->tls_paths == NULL) {
		section_problem(root, "listeners", "out of memory");
		return;
	}
	for (int i = 0; i < count; i++) {
		struct section section = {.setting = config_setting_get_elem(list, (unsigned)i),
		                          .name = "a listener",
		                          .bare = true,
		                          .problems = root->problems};

		section.place = section_place(section.setting);
		if (!config_setting_is_group(section.setting)) {
			section_problem(&section, NULL, "a listener must be a group: { socket = \"...\"; }");
			continue;
		}
		read_listener(&section, &config->upstream, &config->listeners[i], &snapshot->tls_paths[i]);
		config->listeners[i].place = section.place;
		check_double(&section, config, (size_t)i);
	}
	config->listener_count = (size_t)count;
}

/* --- the rest -------------------------------------------------------------------------------------------------- */

static void read_sizes(const struct section *section, struct limits_config *limits)
{
	unsigned long long head = 64 * 1024, body = 4 * 1024 * 1024, budget = 256ULL * 1024 * 1024;

	section_size(section, "head_bytes", 64 * 1024, &head);
	section_size(section, "body_bytes", 1ULL << 30, &body);
	section_size(section, "body_budget", size_max, &budget);
	limits->head.head_bytes = (size_t)head;
	limits->json.bytes = (size_t)body;
	limits->body_budget = budget;
}

static void read_limits(const struct section *root, struct limits_config *limits)
{
	static const char *const keys[] = {"head_bytes",   "headers",     "body_bytes",  "body_nodes",
	                                   "body_depth",   "body_budget", "connections", "head_ms",
	                                   "handshake_ms", "body_ms",     "idle_ms",     "linger_ms",
	                                   "drain_ms",     NULL};
	struct section section = section_open(root, "limits");
	unsigned headers = 100, nodes = 20000, depth = 64;

	*limits = (struct limits_config){.connections = 4096,
	                                 .handshake_ms = 10000,
	                                 .head_ms = 10000,
	                                 .body_ms = 60000,
	                                 .idle_ms = 5 * 60 * 1000,
	                                 .linger_ms = 5000,
	                                 .drain_ms = 8000};
	section_check_keys(&section, keys);
	read_sizes(&section, limits);
	section_number(&section, "headers", 1, 10000, &headers);
	section_number(&section, "body_nodes", 1, 10000000, &nodes);
	section_number(&section, "body_depth", 1, 1000, &depth);
	section_number(&section, "connections", 1, 1000000, &limits->connections);
	section_number(&section, "handshake_ms", 1, HOUR_MS, &limits->handshake_ms);
	section_number(&section, "head_ms", 1, HOUR_MS, &limits->head_ms);
	section_number(&section, "body_ms", 1, HOUR_MS, &limits->body_ms);
	section_number(&section, "idle_ms", 0, 24 * HOUR_MS, &limits->idle_ms);
	section_number(&section, "linger_ms", 1, HOUR_MS, &limits->linger_ms);
	section_number(&section, "drain_ms", 0, HOUR_MS, &limits->drain_ms);
	limits->head.headers = headers;
	limits->json.nodes = nodes;
	limits->json.depth = depth;
}

static void read_records(const struct section *root, struct config *config)
{
	config_read_audit(root, &config->audit);
	config_read_admin(root, &config->admin);
	section_socket(root, "control", &config->control);
	section_string(root, "state", &config->state);
	if (config->state != NULL && config->state[0] != '/')
		section_problem(root, "state", "state must be an absolute path");
}

static void read_tenancy(const struct section *root, struct config *config)
{
	static const char *const keys[] = {"key", NULL};
	struct section section = section_open(root, "tenancy");

	section_check_keys(&section, keys);
	section_string(&section, "key", &config->tenancy_key);
	if (config->tenancy_key != NULL && config->tenancy_key[0] != '/')
		section_problem(&section, "key", "tenancy.key must be an absolute path");
	if (config->policies != NULL && config->tenancy_key == NULL && config->state == NULL &&
	    policy_set_has_worlds(config->policies))
		section_problem(
			root, "tenancy",
			"clients have tenants, and there is no key to seal what is theirs: name one by "
			"tenancy = { key = \"/path\"; }, or a `state` directory for quaymaster to make "
			"one in; or write tenancy = { open = true; } in their policies");
}

static unsigned default_workers(void)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	return cores < 1 ? 1 : cores > WORKERS_MAX ? WORKERS_MAX : (unsigned)cores;
}

static void read_policies(const struct section *root, struct config *config)
{
	const char **names = calloc(config->listener_count + 1, sizeof(const char *));

	if (names == NULL) {
		section_problem(root, NULL, "out of memory");
		return;
	}
	for (size_t i = 0; i < config->listener_count; i++)
		names[i] = config->listeners[i].spec.name != NULL ? config->listeners[i].spec.name : "";
	config->policies =
		policy_set_load(root->setting, names, config->listener_count, root->problems);
	free(names);
}

static void read_root(struct snapshot *snapshot, struct problems *problems)
{
	struct config *config = &snapshot->config;
	struct section root = {.setting = config_root_setting(&snapshot->tree),
	                       .name = "the configuration",
	                       .bare = true,
	                       .place = {.file = config->file},
	                       .problems = problems};

	section_check_keys(&root, config_keys);
	config->workers = default_workers();
	section_number(&root, "workers", 1, WORKERS_MAX, &config->workers);
	config_read_upstream(&root, &config->upstream, &snapshot->address);
	read_listeners(&root, snapshot);
	read_limits(&root, &config->limits);
	read_records(&root, config);
	read_policies(&root, config);
	read_tenancy(&root, config);
}

static void snapshot_free(struct snapshot *snapshot)
{
	policy_set_free(snapshot->config.policies);
	free(snapshot->config.listeners);
	free(snapshot->tls_paths);
	config_destroy(&snapshot->tree);
	free(snapshot);
}

/* TEXT is NULL where NAME is a file's. */
static struct config *load(const char *name, const char *text, struct problems *problems)
{
	struct snapshot *snapshot = calloc(1, sizeof *snapshot);

	if (snapshot == NULL) {
		problems_add(problems, (struct place){.file = name}, "out of memory");
		return NULL;
	}
	config_init(&snapshot->tree);
	atomic_init(&snapshot->references, 1);
	snapshot->config.file = name;
	if (text != NULL ? config_text_parse(name, text, &snapshot->tree, problems)
	                 : config_file_parse(name, &snapshot->tree, problems))
		read_root(snapshot, problems);
	if (problems_count(problems) == 0)
		return &snapshot->config;
	snapshot_free(snapshot);
	return NULL;
}

struct config *config_load(const char *file, struct problems *problems)
{
	return load(file, NULL, problems);
}

struct config *config_load_text(const char *name, const char *text, struct problems *problems)
{
	return load(name, text, problems);
}

static struct snapshot *snapshot_of(struct config *config)
{
	return (struct snapshot *)config; /* its first member */
}

void config_remarks(const struct config *config, struct problems *remarks)
{
	const struct place whole = {.file = config->file};

	if (policy_set_client_policy(config->policies, 0) == NULL)
		problems_add(remarks, whole,
		             "there are no client rules, so that nobody gets in: "
		             "clients = ( { user = \"gitlab-runner\"; policy = \"ci\"; } );");
	for (size_t i = 0; i < config->listener_count; i++) {
		const struct listener_config *listener = &config->listeners[i];
		const char *address = listener->spec.address;

		if (address != NULL && !listener->tls && !text_is_loopback(address))
			problems_add(
				remarks, listener->place,
				"INSECURE: %s is plain TCP: everyone who can reach it is a client, with no "
				"name and no password",
				address);
	}
}

struct config *config_retain(struct config *config)
{
	atomic_fetch_add(&snapshot_of(config)->references, 1);
	return config;
}

void config_release(struct config *config)
{
	if (config != NULL && atomic_fetch_sub(&snapshot_of(config)->references, 1) == 1)
		snapshot_free(snapshot_of(config));
}
