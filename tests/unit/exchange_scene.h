/* An exchange between a client's stream, which the test lends it, and a fake daemon. */
#ifndef QUAYMASTER_TESTS_EXCHANGE_SCENE_H
#define QUAYMASTER_TESTS_EXCHANGE_SCENE_H

#include "policy/request.h"
#include "proxy/exchange.h"
#include "tests/unit/bench.h"

struct arena;

enum { MIB = 1024 * 1024 };

#define OK  "HTTP/1.1 200 OK\r\n"
#define TEN "0123456789"

struct scene {
	struct bench bench; /* first; ends.client is the client, ends.server the proxy's side of it */
	struct arena *arena;
	struct request request;
	struct exchange_setup setup;
	struct exchange *exchange;
	unsigned done;
	bool gone; /* the client's stream told that it failed */
	struct exchange_outcome outcome;
	char message[256];
};

/* A daemon that leaves the answers to the test. */
extern const struct fake_answer silent[];

/* Everything but the exchange. */
void scene_open(struct scene *scene, const struct fake_answer *answers);
void scene_close(struct scene *scene);
/* Reads "GET", "/info" into the request that is to be sent; UPGRADE to "tcp". */
void ask_for(struct scene *scene, const char *method, const char *target, bool upgrade);
/* Makes the exchange; makes it and begins. */
void prepare(struct scene *scene);
void begin(struct scene *scene);
/* Runs to the exchange's end. */
void finish(struct scene *scene);
bool is_done(struct ends *ends);
void settle(struct scene *scene);

struct end *client_of(struct scene *scene);
struct fake_connection *daemon_of(struct scene *scene);
void assert_heard(struct evbuffer *buffer, const char *text);
/* Connections that were in the pool, and no longer are. */
size_t pooled(struct scene *scene);

#endif
