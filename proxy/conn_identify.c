/* Who is at the other end of a connection: what its socket tells, and, where that matters, which container the peer is in, which
 * only the daemon knows. Fixed once for the connection. */
#include "proxy/conn_private.h"

#include "policy/arena.h"
#include "policy/load.h"
#include "proxy/config.h"
#include "proxy/edition.h"
#include "proxy/identity.h"
#include "proxy/log.h"
#include "proxy/peer_process.h"
#include "proxy/upstream.h"

#include <string.h>
#include <sys/stat.h>

static void settle(struct conn *conn)
{
	conn->identity.grant = policy_set_match(conn->edition->config->policies, &conn->identity);
	conn->policy = conn->identity.grant.policy;
	conn->identified = true;
}

static void read_peer(struct conn *conn)
{
	if (!conn->peer_read)
		peer_process_read(conn->arena, conn->client, conn->accepted_ms, &conn->peer);
	conn->peer_read = true;
}

static bool asks(const struct conn *conn, const struct edition *edition)
{
	return conn->identity.peer.present && policy_set_asks_for_containers(edition->config->policies);
}

bool conn_meet(struct conn *conn, struct error *error)
{
	if (!identity_read(conn->arena, conn->client, conn->identity.listener, &conn->identity, error))
		return false;
	if (asks(conn, conn->edition))
		read_peer(conn);
	else
		settle(conn);
	return true;
}

static bool same_labels(const struct label_keys *a, const struct label_keys *b)
{
	size_t same = 0;

	while (same < a->count && same < b->count && strcmp(a->list[same], b->list[same]) == 0)
		same++;
	return same == a->count && same == b->count;
}

/* True when what is known of the peer's container answers what the client rules of the edition in force ask. */
static bool conn_is_identified(const struct conn *conn)
{
	const struct edition *now = conn->context->edition;

	if (!conn->identified || !asks(conn, now))
		return conn->identified;
	return asks(conn, conn->edition) &&
	       same_labels(policy_set_labels(conn->edition->config->policies),
	                   policy_set_labels(now->config->policies));
}

/* A rootless daemon is that of its socket's owner. */
static unsigned daemon_user(const struct conn *conn)
{
	const char *socket = upstream_config(conn->context->upstream)->socket;
	struct stat information;

	return socket != NULL && stat(socket, &information) == 0 ? information.st_uid : 0;
}

/* The container's first process should be where the container is said to be; where its number is another's here, in a pid
 * namespace that is not the daemon's, it tells nothing. */
static bool is_refuted(struct conn *conn, const struct peer_finding *finding)
{
	const char *cgroups = finding->container.state == CONTAINER_PRESENT
	                          ? peer_process_cgroups(conn->turn.arena, finding->pid)
	                          : NULL;

	return cgroups != NULL && cgroup_candidate_refuted(&finding->claim, cgroups);
}

static void found(struct conn *conn, const struct peer_finding *finding)
{
	struct container_identity *container = &conn->identity.container;

	if (finding->layout.driver != CGROUP_DRIVER_UNKNOWN)
		upstream_set_layout(conn->context->upstream, conn->turn.generation, &finding->layout);
	*container = finding->container;
	if (is_refuted(conn, finding))
		*container = (struct container_identity){
			.why = "the first process of the container that it should be in is elsewhere"};
	if (container->state == CONTAINER_UNKNOWN)
		log_line(LOG_DEBUG, "%s: nobody knows which container the client is in: %s",
		         conn->identity.listener, container->why);
	settle(conn);
}

static void who_learnt(void *context)
{
	struct conn *conn = context;

	conn->lookup = NULL;
	if (!turn_take_budget(conn, conn->turn.who->bytes)) {
		conn_refuse(conn, 503, "too much is being judged at once (limits.body_budget); try again");
	} else {
		conn->turn.who->bytes = 0; /* paid for */
		conn_enter(conn, CONN_DECIDE);
	}
	conn_advance(conn);
}

static enum step refuse_unanswered(struct conn *conn, const char *message)
{
	const char *text =
		arena_format(conn->turn.arena,
	                 "the Docker daemon cannot be asked which container you are in: %s", message);

	return conn_refuse(conn, 503, text != NULL ? text : "out of memory");
}

/* What is asked by the rules of EDITION, with facts in ARENA. */
static struct peer_question question_of(const struct conn *conn, const struct edition *edition,
                                        struct arena *arena, struct facts *facts)
{
	return (struct peer_question){
		.arena = conn->arena,
		.facts_arena = arena,
		.process = &conn->peer,
		.keys = policy_set_labels(edition->config->policies),
		.since = edition->since,
		.seal = edition->key,
		.cgroup_parent = upstream_config(conn->context->upstream)->cgroup_parent,
		.uid = daemon_user(conn),
		.facts = facts,
	};
}

bool conn_identify_at_once(struct conn *conn, struct arena *arena,
                           struct container_identity *container)
{
	struct facts *facts = arena_alloc(arena, sizeof *facts);
	const struct edition *now = conn->context->edition;
	struct peer_finding finding;
	struct peer_question question;

	if (conn_is_identified(conn))
		return true;
	if (facts == NULL || !conn->identity.peer.present)
		return false;
	read_peer(conn);
	question = question_of(conn, now, arena, facts);
	if (peer_container_find(&question, &finding) != PEER_ANSWERED)
		return false;
	*container = finding.container;
	return true;
}

enum step conn_identify(struct conn *conn, uint64_t generation)
{
	struct turn *turn = &conn->turn;
	struct peer_question question;
	struct peer_finding finding;

	read_peer(conn);
	if (!turn->typed)
		turn->generation = generation;
	else if (turn->generation != generation) /* what is known of objects is of another boot */
		return conn_refuse(conn, 503, "the Docker daemon has just been restarted; try again");
	if (turn->who == NULL)
		turn->who = arena_alloc(turn->arena, sizeof *turn->who);
	if (turn->who == NULL)
		return conn_refuse(conn, 503, "out of memory");
	question = question_of(conn, conn->edition, turn->arena, turn->who);
	question.layout = upstream_layout(conn->context->upstream, generation);
	switch (peer_container_find(&question, &finding)) {
	case PEER_UNANSWERED:
		return refuse_unanswered(conn, finding.message);
	case PEER_NEEDS_FACTS:
		if (!turn_look_up(conn, turn->who, who_learnt))
			return conn_refuse(conn, 503, "out of memory");
		conn_enter(conn, CONN_LOOKUP);
		return STEP_WAIT;
	case PEER_ANSWERED:
		found(conn, &finding);
		return STEP_AGAIN;
	}
	return conn_refuse(conn, 500, "no answer");
}
