/* Requests: what is taken prints to something that is taken again and prints the same; what is
 * refused says why. The input is "METHOD target\n", then "Name: value\n" lines, then optionally an
 * empty line and a body. */
#define _GNU_SOURCE /* memmem */

#include "policy/arena.h"
#include "policy/request.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { HEADERS_MAX = 20 };

static const struct api_range wide = {.oldest = {1, 24}, .newest = {1, 55}};
static const struct api_range narrow = {.oldest = {1, 40},
                                        .newest = {1, 47},
                                        .floor = {1, 44},
                                        .engine = {1, 52}};
static const struct api_range *range; /* one of them */
static const struct json_limits limits = {.bytes = 1 << 16, .nodes = 2000, .depth = 32};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool split_head(char *text, struct request_head *head)
{
	char *line = strchr(text, '\n');
	char *target = strchr(text, ' ');

	if (target == NULL || (line != NULL && line < target))
		return false;
	*target++ = '\0';
	head->method = text;
	head->target = target;
	while (line != NULL && head->headers.count < HEADERS_MAX) {
		char *value;

		*line++ = '\0';
		value = strstr(line, ": ");
		text = line;
		line = strchr(line, '\n');
		if (value == NULL || (line != NULL && line < value))
			continue;
		*value = '\0';
		head->headers.list[head->headers.count++] = (struct header){text, value + 2};
	}
	if (line != NULL)
		*line = '\0';
	return true;
}

static void check_refusal(const struct refusal *refusal)
{
	assert(refusal->status >= 400 && refusal->status < 600);
	assert(refusal->message != NULL && refusal->message[0] != '\0');
	assert(strpbrk(refusal->message, "\r\n\x1b\x7f") == NULL);
}

static void check_body(struct arena *arena, struct request *request, const char *body, size_t len)
{
	struct request again = *request;
	struct refusal refusal;
	const char *printed;
	size_t printed_len;

	again.arena = arena;
	if (!request_read_body(request, body, len, &limits, UNKNOWN_FIELDS_DROP, &refusal)) {
		check_refusal(&refusal);
		assert(request->body == NULL);
		return;
	}
	printed = request_print_body(request, &printed_len);
	if (request->body == NULL || printed == NULL)
		return;
	if (!request_read_body(&again, printed, printed_len, &limits, UNKNOWN_FIELDS_REFUSE,
	                       &refusal)) {
		assert(refusal.status == 413); /* the canonical spelling may be the longer one */
		return;
	}
	assert(json_equal(request->body, again.body));
}

static void check_request(struct arena *arena, struct request_head *head, struct request *request,
                          const char *body, size_t len)
{
	struct request again;
	struct refusal refusal;
	const char *target = request_print_target(request);
	const char *described = request_describe(request);

	assert(target != NULL && described != NULL);
	assert(strncmp(target, "/v1.", 4) == 0 || request->route->unversioned);
	assert(request->route->unversioned ||
	       (api_version_compare(request->version, range->oldest) >= 0 &&
	        api_version_compare(request->version, range->newest) <= 0));
	assert(strpbrk(target, " \t\r\n#;\"\\") == NULL);
	for (size_t i = 0; i < request->query.count; i++)
		assert(route_parameter(request->route, request->query.parameters[i].name) != NULL);
	assert(request->headers.count <= head->headers.count + 1);
	assert(!request->ignores_body || request->has_body);
	head->target = target;
	assert(request_read_head(arena, head, range, &again, &refusal));
	assert(again.route == request->route && again.upgrade == request->upgrade);
	assert(strcmp(request_print_target(&again), target) == 0);
	check_body(arena, request, body, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct header list[HEADERS_MAX];
	struct request_head head = {.headers = {list, 0}};
	struct arena *arena = arena_new(1024 * size + (1 << 20));
	struct request request;
	struct refusal refusal;
	const char *body;
	size_t head_len = size;
	char *text;

	assert(arena != NULL);
	range = size % 2 == 0 ? &wide : &narrow;
	body = memmem(data, size, "\n\n", 2);
	if (body != NULL)
		head_len = (size_t)(body - (const char *)data);
	if (memchr(data, '\0', head_len) == NULL) {
		text = arena_copy(arena, (const char *)data, head_len);
		assert(text != NULL);
		head.has_body = body != NULL;
		if (split_head(text, &head)) {
			if (request_read_head(arena, &head, range, &request, &refusal))
				check_request(arena, &head, &request, body == NULL ? "" : body + 2,
				              body == NULL ? 0 : size - head_len - 2);
			else
				check_refusal(&refusal);
		}
	}
	arena_free(arena);
	return 0;
}
