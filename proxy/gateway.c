/* Owns the main thread of the serving process: does what the supervisor says, looks at certificate files, and tells that the
 * workers turn. Sockets come from the supervisor: by fork at the start, over the channel before a reload. */
#define _GNU_SOURCE /* clock_gettime */
#include "proxy/gateway.h"

#include "policy/error.h"
#include "proxy/admin_setup.h"
#include "proxy/channel.h"
#include "proxy/config.h"
#include "proxy/confinement.h"
#include "proxy/entrance.h"
#include "proxy/log.h"
#include "proxy/server.h"

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { CERTIFICATES_MS = 2000, LEAVING_BEAT_MS = 50 };

/* Sockets that have come over the channel, until a listener takes them. */
struct passed {
	struct passed *next;
	char key[LISTENER_KEY_SIZE];
	struct listener_sockets sockets;
};

struct gateway {
	const struct gateway_plan *plan;
	struct server *server;
	struct passed *passed;
	uint64_t certificates_due_ms, leave_until_ms;
	unsigned drain_ms;
	bool leaving, ending;
};

static uint64_t now_ms(void)
{
	struct timespec now = {0};

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* --- sockets --------------------------------------------------------------------------------------------------- */

static void keep_passed(struct gateway *gateway, const struct channel_message *message)
{
	struct passed *passed = malloc(sizeof *passed);

	if (passed == NULL) {
		for (size_t i = 0; i < message->sockets.count; i++)
			close(message->sockets.fds[i]);
		return;
	}
	passed->sockets = message->sockets;
	memcpy(passed->key, message->text, sizeof passed->key);
	passed->next = gateway->passed;
	gateway->passed = passed;
}

static void drop_passed(struct gateway *gateway)
{
	while (gateway->passed != NULL) {
		struct passed *passed = gateway->passed;

		gateway->passed = passed->next;
		for (size_t i = 0; i < passed->sockets.count; i++)
			close(passed->sockets.fds[i]);
		free(passed);
	}
}

/* What was there at the fork is this process's own copy. */
static struct entrance *take_lent(struct entrances *lent, const struct listener_spec *spec)
{
	for (size_t i = 0; i < lent->count; i++) {
		struct entrance *entrance = lent->list[i];

		if (!listener_is_same(entrance->spec, spec))
			continue;
		lent->list[i] = lent->list[--lent->count];
		return entrance;
	}
	return NULL;
}

/* The configuration may have been changed once more since the supervisor read it: it goes by what it has opened. */
static struct entrance *take_entrance(void *context, struct config *config, size_t index,
                                      struct error *error)
{
	struct gateway *gateway = context;
	const struct listener_spec *spec = &config->listeners[index].spec;
	struct entrance *entrance = take_lent(gateway->plan->entrances, spec);
	char key[LISTENER_KEY_SIZE];

	if (entrance != NULL)
		return entrance;
	for (struct passed **at = &gateway->passed; listener_key(spec, key) && *at != NULL;
	     at = &(*at)->next) {
		struct passed *passed = *at;

		if (strcmp(passed->key, key) != 0)
			continue;
		*at = passed->next;
		entrance = entrance_take(config, index, &passed->sockets, error);
		free(passed);
		return entrance;
	}
	error_set(error,
	          "listener '%s': its socket is not open: was the configuration changed just now?",
	          spec->name);
	return NULL;
}

/* --- what the supervisor says ---------------------------------------------------------------------------------- */

static void reload(struct gateway *gateway)
{
	struct config *config = gateway->plan->read_again(gateway->plan->context);
	struct error error = {0};
	bool taken = false;

	if (config == NULL)
		error_set(&error, "it has mistakes, or cannot be read any more");
	else
		taken = server_reload(gateway->server, config, &error);
	if (taken)
		gateway->drain_ms = config->limits.drain_ms;
	drop_passed(gateway);
	config_release(config);
	channel_send(gateway->plan->channel, taken ? CHANNEL_TAKEN : CHANNEL_REFUSED, error.text);
}

static void leave(struct gateway *gateway, bool in_time)
{
	gateway->leave_until_ms = in_time ? now_ms() + gateway->drain_ms : UINT64_MAX;
	if (!gateway->leaving)
		server_leave(gateway->server);
	gateway->leaving = true;
}

static void obey(struct gateway *gateway, const struct channel_message *message)
{
	switch (message->kind) {
	case CHANNEL_LISTENER:
		keep_passed(gateway, message);
		break;
	case CHANNEL_REOPEN:
		server_reopen_logs(gateway->server);
		break;
	case CHANNEL_YIELD:
		server_yield_admin(gateway->server);
		break;
	case CHANNEL_RELOAD:
		reload(gateway);
		break;
	case CHANNEL_HAND_OVER:
	case CHANNEL_LEAVE:
		leave(gateway, message->kind == CHANNEL_LEAVE);
		break;
	case CHANNEL_CLOSED: /* the supervisor was killed: nobody is to serve in its place */
	case CHANNEL_STOP:
		gateway->ending = true;
		break;
	case CHANNEL_NOTHING:
	case CHANNEL_READY:
	case CHANNEL_ALIVE:
	case CHANNEL_TAKEN:
	case CHANNEL_REFUSED:
	case CHANNEL_KINDS:
		break;
	}
}

static void obey_all(struct gateway *gateway)
{
	struct channel_message message;

	do {
		channel_receive(gateway->plan->channel, true, &message);
		obey(gateway, &message);
	} while (message.kind != CHANNEL_NOTHING && !gateway->ending);
}

/* --- from time to time ----------------------------------------------------------------------------------------- */

static void tell_alive(struct gateway *gateway)
{
	char connections[16];

	if (!server_turns(gateway->server))
		return;
	(void)snprintf(connections, sizeof connections, "%u", server_connections(gateway->server));
	channel_send(gateway->plan->channel, CHANNEL_ALIVE, connections);
}

static bool has_left(const struct gateway *gateway)
{
	unsigned connections = server_connections(gateway->server);

	if (!gateway->leaving || (connections > 0 && now_ms() < gateway->leave_until_ms))
		return false;
	if (connections > 0)
		log_line(LOG_WARNING, "limits.drain_ms is over: %u connection%s cut", connections,
		         connections == 1 ? " is" : "s are");
	return true;
}

static void serve(struct gateway *gateway)
{
	struct pollfd wait = {.fd = gateway->plan->channel, .events = POLLIN};
	unsigned beat_ms = gateway->plan->beat_ms;

	while (!gateway->ending && !has_left(gateway)) {
		(void)poll(&wait, 1, gateway->leaving ? LEAVING_BEAT_MS : (int)beat_ms);
		obey_all(gateway);
		if (now_ms() >= gateway->certificates_due_ms) {
			server_renew_certificates(gateway->server);
			gateway->certificates_due_ms = now_ms() + CERTIFICATES_MS;
		}
		tell_alive(gateway);
	}
}

int gateway_run(const struct gateway_plan *plan)
{
	struct gateway gateway = {.plan = plan, .drain_ms = plan->config->limits.drain_ms};
	struct entrance_source source = {.open = take_entrance, .context = &gateway};
	struct error error = {0};

	for (size_t i = 0; i < plan->entrances->count; i++)
		plan->entrances->list[i]->sockets.others = true;
	/* Nobody opens a listening socket once it is confined. */
	if (admin_listen(&plan->config->admin, &source.admin, &error) &&
	    confinement_enter(plan->config, &error))
		gateway.server = server_start(plan->config, &source, &error);
	if (gateway.server == NULL) {
		log_line(LOG_ERROR, "%s", error.text);
		close(plan->channel);
		return EXIT_FAILURE;
	}
	channel_send(plan->channel, CHANNEL_READY, NULL);
	serve(&gateway);
	server_stop(gateway.server);
	drop_passed(&gateway);
	close(plan->channel);
	return EXIT_SUCCESS;
}
