/* The names under which a server may be reached, for its subjectAltName. */
#ifndef QUAYMASTER_CERTS_NAMES_H
#define QUAYMASTER_CERTS_NAMES_H

struct error;

/* Every interface address, /etc/hostname, docker, localhost, the full and the short host name, and EXTRA
 * (OpenSSL's syntax, "IP:10.0.0.1,DNS:build"; may be NULL): sorted, each once, as "DNS:..,IP:..". May ask the
 * resolver for the full name. The caller frees; NULL with ERROR. */
char *names_gather(const char *extra, struct error *error);

#endif
