/* What an identity has to offer to the conditions of client rules: a list of texts for each attribute. Inside
 * policy/clients.c only. */
#ifndef QUAYMASTER_POLICY_CLIENT_TRAITS_H
#define QUAYMASTER_POLICY_CLIENT_TRAITS_H

#include "policy/cidr.h"
#include "policy/clients.h"

enum { HOST_SIZE = 64, BITS_SIZE = 2 + 8 * IP_BYTES_MAX + 1 };

struct values {
	const char *const *list;
	size_t count;
};

struct traits {
	struct values of[ATTRIBUTES];
	const char *single[ATTRIBUTES]; /* where those live that have no list of their own */
	char uid[12], gid[12];
	char host[HOST_SIZE], bits[BITS_SIZE];
	const char *tenant; /* who made its container through quaymaster; NULL: nobody did */
};

/* TRAITS must stay where it is: it points into itself, and into IDENTITY. */
void traits_read(struct traits *traits, const struct identity *identity);

#endif
