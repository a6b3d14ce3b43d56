/* The admin listener: what its pages say, whom it answers, and that it really asks the daemon. */
#include "proxy/admin.h"

#include "policy/error.h"
#include "policy/json.h"
#include "proxy/admin_client.h"
#include "proxy/admin_setup.h"
#include "proxy/audit.h"
#include "proxy/audit_setup.h"
#include "proxy/config.h"
#include "proxy/edition.h"
#include "proxy/metrics.h"
#include "tests/unit/bench.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static const struct fake_answer well[] = {{.request = "GET /version", .bytes = fake_version},
                                          {.request = "GET /_ping",
                                           .bytes =
                                               "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"},
                                          {.request = NULL}};
static const struct fake_answer ill[] = {
	{.request = "GET /version", .bytes = fake_version},
	{.request = "GET /_ping",
     .bytes = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"},
	{.request = NULL}};

struct scene {
	struct bench bench; /* first */
	char socket[128];
	struct admin_setup setup;
	struct listener_config listener;
	struct config config;
	struct edition_listener edition_listener;
	struct edition edition;
	struct metrics *metrics;
	struct audit *audit;
	atomic_uint connections;
	atomic_uint_fast64_t budget, turned_ms;
	struct admin *admin;
};

static void open_scene(struct scene *scene, const struct fake_answer *answers)
{
	const struct audit_setup no_log = {.file = NULL};
	struct listener_sockets sockets;
	struct error error = {.text = ""};

	memset(scene, 0, sizeof *scene);
	bench_open(&scene->bench, answers);
	snprintf(scene->socket, sizeof scene->socket, "%s/admin", scene->bench.daemon.directory);
	scene->setup = (struct admin_setup){.given = true,
	                                    .spec = {.name = "admin",
	                                             .socket = scene->socket,
	                                             .mode = 0660,
	                                             .owner = (uid_t)-1,
	                                             .group = (gid_t)-1},
	                                    .tenants = true};
	scene->listener.spec.name = "a \"name\"\\";
	scene->config.listeners = &scene->listener;
	scene->config.listener_count = 1;
	scene->edition.config = &scene->config;
	scene->edition.listeners = &scene->edition_listener;
	atomic_init(&scene->edition.references, 1); /* the scene's */
	scene->metrics = metrics_new();
	scene->audit = audit_open(&no_log, &error);
	atomic_init(&scene->budget, 900);
	atomic_init(&scene->connections, 3);
	atomic_init(&scene->turned_ms, admin_clock_ms());
	const struct admin_source source = {.setup = &scene->setup,
	                                    .metrics = scene->metrics,
	                                    .audit = scene->audit,
	                                    .upstream = &scene->bench.config,
	                                    .connections = &scene->connections,
	                                    .body_budget = &scene->budget,
	                                    .body_budget_all = 1000,
	                                    .turned_ms = &scene->turned_ms};

	if (!admin_listen(&scene->setup, &sockets, &error))
		fail_msg("%s", error.text);
	scene->admin = admin_new(&source, &sockets);
	assert_non_null(scene->admin);
	assert_true(admin_start(scene->admin, &scene->edition, &error));
}

static void close_scene(struct scene *scene)
{
	admin_close(scene->admin);
	assert_int_equal(access(scene->socket, F_OK), -1);
	audit_close(scene->audit);
	metrics_free(scene->metrics);
	bench_close(&scene->bench);
}

/* --- asking, from a thread: the daemon is on the test's own ----------------------------------------------------- */

struct question {
	const char *where, *text; /* TEXT: a target, or a whole request */
	struct admin_answer answer;
	char raw[4096];
	bool fine;
	atomic_bool done;
};

static void *ask(void *object)
{
	struct question *question = object;
	struct error error = {.text = ""};

	question->fine = admin_client_get(question->where, question->text, &question->answer, &error);
	atomic_store(&question->done, true);
	return NULL;
}

static void *ask_raw(void *object)
{
	struct question *question = object;
	struct error error = {.text = ""};
	int fd = admin_client_connect(question->where, &error);
	size_t len = 0;
	ssize_t n;

	if (fd >= 0 && send(fd, question->text, strlen(question->text), MSG_NOSIGNAL) > 0)
		while ((n = recv(fd, question->raw + len, sizeof question->raw - 1 - len, 0)) > 0)
			len += (size_t)n;
	if (fd >= 0)
		close(fd);
	atomic_store(&question->done, true);
	return NULL;
}

static void run(struct scene *scene, struct question *question, void *(*how)(void *))
{
	pthread_t thread;

	question->where = scene->socket;
	assert_int_equal(pthread_create(&thread, NULL, how, question), 0);
	while (!atomic_load(&question->done))
		ends_run_for(&scene->bench.ends, 5);
	pthread_join(thread, NULL);
}

static char *get(struct scene *scene, const char *target, unsigned status)
{
	struct question question = {.text = target};

	run(scene, &question, ask);
	assert_true(question.fine);
	assert_int_equal(question.answer.status, status);
	return question.answer.body;
}

static void assert_says(struct scene *scene, const char *target, unsigned status, const char *part)
{
	char *page = get(scene, target, status);

	if (strstr(page, part) == NULL)
		fail_msg("no '%s' in %s", part, page);
	free(page);
}

/* --- pages ----------------------------------------------------------------------------------------------------- */

static void test_it_is_ready_when_the_daemon_answers(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, well);
	assert_says(&scene, "/readyz", 200, "{\"ready\":true}\n");
	assert_says(&scene, "/readyz", 200, "true");
	assert_int_equal(fake_daemon_heard(&scene.bench.daemon, "GET /_ping"), 2); /* each time */
	fake_daemon_stop(&scene.bench.daemon);
	assert_says(&scene, "/readyz", 503, "{\"ready\":false,\"reason\":\"");
	assert_says(&scene, "/healthz", 200, "{\"healthy\":true}");
	fake_daemon_start(&scene.bench.daemon);
	assert_says(&scene, "/readyz", 200, "true");
	close_scene(&scene);
	open_scene(&scene, ill);
	assert_says(&scene, "/readyz", 503, "answers a ping with an error");
	close_scene(&scene);
}

