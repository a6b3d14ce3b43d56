/* Owns the order in which a process gives things up: privileges first, since the filter of calls does not let it afterwards. */
#define _GNU_SOURCE /* syscall, strerror_r */
#include "proxy/sandbox.h"

#include "policy/error.h"
#include "proxy/log.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool fail(struct error *error, const char *what, int number)
{
	char text[128];

	return error_set(error, "sandbox: %s: %s", what, strerror_r(number, text, sizeof text));
}

/* A service's own filter may forbid what is not needed then. */
static bool has_none(struct __user_cap_header_struct *header)
{
	struct __user_cap_data_struct held[_LINUX_CAPABILITY_U32S_3] = {{0}};

	if (syscall(SYS_capget, header, held) != 0)
		return false;
	for (unsigned i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		if ((held[i].effective | held[i].permitted | held[i].inheritable) != 0)
			return false;
	return true;
}

/* Whoever has none that could be dropped from the bounding set cannot gain any either, once no_new_privs is set. */
static bool drop_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};

	for (unsigned long capability = 0; capability < 64; capability++)
		(void)prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return syscall(SYS_capset, &header, none) == 0 || has_none(&header);
}

static bool drop_privileges(struct error *error)
{
	const struct rlimit nothing = {0, 0};

	if (!drop_capabilities())
		return fail(error, "capabilities cannot be dropped", errno);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return fail(error, "no_new_privs", errno);
	/* A dump would have keys in it, and so would a debugger of the same user. */
	if (setrlimit(RLIMIT_CORE, &nothing) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return fail(error, "core dumps cannot be switched off", errno);
	return true;
}

void sandbox_probe(struct sandbox_means *means)
{
	const unsigned action = SECCOMP_RET_KILL_PROCESS;
	struct rlimit limit = {0, 0};

	*means = (struct sandbox_means){.landlock = sandbox_landlock_version()};
	means->seccomp = syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
	if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0)
		means->lock_bytes = limit.rlim_cur;
}

bool sandbox_enter(const struct sandbox_plan *plan, struct error *error)
{
	const char *missing = NULL;
	int number;

	if (!drop_privileges(error))
		return false;
	number = sandbox_restrict_paths(plan, &missing);
	if (number != 0 && number != ENOSYS)
		return fail(error, "Landlock", number);
	if (number == ENOSYS)
		log_line(LOG_WARNING,
		         "sandbox: this kernel has no Landlock: files are as the user has them");
	else if (missing != NULL)
		log_line(LOG_INFO, "sandbox: this kernel's Landlock does not restrict %s", missing);
	number = sandbox_restrict_calls();
	if (number != 0 && number != ENOSYS)
		return fail(error, "seccomp", number);
	if (number == ENOSYS)
		log_line(LOG_WARNING, "sandbox: this kernel has no seccomp: no system call is forbidden");
	if (sandbox_is_widened())
		log_line(LOG_WARNING, "sandbox: this build's sanitizers have calls that others have not");
	return true;
}
