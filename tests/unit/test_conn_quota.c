/* A tenant's quota on a whole connection: how fast requests may come, whatever they are; what a daemon's list that lies, stalls or
 * breaks comes to; and who leaves while it waits. */
#include "tests/unit/conn_scene.h"

#include "policy/error.h"
#include "policy/load.h"
#include "policy/seal.h"
#include "proxy/quota.h"
#include "proxy/quota_lock.h"
#include "tests/unit/settings_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char settings[] =
	"policies = { team = { extends = \"ci\"; operations = { allow = [\"*\"]; deny = [\"system.info\"]; };\n"
	"    quota = { volumes = 1; images = 1; connections = 1;\n"
	"              requests = { per_second = 1; burst = 4; }; }; };\n"
	"  slow = { extends = \"team\"; quota = { connections = \"unlimited\";\n"
	"    requests = { per_second = \"unlimited\"; burst = \"unlimited\"; }; }; }; };\n"
	"clients = ( { listener = \"local\"; policy = \"team\"; tenant = \"a\"; },\n"
	"            { listener = \"tls\"; policy = \"slow\"; tenant = \"b\"; } );\n";

static struct seal_key key;
static struct quota_table *table;
static unsigned closed;

/* There may be several. */
static void note_closed(struct conn *conn, void *owner)
{
	struct conn_scene *scene = owner;

	if (scene->conn == conn)
		scene->conn = NULL;
	closed++;
}

static void open_tenant(struct conn_scene *scene, const struct fake_answer *answers,
                        const char *policy)
{
	struct error error = {0};

	conn_scene_prepare(scene, answers);
	policy_set_free(scene->config.policies);
	scene->config.policies = settings_text_load_fine(settings);
	scene->edition.key = &key;
	table = quota_table_open(NULL, &error);
	assert_non_null(table);
	scene->context.quotas = table;
	scene->context.closed = note_closed;
	closed = 0;
	conn_scene_connect(scene, policy);
}

static void close_tenant(struct conn_scene *scene)
{
	conn_scene_close(scene);
	quota_table_close(table);
}

static const struct fake_answer plain[] = {{.request = "GET /version", .bytes = fake_version},
                                           {.request = "", .bytes = NOTHING_TO_SAY},
                                           {.request = NULL}};

/* Denied, unknown, malformed: each has cost the work of reading it. */
static void every_request_is_rated(void **state)
{
	static const char *const requests[][2] = {
		{REQUEST("GET /v1.41/info"), "HTTP/1.1 403 "},
		{REQUEST("GET /v1.41/nonsense"), "HTTP/1.1 404 "},
		{REQUEST("GET /v1.41/containers/json?nonsense=1"), "HTTP/1.1 400 "},
		{JSON_REQUEST("POST /v1.41/volumes/create", "3", "{x}"), "HTTP/1.1 400 "},
	};

	(void)state;
	for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
		struct conn_scene scene;

		open_tenant(&scene, plain, "ci");
		conn_scene_expect(&scene, requests[i][0], requests[i][1]);
		for (unsigned count = 0; count < 20; count++) /* more than may come, however slow we are */
			conn_scene_send(&scene, requests[i][0]);
		conn_scene_expect(&scene, "", "HTTP/1.1 429 ");
		conn_scene_expect(&scene, "", "may make 1 requests a second, 4 at once, and has");
		close_tenant(&scene);
	}
}

static bool conn_ended(struct ends *ends)
{
	(void)ends;
	return closed > 0;
}

static void a_connection_too_many_is_told(void **state)
{
	struct conn_scene scene;
	struct stream *first;

	(void)state;
	open_tenant(&scene, plain, "ci");
	conn_scene_expect(&scene, REQUEST("GET /v1.41/info"), "HTTP/1.1 403 ");
	first = scene.bench.ends.client.stream;
	stream_set_owner(first, NULL, NULL);
	scene.bench.ends.client.stream = NULL;
	conn_scene_connect(&scene, "ci");
	conn_scene_expect(&scene, REQUEST("GET /v1.41/info"), "HTTP/1.1 429 ");
	conn_scene_expect(&scene, "", "may have 1 connections at a time, has 1 and asks for 1 more");
	stream_abort(first);
	ends_run(&scene.bench.ends, conn_ended);
	conn_scene_connect(&scene, "ci");
	conn_scene_expect(&scene, REQUEST("GET /v1.41/info"), "HTTP/1.1 403 ");
	close_tenant(&scene);
}

/* ---- what is counted ---- */

#define CREATE JSON_REQUEST("POST /v1.41/volumes/create", "12", "{\"Name\":\"v\"}")
#define MISSING                                                                              \
	"HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 40\r\n\r\n" \
	"{\"message\":\"get v: no such volume here\"}"
