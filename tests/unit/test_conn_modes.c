/* Policies that do not enforce, on a connection: the answer's Warning header, and the audit log. */
#include "tests/unit/conn_scene.h"

#include "policy/load.h"
#include "tests/unit/settings_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char audit_file[] = "build/unit/conn_modes.log";

static const char settings[] =
	"policies = { warning = { extends = \"ci\"; mode = \"warn\"; };\n"
	"             watching = { extends = \"ci\"; mode = \"observe\"; }; };\n"
	"clients = ( { listener = \"local\"; policy = \"warning\"; },\n"
	"            { listener = \"tls\"; policy = \"watching\"; } );\n";

static const struct fake_answer plain[] = {{.request = "GET /version", .bytes = fake_version},
                                           {.request = "", .bytes = NOTHING_TO_SAY},
                                           {.request = NULL}};

static void open_scene(struct conn_scene *scene, const char *listener_policy)
{
	unlink(audit_file);
	conn_scene_prepare(scene, plain);
	policy_set_free(scene->config.policies);
	scene->config.policies = settings_text_load_fine(settings);
	conn_scene_audit(scene, audit_file);
	conn_scene_connect(scene, listener_policy);
}

static void assert_logged(const char *part)
{
	char *text = conn_scene_log(audit_file);

	if (strstr(text, part) == NULL)
		fail_msg("no %s in %s", part, text);
	free(text);
}

static void test_a_warning_is_heard(void **state)
{
	struct conn_scene scene;

	(void)state;
	open_scene(&scene, "ci");
	conn_scene_send(&scene, REQUEST("POST /build/prune"));
	conn_scene_expect(&scene, "", "HTTP/1.1 200 OK\r\n");
	conn_scene_expect(
		&scene, "", "\r\nWarning: 299 quaymaster \"policy 'warning' would not allow build.prune (");
	assert_logged("\"verdict\":\"allow\"");
	assert_logged("\"mode\":\"warn\",\"would\":\"deny\"");
	conn_scene_close(&scene);
	unlink(audit_file);
}

static void test_an_observer_is_silent(void **state)
{
	struct conn_scene scene;

	(void)state;
	open_scene(&scene, "admin");
	conn_scene_expect(&scene, REQUEST("POST /build/prune"), NOTHING_TO_SAY);
	assert_int_equal(fake_daemon_heard(&scene.bench.daemon, "POST /v1.41/build/prune"), 1);
	assert_logged("\"mode\":\"observe\",\"would\":\"deny\"");
	assert_logged("policy 'watching' would not allow build.prune (");
	conn_scene_close(&scene);
	unlink(audit_file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_warning_is_heard),
		cmocka_unit_test(test_an_observer_is_silent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
