/* In which API version a request is read and sent: floors lift old ones, ceilings refuse new ones, and what
 * the daemon is stays known. */
#include "policy/arena.h"
#include "policy/request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* A daemon of API 1.40 to 1.52; to 1.12 in its youth. */
#define MODERN .oldest = {1, 40}, .newest = {1, 52}
#define YOUNG  .oldest = {1, 12}, .newest = {1, 41}

static const struct api_range plain = {MODERN};
static const struct api_range lifting = {MODERN, .floor = {1, 40}};
static const struct api_range lifting_from_24 = {MODERN, .floor = {1, 24}};
static const struct api_range lifting_to_44 = {MODERN, .floor = {1, 44}};
static const struct api_range young_lifting = {YOUNG, .floor = {1, 40}};
static const struct api_range capped = {.oldest = {1, 24}, .newest = {1, 38}, .engine = {1, 41}};
static const struct api_range lifting_beyond = {.oldest = {1, 24},
                                                .newest = {1, 38},
                                                .floor = {1, 40},
                                                .engine = {1, 41}};
static const struct api_range future = {.oldest = {1, 44}, .newest = {1, 50}, .engine = {1, 70}};

/* TEXT is "GET /v1.24/info". */
static struct arena *read_text(const char *text, const struct api_range *range,
                               struct request *request, struct refusal *refusal)
{
	struct arena *arena = arena_new(1 << 20);
	const char *target = strchr(text, ' ') + 1;
	struct request_head head = {.method = arena_copy(arena, text, (size_t)(target - text - 1)),
	                            .target = target};

	request_read_head(arena, &head, range, request, refusal);
	return arena;
}

