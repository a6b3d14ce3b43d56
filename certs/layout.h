/* docker:dind's DOCKER_TLS_CERTDIR layout: which files there are, their names and modes, and how one is written
 * so that a reader sees the old file or the new one and nothing between. What is in them is others' matter. */
#ifndef QUAYMASTER_CERTS_LAYOUT_H
#define QUAYMASTER_CERTS_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct error;

enum layout_file {
	LAYOUT_CA_KEY,
	LAYOUT_CA_CERTIFICATE,
	LAYOUT_CA_SERIAL, /* the number of the certificate issued last, for people who go on with openssl */
	LAYOUT_SERVER_KEY,
	LAYOUT_SERVER_CERTIFICATE,
	LAYOUT_SERVER_CA,
	LAYOUT_SERVER_CRL, /* what the authority has revoked; docker:dind has none */
	LAYOUT_SERVER_REQUEST,
	LAYOUT_SERVER_CONFIG,
	LAYOUT_CLIENT_KEY,
	LAYOUT_CLIENT_CERTIFICATE,
	LAYOUT_CLIENT_CA, /* its presence tells a docker:cli container to use TLS: see layout_publish */
	LAYOUT_CLIENT_REQUEST,
	LAYOUT_CLIENT_CONFIG,
	LAYOUT_FILES
};

struct layout {
	char *path[LAYOUT_FILES]; /* each file's full path */
	int lock;                 /* -1: not locked */
};

/* Knows the paths under DIRECTORY; touches nothing. False: no memory. layout_close frees and unlocks, and may
 * be called after a failed open. */
bool layout_open(struct layout *layout, const char *directory, struct error *error);
void layout_close(struct layout *layout);

/* Writes "PATH: WHAT: errno's reason". Returns false always. */
bool layout_error(struct error *error, const char *path, const char *what);

mode_t layout_mode(enum layout_file file);

/* Makes DIRECTORY and its ca, server and client where they are missing (0755), and keeps other processes that
 * call this waiting until layout_close, so that two of them never make two authorities. */
bool layout_prepare(struct layout *layout, const char *directory, struct error *error);

/* True when the file is there and not empty, which is how docker:dind asks. */
bool layout_has(const struct layout *layout, enum layout_file file);

/* True when the user brought a certificate of an authority of their own: server/{ca,cert,key}.pem without
 * ca/key.pem. Nothing in such a directory is ever written. */
bool layout_is_user_managed(const struct layout *layout);

/* Replaces a file in one step: temporary name, mode, fsync, rename(2). Never follows a link at PATH. */
bool layout_write(const char *path, mode_t mode, const void *bytes, size_t len,
                  struct error *error);

/* Puts client/ca.pem in place, the last file of all: docker:cli's entry point decides once, at container start,
 * by its presence. Call only when the TLS listener is up. Does nothing where the user brought the authority. */
bool layout_publish(const char *directory, struct error *error);

#endif