static void test_it_is_not_healthy_when_a_worker_is_stuck(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, well);
	atomic_store(&scene.turned_ms, admin_clock_ms() - 11000);
	assert_says(&scene, "/healthz", 503, "{\"healthy\":false,\"reason\":\"");
	assert_says(&scene, "/readyz", 503, "an event loop does not come round");
	assert_says(&scene, "/metrics", 200, "\nquaymaster_workers_up 0\n");
	close_scene(&scene);
}

/* A line of the text format: a comment, or a name, labels and a number. */
static bool is_line(const char *line)
{
	const char *at = line + strspn(line, "abcdefghijklmnopqrstuvwxyz_");
	char *end;

	if (strncmp(line, "# HELP quaymaster_", 18) == 0 ||
	    strncmp(line, "# TYPE quaymaster_", 18) == 0)
		return true;
	if (strncmp(line, "quaymaster_", 11) != 0)
		return false;
	for (char open = '{'; *at == open; open = ',') {
		at++;
		at += strspn(at, "abcdefghijklmnopqrstuvwxyz_");
		if (strncmp(at, "=\"", 2) != 0)
			return false;
		for (at += 2; *at != '"'; at++)
			if (*at == '\0' || (*at == '\\' && strchr("\\\"n", *++at) == NULL))
				return false;
		at++;
	}
	if (strchr(line, '{') != NULL && *at++ != '}')
		return false;
	strtod(at + 1, &end);
	return *at == ' ' && end > at + 1 && *end == '\0';
}

static void count_something(const struct scene *scene)
{
	struct metrics_shard *shard = metrics_shard_new(scene->metrics);
	const char *const request[METRICS_LABELS_MAX] = {"allow",      "l\nx",  "GET",
	                                                 "\"quoted\"", "/info", "2xx"};
	const char *const route[METRICS_LABELS_MAX] = {"GET", "/info"};
	const char *const tenant[METRICS_LABELS_MAX] = {"t", "allow"};

	metrics_add(metrics_series(shard, METRICS_REQUESTS, request), 4);
	metrics_took(metrics_series(shard, METRICS_DURATION, route), 30);
	metrics_took(metrics_series(shard, METRICS_DURATION, route), 3000000);
	metrics_under_way(metrics_series(shard, METRICS_DURATION, route), 2);
	metrics_add(metrics_series(shard, METRICS_TENANT, tenant), 5);
	metrics_took(metrics_series(shard, METRICS_LOOKUP, route), 7);
}

static void test_metrics_have_their_form(void **state)
{
	static const char *const parts[] = {
		"\nquaymaster_open_connections 3\n",
		"\nquaymaster_body_memory_bytes 100\n",
		"\nquaymaster_upstream_api_up 1\n",
		"\nquaymaster_listener_up{listener=\"a \\\"name\\\"\\\\\"} 1\n",
		"\nquaymaster_http_requests_total{decision=\"allow\",listener=\"l\\nx\",method=\"GET\","
		"policy=\"\\\"quoted\\\"\",route=\"/info\",status=\"2xx\"} 4\n",
		"_bucket{method=\"GET\",route=\"/info\",le=\"0.025\"} 0\n",
		"_bucket{method=\"GET\",route=\"/info\",le=\"0.05\"} 1\n",
		"_bucket{method=\"GET\",route=\"/info\",le=\"300\"} 1\n",
		"_bucket{method=\"GET\",route=\"/info\",le=\"+Inf\"} 2\n",
		"_sum{method=\"GET\",route=\"/info\"} 3000.030\n",
		"_count{method=\"GET\",route=\"/info\"} 2\n",
		"\nquaymaster_inflight_requests{method=\"GET\",route=\"/info\"} 2\n",
		"\nquaymaster_tenant_requests_total{tenant=\"t\",decision=\"allow\"} 5\n",
		"\nquaymaster_upstream_lookup_duration_seconds_bucket{le=\"0.01\"} 1\n",
		"\nquaymaster_upstream_lookup_duration_seconds_count 1\n",
	};
	struct scene scene;
	char *page, *next;

	(void)state;
	open_scene(&scene, well);
	count_something(&scene);
	page = get(&scene, "/metrics", 200);
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (strstr(page, parts[i]) == NULL)
			fail_msg("no '%s' in %s", parts[i], page);
	for (char *line = page; *line != '\0'; line = next + 1) {
		next = strchr(line, '\n');
		assert_non_null(next);
		*next = '\0';
		if (!is_line(line))
			fail_msg("malformed: %s", line);
	}
	free(page);
	close_scene(&scene);
}

