/* Another configuration comes into force while a connection is idle, reads, waits or streams: who is still allowed goes
 * on, and what is not is cut and told. */
#include "tests/unit/change_scene.h"

#include "proxy/conn_private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define READ_ONLY "clients = ( { listener = \"local\"; policy = \"read-only\"; } );"
#define OTHER                                        \
	"policies = { other = { extends = \"ci\"; }; };" \
	"clients = ( { listener = \"local\"; policy = \"other\"; } );"
#define HIDING                                                                        \
	"policies = { hiding = { extends = \"ci\"; redact = { labels = [\"*\"]; }; }; };" \
	"clients = ( { listener = \"local\"; policy = \"hiding\"; } );"
#define ADMIN "clients = ( { listener = \"local\"; policy = \"admin\"; } );"
#define ATTACH                                                     \
	"POST /containers/web/attach?stream=1 HTTP/1.1\r\nHost: x\r\n" \
	"Connection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 0\r\n\r\n"

/* With a label that a rule may be about. */
static const char inspected[] =
	"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
	"f8\r\n{\"Id\":\"" ID "\",\"Name\":\"/web\",\"Image\":\"sha256:" ID
	"\",\"HostConfig\":{},\"NetworkSettings\":{},\"Mounts\":[],\"Config\":{\"Labels\":{\"a\":\"b\"}}}\r\n0\r\n\r\n";

