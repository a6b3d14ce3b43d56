/* A whole connection: a client's end, the real thing with the shipped policies, and a fake daemon. */
#ifndef QUAYMASTER_TESTS_CONN_SCENE_H
#define QUAYMASTER_TESTS_CONN_SCENE_H

#include "proxy/conn.h"
#include "proxy/edition.h"
#include "tests/unit/bench.h"

#include <stdatomic.h>

struct audit;

struct conn_scene {
	struct bench bench; /* first; ends.client is the client */
	struct config config;
	struct listener_config listener; /* named after the policy */
	struct edition_listener edition_listener;
	struct edition edition; /* the one in force at first */
	struct audit *audit;
	atomic_uint_fast64_t budget;
	struct conn_context context;
	struct conn *conn; /* NULL once it has ended */
	unsigned closed;
};

enum { SCENE_BUDGET = 1000000 };

/* A daemon and limits, but no connection yet; the limits may be changed. */
void conn_scene_prepare(struct conn_scene *scene, const struct fake_answer *answers);
/* POLICY is "ci" or "admin"; anything else is nobody's. */
void conn_scene_connect(struct conn_scene *scene, const char *policy);
void conn_scene_open(struct conn_scene *scene, const struct fake_answer *answers,
                     const char *policy);
void conn_scene_close(struct conn_scene *scene);
/* Requires a log in FILE. */
void conn_scene_audit(struct conn_scene *scene, const char *file);
/* What that FILE says by now; the caller's to free. */
char *conn_scene_log(const char *file);

/* Sends TEXT and waits until the client has TEXT_OF_ANSWER; forgets all that came up to then. */
void conn_scene_expect(struct conn_scene *scene, const char *text, const char *answer);
/* Waits for an end of the connection. */
void conn_scene_expect_end(struct conn_scene *scene);
void conn_scene_send(struct conn_scene *scene, const char *text);

/* "GET /v1.41/info", as a whole request. */
#define REQUEST(line)  line " HTTP/1.1\r\nHost: x\r\n\r\n"
#define NOTHING_TO_SAY "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
#define JSON_REQUEST(line, length, body)                                                     \
	line " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: " length \
		 "\r\n\r\n" body

#endif
