/* IP addresses and ranges of them ("10.0.0.0/8", "fd00::/8"), as bits. An IPv4 address in its IPv6
 * clothes (::ffff:10.0.0.1) is the IPv4 address, to us as to dockerd and the kernel, so that no
 * IPv6 range ever holds one. */
#ifndef QUAYMASTER_POLICY_CIDR_H
#define QUAYMASTER_POLICY_CIDR_H

#include <stdbool.h>

struct arena;
struct error;

enum ip_family { IP_NONE = 0, IP_V4, IP_V6 };

enum { IP_BYTES_MAX = 16 };

/* Zeroed, it is of no family: no range holds it. */
struct ip_address {
	enum ip_family family;
	unsigned char bytes[IP_BYTES_MAX]; /* the first 4 of IPv4, the others zero */
};

struct cidr {
	struct ip_address first;
	unsigned length; /* how many leading bits all of its addresses share */
};

/* Reads a lone address: dotted decimal without leading zeros, or RFC 4291 without a zone. False
 * when TEXT is anything else. */
bool ip_parse(const char *text, struct ip_address *address);
/* The shortest text; NULL when the arena is exhausted or there is no family. */
const char *ip_print(struct arena *arena, const struct ip_address *address);
bool ip_equal(const struct ip_address *a, const struct ip_address *b);
/* 0.0.0.0 or ::, which to a listener means every address of the machine. */
bool ip_is_unspecified(const struct ip_address *address);

/* Reads "ADDRESS/LENGTH", or an address alone for a range of one. False with ERROR ("has bits set
 * beyond its /8") when it is none, has leading zeros in the length, or set bits behind it. */
bool cidr_parse(const char *text, struct cidr *cidr, struct error *error);
const char *cidr_print(struct arena *arena, const struct cidr *cidr);

/* True for a range of one address. */
bool cidr_is_single(const struct cidr *cidr);
bool cidr_holds(const struct cidr *cidr, const struct ip_address *address);
/* True when every address of INNER is in OUTER. */
bool cidr_holds_range(const struct cidr *outer, const struct cidr *inner);

#endif
