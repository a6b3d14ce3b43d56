/* The one question about an identity that is not a comparison. */
#include "policy/identity.h"

#include <string.h>

bool identity_is_tenant(const char *text)
{
	size_t len = strlen(text);

	return len > 0 && len < TENANT_SIZE && text[0] != '-' &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}
