/* Owns the configuration that takes the place of a scene's first, and the log of both. */
#include "tests/unit/change_scene.h"

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

static char audit_file[64]; /* tests run side by side */

void change_begin(struct change *change, const struct fake_answer *answers, const char *settings)
{
	struct conn_scene *scene = &change->scene;

	memset(change, 0, sizeof *change);
	snprintf(audit_file, sizeof audit_file, "build/unit/change.%ld.log", (long)getpid());
	unlink(audit_file);
	conn_scene_prepare(scene, answers);
	policy_set_free(scene->config.policies);
	scene->config.policies = settings_text_load_fine(settings);
	scene->listener.spec.socket = "/the/socket";
	conn_scene_audit(scene, audit_file);
	conn_scene_connect(scene, "ci");
}

void change_put_in_force(struct change *change, const char *settings)
{
	struct conn_scene *scene = &change->scene;

	policy_set_free(change->config.policies);
	change->config = scene->config;
	change->config.policies = settings_text_load_fine(settings);
	change->config.listeners = &change->listener;
	change->listener = scene->listener;
	change->edition_listener.config = &change->listener;
	change->edition.config = &change->config;
	change->edition.listeners = &change->edition_listener;
	change->edition.key = scene->edition.key;
	change->edition.serial++;
	if (change->edition.serial == 1) {
		change->edition.serial = 2;
		atomic_init(&change->edition.references, 1);
	}
	scene->context.edition = &change->edition;
}

void change_rejudge(struct change *change, const char *settings)
{
	change_put_in_force(change, settings);
	assert_true(conn_rejudge(change->scene.conn));
	if (change->scene.conn != NULL)
		assert_false(conn_rejudge(change->scene.conn));
	bench_settle(&change->scene.bench);
}

void change_end(struct change *change)
{
	conn_scene_close(&change->scene);
	policy_set_free(change->config.policies);
	unlink(audit_file);
}

void assert_logged(const char *part, bool there)
{
	char *text = conn_scene_log(audit_file);

	if ((strstr(text, part) != NULL) != there)
		fail_msg("%s '%s' in %s", there ? "no" : "there is", part, text);
	free(text);
}

void assert_goes_on(struct change *change)
{
	assert_non_null(change->scene.conn);
	assert_int_equal(change->scene.closed, 0);
	assert_logged("\"event\":\"revoked\"", false);
}

void assert_cut(struct change *change, const char *reason)
{
	conn_scene_expect_end(&change->scene);
	assert_logged("\"event\":\"revoked\"", true);
	assert_logged(reason, true);
}
