/* System calls by seccomp: those that the program and its libraries make once it serves, and no others. Owns the list; a call that
 * is not on it kills the process. */
#define _GNU_SOURCE /* CLONE_* */
#include "proxy/pidfd_info.h"
#include "proxy/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/prctl.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#ifdef __has_feature
#define CLANG_SANITIZES (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define CLANG_SANITIZES 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || CLANG_SANITIZES
#define WIDENED 1
#else
#define WIDENED 0
#endif

#define CALL(name) SCMP_SYS(name)

/* Whatever their arguments are. What of them opens files is Landlock's business. */
static const int calls[] = {
	/* bytes */
	CALL(read), CALL(write), CALL(readv), CALL(writev), CALL(pread64), CALL(pwrite64),
	CALL(recvfrom), CALL(recvmsg), CALL(recvmmsg), CALL(sendto), CALL(sendmsg), CALL(sendmmsg),
	CALL(lseek), CALL(close), CALL(dup), CALL(pipe2),
	/* connections */
	CALL(connect), CALL(accept4), CALL(shutdown), CALL(getsockname), CALL(getpeername),
	CALL(getsockopt), CALL(setsockopt),
	/* waiting */
	CALL(poll), CALL(ppoll), CALL(select), CALL(pselect6), CALL(epoll_create1), CALL(epoll_ctl),
	CALL(epoll_wait), CALL(epoll_pwait), CALL(epoll_pwait2), CALL(eventfd2), CALL(timerfd_create),
	CALL(timerfd_settime), CALL(nanosleep), CALL(clock_nanosleep), CALL(restart_syscall),
	/* files */
	CALL(open), CALL(openat), CALL(stat), CALL(lstat), CALL(fstat), CALL(newfstatat), CALL(statx),
	CALL(statfs), CALL(fstatfs), CALL(access), CALL(faccessat), CALL(faccessat2), CALL(readlink),
	CALL(readlinkat), CALL(getdents64), CALL(getcwd), CALL(flock), CALL(ftruncate), CALL(fsync),
	CALL(fdatasync), CALL(fadvise64), CALL(mkdir), CALL(mkdirat), CALL(link), CALL(linkat),
	CALL(unlink), CALL(unlinkat), CALL(rename), CALL(renameat), CALL(renameat2), CALL(umask),
	/* memory */
	CALL(munmap), CALL(mremap), CALL(madvise), CALL(brk), CALL(mlock), CALL(mlock2), CALL(munlock),
	/* threads, signals, the end */
	CALL(futex), CALL(set_robust_list), CALL(rseq), CALL(set_tid_address), CALL(membarrier),
	CALL(sched_yield), CALL(sched_getaffinity), CALL(gettid), CALL(rt_sigaction),
	CALL(rt_sigprocmask), CALL(rt_sigreturn), CALL(sigaltstack), CALL(exit), CALL(exit_group),
	/* what there is to know */
	CALL(getpid), CALL(getppid), CALL(getuid), CALL(geteuid), CALL(getgid), CALL(getegid),
	CALL(getrandom), CALL(clock_gettime), CALL(clock_getres), CALL(gettimeofday), CALL(time),
	CALL(uname), CALL(sysinfo), CALL(getrlimit), CALL(getrusage), CALL(times)};

/* What the sanitizers' runtimes do: report, and look for leaks at the end. */
static const int sanitizers_calls[] = {CALL(ptrace),
                                       CALL(fcntl),
                                       CALL(wait4),
                                       CALL(clone),
                                       CALL(clone3),
                                       CALL(prctl),
                                       CALL(personality),
                                       CALL(mmap),
                                       CALL(mprotect),
                                       CALL(prlimit64),
                                       CALL(kill),
                                       CALL(tgkill),
                                       CALL(tkill),
                                       CALL(ioctl),
                                       CALL(arch_prctl),
                                       CALL(setrlimit),
                                       CALL(process_vm_readv),
                                       CALL(getdents)};

enum { WRITE_AND_EXECUTE = PROT_WRITE | PROT_EXEC };

static const unsigned new_world = CLONE_NEWNS | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET |
                                  CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;

/* One rule: CALL is allowed when its argument number INDEX, of which MASK counts, is VALUE. */
struct condition {
	int call;
	unsigned index;
	uint64_t mask, value;
};

static const uint64_t whole = UINT64_MAX, low = UINT32_MAX;

/* In this build, whatever its arguments are: the sanitizers' runtimes have it so. */
static bool is_unconditional(int call)
{
	for (size_t i = 0; WIDENED && i < sizeof sanitizers_calls / sizeof *sanitizers_calls; i++) {
		if (sanitizers_calls[i] == call)
			return true;
	}
	return false;
}

