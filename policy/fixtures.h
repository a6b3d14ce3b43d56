/* Objects of a daemon that is not there: what it would answer about each, written by hand in a
 * policy test or in explain's --facts. */
#ifndef QUAYMASTER_POLICY_FIXTURES_H
#define QUAYMASTER_POLICY_FIXTURES_H

#include "policy/route.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct error;
struct facts;
struct fixture;

enum { FIXTURES_MAX = 4096 };

struct fixtures {
	struct arena *arena; /* everything lives there */
	struct fixture *first, *last;
	struct fixture_record *records; /* of where images came from, the newest first */
	size_t count;
};

/* Reads "KIND NAME [of TENANT] = ANSWER", the rest of a line that began with "fact"; the object has the tenant's seal then. LINE is cut up. False with
 * ERROR when it is malformed, or says what another line has said already. */
bool fixtures_read(struct fixtures *fixtures, char *line, struct error *error);

/* Reads "ID pulled NAME[:TAG]" or "ID made NAME[:TAG] by POLICY" (NAME "-": none), the rest of a line that
 * began with "record": where quaymaster would know the image to come from. */
bool fixtures_read_record(struct fixtures *fixtures, char *line, struct error *error);

/* Answers each wanted fact, with a 404 in the daemon's words when nobody has written it. CONTEXT is a
 * struct fixtures. */
void fixtures_answer(void *context, struct arena *arena, struct facts *facts);
/* A kind of object that a fact may be about, by its name; OBJECT_NONE when there is none such. */
enum object_kind fixtures_kind(const char *name);

#endif
