/* The key by which tenants' objects are sealed: in a file that all instances on one daemon share. */
#ifndef QUAYMASTER_PROXY_TENANCY_KEY_H
#define QUAYMASTER_PROXY_TENANCY_KEY_H

#include <stdbool.h>

struct error;
struct seal_key;

/* Reads the key in the file PATH, which nobody else may read or write. Blocks. False with ERROR, which begins with PATH. */
bool seal_key_read(const char *path, struct seal_key *key, struct error *error);

/* Reads the key in FILE, which nobody else may read or write. Where FILE is NULL it is `tenancy.key` in the directory
 * STATE, and made when it is missing and MAKE; two that start at once agree on one. Blocks. False with ERROR. */
bool tenancy_key_read(const char *file, const char *state, bool make, struct seal_key *key,
                      struct error *error);

#endif