static bool add_conditions(scmp_filter_ctx filter)
{
	const struct condition conditions[] = {
		{CALL(socket), 0, low, AF_UNIX},
		{CALL(socket), 0, low, AF_INET},
		{CALL(socket), 0, low, AF_INET6},
		/* A thread, which is no process and shares everything. */
		{CALL(clone), 0, CLONE_THREAD | CLONE_VM | new_world, CLONE_THREAD | CLONE_VM},
		/* Memory is written to or executed. */
		{CALL(mmap), 2, PROT_EXEC, 0},
		{CALL(mmap), 2, WRITE_AND_EXECUTE, PROT_EXEC},
		{CALL(mprotect), 2, PROT_EXEC, 0},
		/* Not who is sent a signal when there is something to read. */
		{CALL(fcntl), 1, low, F_GETFD},
		{CALL(fcntl), 1, low, F_SETFD},
		{CALL(fcntl), 1, low, F_GETFL},
		{CALL(fcntl), 1, low, F_SETFL},
		{CALL(fcntl), 1, low, F_DUPFD},
		{CALL(fcntl), 1, low, F_DUPFD_CLOEXEC},
		{CALL(ioctl), 1, low, FIONREAD},
		{CALL(ioctl), 1, low, FIONBIO},
		{CALL(ioctl), 1, low, PIDFD_INFO_REQUEST},
		{CALL(prlimit64), 2, whole, 0}, /* to look */
		{CALL(tgkill), 0, low, (uint64_t)getpid()},
		{CALL(prctl), 0, whole, PR_SET_NAME},
	};
	bool added = true;

	for (size_t i = 0; added && i < sizeof conditions / sizeof *conditions; i++) {
		const struct condition *rule = &conditions[i];

		added = is_unconditional(rule->call) ||
		        seccomp_rule_add(filter, SCMP_ACT_ALLOW, rule->call, 1,
		                         SCMP_CMP(rule->index, SCMP_CMP_MASKED_EQ, rule->mask,
		                                  rule->value)) == 0;
	}
	return added;
}

/* Calls that libraries try first, or for what they can do without: they are told that it cannot be had. */
static bool add_refusals(scmp_filter_ctx filter)
{
	const struct {
		int number, call;
		struct scmp_arg_cmp when;
	} refusals[] = {
		/* Its flags are in memory, where a filter cannot look: glibc goes on with clone. */
		{ENOSYS, CALL(clone3), SCMP_CMP(0, SCMP_CMP_GE, 0, 0)},
		/* getaddrinfo asks which addresses the machine has itself. */
		{EAFNOSUPPORT, CALL(socket), SCMP_CMP(0, SCMP_CMP_MASKED_EQ, low, AF_NETLINK)},
		/* Modules for accounts bring libcap along, which counts capabilities as it is loaded. */
		{EINVAL, CALL(prctl), SCMP_CMP(0, SCMP_CMP_NE, PR_SET_NAME, 0)},
		/* Standard I/O asks whether a file is a terminal. */
		{ENOTTY, CALL(ioctl), SCMP_CMP(1, SCMP_CMP_MASKED_EQ, low, TCGETS)},
	};
	bool added = true;

	for (size_t i = 0; added && i < sizeof refusals / sizeof *refusals; i++)
		added = is_unconditional(refusals[i].call) ||
		        seccomp_rule_add(filter, SCMP_ACT_ERRNO((unsigned)refusals[i].number),
		                         refusals[i].call, 1, refusals[i].when) == 0;
	return added;
}

static bool add_calls(scmp_filter_ctx filter, const int *list, size_t count)
{
	bool added = true;

	for (size_t i = 0; added && i < count; i++)
		added = seccomp_rule_add(filter, SCMP_ACT_ALLOW, list[i], 0) == 0;
	return added;
}

bool sandbox_is_widened(void)
{
	return WIDENED;
}

int sandbox_restrict_calls(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int result = -ENOMEM;
	bool made;

	if (filter == NULL)
		return ENOMEM;
	made = add_calls(filter, calls, sizeof calls / sizeof *calls);
	if (WIDENED)
		made = made && add_calls(filter, sanitizers_calls,
		                         sizeof sanitizers_calls / sizeof *sanitizers_calls);
	made = made && add_conditions(filter) && add_refusals(filter);
	if (made)
		result = seccomp_load(filter);
	seccomp_release(filter);
	return result == -EINVAL || result == -ENOSYS ? ENOSYS : -result;
}
