/* A connection whose client is in a container: the daemon is asked once, before the first verdict, and no verdict comes
 * without its answer. */
#include "tests/unit/conn_scene.h"

#include "policy/load.h"
#include "proxy/conn_private.h"
#include "tests/unit/settings_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ID          "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define OTHER_ID    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define IMAGE       "sha256:" ID
#define BY_LABEL    "clients = ( { container_label = \"ci.job=*\"; policy = \"read-only\"; } );"
#define BY_PROJECT  "clients = ( { container_label = \"ci.project=*\"; policy = \"read-only\"; } );"
#define BY_LISTENER "clients = ( { listener = \"local\"; policy = \"ci\"; } );"
#define BY_NOTHING  "clients = ( { container = \"none\"; policy = \"read-only\"; } );"
#define BY_REST                                                                 \
	"clients = ( { container_label = \"ci.job=*\"; policy = \"read-only\"; }, " \
	"{ listener = \"local\"; policy = \"admin\"; } );"
#define ASK REQUEST("GET /v1.41/containers/json")

/* Of a first process that is nowhere. */
static const char container[] =
	"{\"Id\":\"" ID "\",\"Name\":\"/job\",\"Image\":\"" IMAGE "\",\"HostConfig\":{\"CgroupParent\":"
	"\"\"},\"State\":{\"Running\":true,\"Pid\":2147483000},\"Config\":{\"Image\":\"x\",\"Labels\":{"
	"\"ci.job\":\"7\",\"ci.project\":\"9\"}}}";
static const char image[] = "{\"Id\":\"" IMAGE "\",\"Config\":{}}";
static const char info[] =
	"{\"ServerVersion\":\"1\",\"CgroupDriver\":\"cgroupfs\",\"Driver\":\"overlay2\"}";

/* A daemon with one container, that can be made to fail. */
static bool failing;

static void say(struct fake_connection *connection, const char *status, const char *body)
{
	char answer[1024];

	(void)snprintf(answer, sizeof answer,
	               "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
	               status, strlen(body), body);
	fake_say(connection, answer);
}

static void asked(struct fake_connection *connection, void *context)
{
	const char *target = connection->head.target;

	(void)context;
	if (strcmp(target, "/version") == 0)
		fake_say(connection, fake_version);
	else if (failing)
		say(connection, "500 Internal Server Error", "{\"message\":\"the disk is gone\"}");
	else if (strstr(target, "/info") != NULL)
		say(connection, "200 OK", info);
	else if (strstr(target, "/containers/" ID "/json") != NULL)
		say(connection, "200 OK", container);
	else if (strstr(target, "/images/") != NULL)
		say(connection, "200 OK", image);
	else if (strstr(target, OTHER_ID) != NULL)
		say(connection, "404 Not Found", "{\"message\":\"No such container: x\"}");
	else
		say(connection, "200 OK", "[]");
}

static size_t heard(struct conn_scene *scene, const char *line)
{
	return fake_daemon_heard(&scene->bench.daemon, line);
}

/* A client in CGROUPS; NULL: nobody knows where. */
static void begin(struct conn_scene *scene, const char *settings, const char *cgroups)
{
	static const struct fake_answer none[] = {{.request = NULL}};

	failing = false;
	conn_scene_prepare(scene, none);
	scene->bench.daemon.asked = asked;
	policy_set_free(scene->config.policies);
	scene->config.policies = settings_text_load_fine(settings);
	conn_scene_connect(scene, "ci");
	scene->conn->peer_read = true;
	scene->conn->peer = (struct peer_process){.cgroups = cgroups, .why = "it has ended"};
}

static void the_daemon_is_asked_once(void **state)
{
	struct conn_scene scene;
	const struct container_identity *found;

	(void)state;
	begin(&scene, BY_LABEL, "0::/docker/" ID "\n");
	conn_scene_expect(&scene, ASK, "HTTP/1.1 200");
	found = &scene.conn->identity.container;
	assert_int_equal(found->state, CONTAINER_PRESENT);
	assert_string_equal(found->id, ID);
	assert_string_equal(found->name, "job");
	assert_int_equal(found->label_count, 1); /* of two, the one that is asked about */
	assert_string_equal(found->labels[0], "ci.job=7");
	conn_scene_expect(&scene, ASK, "HTTP/1.1 200");
	assert_int_equal(heard(&scene, "GET /v1.41/containers/" ID "/json"), 1);
	assert_int_equal(heard(&scene, "GET /v1.41/info"),
	                 2); /* for this, and for where images are kept */
	conn_scene_close(&scene);
}

/* Where the daemon keeps its containers' cgroups is known from then on. */
static void its_layout_is_asked_once_for_all(void **state)
{
	struct conn_scene scene;

	(void)state;
	begin(&scene, BY_LABEL, "0::/docker/" ID "\n");
	conn_scene_expect(&scene, ASK, "HTTP/1.1 200");
	conn_abort(scene.conn);
	scene.conn = NULL;
	conn_scene_connect(&scene, "ci");
	scene.conn->peer_read = true;
	scene.conn->peer = (struct peer_process){.cgroups = "0::/docker/" ID "\n"};
	conn_scene_expect(&scene, ASK, "HTTP/1.1 200");
	assert_int_equal(heard(&scene, "GET /v1.41/info"),
	                 2); /* for this, and for where images are kept */
	assert_int_equal(heard(&scene, "GET /v1.41/containers/" ID "/json"), 2);
	conn_scene_close(&scene);
}

