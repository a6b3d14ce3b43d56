/* Puts a request into its tenant's world, where it has one. */
#include "proxy/conn_private.h"

#include "policy/arena.h"
#include "policy/world.h"
#include "proxy/edition.h"

#include <sys/random.h>

static bool make_nonce(char nonce[SEAL_NONCE_DIGITS + 1])
{
	static const char hex[] = "0123456789abcdef";
	unsigned char bytes[SEAL_NONCE_DIGITS / 2];

	if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
		return false;
	for (size_t i = 0; i < SEAL_NONCE_DIGITS; i++)
		nonce[i] = hex[bytes[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15];
	nonce[SEAL_NONCE_DIGITS] = '\0';
	return true;
}

bool turn_enter_world(struct conn *conn)
{
	struct turn *turn = &conn->turn;
	struct world *world;

	if (!world_is_closed(conn->policy, &conn->identity))
		return true;
	world = arena_calloc(turn->arena, 1, sizeof *world);
	if (world == NULL || !make_nonce(world->nonce))
		return false;
	/* Without a key there is no world, and the policy lets nothing pass. */
	if (!world_begin(world, turn->arena, conn->policy, &conn->identity, conn->edition->key))
		return true;
	turn->facts->world = world;
	turn->world_edition = edition_retain(conn->edition); /* a reload ends the connection's */
	return true;
}
