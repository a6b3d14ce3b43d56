/* Errors of the daemon's name what is in the way, be it another tenant's: 'the name "/web" is already in use by container "ID"'. */
#ifndef QUAYMASTER_POLICY_ANSWER_ERROR_H
#define QUAYMASTER_POLICY_ANSWER_ERROR_H

#include <stddef.h>

struct facts;

/* Where the tenant has names of its own, they are told as it knows them (private_names.h).
 * Leaves out of the LEN BYTES of an error's body, in place, all ids, whole ones and such as dockerd shortens, but those of what
 * FACTS found for the tenant. Returns how many bytes are left. */
size_t answer_error_strip(const struct facts *facts, char *bytes, size_t len);

#endif
