/* A tenant's quota on a whole connection: how fast requests may come, whatever they are; what a daemon's list that lies, stalls or
 * breaks comes to; and who leaves while it waits. */
#include "tests/unit/conn_scene.h"

#include "policy/error.h"
#include "policy/load.h"
#include "policy/seal.h"
#include "proxy/quota.h"
#include "tests/unit/settings_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char settings[] =
	"policies = { team = { extends = \"ci\"; operations = { allow = [\"*\"]; deny = [\"system.info\"]; };\n"
	"    quota = { volumes = 1; networks = 1; requests = { per_second = 1; burst = 4; }; connections = 1; }; };\n"
	"  slow = { extends = \"team\"; quota = { requests = { per_second = 1000; burst = 1000; }; }; }; };\n"
	"clients = ( { listener = \"local\"; policy = \"team\"; tenant = \"a\"; },\n"
	"            { listener = \"tls\"; policy = \"slow\"; tenant = \"b\"; } );\n";

static struct seal_key key;
static struct quota_table *table;

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_request_is_rated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
