/* Owns our own definition of the kernel's interface: headers as old as Debian 12's lack it. */
#include "proxy/pidfd_info.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <sys/ioctl.h>

/* include/uapi/linux/pidfd.h, in its first size. A kernel that knows more fills in as much. */
enum { WITH_PID = 1, WITH_EXIT = 8 };

struct answer_of_kernel {
	uint64_t mask; /* what is asked for, and then what there is */
	uint64_t cgroup;
	uint32_t thread, process, parent;
	uint32_t users[8]; /* real, effective, saved and of files: user and group */
	int32_t exit_code;
};

_Static_assert(sizeof(struct answer_of_kernel) == 64, "as the kernel has it");
_Static_assert(_IOWR(0xFF, 11, struct answer_of_kernel) == PIDFD_INFO_REQUEST, "the same");

enum pidfd_answer pidfd_ask(int pidfd, int *pid)
{
	struct answer_of_kernel answer = {.mask = WITH_PID | WITH_EXIT};

	if (ioctl(pidfd, PIDFD_INFO_REQUEST, &answer) != 0) {
		if (errno == EREMOTE)
			return PIDFD_UNSEEN;
		return errno == ESRCH ? PIDFD_ENDED : PIDFD_UNSUPPORTED;
	}
	if ((answer.mask & WITH_EXIT) != 0 || (answer.mask & WITH_PID) == 0)
		return PIDFD_ENDED;
	if (answer.process == 0 || answer.process > INT_MAX)
		return PIDFD_UNSEEN;
	*pid = (int)answer.process;
	return PIDFD_TOLD;
}
