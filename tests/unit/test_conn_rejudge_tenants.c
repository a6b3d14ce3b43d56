/* Another configuration comes into force while a tenant's request is under way: it is judged by that in a world seen afresh, or
 * it is over. */
#include "tests/unit/change_scene.h"

#include "policy/seal.h"
#include "proxy/conn_private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct seal_key key;

static const struct fake_answer daemon_says[] = {
	{.request = "GET /version", .bytes = fake_version},
	{.request = "GET /v1.41/events",
     .bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"},
	{.request = "", .bytes = NOTHING_TO_SAY},
	{.request = NULL}};

#define TENANT_B  "clients = ( { listener = \"local\"; policy = \"ci\"; tenant = \"b\"; } );"
#define TENANT_RO "clients = ( { listener = \"local\"; policy = \"read-only\"; tenant = \"a\"; } );"

static void begin_in_a_world_of(struct change *change, const char *settings)
{
	static const char secret[32] = "0123456789012345678901234567890";

	seal_key_make((const unsigned char *)secret, sizeof secret, &key);
	change_begin(change, daemon_says, settings);
	change->scene.edition.key = &key;
}

static void begin_in_a_world(struct change *change)
{
	begin_in_a_world_of(change, TENANT);
}

static void test_a_tenants_stream_is_judged_as_it_was_asked_for(void **state)
{
	struct change change;

	(void)state;
	begin_in_a_world(&change);
	conn_scene_send(&change.scene,
	                REQUEST("GET /events?filters=%7B%22label%22%3A%5B%22x%22%5D%7D"));
	bench_settle(&change.scene.bench);
	assert_int_equal(change.scene.conn->state, CONN_EXCHANGE);
	for (unsigned again = 0; again < 3; again++)
		change_rejudge(&change, TENANT);
	assert_goes_on(&change);
	change_rejudge(&change, TENANT_B);
	assert_cut(&change, "its tenant is 'b' now");
	change_end(&change);
}

#define TENANT_OTHER                                                                          \
	"policies = { other = { extends = \"ci\"; rules = ( { on = \"container.create\"; when = " \
	"\"Image = a\"; effect = \"deny\"; message = \"not this one\"; } ); }; };"                \
	"clients = ( { listener = \"local\"; policy = \"other\"; tenant = \"a\"; } );"

/* What it has seen, it has seen as the tenant that it came from. */
static void test_a_tenants_request_is_judged_by_what_is_in_force_or_not_at_all(void **state)
{
	static const struct {
		const char *after, *answer;
		const char *reason; /* why the connection is cut; NULL: it goes on */
	} rows[] = {
		{TENANT, "looking up image 'a' failed", NULL},
		{TENANT_RO, "policy 'read-only'", NULL},
		{TENANT_OTHER, "not this one", NULL},
		{TENANT_B, "HTTP/1.1 403 Forbidden\r\n", "its tenant is 'b' now"},
		{CI, "HTTP/1.1 403 Forbidden\r\n", "what its tenant sees has just changed"},
		{NOBODY, "HTTP/1.1 403 Forbidden\r\n", "no rule of `clients`"},
	};
	struct change change;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		begin_in_a_world(&change);
		conn_scene_send(&change.scene,
		                "POST /containers/create HTTP/1.1\r\nHost: x\r\nContent-Type: "
		                "application/json\r\nContent-Length: 13\r\n\r\n{\"Image\"");
		bench_settle(&change.scene.bench);
		assert_int_equal(change.scene.conn->state, CONN_READ_BODY);
		change_put_in_force(&change, rows[i].after);
		conn_scene_expect(&change.scene, ":\"a\"}", rows[i].answer);
		if (rows[i].reason != NULL) {
			assert_cut(&change, rows[i].reason);
		} else {
			assert_goes_on(&change);
			assert_logged("\"tenant\":\"a\"", true);
		}
		assert_int_equal(fake_daemon_heard(&change.scene.bench.daemon, "POST"), 0);
		change_end(&change);
	}
}

#define SHARING                                                                                            \
	"policies = { other = { extends = \"ci\"; tenancy = { shared = { networks = [\"common\"]; }; }; }; };" \
	"clients = ( { listener = \"local\"; policy = \"other\"; tenant = \"a\"; } );"
#define NETWORK                                                                       \
	"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 89\r\n\r\n" \
	"{\"Id\":\"" ID "\",\"Name\":\"common\"}"

/* What was looked up before is not what is known now. */
static void test_what_is_shared_no_longer_is_gone_in_the_middle(void **state)
{
	static const struct fake_answer slow[] = {{.request = "GET /version", .bytes = fake_version},
	                                          {.request = ""},
	                                          {.request = NULL}};
	static const char *const after[] = {SHARING, TENANT};
	static const char *const says[] = {"HTTP/1.1 200 ", "HTTP/1.1 404 Not Found\r\n"};
	struct change change;

	(void)state;
	for (size_t i = 0; i < sizeof after / sizeof after[0]; i++) {
		begin_in_a_world_of(&change, SHARING);
		change.scene.bench.daemon.answers = slow;
		conn_scene_send(&change.scene, REQUEST("GET /networks/common"));
		bench_settle(&change.scene.bench);
		assert_int_equal(change.scene.conn->state, CONN_LOOKUP);
		change_rejudge(&change, after[i]);
		assert_int_equal(change.scene.conn->state, CONN_LOOKUP);
		fake_say(fake_daemon_last(&change.scene.bench.daemon), NETWORK);
		bench_settle(&change.scene.bench);
		assert_int_equal(change.scene.conn->state, CONN_LOOKUP); /* once more */
		fake_say(fake_daemon_last(&change.scene.bench.daemon), NETWORK);
		bench_settle(&change.scene.bench);
		if (i == 0)
			fake_say(fake_daemon_last(&change.scene.bench.daemon), NETWORK);
		conn_scene_expect(&change.scene, "", says[i]);
		assert_goes_on(&change);
		change_end(&change);
	}
}

/* Who follows events is told object by object of what is shared. */
static void test_events_of_a_world_that_has_changed_are_cut(void **state)
{
	struct change change;

	(void)state;
	begin_in_a_world_of(&change, SHARING);
	conn_scene_send(&change.scene, REQUEST("GET /events"));
	bench_settle(&change.scene.bench);
	assert_int_equal(change.scene.conn->state, CONN_EXCHANGE);
	change_rejudge(&change, SHARING);
	assert_goes_on(&change);
	change_rejudge(&change, TENANT);
	assert_cut(&change, "what is shared among tenants has changed");
	change_end(&change);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_tenants_stream_is_judged_as_it_was_asked_for),
		cmocka_unit_test(test_a_tenants_request_is_judged_by_what_is_in_force_or_not_at_all),
		cmocka_unit_test(test_what_is_shared_no_longer_is_gone_in_the_middle),
		cmocka_unit_test(test_events_of_a_world_that_has_changed_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
