/* The whole gateway: listeners, workers and certificates, from a configuration to a running service. */
#ifndef QUAYMASTER_PROXY_SERVER_H
#define QUAYMASTER_PROXY_SERVER_H

struct config;
struct error;
struct server;

/* Opens everything and starts the workers. When it returns, clients are being served. NULL with ERROR, nothing left
 * open. Takes its own reference to CONFIG. */
struct server *server_start(struct config *config, struct error *error);
/* Swaps in certificate files that have changed since; connections that are open keep what they have. Files that
 * cannot be used are complained about and the old ones kept. Blocks on files: not for a worker's thread. */
void server_renew_certificates(struct server *server);
/* Stops listening, ends every connection, frees everything. */
void server_stop(struct server *server);

#endif
