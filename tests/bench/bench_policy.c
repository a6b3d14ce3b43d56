/* What the policy costs one request: microseconds of CPU for each step of a docker run, from the bytes of its
 * head to the bytes that go to the daemon; and what ten and ten thousand rules cost.
 *
 *   bench_policy FILE.json         medians of interleaved rounds, by this thread's CPU clock
 *   bench_policy FILE.json count   the same steps COUNTED times for callgrind, which counts in measured()
 *
 * Looking facts up is the daemon's and the network's time, and learning from their answers a step apart. */
#include "policy/arena.h"
#include "policy/decide.h"
#include "policy/error.h"
#include "policy/facts.h"
#include "policy/identity.h"
#include "policy/load.h"
#include "policy/mutate.h"
#include "policy/problems.h"
#include "policy/request.h"
#include "proxy/http_read.h"
#include "proxy/json_pool.h"
#include "tests/bench/bench_answers.h"
#include "tests/bench/bench_scale.h"
#include "tests/bench/stopwatch.h"

#include <assert.h>
#include <event2/buffer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COUNTED = 1000, ROUNDS = 41, REPEATS = 100, ARENA_BYTES = 4 << 20, BODY_MAX = 64 * 1024 };

static const char head_format[] = "POST /v1.41/containers/create?name=unload-8388608 HTTP/1.1\r\n"
								  "Host: docker.example.org\r\n"
								  "User-Agent: Docker-Client/24.0.7 (linux)\r\n"
								  "Content-Length: %zu\r\n"
								  "Content-Type: application/json\r\n"
								  "\r\n";

/* One request on its way. */
struct passage {
	char head_bytes[512];
	char body_bytes[BODY_MAX];
	size_t head_len, body_len;
	const struct policy *policy;
	struct evbuffer *input;
	struct arena *arena;
	struct http_request_head head;
	struct request request;
	struct facts *facts;
	struct verdict verdict;
	size_t printed;
};

/* Each step in a function of its own, so that callgrind tells them apart. */
#define STEP __attribute__((noinline)) static void

STEP step_head(struct passage *passage)
{
	const struct http_limits limits = {64 * 1024, 100};
	struct http_fault fault;
	size_t scanned = 0;

	passage->arena = arena_new(ARENA_BYTES);
	evbuffer_add(passage->input, passage->head_bytes, passage->head_len);
	if (http_read_request(passage->input, passage->arena, &limits, &scanned, &passage->head,
	                      &fault) != HTTP_DONE)
		abort();
}

STEP step_route(struct passage *passage)
{
	const struct api_range range = {.oldest = {1, 24}, .newest = {1, 44}};
	const struct request_head head = {passage->head.method, passage->head.target,
	                                  passage->head.headers, true};
	struct refusal refusal;

	passage->facts = arena_alloc(passage->arena, sizeof *passage->facts);
	if (!request_read_head(passage->arena, &head, &range, &passage->request, &refusal))
		abort();
}

STEP step_early(struct passage *passage)
{
	policy_decide_early(passage->policy, NULL, &passage->request, &passage->verdict);
	assert(passage->verdict.kind == VERDICT_NEED);
}

STEP step_parse(struct passage *passage)
{
	const struct json_limits limits = {4 << 20, 20000, 64};
	struct refusal refusal;

	if (!request_read_body(&passage->request, passage->body_bytes, passage->body_len, &limits,
	                       UNKNOWN_FIELDS_REFUSE, &refusal)) {
		fprintf(stderr, "%s\n", refusal.message);
		abort();
	}
}

STEP step_ask(struct passage *passage)
{
	policy_decide(passage->policy, NULL, &passage->request, passage->facts, &passage->verdict);
}

/* The volumes are not there yet. */
STEP step_learn(struct passage *passage)
{
	static const char missing[] = "{\"message\":\"no such volume\"}";

	for (size_t i = 0; i < passage->facts->count; i++)
		fact_learn(passage->arena, &passage->facts->list[i], 404, missing, sizeof missing - 1);
}

STEP step_decide(struct passage *passage)
{
	policy_decide(passage->policy, NULL, &passage->request, passage->facts, &passage->verdict);
	if (passage->verdict.kind != VERDICT_ALLOW) {
		fprintf(stderr, "%s\n", passage->verdict.message);
		abort();
	}
}

STEP step_mutate(struct passage *passage)
{
	struct error error;

	if (!policy_mutate(passage->policy, NULL, passage->facts, &passage->request, &error))
		abort();
}

