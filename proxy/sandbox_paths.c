/* Files by Landlock, by its system calls: see landlock(7). Owns which of its rights each access stands for. Debian 12's header has
 * its first versions; what is newer is defined here, as the kernel's documentation has it. */
#define _GNU_SOURCE /* syscall, O_PATH */
#include "proxy/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Of struct landlock_ruleset_attr; a kernel takes what is longer than it knows, when the rest is zero. */
struct ruleset {
	uint64_t files, network, scoped;
};

struct port_rule {
	uint64_t access, port;
};

#define RIGHT(bit) (1ULL << (bit))

enum { RULE_PORT = 2 }; /* LANDLOCK_RULE_NET_PORT */

static const uint64_t execute = RIGHT(0), write_file = RIGHT(1), read_file = RIGHT(2),
					  read_folder = RIGHT(3), remove_folder = RIGHT(4), remove_file = RIGHT(5),
					  make_folder = RIGHT(7), make_file = RIGHT(8), refer = RIGHT(13),
					  truncate_file = RIGHT(14), device_control = RIGHT(15);
static const uint64_t first_version = RIGHT(13) - 1; /* all of its rights */
static const uint64_t connect_tcp = RIGHT(1), bind_tcp = RIGHT(0);
static const uint64_t abstract_sockets = RIGHT(0), signals = RIGHT(1);

int sandbox_landlock_version(void)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	return version > 0 ? (int)version : 0;
}

/* All that VERSION can restrict. */
static struct ruleset everything(int version, const char **missing)
{
	struct ruleset all = {.files = first_version};

	*missing = NULL;
	if (version >= 2)
		all.files |= refer;
	if (version >= 3)
		all.files |= truncate_file;
	else
		*missing = "the truncation of files";
	if (version >= 4)
		all.network = connect_tcp | bind_tcp;
	else
		*missing = "connections";
	if (version >= 5)
		all.files |= device_control;
	if (version >= 6)
		all.scoped = abstract_sockets | signals;
	else if (*missing == NULL)
		*missing = "signals";
	return all;
}

static uint64_t rights_of(enum sandbox_access access)
{
	const uint64_t reading = read_file | read_folder;

	switch (access) {
	case SANDBOX_READ:
		return reading;
	case SANDBOX_APPEND:
		return reading | write_file | make_file | truncate_file;
	case SANDBOX_CHANGE:
		return reading | write_file | make_file | truncate_file | make_folder | remove_file |
		       remove_folder | refer;
	}
	return 0;
}

/* A file has no rights that are about what is below a folder. */
static int add_rule(int ruleset, int fd, uint64_t rights)
{
	struct landlock_path_beneath_attr rule = {.allowed_access = rights, .parent_fd = fd};
	struct stat status;

	if (fstat(fd, &status) != 0)
		return errno;
	if (!S_ISDIR(status.st_mode))
		rule.allowed_access &= read_file | write_file | truncate_file | execute;
	return syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0
	           ? 0
	           : errno;
}

static int allow_path(int ruleset, const struct sandbox_path *path, uint64_t handled)
{
	int fd = open(path->path, O_PATH | O_CLOEXEC), number;

	if (fd < 0)
		return 0; /* it does not exist, or cannot be had: then there is nothing to allow */
	number = add_rule(ruleset, fd, rights_of(path->access) & handled);
	close(fd);
	return number;
}

static int allow_all(int ruleset, const struct sandbox_plan *plan, const struct ruleset *handled)
{
	int number = 0;

	for (size_t i = 0; number == 0 && i < plan->path_count; i++)
		number = allow_path(ruleset, &plan->paths[i], handled->files);
	for (size_t i = 0; number == 0 && handled->network != 0 && i < plan->port_count; i++) {
		struct port_rule rule = {.access = connect_tcp, .port = plan->ports[i]};

		if (syscall(SYS_landlock_add_rule, ruleset, RULE_PORT, &rule, 0) != 0)
			number = errno;
	}
	return number;
}

int sandbox_restrict_paths(const struct sandbox_plan *plan, const char **missing)
{
	int version = sandbox_landlock_version(), ruleset, number;
	struct ruleset handled = everything(version, missing);

	if (version == 0)
		return ENOSYS;
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0);
	if (ruleset < 0)
		return errno;
	number = allow_all(ruleset, plan, &handled);
	if (number == 0 && syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
		number = errno;
	close(ruleset);
	return number;
}
