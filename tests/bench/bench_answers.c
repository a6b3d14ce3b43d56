/* A list of containers as a daemon sends it, of which the tenant has all, or none. */
#include "tests/bench/bench_answers.h"

#include "policy/answer_filter.h"
#include "policy/arena.h"
#include "policy/identity.h"
#include "policy/policy.h"
#include "policy/request.h"
#include "tests/bench/stopwatch.h"

#include <stdio.h>
#include <stdlib.h>

enum { LIST_BYTES = 20 * 1024, LIST_SIZE = LIST_BYTES + 4096, ROUNDS = 101, ARENA_BYTES = 1 << 20 };

#define NONCE "0123456789abcdef0123456789abcdef"

/* What one container comes to in a list of API 1.41. */
static const char element[] =
	"{\"Id\":\"%064u\",\"Names\":[\"/web-%u\"],\"Image\":\"registry.example/team/web:1.2\",\"ImageID\":\"sha256:%064u\",\"Command\":"
	"\"/docker-entrypoint.sh nginx -g 'daemon off;'\",\"Created\":1700000000,\"Ports\":[{\"IP\":\"0.0.0.0\",\"PrivatePort\":80,"
	"\"PublicPort\":32768,\"Type\":\"tcp\"}],\"Labels\":{\"com.docker.compose.project\":\"web\",\"com.docker.compose.service\":\"web\","
	"\"quaymaster.tenant\":\"%s\",\"quaymaster.seal\":\"%s\"},\"State\":\"running\",\"Status\":\"Up 2 hours\",\"HostConfig\":{\"NetworkMode\":"
	"\"web_default\"},\"NetworkSettings\":{\"Networks\":{\"web_default\":{\"IPAMConfig\":null,\"Links\":null,\"Aliases\":null,"
	"\"NetworkID\":\"%064u\",\"EndpointID\":\"%064u\",\"Gateway\":\"172.18.0.1\",\"IPAddress\":\"172.18.0.2\",\"IPPrefixLen\":16,"
	"\"IPv6Gateway\":\"\",\"GlobalIPv6Address\":\"\",\"GlobalIPv6PrefixLen\":0,\"MacAddress\":\"02:42:ac:12:00:02\",\"DriverOpts\":null}}},"
	"\"Mounts\":[{\"Type\":\"volume\",\"Name\":\"web_data\",\"Source\":\"\",\"Destination\":\"/data\",\"Driver\":\"local\",\"Mode\":\"z\","
	"\"RW\":true,\"Propagation\":\"\"}]}";

static bool put(void *owner, const char *bytes, size_t len)
{
	size_t *out = owner;

	(void)bytes;
	*out += len;
	return true;
}

static size_t make_list(const struct seal_key *key, const char *tenant, char *list, unsigned *count)
{
	char seal[SEAL_SIZE], kind[96];
	size_t len = 1;

	list[0] = '[';
	for (*count = 0; len < LIST_BYTES; (*count)++) {
		const unsigned i = *count;

		snprintf(kind, sizeof kind, "container sha256:%064u", i);
		if (!seal_make(key, &(struct seal_claim){kind, tenant, NONCE}, seal))
			abort();
		len += (size_t)snprintf(list + len, LIST_SIZE - len, "%s", i > 0 ? "," : "");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		len += (size_t)snprintf(list + len, LIST_SIZE - len, element, i, i, i, tenant, seal, i, i);
#pragma GCC diagnostic pop
	}
	return len + (size_t)snprintf(list + len, LIST_SIZE - len, "]\n");
}

static double measure(const struct request *request, const struct world *world,
                      const struct redact_rules *redact, const char *list, size_t len)
{
	double times[ROUNDS];

	for (size_t i = 0; i < ROUNDS; i++) {
		size_t out = 0, taken = 0;
		const struct answer_sink sink = {put, &out};
		double before = stopwatch_microseconds();
		struct answer_filter *filter = answer_filter_new(request, world, redact, &sink);

		if (filter == NULL || answer_filter_feed(filter, list, len, &taken) != ANSWER_GOES_ON ||
		    answer_filter_end(filter) != ANSWER_GOES_ON)
			abort();
		answer_filter_free(filter);
		times[i] = stopwatch_microseconds() - before;
	}
	return stopwatch_median(times, ROUNDS);
}

void bench_answers(void)
{
	static const char secret[SEAL_KEY_MIN] = "a secret that only this has";
	static const struct policy policy = {.name = "p"};
	static const char *names[] = {"com.docker.compose.*", "*PASSWORD*", "*"};
	static const struct redact_rules hidden = {.env = {.list = names, .count = 3},
	                                           .labels = {.list = names, .count = 2},
	                                           .options = {.list = names, .count = 3},
	                                           .mounts = {.on = true}};
	static char list[LIST_SIZE];
	const struct identity identity = {.grant = {.policy = &policy, .tenant = "a"}};
	const struct api_range range = {.oldest = {1, 24}, .newest = {1, 41}};
	const struct request_head head = {.method = "GET", .target = "/v1.41/containers/json"};
	struct arena *arena = arena_new(ARENA_BYTES);
	struct world world = {.tenant = NULL};
	struct refusal refusal = {0};
	struct request request;
	struct seal_key key;
	unsigned count;

	seal_key_make(secret, sizeof secret, &key);
	if (arena == NULL || !world_begin(&world, arena, &policy, &identity, &key) ||
	    !request_read_head(arena, &head, &range, &request, &refusal))
		abort();
	for (const char *const *tenant = (const char *const[]){"a", "b", NULL}; *tenant != NULL;
	     tenant++) {
		size_t len = make_list(&key, *tenant, list, &count);

		printf("%9.1f us  a list of %zu bytes, %u containers, %s\n",
		       measure(&request, &world, NULL, list, len), len, count,
		       **tenant == 'a' ? "all the tenant's" : "none of them the tenant's");
	}
	size_t len = make_list(&key, "b", list, &count);

	printf(
		"%9.1f us  the same, to a client without a tenant, with labels, paths and options hidden\n",
		measure(&request, NULL, &hidden, list, len));
	arena_free(arena);
}
