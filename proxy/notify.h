/* Tells the service manager how the service does, as sd_notify(3) has it: one datagram to $NOTIFY_SOCKET. Without that variable
 * nobody is told. */
#ifndef QUAYMASTER_PROXY_NOTIFY_H
#define QUAYMASTER_PROXY_NOTIFY_H

#include <stdbool.h>
#include <stddef.h>

/* Sends the assignments of FORMAT, one a line: "READY=1\nSTATUS=...". False when there is nobody to tell, or it failed. */
bool notify_send(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* "RELOADING=1", with the clock that the service manager wants with it. */
bool notify_reloading(void);
/* Leaves COUNT descriptors with the service manager under NAME, to be passed again at the next start. */
bool notify_store(const char *name, const int *fds, size_t count);
/* How often "WATCHDOG=1" is due, in milliseconds; 0: never. It is for the process that the manager means, which is this one. */
unsigned notify_watchdog_ms(void);

#endif