STEP step_print(struct passage *passage)
{
	if (request_print_target(&passage->request) == NULL ||
	    request_print_body(&passage->request, &passage->printed) == NULL)
		abort();
}

STEP step_audit(struct passage *passage)
{
	if (request_describe(&passage->request) == NULL)
		abort();
}

/* Also of a passage that was not gone to its end. */
STEP step_free(struct passage *passage)
{
	arena_free(passage->arena);
}

enum part {
	PART_ASIDE,   /* measured, and no part of a sum */
	PART_ROUND,   /* once more for each round of look-ups, or small */
	PART_TARGETED /* of the sum that is to stay under 25 microseconds */
};

static const struct {
	const char *name;
	void (*run)(struct passage *passage);
	enum part part;
} steps[] = {
	{"read the head (proxy/http_read)", step_head, PART_ASIDE},
	{"route, query, headers", step_route, PART_ROUND},
	{"decide early, on the head", step_early, PART_TARGETED},
	{"parse the body, canonical", step_parse, PART_TARGETED},
	{"decide, asking for facts", step_ask, PART_ROUND},
	{"learn the facts", step_learn, PART_ASIDE},
	{"decide", step_decide, PART_TARGETED},
	{"mutate", step_mutate, PART_ROUND},
	{"print target and body", step_print, PART_TARGETED},
	{"describe for the audit log", step_audit, PART_ASIDE},
};

enum { STEPS = sizeof steps / sizeof *steps };

/* Goes so many STEPS of the way, and frees what they have made. */
static void go(struct passage *passage, size_t count)
{
	for (size_t i = 0; i < count; i++)
		steps[i].run(passage);
	if (count > 0)
		step_free(passage);
}

/* The name is callgrind's --toggle-collect. */
__attribute__((noinline)) void measured(struct passage *passage);

void measured(struct passage *passage)
{
	for (int i = 0; i < COUNTED; i++)
		go(passage, STEPS);
}

/* A step's time is what a passage takes more with it than without it; what freeing its trees takes is in it. */
static void print_times(struct passage *passage)
{
	static double times[STEPS + 1][ROUNDS];
	double sums[] = {0, 0, 0};

	for (int round = 0; round < ROUNDS; round++) {
		for (size_t count = 0; count <= STEPS; count++) {
			double start = stopwatch_microseconds();

			for (int i = 0; i < REPEATS; i++)
				go(passage, count);
			times[count][round] = (stopwatch_microseconds() - start) / REPEATS;
		}
	}
	printf("a create of %zu bytes under \"ci\": microseconds of CPU\n", passage->body_len);
	for (size_t i = 0; i < STEPS; i++) {
		double time = stopwatch_median(times[i + 1], ROUNDS) - stopwatch_median(times[i], ROUNDS);

		printf("%9.2f  %s\n", time, steps[i].name);
		sums[steps[i].part] += time;
	}
	printf("%9.2f  parse, decide and print together\n", sums[PART_TARGETED]);
	printf("%9.2f  and with the route, one round of look-ups, and mutating\n",
	       sums[PART_TARGETED] + sums[PART_ROUND]);
}

static const struct policy *load_ci(struct policy_set **set)
{
	struct problems *problems = problems_new();
	config_t config;

	config_init(&config);
	*set = policy_set_load(config_root_setting(&config), NULL, 0, problems);
	config_destroy(&config);
	problems_free(problems);
	return policy_set_find(*set, "ci");
}

static bool read_body(struct passage *passage, const char *path)
{
	FILE *file = fopen(path, "r");

	if (file == NULL) {
		perror(path);
		return false;
	}
	passage->body_len = fread(passage->body_bytes, 1, sizeof passage->body_bytes, file);
	fclose(file);
	passage->head_len = (size_t)snprintf(passage->head_bytes, sizeof passage->head_bytes,
	                                     head_format, passage->body_len);
	return passage->body_len > 0;
}

int main(int argc, char **argv)
{
	static struct passage passage;
	struct policy_set *set;

	if (argc < 2 || !read_body(&passage, argv[1]))
		return 2;
	json_pool_install();
	passage.policy = load_ci(&set);
	passage.input = evbuffer_new();
	go(&passage, STEPS);
	if (argc > 2) {
		measured(&passage);
	} else {
		print_times(&passage);
		bench_scale();
		bench_answers();
	}
	evbuffer_free(passage.input);
	policy_set_free(set);
	return 0;
}
