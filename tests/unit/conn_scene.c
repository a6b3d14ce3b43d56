/* A connection on a test bench, as a worker would hold it. */
#include "tests/unit/conn_scene.h"

#include "policy/error.h"
#include "policy/load.h"
#include "proxy/audit.h"
#include "proxy/audit_setup.h"
#include "proxy/file_text.h"
#include "tests/unit/settings_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The two listeners that a settings text of the tests may name. */
static const char clients[] = "clients = ( { listener = \"local\"; policy = \"ci\"; },\n"
							  "            { listener = \"tls\"; policy = \"admin\"; } );\n";

static void note_closed(struct conn *conn, void *owner)
{
	struct conn_scene *scene = owner;

	assert_ptr_equal(conn, scene->conn);
	scene->conn = NULL;
	scene->closed++;
}

static const struct audit_setup no_log = {.file = NULL};
static struct audit *logging; /* of the scene that is open, where it has a log */

void conn_scene_prepare(struct conn_scene *scene, const struct fake_answer *answers)
{
	memset(scene, 0, sizeof *scene);
	bench_open(&scene->bench, answers);
	scene->config.limits = (struct limits_config){
		.head = {.head_bytes = 64 * 1024, .headers = 100},
		.json = {.bytes = 100000, .nodes = 20000, .depth = 64},
		.handshake_ms = 5000,
		.head_ms = 5000,
		.body_ms = 5000,
		.idle_ms = 5000,
		.linger_ms = 200,
	};
	scene->config.policies = settings_text_load_fine(clients);
	scene->config.listeners = &scene->listener;
	scene->config.listener_count = 1;
	scene->edition_listener.config = &scene->listener;
	scene->edition.config = &scene->config;
	scene->edition.listeners = &scene->edition_listener;
	scene->edition.serial = 1;
	atomic_init(&scene->edition.references, 1); /* the scene's: it is never freed */
	atomic_init(&scene->budget, SCENE_BUDGET);
	scene->audit = audit_open(&no_log, NULL);
	scene->context = (struct conn_context){
		.loop = scene->bench.ends.loop,
		.upstream = scene->bench.upstream,
		.edition = &scene->edition,
		.audit = scene->audit,
		.body_budget = &scene->budget,
		.closed = note_closed,
		.owner = scene,
	};
}

void conn_scene_audit(struct conn_scene *scene, const char *file)
{
	const struct audit_setup setup = {.file = file, .required = true};
	struct error error = {0};

	audit_close(scene->audit);
	scene->audit = audit_open(&setup, &error);
	if (scene->audit == NULL)
		fail_msg("%s", error.text);
	scene->context.audit = logging = scene->audit;
	scene->context.desk = audit_desk_new(audit_waited_for(scene->audit), scene->context.loop);
	assert_non_null(scene->context.desk);
}

char *conn_scene_log(const char *file)
{
	size_t len;
	char *text;

	if (logging != NULL)
		audit_flush(logging);
	text = file_text_read(file, 1 << 20, &len);
	assert_non_null(text);
	return text;
}

static const char *listener_of(const char *policy)
{
	if (strcmp(policy, "ci") == 0)
		return "local";
	return strcmp(policy, "admin") == 0 ? "tls" : "nobody's";
}

static bool client_is_ready(struct ends *ends)
{
	return was_told(&ends->client, 'R');
}

void conn_scene_connect(struct conn_scene *scene, const char *policy)
{
	struct end *client = &scene->bench.ends.client;
	int fds[2];

	socket_pair(OVER_UNIX, fds);
	end_abort(client);
	memset(client->told, 0, sizeof client->told);
	client->stream = stream_take(scene->bench.ends.loop, fds[0], false, end_event, client);
	scene->listener.spec.name = listener_of(policy);
	scene->conn = conn_take(&scene->context, &scene->edition_listener, fds[1], NULL);
	assert_non_null(client->stream);
	assert_non_null(scene->conn);
	ends_run(&scene->bench.ends, client_is_ready);
}

void conn_scene_open(struct conn_scene *scene, const struct fake_answer *answers,
                     const char *policy)
{
	conn_scene_prepare(scene, answers);
	conn_scene_connect(scene, policy);
}

void conn_scene_close(struct conn_scene *scene)
{
	if (scene->conn != NULL)
		conn_abort(scene->conn);
	assert_int_equal(atomic_load(&scene->budget), SCENE_BUDGET);
	audit_desk_free(scene->context.desk);
	audit_close(scene->audit);
	logging = NULL;
	policy_set_free(scene->config.policies);
	bench_close(&scene->bench);
}

static const char *awaited;

static bool answer_came(struct ends *ends)
{
	struct evbuffer *got = ends->client.got;

	return evbuffer_search(got, awaited, strlen(awaited), NULL).pos >= 0;
}

void conn_scene_send(struct conn_scene *scene, const char *text)
{
	end_send(&scene->bench.ends.client, text);
}

void conn_scene_expect(struct conn_scene *scene, const char *text, const char *answer)
{
	struct evbuffer *got = scene->bench.ends.client.got;
	ev_ssize_t at;

	conn_scene_send(scene, text);
	awaited = answer;
	ends_run(&scene->bench.ends, answer_came);
	at = evbuffer_search(got, answer, strlen(answer), NULL).pos;
	evbuffer_drain(got, (size_t)at + strlen(answer));
}

static bool end_came(struct ends *ends)
{
	return strpbrk(ends->client.told, "ETF") != NULL;
}

void conn_scene_expect_end(struct conn_scene *scene)
{
	ends_run(&scene->bench.ends, end_came);
	bench_settle(&scene->bench);
	assert_null(scene->conn);
	assert_int_equal(scene->closed, 1);
}
