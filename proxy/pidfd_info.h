/* What the kernel itself tells of the process that a pidfd is of (PIDFD_GET_INFO, Linux 6.13): in one answer whether it is there and
 * which number it has here, with no text of /proc in between. */
#ifndef QUAYMASTER_PROXY_PIDFD_INFO_H
#define QUAYMASTER_PROXY_PIDFD_INFO_H

/* The ioctl: _IOWR(0xFF, 11, 64 bytes). */
#define PIDFD_INFO_REQUEST 0xC040FF0BUL

enum pidfd_answer {
	PIDFD_UNSUPPORTED = 0, /* the kernel does not tell, or it is no pidfd */
	PIDFD_UNSEEN,          /* the process is in a pid namespace that we do not see */
	PIDFD_ENDED,
	PIDFD_TOLD
};

/* PID is set where it is PIDFD_TOLD. */
enum pidfd_answer pidfd_ask(int pidfd, int *pid);

#endif
