/* Owns the list of paths: the folders of files that a configuration names, so that a file that is put in another's place, and one
 * that a reload names beside it, can be read; and what the C library and OpenSSL look into. */
#include "proxy/confinement.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/text.h"
#include "proxy/config.h"
#include "proxy/log.h"
#include "proxy/sandbox.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

enum {
	PATHS_MAX = 1024,
	PATHS_BYTES = 1024 * 1024,
	SECURE_BYTES = 1024 * 1024, /* of keys: a power of two */
	SECURE_MIN = 32,
	PORT_OF_NAMES = 53
};

struct list {
	struct sandbox_path paths[PATHS_MAX];
	size_t count;
	struct arena *arena;
	bool full;
};

static void add(struct list *list, const char *path, enum sandbox_access access)
{
	if (path == NULL || list->count == PATHS_MAX) {
		list->full = true;
		return;
	}
	list->paths[list->count++] = (struct sandbox_path){.path = path, .access = access};
}

/* The folder that FILE is in; FILE may be NULL. */
static void add_folder(struct list *list, const char *file, enum sandbox_access access)
{
	const char *slash = file != NULL ? strrchr(file, '/') : NULL;

	if (file == NULL)
		return;
	if (slash == NULL)
		add(list, ".", access);
	else if (slash == file)
		add(list, file,
		    access); /* right in the root: the file, since the folder would be everything */
	else
		add(list, arena_copy(list->arena, file, (size_t)(slash - file)), access);
}

/* Accounts, names of hosts, libraries that these need, and what /proc and /sys tell: all of which anybody may read. */
static void add_system(struct list *list)
{
	static const char *const system[] = {
		"/etc",
		"/lib",
		"/lib64",
		"/usr/lib",
		"/usr/lib64",
		"/usr/local/lib",
		"/usr/share/zoneinfo",
		"/usr/share/ssl",
		"/run/systemd/resolve",
		"/run/systemd/userdb",
		"/run/resolvconf",
		"/var/lib/sss",
		"/proc",
		"/sys/devices/system/cpu",
		"/sys/fs/cgroup",
		"/dev/urandom",
		"/dev/random",
	};

	for (size_t i = 0; i < sizeof system / sizeof *system; i++)
		add(list, system[i], SANDBOX_READ);
	add(list, "/dev/null", SANDBOX_APPEND);
}

static void add_tls(struct list *list, const struct tls_files *files)
{
	add_folder(list, files->certificate, SANDBOX_READ);
	add_folder(list, files->key, SANDBOX_READ);
	add_folder(list, files->ca, SANDBOX_READ);
	add_folder(list, files->crl, SANDBOX_READ);
}

static bool is_path(const char *file)
{
	return file != NULL && strcmp(file, "-") != 0;
}

static void add_configured(struct list *list, const struct config *config)
{
	add_folder(list, config->file, SANDBOX_READ);
	for (size_t i = 0; i < config->listener_count; i++)
		if (config->listeners[i].tls)
			add_tls(list, &config->listeners[i].tls_files);
	if (config->upstream.tls)
		add_tls(list, &config->upstream.tls_files);
	add_folder(list, config->tenancy_key, SANDBOX_READ);
	add_folder(list, config->audit.chain_key, SANDBOX_READ);
	if (config->state != NULL)
		add(list, config->state, SANDBOX_CHANGE);
	if (is_path(config->audit.file) && strncmp(config->audit.file, "/dev/", 5) == 0)
		add(list, config->audit.file, SANDBOX_APPEND);
	else if (is_path(config->audit.file))
		add_folder(list, config->audit.file, SANDBOX_APPEND); /* rotation is somebody else's */
}

/* A daemon behind an address is spoken to at its port, and may have to be looked up. */
static size_t find_ports(const struct config *config, unsigned short ports[2])
{
	unsigned long long port;

	if (config->upstream.host == NULL || config->upstream.port == NULL ||
	    !text_to_number(config->upstream.port, 65535, &port))
		return 0;
	ports[0] = (unsigned short)port;
	ports[1] = PORT_OF_NAMES;
	return 2;
}

/* OpenSSL and we put keys there. Without locked memory it is memory that is left out of dumps and wiped. */
static void lock_keys(void)
{
	int got = CRYPTO_secure_malloc_init(SECURE_BYTES, SECURE_MIN);

	if (got != 1)
		log_line(LOG_WARNING, "sandbox: no memory can be locked for keys (ulimit -l): they may be "
		                      "swapped out");
}

bool confinement_enter(const struct config *config, struct error *error)
{
	struct list *list = calloc(1, sizeof *list);
	unsigned short ports[2];
	struct sandbox_plan plan = {.ports = ports};
	bool entered = false;

	if (list != NULL)
		list->arena = arena_new(PATHS_BYTES);
	if (list == NULL || list->arena == NULL) {
		free(list);
		return error_set(error, "out of memory");
	}
	lock_keys();
	add_system(list);
	add_configured(list, config);
	plan.paths = list->paths;
	plan.path_count = list->count;
	plan.port_count = find_ports(config, ports);
	if (list->full)
		error_set(error, "out of memory, or more than %d certificate files", PATHS_MAX);
	else
		entered = sandbox_enter(&plan, error);
	arena_free(list->arena);
	free(list);
	return entered;
}