static void nobody_is_asked_where_nothing_depends_on_it(void **state)
{
	struct conn_scene scene;

	(void)state;
	begin(&scene, BY_LISTENER, "0::/docker/" ID "\n");
	conn_scene_expect(&scene, ASK, "HTTP/1.1 200");
	assert_int_equal(heard(&scene, "GET /v1.41/containers/" ID "/json"), 0);
	conn_scene_close(&scene);
}

static void who_is_unknown_gets_nothing(void **state)
{
	static const char *const cgroups[] = {NULL, "0::/docker/" OTHER_ID "\n", "0::/x/" ID "\n",
	                                      "0::/../docker/" ID "\n", ""};

	(void)state;
	for (size_t i = 0; i < sizeof cgroups / sizeof *cgroups; i++) {
		struct conn_scene scene;

		begin(&scene, BY_NOTHING, cgroups[i]);
		conn_scene_expect(&scene, ASK, "HTTP/1.1 403");
		assert_int_equal(scene.conn->identity.container.state, CONTAINER_UNKNOWN);
		assert_non_null(scene.conn->identity.container.why);
		conn_scene_close(&scene);
	}
}

/* A rule that says nothing of containers would let out of its own whoever hides which one that is. */
static void who_is_unknown_gets_nothing_of_rules_without_containers(void **state)
{
	static const char *const cgroups[] = {NULL, "0::/docker/" OTHER_ID "\n", "0::/x/" ID "\n",
	                                      "0::/../docker/" ID "\n", ""};

	(void)state;
	for (size_t i = 0; i < sizeof cgroups / sizeof *cgroups; i++) {
		struct conn_scene scene;

		begin(&scene, BY_REST, cgroups[i]);
		conn_scene_expect(&scene, ASK, "HTTP/1.1 403");
		conn_scene_expect(&scene, ASK, scene.conn->identity.container.why);
		assert_null(scene.conn->policy);
		conn_scene_close(&scene);
	}
}

/* Where no process of clients is seen, pid 0 is told, and rules that say nothing of containers hold. */
static void who_cannot_be_seen_at_all_has_the_other_rules(void **state)
{
	struct conn_scene scene;

	(void)state;
	begin(&scene, BY_REST, NULL);
	scene.conn->identity.peer.pid = 0;
	conn_scene_expect(&scene, ASK, "HTTP/1.1 200");
	conn_scene_close(&scene);
}

static void a_process_of_the_host_needs_no_daemon(void **state)
{
	struct conn_scene scene;

	(void)state;
	begin(&scene, BY_NOTHING, "0::/user.slice\n");
	conn_scene_expect(&scene, ASK, "HTTP/1.1 200");
	assert_int_equal(scene.conn->identity.container.state, CONTAINER_NONE);
	assert_int_equal(heard(&scene, "GET /v1.41/info"), 0);
	conn_scene_close(&scene);
}

/* No answer is not "none", nor for ever. */
static void without_an_answer_nothing_is_judged(void **state)
{
	struct conn_scene scene;

	(void)state;
	begin(&scene, BY_LABEL, "0::/docker/" ID "\n");
	failing = true;
	conn_scene_expect(&scene, ASK, "HTTP/1.1 503");
	conn_scene_expect(&scene, ASK, "the disk is gone");
	assert_false(scene.conn->identified);
	assert_null(scene.conn->policy);
	failing = false;
	conn_scene_expect(&scene, ASK, "HTTP/1.1 200");
	conn_scene_close(&scene);
}

/* Another configuration asks about another label: the client is asked about anew, before its next request. */
static void other_questions_are_asked_anew(void **state)
{
	struct conn_scene scene;
	struct config config;
	struct edition edition = {.serial = 2};

	(void)state;
	begin(&scene, BY_LABEL, "0::/docker/" ID "\n");
	conn_scene_expect(&scene, ASK, "HTTP/1.1 200");
	config = scene.config;
	config.policies = settings_text_load_fine(BY_PROJECT);
	scene.listener.spec.socket = "/the/socket";
	edition.config = &config;
	edition.listeners = &scene.edition_listener;
	atomic_init(&edition.references, 1);
	scene.context.edition = &edition;
	assert_true(conn_rejudge(scene.conn));
	assert_false(scene.conn->identified);
	assert_null(scene.conn->policy);
	conn_scene_expect(&scene, ASK, "HTTP/1.1 200");
	assert_int_equal(scene.conn->identity.container.label_count, 1);
	assert_string_equal(scene.conn->identity.container.labels[0], "ci.project=9");
	assert_int_equal(heard(&scene, "GET /v1.41/containers/" ID "/json"), 2);
	conn_scene_close(&scene);
	policy_set_free(config.policies);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_daemon_is_asked_once),
		cmocka_unit_test(its_layout_is_asked_once_for_all),
		cmocka_unit_test(nobody_is_asked_where_nothing_depends_on_it),
		cmocka_unit_test(who_is_unknown_gets_nothing),
		cmocka_unit_test(who_is_unknown_gets_nothing_of_rules_without_containers),
		cmocka_unit_test(who_cannot_be_seen_at_all_has_the_other_rules),
		cmocka_unit_test(a_process_of_the_host_needs_no_daemon),
		cmocka_unit_test(without_an_answer_nothing_is_judged),
		cmocka_unit_test(other_questions_are_asked_anew),
	};

	return cmocka_run_group_tests_name("conn_identify", tests, NULL, NULL);
}
