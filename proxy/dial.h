/* Opens one connection to the daemon, over a Unix socket or TCP, with TLS where configured. Names are resolved on a
 * thread of their own, so that no loop ever waits for DNS. */
#ifndef QUAYMASTER_PROXY_DIAL_H
#define QUAYMASTER_PROXY_DIAL_H

struct dial;
struct loop;
struct ssl_ctx_st;
struct stream;
struct upstream_config;

/* Calls DONE once, from the loop, with a ready stream (the receiver's; it must stream_set_owner at once) or with NULL
 * and a MESSAGE that names the address and the error. TLS may be NULL. NULL when there is no memory. */
struct dial *dial_start(struct loop *loop, const struct upstream_config *config,
                        struct ssl_ctx_st *tls,
                        void (*done)(struct stream *stream, const char *message, void *context),
                        void *context);
void dial_cancel(struct dial *dial); /* DONE will not come; NULL is fine */

#endif
