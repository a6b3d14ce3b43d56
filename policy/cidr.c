/* Owns the reading, printing and comparing of IP addresses and ranges. Knows no network but the
 * bits. */
#include "policy/cidr.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/text.h"

#include <arpa/inet.h>
#include <string.h>

enum { TEXT_SIZE = 64, V4_BYTES = 4, BYTE_BITS = 8 };

static unsigned family_bits(enum ip_family family)
{
	switch (family) {
	case IP_NONE:
		return 0;
	case IP_V4:
		return V4_BYTES * BYTE_BITS;
	case IP_V6:
		return IP_BYTES_MAX * BYTE_BITS;
	}
	return 0;
}

/* Takes ::ffff:a.b.c.d for what it is. */
static void unwrap_mapped(struct ip_address *address)
{
	static const unsigned char mapped[IP_BYTES_MAX - V4_BYTES] = {[10] = 0xff, [11] = 0xff};
	struct ip_address plain = {.family = IP_V4};

	if (address->family != IP_V6 || memcmp(address->bytes, mapped, sizeof mapped) != 0)
		return;
	memcpy(plain.bytes, address->bytes + sizeof mapped, V4_BYTES);
	*address = plain;
}

bool ip_parse(const char *text, struct ip_address *address)
{
	*address = (struct ip_address){.family = IP_NONE};
	if (inet_pton(AF_INET, text, address->bytes) == 1)
		address->family = IP_V4;
	else if (inet_pton(AF_INET6, text, address->bytes) == 1)
		address->family = IP_V6;
	else
		*address = (struct ip_address){.family = IP_NONE}; /* half read */
	unwrap_mapped(address);
	return address->family != IP_NONE;
}

const char *ip_print(struct arena *arena, const struct ip_address *address)
{
	char text[TEXT_SIZE];
	int family = address->family == IP_V4 ? AF_INET : AF_INET6;

	if (address->family == IP_NONE || inet_ntop(family, address->bytes, text, sizeof text) == NULL)
		return NULL;
	return arena_string(arena, text);
}

bool ip_equal(const struct ip_address *a, const struct ip_address *b)
{
	return a->family == b->family && memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

bool ip_is_unspecified(const struct ip_address *address)
{
	static const unsigned char zeros[IP_BYTES_MAX];

	return address->family != IP_NONE && memcmp(address->bytes, zeros, sizeof zeros) == 0;
}

/* True when the first LENGTH bits of A and B are the same. */
static bool same_start(const struct ip_address *a, const struct ip_address *b, unsigned length)
{
	size_t whole = length / BYTE_BITS;
	unsigned rest = length % BYTE_BITS;

	if (a->family != b->family || memcmp(a->bytes, b->bytes, whole) != 0)
		return false;
	return rest == 0 || ((a->bytes[whole] ^ b->bytes[whole]) >> (BYTE_BITS - rest)) == 0;
}

static bool has_bits_beyond(const struct ip_address *address, unsigned length)
{
	for (unsigned bit = length; bit < family_bits(address->family); bit++) {
		if ((address->bytes[bit / BYTE_BITS] >> (BYTE_BITS - 1 - bit % BYTE_BITS)) & 1)
			return true;
	}
	return false;
}

static bool read_length(const char *text, unsigned most, unsigned *length)
{
	unsigned long long number;

	if ((text[0] == '0' && text[1] != '\0') || !text_to_number(text, most, &number))
		return false;
	*length = (unsigned)number;
	return true;
}

/* An IPv4 range in IPv6 clothes would count other bits in its length. */
static bool is_wrapped(const char *text, const struct ip_address *address)
{
	return address->family == IP_V4 && strchr(text, ':') != NULL;
}

/* Reads the LEN bytes before the slash, and what is behind it (NULL: nothing, not even a slash). */
static bool read_range(const char *text, size_t len, const char *length, struct cidr *cidr,
                       struct error *error)
{
	char address[TEXT_SIZE] = "";

	if (len >= sizeof address)
		return error_set(error, "is no IP range");
	memcpy(address, text, len);
	if (!ip_parse(address, &cidr->first) || (length != NULL && is_wrapped(address, &cidr->first)))
		return error_set(error, "is no IP range");
	unsigned most = family_bits(cidr->first.family);
	cidr->length = most;
	if (length != NULL && !read_length(length, most, &cidr->length))
		return error_set(error, "has no prefix length from 0 to %u", most);
	if (has_bits_beyond(&cidr->first, cidr->length))
		return error_set(error, "has bits set beyond its /%u", cidr->length);
	return true;
}

bool cidr_parse(const char *text, struct cidr *cidr, struct error *error)
{
	struct cidr read = {.length = 0};
	size_t len = strcspn(text, "/");
	bool fine = read_range(text, len, text[len] == '/' ? text + len + 1 : NULL, &read, error);

	*cidr = fine ? read : (struct cidr){.length = 0};
	return fine;
}

const char *cidr_print(struct arena *arena, const struct cidr *cidr)
{
	const char *first = ip_print(arena, &cidr->first);

	return first != NULL ? arena_format(arena, "%s/%u", first, cidr->length) : NULL;
}

bool cidr_is_single(const struct cidr *cidr)
{
	return cidr->first.family != IP_NONE && cidr->length == family_bits(cidr->first.family);
}

bool cidr_holds(const struct cidr *cidr, const struct ip_address *address)
{
	return cidr->first.family != IP_NONE && same_start(&cidr->first, address, cidr->length);
}

bool cidr_holds_range(const struct cidr *outer, const struct cidr *inner)
{
	return inner->length >= outer->length && cidr_holds(outer, &inner->first);
}