static const struct fake_answer daemon_says[] = {
	{.request = "GET /version", .bytes = fake_version},
	{.request = "GET /v1.41/containers/web/json", .bytes = inspected},
	{.request = "POST /v1.41/containers/" ID "/attach",
     .bytes = "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n",
     .then = FAKE_RAW},
	{.request = "GET /v1.41/events",
     .bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"},
	{.request = "GET /v1.41/images/alpine/get",
     .bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"},
	{.request = "POST /v1.41/images/create"}, /* in its own time */
	{.request = "", .bytes = NOTHING_TO_SAY},
	{.request = NULL}};

static void begin(struct change *change, const char *settings)
{
	change_begin(change, daemon_says, settings);
}

/* --- idle ------------------------------------------------------------------------------------------------------ */

static void test_the_next_request_is_judged_by_what_is_in_force(void **state)
{
	struct change change;

	(void)state;
	for (unsigned judged_at_once = 0; judged_at_once < 2; judged_at_once++) {
		begin(&change, CI);
		conn_scene_expect(&change.scene, REQUEST("GET /info"), NOTHING_TO_SAY);
		if (judged_at_once == 1)
			change_rejudge(&change, READ_ONLY);
		else
			change_put_in_force(&change, READ_ONLY);
		conn_scene_expect(&change.scene, REQUEST("POST /volumes/prune"),
		                  "HTTP/1.1 403 Forbidden\r\n");
		conn_scene_expect(&change.scene, "", "policy 'read-only'");
		conn_scene_expect(&change.scene, REQUEST("GET /_ping"), NOTHING_TO_SAY);
		assert_goes_on(&change);
		change_end(&change);
	}
}

static void test_a_listener_may_be_renamed(void **state)
{
	struct change change;

	(void)state;
	begin(&change, CI);
	change_put_in_force(&change, "clients = ( { listener = \"tls\"; policy = \"ci\"; } );");
	change.listener.spec.name = "tls";
	conn_scene_expect(&change.scene, REQUEST("GET /info"), NOTHING_TO_SAY);
	assert_logged("\"listener\":\"tls\"", true);
	assert_goes_on(&change);
	change_end(&change);
}

static void test_who_is_nobody_any_more_is_closed(void **state)
{
	struct change change;

	(void)state;
	begin(&change, CI);
	conn_scene_expect(&change.scene, REQUEST("GET /info"), NOTHING_TO_SAY);
	change_rejudge(&change, NOBODY);
	assert_cut(&change, "\"reason\":\"no rule of `clients` gives it a policy any more\"");
	change_end(&change);
}

static void test_who_never_was_anybody_is_left_to_be_refused(void **state)
{
	struct change change;

	(void)state;
	begin(&change, NOBODY);
	change_rejudge(&change, NOBODY);
	conn_scene_expect(&change.scene, REQUEST("GET /info"), "HTTP/1.1 403 Forbidden\r\n");
	change_rejudge(&change, CI);
	conn_scene_expect(&change.scene, REQUEST("GET /info"), NOTHING_TO_SAY);
	assert_goes_on(&change);
	change_end(&change);
}

static void test_a_listener_that_has_gone_takes_its_clients_with_it(void **state)
{
	struct change change;

	(void)state;
	begin(&change, CI);
	change_put_in_force(&change, CI);
	change.listener.spec.socket = "/another/socket";
	assert_true(conn_rejudge(change.scene.conn));
	assert_cut(&change, "its listener is no longer in the configuration");
	change_end(&change);
}

static void test_a_listener_that_asks_for_certificates_now(void **state)
{
	struct change change;

	(void)state;
	begin(&change, CI);
	change_put_in_force(&change, CI);
	change.edition_listener.tls =
		(struct ssl_ctx_st *)&change; /* only looked whether it is there */
	assert_true(conn_rejudge(change.scene.conn));
	assert_cut(&change, "its listener asks for a certificate now");
	change_end(&change);
}

/* --- a request on its way -------------------------------------------------------------------------------------- */

static void test_a_slow_request_is_judged_by_what_is_in_force(void **state)
{
	struct change change;

	(void)state;
	begin(&change, CI);
	conn_scene_send(&change.scene, "POST /containers/create HTTP/1.1\r\nHost: x\r\nContent-Type: "
	                               "application/json\r\nContent-Length: 13\r\n\r\n{\"Image\"");
	bench_settle(&change.scene.bench);
	assert_int_equal(change.scene.conn->state, CONN_READ_BODY);
	change_rejudge(&change, READ_ONLY);
	conn_scene_expect(&change.scene, ":\"a\"}", "HTTP/1.1 403 Forbidden\r\n");
	conn_scene_expect(&change.scene, "", "policy 'read-only'");
	assert_int_equal(fake_daemon_heard(&change.scene.bench.daemon, "POST"), 0);
	assert_goes_on(&change);
	change_end(&change);
}

/* While a body comes, and while the daemon is asked. */
static void test_a_request_of_nobody_is_answered(void **state)
{
	static const struct {
		const char *text;
		enum conn_state state;
	} rows[] = {
		{JSON_REQUEST("POST /containers/create", "9", "{"), CONN_READ_BODY},
		{REQUEST("POST /containers/slow/kill"), CONN_LOOKUP},
	};
	static const struct fake_answer slow[] = {{.request = "GET /version", .bytes = fake_version},
	                                          {.request = ""},
	                                          {.request = NULL}};
	struct change change;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		begin(&change, CI);
		change.scene.bench.daemon.answers = slow;
		conn_scene_send(&change.scene, rows[i].text);
		bench_settle(&change.scene.bench);
		assert_int_equal(change.scene.conn->state, rows[i].state);
		change_rejudge(&change, NOBODY);
		conn_scene_expect(&change.scene, "", "HTTP/1.1 403 Forbidden\r\n");
		conn_scene_expect(&change.scene, "", "no rule of `clients` gives it a policy any more");
		assert_cut(&change, "\"outcome\":\"revoked\"");
		change_end(&change);
	}
}

/* --- streams --------------------------------------------------------------------------------------------------- */

static void test_a_stream_that_is_still_allowed_goes_on(void **state)
{
	static const char *const after[] = {CI, OTHER, ADMIN};
	struct change change;

	(void)state;
	for (size_t i = 0; i < sizeof after / sizeof after[0]; i++) {
		begin(&change, CI);
		conn_scene_expect(&change.scene, REQUEST("GET /events"), "hello\r\n");
		for (unsigned again = 0; again < 3; again++)
			change_rejudge(&change, after[i]);
		fake_say(fake_daemon_last(&change.scene.bench.daemon), "3\r\nbye\r\n0\r\n\r\n");
		conn_scene_expect(&change.scene, "", "3\r\nbye\r\n0\r\n\r\n");
		assert_goes_on(&change);
		conn_scene_expect(&change.scene, REQUEST("GET /info"), NOTHING_TO_SAY);
		assert_ptr_equal(change.scene.conn->edition, &change.edition);
		change_end(&change);
	}
}

static void test_a_stream_of_nobody_is_cut(void **state)
{
	struct change change;

	(void)state;
	begin(&change, CI);
	conn_scene_expect(&change.scene, REQUEST("GET /events"), "hello\r\n");
	change_rejudge(&change, NOBODY);
	assert_cut(&change, "\"operation\":\"system.events\"");
	assert_logged("\"outcome\":\"revoked\"", true);
	assert_null(
		fake_daemon_last(&change.scene.bench.daemon)->stream); /* the daemon's side as well */
	change_end(&change);
}

static void test_a_stream_that_would_tell_something_else_is_cut(void **state)
{
	struct change change;

	(void)state;
	begin(&change, CI);
	conn_scene_expect(&change.scene, REQUEST("GET /events"), "hello\r\n");
	change_rejudge(&change, HIDING);
	assert_cut(&change, "what answers tell has just changed");
	change_end(&change);
}

static void test_a_stream_under_another_tenant_is_cut(void **state)
{
	struct change change;

	(void)state;
	begin(&change, CI);
	conn_scene_expect(&change.scene, REQUEST("GET /events"), "hello\r\n");
	change_rejudge(&change, TENANT);
	assert_cut(&change, "its tenant is 'a' now");
	change_end(&change);
}

static void test_an_answer_that_has_not_begun_is_a_refusal(void **state)
{
	struct change change;

	(void)state;
	begin(&change, CI);
	conn_scene_send(&change.scene, REQUEST("POST /images/create?fromImage=a&tag=b"));
	bench_settle(&change.scene.bench);
	assert_int_equal(change.scene.conn->state, CONN_EXCHANGE);
	change_rejudge(&change, READ_ONLY);
	conn_scene_expect(&change.scene, "", "HTTP/1.1 403 Forbidden\r\n");
	conn_scene_expect(&change.scene, "", "policy 'read-only'");
	assert_cut(&change, "image.pull is no longer allowed: ");
	change_end(&change);
}

/* --- images ---------------------------------------------------------------------------------------------------- */

#define LABELLED                                                                               \
	"policies = { other = { extends = \"ci\"; rules = ( { on = \"image.*\"; when = "           \
	"\"target.label.secret = yes\"; effect = \"deny\"; message = \"not this one\"; } ); }; };" \
	"clients = ( { listener = \"local\"; policy = \"other\"; } );"

/* A policy that does not ask what an image is looks at none, and another may have to. */
static void test_streams_of_images_are_judged_on_what_was_looked_up(void **state)
{
	static const struct {
		const char *after, *reason;
	} rows[] = {
		{ADMIN, NULL},
		{CI, NULL},
		{LABELLED, "would have to be looked at first"},
		{READ_ONLY, "image.save is no longer allowed: "},
	};
	struct change change;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		begin(&change, ADMIN);
		conn_scene_expect(&change.scene, REQUEST("GET /images/alpine/get"), "hello\r\n");
		change_rejudge(&change, rows[i].after);
		if (rows[i].reason != NULL)
			assert_cut(&change, rows[i].reason);
		else
			assert_goes_on(&change);
		change_end(&change);
	}
}

