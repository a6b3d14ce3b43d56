/* Names to addresses without blocking a loop: each look-up runs getaddrinfo on a short-lived thread. */
#ifndef QUAYMASTER_PROXY_RESOLVE_H
#define QUAYMASTER_PROXY_RESOLVE_H

struct addrinfo;
struct loop;
struct resolve;

/* Calls DONE once, from the loop: LIST (freed by the receiver with freeaddrinfo) or NULL and a MESSAGE. NULL when no
 * thread or memory can be had: DONE is not called. */
struct resolve *resolve_start(struct loop *loop, const char *host, const char *port,
                              void (*done)(struct addrinfo *list, const char *message,
                                           void *context),
                              void *context);
void resolve_cancel(struct resolve *resolve); /* DONE will not come; NULL is fine */

#endif
