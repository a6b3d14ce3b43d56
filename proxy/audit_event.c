/* How each line of the audit log begins: with these three, in this order, whatever the event. */
#include "proxy/audit_event.h"

#include "proxy/json_line.h"

#include <stdio.h>
#include <time.h>

void audit_event_begin(struct json_line *line, const char *event, uint64_t id)
{
	struct timespec now = {0};
	struct tm utc = {0};
	char text[40];
	size_t len;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	len = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(text + len, sizeof text - len, ".%03ldZ", now.tv_nsec / 1000000);
	json_line_begin(line);
	json_line_string(line, "time", text);
	json_line_string(line, "event", event);
	snprintf(text, sizeof text, "%016llx", (unsigned long long)id);
	json_line_string(line, "id", text);
}
