/* A daemon that is not there: requests are read whole, one after the other, and answered; the client is a process of its
 * own. */
#include "policy/arena.h"
#include "policy/error.h"
#include "proxy/loop.h"
#include "proxy/shim.h"
#include "tests/unit/temporary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { TEXT_SIZE = 65536 };

/* What the shim was asked, and the test. */
struct scene {
	struct loop *loop;
	struct shim *shim;
	struct timer *timer;
	pid_t client;
	int status;
	char asked[TEXT_SIZE];
	size_t body_len;
	struct shim_answer answer;
};

static void answer(void *context, struct arena *arena, const struct trial_input *input,
                   struct shim_answer *given)
{
	struct scene *scene = context;

	(void)arena;
	snprintf(scene->asked + strlen(scene->asked), TEXT_SIZE - strlen(scene->asked), "%s %s %.*s;",
	         input->head.method, input->head.target, input->len < 100 ? (int)input->len : 0,
	         input->body);
	scene->body_len = input->len;
	*given = scene->answer;
}

static void look(void *context)
{
	struct scene *scene = context;

	if (waitpid(scene->client, &scene->status, WNOHANG) == scene->client)
		loop_stop(scene->loop);
	else
		timer_start(scene->timer, 5);
}

/* The client: sends TEXT in pieces of STEP bytes, and must get what begins with WANTED and ends with END. */
static void be_client(const char *path, const char *text, size_t step, const char *wanted)
{
	static char got[TEXT_SIZE];
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	size_t len = 0;
	ssize_t n;

	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	if (connect(fd, (const struct sockaddr *)&address, sizeof address) != 0)
		_exit(2);
	for (size_t i = 0; i < strlen(text); i += step)
		if (write(fd, text + i, strlen(text) - i < step ? strlen(text) - i : step) < 0)
			break;
	shutdown(fd, SHUT_WR);
	while ((n = read(fd, got + len, sizeof got - 1 - len)) > 0)
		len += (size_t)n;
	got[len] = '\0';
	if (strcmp(got, wanted) != 0)
		fprintf(stderr, "got:\n%s\nwanted:\n%s\n", got, wanted);
	_exit(strcmp(got, wanted) == 0 ? 0 : 1);
}

static void converse(struct scene *scene, const char *text, size_t step, const char *wanted)
{
	const char *path = temporary_path("docker.sock");
	struct error error = {.text = ""};

	scene->loop = loop_new();
	scene->timer = timer_new(scene->loop, look, scene);
	scene->shim = shim_open(scene->loop, path, answer, scene, &error);
	if (scene->shim == NULL)
		fail_msg("%s", error.text);
	scene->client = fork();
	if (scene->client == 0)
		be_client(path, text, step, wanted);
	timer_start(scene->timer, 5);
	loop_run(scene->loop);
	shim_close(scene->shim);
	timer_free(scene->timer);
	loop_free(scene->loop);
	assert_int_equal(scene->status, 0);
	assert_int_equal(access(path, F_OK), -1);
}

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"

static void requests_follow_each_other(void **state)
{
	for (size_t step = 1; step < 2000; step += 499) {
		struct scene scene = {.answer = {.status = 200, .body = "hi", .len = 2}};

		(void)state;
		converse(
			&scene,
			"GET /a HTTP/1.1\r\nHost: x\r\n\r\n"
			"POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"
			"POST /c HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
			"POST /d HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
			step, OK OK OK OK);
		assert_string_equal(scene.asked, "GET /a ;POST /b {};POST /c ;POST /d abc;");
	}
}

static void an_upgrade_ends_it(void **state)
{
	struct scene scene = {.answer = {.status = 101, .upgrade = "tcp", .body = ""}};

	(void)state;
	converse(&scene,
	         "POST /attach HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n", 999,
	         "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
}

static void a_head_is_answered_without_a_body(void **state)
{
	struct scene scene = {.answer = {.status = 200, .body = "hi", .len = 2}};

	(void)state;
	converse(&scene, "HEAD /_ping HTTP/1.1\r\nHost: x\r\n\r\n", 999,
	         "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
}

static void what_is_no_http_is_refused(void **state)
{
	struct scene scene = {.answer = {.status = 200}};

	(void)state;
	converse(&scene, "GET /a HTTP/1.1\r\nHost : x\r\n\r\n", 999,
	         "HTTP/1.1 400 Bad Request\r\nContent-Length: 53\r\nConnection: close\r\n"
	         "Content-Type: application/json\r\n\r\n"
	         "{\"message\":\"white space in or around a header name\"}\n");
	assert_string_equal(scene.asked, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_follow_each_other),
		cmocka_unit_test(an_upgrade_ends_it),
		cmocka_unit_test(a_head_is_answered_without_a_body),
		cmocka_unit_test(what_is_no_http_is_refused),
	};

	return cmocka_run_group_tests(tests, temporary_make, temporary_remove);
}