/* A table of what is sent for each request; "" is refused. */
static void requests_get_their_version(void **state)
{
	static const struct {
		const struct api_range *range;
		const char *text, *sent;
	} table[] = {
		/* Nothing is lifted unasked. */
		{&plain, "GET /v1.24/containers/json", ""},
		{&plain, "GET /v1.40/containers/json", "/v1.40/containers/json"},
		{&plain, "GET /containers/json", "/v1.52/containers/json"},
		/* Reading is lifted, to the daemon's oldest or to what the floor says. */
		{&lifting, "GET /v1.24/containers/json?all=1", "/v1.40/containers/json?all=1"},
		{&lifting, "GET /v1.39/info", "/v1.40/info"},
		{&lifting, "GET /v1.40/info", "/v1.40/info"},
		{&lifting, "GET /v1.52/info", "/v1.52/info"},
		{&lifting, "GET /info", "/v1.52/info"},
		{&lifting_from_24, "GET /v1.24/info", "/v1.40/info"},
		{&lifting_to_44, "GET /v1.24/info", "/v1.44/info"},
		{&lifting_to_44, "GET /v1.41/info", "/v1.44/info"},
		{&lifting_to_44, "GET /v1.44/info", "/v1.44/info"},
		{&lifting, "GET /v1.24/version", "/v1.40/version"},
		{&lifting, "GET /v1.24/containers/web/logs?stdout=1",
	     "/v1.40/containers/web/logs?stdout=1"},
		{&lifting, "HEAD /v1.24/containers/web/archive?path=%2F",
	     "/v1.40/containers/web/archive?path=%2F"},
		{&lifting, "GET /v1.24/_ping", "/_ping"},
		/* So are the simple actions. */
		{&lifting, "POST /v1.24/containers/web/start", "/v1.40/containers/web/start"},
		{&lifting, "POST /v1.24/containers/web/stop?t=3", "/v1.40/containers/web/stop?t=3"},
		{&lifting, "POST /v1.25/containers/web/restart", "/v1.40/containers/web/restart"},
		{&lifting, "POST /v1.25/containers/web/kill?signal=HUP",
	     "/v1.40/containers/web/kill?signal=HUP"},
		{&lifting, "POST /v1.25/containers/web/pause", "/v1.40/containers/web/pause"},
		{&lifting, "POST /v1.25/containers/web/unpause", "/v1.40/containers/web/unpause"},
		{&lifting, "POST /v1.25/containers/web/wait", "/v1.40/containers/web/wait"},
		/* Nothing else. */
		{&lifting, "POST /v1.24/containers/create", ""},
		{&lifting, "POST /v1.24/containers/prune", ""},
		{&lifting, "DELETE /v1.24/containers/web", ""},
		{&lifting, "POST /v1.24/containers/web/exec", ""},
		{&lifting, "POST /v1.24/images/create?fromImage=a", ""},
		{&lifting, "GET /v1.24/containers/web/attach/ws", ""}, /* it writes */
		{&lifting, "POST /v1.24/build", ""},
		/* What its own version has not, its client did not mean. */
		{&lifting, "GET /v1.24/plugins", ""},
		{&lifting, "GET /v1.25/plugins", "/v1.40/plugins"},
		{&lifting, "GET /v1.29/configs", ""},
		{&lifting, "GET /v1.24/nothing", ""},
		/* Below 1.24, and what is no version, there is nothing to lift. */
		{&lifting, "GET /v1.23/info", ""},
		{&lifting, "GET /v1.12/info", ""},
		{&lifting, "GET /v0.44/info", ""},
		{&lifting, "GET /v2.24/info", ""},
		/* A daemon that speaks the version itself gets what is not lifted as it is. */
		{&young_lifting, "GET /v1.24/info", "/v1.40/info"},
		{&young_lifting, "DELETE /v1.24/containers/web", "/v1.24/containers/web"},
		{&young_lifting, "GET /v1.24/plugins", ""},
		{&young_lifting, "GET /info", "/v1.41/info"},
		/* A ceiling is the newest there is; a floor above it lifts nothing. */
		{&capped, "GET /info", "/v1.38/info"},
		{&capped, "GET /v1.38/info", "/v1.38/info"},
		{&capped, "GET /v1.39/info", ""},
		{&capped, "GET /v1.41/_ping", ""},
		{&capped, "GET /_ping", "/_ping"},
		{&capped, "HEAD /_ping", "/_ping"}, /* which came with API 1.40 */
		{&capped, "HEAD /v1.38/_ping", ""},
		{&lifting_beyond, "GET /v1.24/info", "/v1.24/info"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct request request;
		struct refusal refusal;
		struct arena *arena = read_text(table[i].text, table[i].range, &request, &refusal);
		const char *sent = refusal.status == 0 ? request_print_target(&request) : "";

		if (strcmp(sent, table[i].sent) != 0)
			fail_msg("%s: %s %s", table[i].text, sent, refusal.message);
		arena_free(arena);
	}
}

/* A table of refusals in the daemon's own words, which clients look for. */
static void refusals_are_in_the_daemons_words(void **state)
{
	static const struct {
		const struct api_range *range;
		const char *text;
		unsigned status;
		const char *message;
	} table[] = {
		{&plain, "GET /v1.24/info", 400,
	     "client version 1.24 is too old. Minimum supported API version is 1.40, please upgrade your "
	     "client to a newer version"},
		{&lifting, "DELETE /v1.24/containers/web", 400,
	     "client version 1.24 is too old. Minimum supported API version is 1.40, please upgrade your "
	     "client to a newer version"},
		{&lifting, "GET /v1.23/info", 400,
	     "client version 1.23 is too old. Minimum supported API version is 1.40, please upgrade your "
	     "client to a newer version"},
		{&capped, "GET /v1.41/info", 400,
	     "client version 1.41 is too new. Maximum supported API version is 1.38"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct request request;
		struct refusal refusal;
		struct arena *arena = read_text(table[i].text, table[i].range, &request, &refusal);

		assert_int_equal(refusal.status, table[i].status);
		assert_string_equal(refusal.message, table[i].message);
		arena_free(arena);
	}
}

/* What is judged is what is sent: the parameters are those of the version that it was lifted to. */
static void lifted_requests_are_read_anew(void **state)
{
	struct request request;
	struct refusal refusal;
	struct arena *arena =
		read_text("GET /v1.24/images/json?filter=busybox", &lifting_to_44, &request, &refusal);

	(void)state;
	assert_int_equal(refusal.status, 400);
	assert_string_equal(refusal.message,
	                    "query parameter filter of image.list is not in API 1.44, to which this "
	                    "request was lifted: the daemon would ignore it");
	arena_free(arena);
	arena = read_text("GET /v1.24/images/json?filter=busybox", &lifting, &request, &refusal);
	assert_string_equal(request_print_target(&request), "/v1.40/images/json?filter=busybox");
	assert_int_equal(request.lifted_from.minor, 24);
	assert_int_equal(request.version.minor, 40);
	arena_free(arena);
	arena = read_text("GET /v1.24/images/json?filter=&shared-size=1", &lifting_to_44, &request,
	                  &refusal);
	assert_string_equal(request_print_target(&request), "/v1.44/images/json?shared-size=1");
	arena_free(arena);
	arena = read_text("GET /v1.44/images/json?filter=busybox", &lifting_to_44, &request, &refusal);
	assert_string_equal(request_print_target(&request), "/v1.44/images/json");
	assert_int_equal(request.lifted_from.major, 0);
	arena_free(arena);
}

/* How old a daemon is does not depend on what requests may say. */
static void the_engine_stays_known(void **state)
{
	static const struct {
		const struct api_range *range;
		unsigned minor;
	} table[] = {{&plain, 52}, {&capped, 41}, {&lifting_beyond, 41}, {&future, 56}};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct request request;
		struct refusal refusal;
		struct arena *arena = read_text("GET /info", table[i].range, &request, &refusal);

		assert_int_equal(request.engine.minor, table[i].minor);
		arena_free(arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_get_their_version),
		cmocka_unit_test(refusals_are_in_the_daemons_words),
		cmocka_unit_test(lifted_requests_are_read_anew),
		cmocka_unit_test(the_engine_stays_known),
	};

	return cmocka_run_group_tests_name("request_version", tests, NULL, NULL);
}
