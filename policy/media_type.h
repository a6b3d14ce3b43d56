/* Media types of request bodies (RFC 9110 §8.3.1). Ours is what is sent; the client's only says
 * what it means. */
#ifndef QUAYMASTER_POLICY_MEDIA_TYPE_H
#define QUAYMASTER_POLICY_MEDIA_TYPE_H

#include <stdbool.h>

/* True when VALUE is the type TYPE ("application/json"), in any case, with or without well-formed
 * parameters. */
bool media_type_is(const char *value, const char *type);

/* True for what any server could take for a form, be its parameters ever so broken: dockerd reads
 * the query's parameters from such a body, and ahead of the query. Every multipart type counts. */
bool media_type_is_form(const char *value);

/* True for what clients are known to put over a tar archive. */
bool media_type_is_archive(const char *value);

#endif
