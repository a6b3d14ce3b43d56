/* The whole gateway: listeners, workers and certificates, from a configuration to a running service. */
#ifndef QUAYMASTER_PROXY_SERVER_H
#define QUAYMASTER_PROXY_SERVER_H

#include <stdbool.h>

struct config;
struct entrance_source;
struct error;
struct server;

/* Opens everything and starts the workers. When it returns, clients are being served. NULL with ERROR, nothing left
 * open. Takes its own reference to CONFIG; listeners' sockets are SOURCE's, which must outlive the server, or its own
 * where SOURCE is NULL. */
struct server *server_start(struct config *config, const struct entrance_source *source,
                            struct error *error);
/* Goes over to CONFIG (takes its own reference): builds all that is new, then has every worker take it at once. Sockets
 * of listeners that are there before and after stay open. Requests under way end as they began, and all connections are
 * judged again: see conn_rejudge. What cannot change while running is told in the log. False with ERROR: everything is
 * as it was. Blocks: not for a worker's thread. */
bool server_reload(struct server *server, struct config *config, struct error *error);
/* Swaps in certificate files and CRLs that have changed since, and has all connections judged by them. Files that
 * cannot be used are complained about and the old ones kept. Blocks on files: not for a worker's thread. */
void server_renew_certificates(struct server *server);
/* Has the audit log's file opened anew: it was given another name. */
void server_reopen_logs(struct server *server);
/* Closes the admin listener, which the process that follows is to have. */
void server_yield_admin(struct server *server);
/* Accepts no more, closes its listeners, and has connections end with what is under way on them. server_stop is still due. */
void server_leave(struct server *server);
unsigned server_connections(const struct server *server); /* that are open */
/* Whether every worker has come round since the last call. From one thread only. */
bool server_turns(struct server *server);
/* Stops listening, ends every connection, frees everything. */
void server_stop(struct server *server);

#endif