static void test_tenants_are_not_told_unless_asked_for(void **state)
{
	struct scene scene;
	char *page;

	(void)state;
	open_scene(&scene, well);
	scene.setup.tenants = false;
	count_something(&scene);
	page = get(&scene, "/metrics", 200);
	assert_null(strstr(page, "tenant"));
	free(page);
	close_scene(&scene);
}

static void test_the_status_is_json(void **state)
{
	static const struct json_limits limits = {1 << 20, 10000, 16};
	struct scene scene;
	struct error error;
	json_t *status = NULL;
	char *page;

	(void)state;
	open_scene(&scene, well);
	count_something(&scene);
	admin_take(scene.admin, &scene.edition, true);
	admin_note_refusal(scene.admin);
	page = get(&scene, "/status", 200);
	assert_int_equal(json_read(page, strlen(page), &limits, &status, &error), JSON_FINE);
	assert_int_equal(json_integer_value(json_member(status, "connections")), 3);
	assert_true(json_is_true(json_member(json_member(status, "daemon"), "up")));
	assert_int_equal(json_array_size(json_member(status, "routes")), 1);
	json_decref(status);
	free(page);
	assert_says(&scene, "/metrics", 200, "config_reload_total{result=\"taken\"} 1\n");
	assert_says(&scene, "/metrics", 200, "config_reload_total{result=\"refused\"} 1\n");
	close_scene(&scene);
}

static void test_nothing_else_is_answered(void **state)
{
	static const struct {
		const char *request, *answer;
	} rows[] = {
		{"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 404 "},
		{"GET /metrics?x HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 404 "},
		{"GET /metrics/ HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 404 "},
		{"POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 405 "},
		{"GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx", "HTTP/1.1 400 "},
		{"GET /healthz HTTP/1.1\r\nHost: x\r\nUpgrade: tcp\r\n\r\n", "HTTP/1.1 400 "},
		{"GET /metrics HTTP/1.1\r\nHost: x\r\nOrigin: http://evil\r\n\r\n", "HTTP/1.1 403 "},
		{"GET /metrics HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: none\r\n\r\n", "HTTP/1.1 403 "},
		{"GET  /metrics HTTP/1.1\r\n\r\n", "HTTP/1.1 400 "},
		{"\x16\x03\x01", "HTTP/1.1 400 "},
		{"HEAD /healthz HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 OK\r\n"},
	};
	struct scene scene;

	(void)state;
	open_scene(&scene, well);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct question question = {.text = rows[i].request};

		run(&scene, &question, ask_raw);
		if (strncmp(question.raw, rows[i].answer, strlen(rows[i].answer)) != 0)
			fail_msg("%s: %s", rows[i].request, question.raw);
		if (i + 1 == sizeof rows / sizeof *rows)
			assert_string_equal(strstr(question.raw, "\r\n\r\n"), "\r\n\r\n");
	}
	assert_int_equal(fake_daemon_heard(&scene.bench.daemon, "GET /_ping"), 0);
	close_scene(&scene);
}

/* Who stays in the middle of a request when it ends is no trouble. */
static void test_it_ends_with_visitors(void **state)
{
	struct error error = {.text = ""};
	struct scene scene;
	int fds[40];

	(void)state;
	open_scene(&scene, well);
	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++) {
		fds[i] = admin_client_connect(scene.socket, &error);
		assert_true(fds[i] >= 0);
		(void)send(fds[i], "GET /readyz HTTP/1.1\r\n", 22, MSG_NOSIGNAL);
	}
	close_scene(&scene);
	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
		close(fds[i]);
}

static void test_the_client_tells_what_is_wrong(void **state)
{
	static const char *const wheres[] = {"/nowhere/at/all", "127.0.0.1", "host.example:1",
	                                     "127.0.0.1:x", "[::1"};
	struct admin_answer answer;
	struct error error;

	(void)state;
	for (size_t i = 0; i < sizeof wheres / sizeof *wheres; i++) {
		error.text[0] = '\0';
		assert_false(admin_client_get(wheres[i], "/status", &answer, &error));
		assert_memory_equal(error.text, wheres[i], strlen(wheres[i]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_it_is_ready_when_the_daemon_answers),
		cmocka_unit_test(test_it_is_not_healthy_when_a_worker_is_stuck),
		cmocka_unit_test(test_metrics_have_their_form),
		cmocka_unit_test(test_tenants_are_not_told_unless_asked_for),
		cmocka_unit_test(test_the_status_is_json),
		cmocka_unit_test(test_nothing_else_is_answered),
		cmocka_unit_test(test_it_ends_with_visitors),
		cmocka_unit_test(test_the_client_tells_what_is_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
