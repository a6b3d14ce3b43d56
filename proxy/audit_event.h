/* How each line of the audit log begins. */
#ifndef QUAYMASTER_PROXY_AUDIT_EVENT_H
#define QUAYMASTER_PROXY_AUDIT_EVENT_H

#include <stdint.h>

struct json_line;

/* Begins LINE with the time, the EVENT and the ID; one of the log itself has 0. */
void audit_event_begin(struct json_line *line, const char *event, uint64_t id);

#endif
