/* What an identity says to the paths that begin with `identity`. */
#include "policy/predicate_parts.h"

#include "policy/identity.h"

#include <stddef.h>
#include <string.h>

/* Without a pid a peer's numbers may be another user namespace's. */
static enum reach tell_peer(const struct identity *identity, enum identity_field field,
                            struct identity_told *told)
{
	const struct peer_identity *peer = &identity->peer;

	if (!peer->present || peer->pid <= 0)
		return REACH_TOLD;
	told->given = true;
	if (field == IDENTITY_UID)
		told->number = peer->uid;
	else if (field == IDENTITY_GID)
		told->number = peer->gid;
	else
		told->text = field == IDENTITY_USER ? peer->user : peer->group;
	return REACH_TOLD;
}

/* "unix" is no address, and says nothing. */
static enum reach tell_connection(const struct identity *identity, enum identity_field field,
                                  struct identity_told *told)
{
	const char *address = identity->address;

	if (field == IDENTITY_LISTENER)
		told->text = identity->listener;
	else if (field == IDENTITY_TENANT)
		told->text = identity->grant.tenant;
	else if (address != NULL && strcmp(address, "unix") != 0)
		told->text = address;
	return REACH_TOLD;
}

/* Where a certificate has what a field means: a text, or a list of names. */
static const size_t certificate_offsets[] = {
	[IDENTITY_COMMON_NAME] = offsetof(struct certificate_identity, common_name),
	[IDENTITY_ORGANIZATION] = offsetof(struct certificate_identity, organizations),
	[IDENTITY_ORGANIZATIONAL_UNIT] = offsetof(struct certificate_identity, organizational_units),
	[IDENTITY_DNS] = offsetof(struct certificate_identity, dns),
	[IDENTITY_IP] = offsetof(struct certificate_identity, ip),
	[IDENTITY_EMAIL] = offsetof(struct certificate_identity, email),
	[IDENTITY_URI] = offsetof(struct certificate_identity, uri),
	[IDENTITY_ISSUER] = offsetof(struct certificate_identity, issuer),
	[IDENTITY_SERIAL] = offsetof(struct certificate_identity, serial),
	[IDENTITY_SPKI_SHA256] = offsetof(struct certificate_identity, spki_sha256),
};

static const void *certificate_member(const struct identity *identity, enum identity_field field)
{
	static const struct certificate_identity none = {.present = false};
	const struct certificate_identity *certificate =
		identity->certificate.present ? &identity->certificate : &none;

	return (const char *)certificate + certificate_offsets[field];
}

/* The value of the label KEY; NULL when there is none that counts. */
static const char *label_value(const struct container_identity *container, const char *key)
{
	size_t len = strlen(key);

	for (size_t i = 0; i < container->label_count; i++) {
		if (strncmp(container->labels[i], key, len) == 0 && container->labels[i][len] == '=')
			return container->labels[i] + len + 1;
	}
	return NULL;
}

/* Of a container that was made through quaymaster its id and its maker count: the rest its maker chose. */
static const char *container_text(const struct container_identity *container,
                                  const struct predicate_path *path)
{
	const bool made = container->tenant != NULL;
	const enum identity_field field = path->meaning.field;

	if (container->state != CONTAINER_PRESENT)
		return NULL;
	if (field == IDENTITY_CONTAINER_ID)
		return container->id;
	if (field == IDENTITY_CONTAINER_TENANT)
		return container->tenant;
	if (made)
		return NULL;
	if (field == IDENTITY_CONTAINER_NAME)
		return container->name;
	if (field == IDENTITY_CONTAINER_IMAGE)
		return container->image;
	return label_value(container, path->steps[OBJECT_NONE]->list[0].name);
}

/* Where nobody can tell which container a client is in, nothing that is asked of it is true or false. */
static enum reach tell_container(const struct identity *identity, const struct predicate_path *path,
                                 struct identity_told *told)
{
	if (identity->container.state == CONTAINER_UNKNOWN)
		return REACH_LOST;
	told->given = identity->container.state == CONTAINER_PRESENT;
	if (path->meaning.field != IDENTITY_CONTAINER)
		told->text = container_text(&identity->container, path);
	return REACH_TOLD;
}

enum reach predicate_identity(const struct identity *identity, const struct predicate_path *path,
                              struct identity_told *told)
{
	const enum identity_field field = path->meaning.field;

	*told = (struct identity_told){.text = NULL};
	switch (field) {
	case IDENTITY_LISTENER:
	case IDENTITY_ADDRESS:
	case IDENTITY_TENANT:
		return tell_connection(identity, field, told);
	case IDENTITY_UID:
	case IDENTITY_GID:
	case IDENTITY_USER:
	case IDENTITY_GROUP:
		return tell_peer(identity, field, told);
	case IDENTITY_COMMON_NAME:
	case IDENTITY_ISSUER:
	case IDENTITY_SERIAL:
	case IDENTITY_SPKI_SHA256:
		told->text = *(const char *const *)certificate_member(identity, field);
		return REACH_TOLD;
	case IDENTITY_ORGANIZATION:
	case IDENTITY_ORGANIZATIONAL_UNIT:
	case IDENTITY_DNS:
	case IDENTITY_IP:
	case IDENTITY_EMAIL:
	case IDENTITY_URI:
		told->names = certificate_member(identity, field);
		return REACH_TOLD;
	case IDENTITY_CONTAINER:
	case IDENTITY_CONTAINER_ID:
	case IDENTITY_CONTAINER_NAME:
	case IDENTITY_CONTAINER_IMAGE:
	case IDENTITY_CONTAINER_TENANT:
	case IDENTITY_CONTAINER_LABEL:
		return tell_container(identity, path, told);
	}
	return REACH_LOST;
}