/* --- tunnels --------------------------------------------------------------------------------------------------- */

#define NO_LABELLED                                                                         \
	"policies = { ci2 = { extends = \"ci\"; rules = ( { on = \"container.attach\"; when = " \
	"\"target.label.a = b\"; effect = \"deny\"; message = \"not this one\"; } ); }; };"     \
	"clients = ( { listener = \"local\"; policy = \"ci2\"; } );"

static void test_tunnels_are_judged_on_what_was_looked_up(void **state)
{
	static const struct {
		const char *before, *after, *reason;
	} rows[] = {
		{CI, CI, NULL},
		{CI, ADMIN, NULL},
		{CI, OTHER, NULL},
		{CI, READ_ONLY, "container.attach is no longer allowed: "},
		{CI, NO_LABELLED, "not this one"},
		{CI, NOBODY, "no rule of `clients`"},
		{ADMIN, CI, "would have to be looked at first"},
	};
	struct change change;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		begin(&change, rows[i].before);
		if (strcmp(rows[i].before, ADMIN) == 0)
			conn_scene_expect(&change.scene,
			                  "POST /containers/" ID "/attach?stream=1 HTTP/1.1\r\nHost: x\r\n"
			                  "Connection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 0\r\n\r\n",
			                  "HTTP/1.1 101 ");
		else
			conn_scene_expect(&change.scene, ATTACH, "HTTP/1.1 101 ");
		conn_scene_expect(&change.scene, "", "\r\n\r\n");
		change_rejudge(&change, rows[i].after);
		if (rows[i].reason != NULL) {
			assert_cut(&change, rows[i].reason);
			assert_logged("\"outcome\":\"revoked\"", true);
		} else {
			fake_say(fake_daemon_last(&change.scene.bench.daemon), "still here");
			conn_scene_expect(&change.scene, "", "still here");
			assert_goes_on(&change);
		}
		change_end(&change);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_next_request_is_judged_by_what_is_in_force),
		cmocka_unit_test(test_a_listener_may_be_renamed),
		cmocka_unit_test(test_who_is_nobody_any_more_is_closed),
		cmocka_unit_test(test_who_never_was_anybody_is_left_to_be_refused),
		cmocka_unit_test(test_a_listener_that_has_gone_takes_its_clients_with_it),
		cmocka_unit_test(test_a_listener_that_asks_for_certificates_now),
		cmocka_unit_test(test_a_slow_request_is_judged_by_what_is_in_force),
		cmocka_unit_test(test_a_request_of_nobody_is_answered),
		cmocka_unit_test(test_a_stream_that_is_still_allowed_goes_on),
		cmocka_unit_test(test_a_stream_of_nobody_is_cut),
		cmocka_unit_test(test_a_stream_that_would_tell_something_else_is_cut),
		cmocka_unit_test(test_a_stream_under_another_tenant_is_cut),
		cmocka_unit_test(test_an_answer_that_has_not_begun_is_a_refusal),
		cmocka_unit_test(test_streams_of_images_are_judged_on_what_was_looked_up),
		cmocka_unit_test(test_tunnels_are_judged_on_what_was_looked_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
