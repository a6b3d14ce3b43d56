/* The one question about an identity that is not a comparison. */
#include "policy/identity.h"

#include <string.h>

bool identity_is_tenant(const char *text)
{
	size_t len = strlen(text);

	return len > 0 && len < TENANT_SIZE && text[0] != '-' &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

size_t label_keys_find(const struct label_keys *keys, const char *key)
{
	size_t low = 0, high = keys->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(keys->list[middle], key);

		if (order == 0)
			return middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return keys->count;
}

bool label_keys_have(const struct label_keys *keys, const char *key)
{
	return label_keys_find(keys, key) < keys->count;
}
