/* The steps of request_read_head that have files of their own. Private to request*.c: all others
 * see request.h. */
#ifndef QUAYMASTER_POLICY_REQUEST_PARTS_H
#define QUAYMASTER_POLICY_REQUEST_PARTS_H

#include "policy/request.h"

/* Fills REFUSAL; the text is cut at a kilobyte and made printable. Returns false always. */
bool request_refuse(struct arena *arena, struct refusal *refusal, unsigned status,
                    const char *format, ...) __attribute__((format(printf, 4, 5)));
bool request_refuse_memory(struct refusal *refusal);

/* The version to send, from that of request->path and RANGE. */
bool request_read_version(struct request *request, const struct api_range *range,
                          struct refusal *refusal);

/* Chooses among the routes that share the template by the query as GIVEN. */
bool request_choose_route(struct request *request, const struct query *given,
                          struct refusal *refusal);
/* request->query from the parameters GIVEN, by request->route. */
bool request_read_query(struct request *request, const struct query *given,
                        struct refusal *refusal);

/* True when NAME is a property of the route's JSON body. docker-modem, the base of dockerode, sends
 * its options in the query and in the body alike; dockerd looks for each in one place only, so the
 * copy is left out. */
bool request_has_property(const struct route *route, const char *name);

/* What no route takes: a browser's headers and a form. Looked at before anything else. */
bool request_check_origin(struct arena *arena, const struct headers *headers,
                          struct refusal *refusal);
/* Media type, coding and upgrade, by request->route; fills headers, has_body, ignores_body and
 * upgrade. */
bool request_read_headers(struct request *request, const struct request_head *head,
                          struct refusal *refusal);

#endif