#define ANSWER(length, body) \
	"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " length "\r\n\r\n" body
#define NO_VOLUMES ANSWER("16", "{\"Volumes\":null}")

/* What cannot be counted has no room for more. */
static void a_daemon_that_lies_grants_nothing(void **state)
{
	static const struct fake_answer lists[] = {
		{.bytes = ANSWER("2", "{}")},
		{.bytes = ANSWER("2", "[]")},
		{.bytes = ANSWER("14", "{\"Volumes\":[{}")},
		{.bytes = ANSWER("14", "{\"Volumes\":42}")},
		{.bytes = ANSWER("16", "{\"Volumes\":[{}")}, /* and the rest never comes */
		{.bytes = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"},
		{.bytes = MISSING},
		{.bytes = "nonsense\r\n\r\n"},
		{.bytes = NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		const struct fake_answer answers[] = {{.request = "GET /version", .bytes = fake_version},
		                                      {.request = "GET /v1.41/volumes/v", .bytes = MISSING},
		                                      {.request = "GET /v1.41/volumes?",
		                                       .bytes = lists[i].bytes,
		                                       .then = FAKE_DROP},
		                                      {.request = NULL}};
		struct conn_scene scene;

		open_tenant(&scene, answers, "admin");
		conn_scene_expect(&scene, CREATE, "HTTP/1.1 503 ");
		conn_scene_expect(&scene, "", "quota: what the tenant has cannot be counted: ");
		assert_int_equal(fake_daemon_heard(&scene.bench.daemon, "POST "), 0);
		close_tenant(&scene);
	}
}

static void without_memory_nothing_is_granted(void **state)
{
	struct conn_scene scene;
	const struct fake_answer answers[] = {{.request = "GET /version", .bytes = fake_version},
	                                      {.request = "GET /v1.41/volumes/v", .bytes = MISSING},
	                                      {.request = NULL}};

	(void)state;
	open_tenant(&scene, answers, "admin");
	scene.context.quotas = NULL;
	conn_scene_expect(&scene, CREATE, "HTTP/1.1 503 ");
	conn_scene_expect(&scene, "", "out of memory for the tenant's quota");
	conn_scene_connect(&scene, "ci"); /* whose requests are limited */
	conn_scene_expect(&scene, REQUEST("GET /v1.41/version"), "HTTP/1.1 429 ");
	assert_int_equal(fake_daemon_heard(&scene.bench.daemon, "POST "), 0);
	close_tenant(&scene);
}

/* ---- others of the same tenant ---- */

static const struct quota_rules rules = {.limits[QUOTA_VOLUMES] = {.given = true, .most = 1}};
static const struct quota_demand one_volume = {.amounts.of[QUOTA_VOLUMES] = 1};

struct other {
	struct quota_ticket *ticket;
	unsigned calls;
};

static void call(enum quota_call what, void *owner)
{
	struct other *other = owner;

	assert_int_equal(what, QUOTA_COUNT);
	other->calls++;
}

static void other_enters(struct conn_scene *scene, struct other *other)
{
	struct quota_outcome outcome;
	const struct quota_order order = {.loop = scene->bench.ends.loop,
	                                  .tenant = "b",
	                                  .rules = &rules,
	                                  .demand = &one_volume,
	                                  .call = call,
	                                  .owner = other};

	*other = (struct other){.ticket = quota_enter(table, &order, &outcome)};
	assert_non_null(other->ticket);
}

static struct other *awaited;

static bool it_counts(struct ends *ends)
{
	(void)ends;
	return awaited->calls > 0;
}

/* What it is told when the daemon has so many volumes of the tenant's. */
static enum quota_answer other_decides(struct conn_scene *scene, struct other *other,
                                       long long volumes)
{
	const struct quota_amounts use = {.of[QUOTA_VOLUMES] = volumes};
	struct quota_outcome outcome;

	awaited = other;
	ends_run(&scene->bench.ends, it_counts);
	other->calls = 0;
	quota_decide(other->ticket, &use, &outcome);
	return outcome.answer;
}

static void other_ends(struct other *other)
{
	quota_settle(other->ticket, true);
	other->ticket = NULL;
}

/* The daemon's answer to a create comes when the test says so. */
static const struct fake_answer patient[] = {{.request = "GET /version", .bytes = fake_version},
                                             {.request = "GET /v1.41/volumes/v", .bytes = MISSING},
                                             {.request = "GET /v1.41/volumes?",
                                              .bytes = NO_VOLUMES},
                                             {.request = "POST /v1.41/volumes/create"},
                                             {.request = NULL}};

static bool create_came(struct ends *ends)
{
	return fake_daemon_heard(&bench_of(ends)->daemon, "POST /v1.41/volumes/create") > 0;
}

static void begin_create(struct conn_scene *scene)
{
	open_tenant(scene, patient, "admin");
	conn_scene_send(scene, CREATE);
	ends_run(&scene->bench.ends, create_came);
}

static struct fake_connection *who_creates(struct conn_scene *scene)
{
	struct fake_daemon *daemon = &scene->bench.daemon;

	for (size_t i = 0; i < daemon->connection_count; i++) {
		if (daemon->connections[i]->asked != daemon->connections[i]->answered)
			return daemon->connections[i];
	}
	fail();
	return NULL;
}

/* Nobody gets more by hanging up: what the daemon has heard counts until it has answered. */
static void who_leaves_is_counted_to_the_end(void **state)
{
	struct conn_scene scene;
	struct other other;

	(void)state;
	begin_create(&scene);
	end_abort(&scene.bench.ends.client);
	bench_settle(&scene.bench);
	assert_int_equal(closed, 0);
	other_enters(&scene, &other);
	assert_int_equal(other_decides(&scene, &other, 0), QUOTA_WAITING);
	bench_settle(&scene.bench);
	assert_int_equal(other.calls, 0);
	fake_say(who_creates(&scene), ANSWER("12", "{\"Name\":\"v\"}"));
	ends_run(&scene.bench.ends, conn_ended);
	assert_int_equal(other_decides(&scene, &other, 1), QUOTA_OVER);
	assert_int_equal(quota_left(other.ticket), 0);
	other_ends(&other);
	close_tenant(&scene);
}

/* A daemon that goes in the middle may have made it, or may not. */
static void a_daemon_that_goes_is_looked_at_again(void **state)
{
	struct conn_scene scene;
	struct other other;

	(void)state;
	begin_create(&scene);
	fake_daemon_stop(&scene.bench.daemon);
	conn_scene_expect(&scene, "", "HTTP/1.1 502 ");
	other_enters(&scene, &other);
	awaited = &other;
	ends_run(&scene.bench.ends, it_counts);
	assert_int_equal(quota_left(other.ticket), 1);
	assert_int_equal(other_decides(&scene, &other, 0), QUOTA_WAITING);
	other_ends(&other);
	fake_daemon_start(&scene.bench.daemon);
	close_tenant(&scene);
}

/* Who waits for another's end, or for the daemon's list, and leaves, keeps nobody waiting. */
static void who_leaves_the_line_is_forgotten(void **state)
{
	struct conn_scene scene;
	struct other other;

	(void)state;
	open_tenant(&scene, patient, "admin");
	other_enters(&scene, &other);
	assert_int_equal(other_decides(&scene, &other, 0), QUOTA_GRANTED);
	conn_scene_send(&scene, CREATE);
	bench_settle(&scene.bench);
	assert_int_equal(fake_daemon_heard(&scene.bench.daemon, "POST "), 0);
	end_abort(&scene.bench.ends.client);
	ends_run(&scene.bench.ends, conn_ended);
	other_ends(&other);
	other_enters(&scene, &other);
	assert_int_equal(other_decides(&scene, &other, 0), QUOTA_GRANTED);
	assert_int_equal(quota_left(other.ticket), 0);
	other_ends(&other);
	assert_int_equal(fake_daemon_heard(&scene.bench.daemon, "POST "), 0);
	close_tenant(&scene);
}

/* ---- images ---- */

#define IMPORT                                                                 \
	"POST /v1.41/images/create?fromSrc=-&repo=x&tag=1 HTTP/1.1\r\nHost: x\r\n" \
	"Content-Type: application/x-tar\r\nContent-Length: 3\r\n\r\ntar"

/* Nobody waits for what may take as long as a pull. */
static void an_image_on_its_way_counts(void **state)
{
	static const struct quota_rules images = {.limits[QUOTA_IMAGES] = {.given = true, .most = 1}};
	static const struct quota_demand one_image = {.amounts.of[QUOTA_IMAGES] = 1};
	const struct fake_answer answers[] = {{.request = "GET /version", .bytes = fake_version},
	                                      {.request = "GET /v1.41/images/json?filters=",
	                                       .bytes = ANSWER("2", "[]")},
	                                      {.request = "GET /v1.41/images/", .bytes = MISSING},
	                                      {.request = "GET /v1.41/info",
	                                       .bytes = ANSWER("18", "{\"Driver\":\"other\"}")},
	                                      {.request = NULL}};
	struct quota_outcome outcome;
	struct conn_scene scene;
	struct other other = {.ticket = NULL};

	(void)state;
	open_tenant(&scene, answers, "admin");
	const struct quota_order order = {.loop = scene.bench.ends.loop,
	                                  .tenant = "b",
	                                  .rules = &images,
	                                  .demand = &one_image,
	                                  .call = call,
	                                  .owner = &other};
	other.ticket = quota_enter(table, &order, &outcome);
	assert_non_null(other.ticket);
	assert_int_equal(other_decides(&scene, &other, 0), QUOTA_GRANTED);
	conn_scene_expect(&scene, IMPORT, "HTTP/1.1 429 ");
	conn_scene_expect(&scene, "", "has 1 with what is under way and asks for 1 more");
	other_ends(&other);
	close_tenant(&scene);
}

#define NONCE "0123456789abcdef0123456789abcdef"
#define ID    "sha256:" NONCE NONCE

/* What a dead process had under way, in FOLDER. */
static void leave(const char *folder)
{
	const struct quota_amounts amounts = {.of[QUOTA_IMAGES] = 1};
	struct error error = {0};
	struct quota_ledger *ledger = quota_ledger_open(folder, &error);
	struct quota_found found;
	int fd = -1;

	assert_non_null(ledger);
	assert_int_equal(quota_lock_take(ledger, "b", &fd, &found), QUOTA_LOCK_TAKEN);
	assert_true(quota_lock_note(ledger, fd, found.free_record, NONCE, &amounts));
	close(fd);
	quota_ledger_close(ledger);
}

/* An image of that request's, which nobody holds. */
static const char *made_image(char text[2000])
{
	char seal[SEAL_SIZE], body[1000];
	int len;

	assert_true(seal_make(&key, &(struct seal_claim){"image", "b", NONCE}, seal));
	len = snprintf(body, sizeof body,
	               "[{\"Id\":\"" ID "\",\"RepoTags\":[\"x:1\"],\"Labels\":"
	               "{\"quaymaster.tenant\":\"b\",\"quaymaster.seal\":\"%s\"}}]",
	               seal);
	snprintf(text, 2000,
	         "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
	         len, body);
	return text;
}

static bool it_is_held(struct ends *ends)
{
	return fake_daemon_heard(&bench_of(ends)->daemon,
	                         "POST /v1.41/images/" ID
	                         "/tag?repo=quaymaster.invalid/b/held&tag=") > 0;
}

/* Its quaymaster was killed before it could hold it. */
static void what_a_dead_one_has_made_is_held(void **state)
{
	char folder[] = "/tmp/conn-quota-XXXXXX", text[2000], path[64];
	const struct fake_answer answers[] = {
		{.request = "GET /version", .bytes = fake_version},
		{.request = "GET /v1.41/images/json?filters=%7B%22reference", .bytes = ANSWER("2", "[]")},
		{.request = "GET /v1.41/images/json?filters=%7B%22label", .bytes = made_image(text)},
		{.request = "POST /v1.41/images/" ID,
	     .bytes = "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"},
		{.request = "GET /v1.41/volumes/v", .bytes = MISSING},
		{.request = "GET /v1.41/volumes?", .bytes = NO_VOLUMES},
		{.request = "GET /v1.41/", .bytes = ANSWER("2", "[]")},
		{.request = NULL}};
	struct error error = {0};
	struct conn_scene scene;

	(void)state;
	assert_non_null(mkdtemp(folder));
	leave(folder);
	open_tenant(&scene, answers, "admin");
	quota_table_close(table);
	table = quota_table_open(folder, &error);
	scene.context.quotas = table;
	conn_scene_send(&scene, CREATE);
	ends_run(&scene.bench.ends, it_is_held);
	assert_int_equal(fake_daemon_heard(&scene.bench.daemon, "POST /v1.41/volumes"), 0);
	end_abort(&scene.bench.ends.client);
	ends_run(&scene.bench.ends, conn_ended);
	close_tenant(&scene);
	snprintf(path, sizeof path, "%s/quota/b", folder);
	unlink(path);
	snprintf(path, sizeof path, "%s/quota", folder);
	rmdir(path);
	assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_request_is_rated),
		cmocka_unit_test(a_connection_too_many_is_told),
		cmocka_unit_test(a_daemon_that_lies_grants_nothing),
		cmocka_unit_test(without_memory_nothing_is_granted),
		cmocka_unit_test(who_leaves_is_counted_to_the_end),
		cmocka_unit_test(a_daemon_that_goes_is_looked_at_again),
		cmocka_unit_test(who_leaves_the_line_is_forgotten),
		cmocka_unit_test(an_image_on_its_way_counts),
		cmocka_unit_test(what_a_dead_one_has_made_is_held),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
