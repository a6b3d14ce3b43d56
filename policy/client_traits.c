/* Owns the way from an identity to the texts that conditions are held against. */
#include "policy/client_traits.h"

#include "policy/arena.h"

#include <stdio.h>
#include <string.h>

static void add_single(struct traits *traits, enum attribute attribute, const char *value)
{
	traits->single[attribute] = value;
	traits->of[attribute] = (struct values){&traits->single[attribute], value != NULL ? 1 : 0};
}

static void add_names(struct traits *traits, enum attribute attribute,
                      const struct name_list *names)
{
	traits->of[attribute] = (struct values){names->names, names->count};
}

/* pid 0 is what the kernel tells of a peer it cannot name here; its numbers may mean other users
 * then. */
static void add_peer(struct traits *traits, const struct peer_identity *peer)
{
	if (!peer->present || peer->pid <= 0)
		return;
	snprintf(traits->uid, sizeof traits->uid, "%u", peer->uid);
	snprintf(traits->gid, sizeof traits->gid, "%u", peer->gid);
	add_single(traits, ATTRIBUTE_USER, peer->user);
	add_single(traits, ATTRIBUTE_UID, traits->uid);
	add_single(traits, ATTRIBUTE_GROUP, peer->group);
	add_single(traits, ATTRIBUTE_GID, traits->gid);
}

static void add_certificate(struct traits *traits, const struct certificate_identity *certificate)
{
	if (!certificate->present)
		return;
	add_single(traits, ATTRIBUTE_CERTIFICATE, "present");
	add_single(traits, ATTRIBUTE_COMMON_NAME, certificate->common_name);
	add_names(traits, ATTRIBUTE_DNS, &certificate->dns);
	add_names(traits, ATTRIBUTE_IP, &certificate->ip);
	add_names(traits, ATTRIBUTE_EMAIL, &certificate->email);
	add_names(traits, ATTRIBUTE_URI, &certificate->uri);
	add_names(traits, ATTRIBUTE_ORGANIZATION, &certificate->organizations);
	add_names(traits, ATTRIBUTE_ORGANIZATIONAL_UNIT, &certificate->organizational_units);
	add_single(traits, ATTRIBUTE_ISSUER, certificate->issuer);
	add_single(traits, ATTRIBUTE_SERIAL, certificate->serial);
	add_single(traits, ATTRIBUTE_SPKI_SHA256, certificate->spki_sha256);
}

/* "4:" or "6:", and the first COUNT bits of ADDRESS. */
static void write_bits(const struct ip_address *address, unsigned count, char text[BITS_SIZE])
{
	text[0] = address->family == IP_V4 ? '4' : '6';
	text[1] = ':';
	for (unsigned i = 0; i < count; i++)
		text[2 + i] = (address->bytes[i / 8] & (0x80U >> (i % 8))) != 0 ? '1' : '0';
	text[2 + count] = '\0';
}

const char *clients_network_pattern(struct arena *arena, const struct cidr *range)
{
	char bits[BITS_SIZE];

	write_bits(&range->first, range->length, bits);
	return cidr_is_single(range) ? arena_string(arena, bits) : arena_format(arena, "%s**", bits);
}

/* "10.0.0.1:5311" or "[::1]:5311"; "unix" is no address. */
static void add_address(struct traits *traits, const char *address)
{
	const char *port = address != NULL ? strrchr(address, ':') : NULL;
	bool brackets = address != NULL && address[0] == '[';
	size_t len = port != NULL ? (size_t)(port - address) : 0;
	struct ip_address ip;

	if (len < 2 || len >= sizeof traits->host || (brackets && address[len - 1] != ']'))
		return;
	memcpy(traits->host, address + (brackets ? 1 : 0), len - (brackets ? 2 : 0));
	if (!ip_parse(traits->host, &ip))
		return;
	write_bits(&ip, ip.family == IP_V4 ? 32 : 128, traits->bits);
	add_single(traits, ATTRIBUTE_ADDRESS, traits->host);
	add_single(traits, ATTRIBUTE_NETWORK, traits->bits);
}

static void add_container(struct traits *traits, const struct container_identity *container)
{
	traits->tenant = container->tenant;
	switch (container->state) {
	case CONTAINER_UNKNOWN:
		return;
	case CONTAINER_NONE:
		add_single(traits, ATTRIBUTE_CONTAINER, "none");
		return;
	case CONTAINER_PRESENT:
		add_single(traits, ATTRIBUTE_CONTAINER, "present");
		break;
	}
	add_single(traits, ATTRIBUTE_CONTAINER_TENANT, container->tenant);
	if (traits->tenant != NULL)
		return;
	add_single(traits, ATTRIBUTE_CONTAINER_NAME, container->name);
	add_single(traits, ATTRIBUTE_CONTAINER_IMAGE, container->image);
	traits->of[ATTRIBUTE_CONTAINER_LABEL] =
		(struct values){container->labels, container->label_count};
}

void traits_read(struct traits *traits, const struct identity *identity)
{
	memset(traits, 0, sizeof *traits);
	add_single(traits, ATTRIBUTE_LISTENER, identity->listener);
	add_peer(traits, &identity->peer);
	add_certificate(traits, &identity->certificate);
	add_address(traits, identity->address);
	add_container(traits, &identity->container);
}
