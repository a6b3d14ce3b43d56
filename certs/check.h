/* Judges the certificates that are there: does each one verify, belong to its key, and last? */
#ifndef QUAYMASTER_CERTS_CHECK_H
#define QUAYMASTER_CERTS_CHECK_H

#include <stdbool.h>
#include <stdio.h>

struct error;
struct layout;

enum check_side { CHECK_SERVER, CHECK_CLIENT };

/* True when SIDE's cert.pem is valid now for its use under its ca.pem and belongs to its key.pem. */
bool check_credential(const struct layout *layout, enum check_side side, struct error *error);

/* Tells about every certificate in the directory, and what is wrong, on OUT. False when anything is. */
bool check_show(const struct layout *layout, FILE *out);

#endif
