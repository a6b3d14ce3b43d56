/* The whole gateway on its own threads, with the fake daemon and its clients on the test's. */
#include "proxy/server.h"

#include "policy/error.h"
#include "policy/problems.h"
#include "tests/unit/bench.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#define REQUEST "GET /info HTTP/1.1\r\nHost: x\r\n\r\n"
#define ANSWER  "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

static const struct fake_answer plain[] = {{.request = "GET /version", .bytes = fake_version},
                                           {.request = "", .bytes = ANSWER},
                                           {.request = NULL}};

struct scene {
	struct bench bench; /* first */
	char path[128], socket[128];
	struct config *config;
	struct server *server;
};

static void write_config(const struct scene *scene, const char *more)
{
	FILE *file = fopen(scene->path, "w");

	assert_non_null(file);
	fprintf(file,
	        "upstream = { socket = \"%s\"; };\nworkers = 2;\n"
	        "clients = ( { listener = \"local\"; policy = \"ci\"; } );\n%s\n",
	        scene->bench.daemon.path, more);
	assert_int_equal(fclose(file), 0);
}

static void load(struct scene *scene, const char *more)
{
	struct problems *problems = problems_new();

	write_config(scene, more);
	scene->config = config_load(scene->path, problems);
	if (scene->config == NULL)
		fail_msg("%s", problems_text(problems, 0));
	problems_free(problems);
}

static void scene_open(struct scene *scene)
{
	memset(scene, 0, sizeof *scene);
	bench_open(&scene->bench, plain);
	snprintf(scene->path, sizeof scene->path, "%s/conf", scene->bench.daemon.directory);
	snprintf(scene->socket, sizeof scene->socket, "%s/ours.sock", scene->bench.daemon.directory);
}

static void scene_close(struct scene *scene)
{
	if (scene->server != NULL)
		server_stop(scene->server);
	config_release(scene->config);
	assert_int_equal(access(scene->socket, F_OK), -1);
	unlink(scene->path);
	bench_close(&scene->bench);
}

static void start(struct scene *scene, const char *limits)
{
	struct error error = {0};
	char text[512];

	snprintf(text, sizeof text, "listeners = ( { name = \"local\"; socket = \"%s\"; } );\n%s",
	         scene->socket, limits);
	load(scene, text);
	scene->server = server_start(scene->config, NULL, &error);
	if (scene->server == NULL)
		fail_msg("%s", error.text);
}

/* In place of the client that was. */
static void connect_client(struct scene *scene)
{
	struct end *client = &scene->bench.ends.client;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	memcpy(address.sun_path, scene->socket, strlen(scene->socket) + 1);
	assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(evutil_make_socket_nonblocking(fd), 0);
	end_abort(client);
	memset(client->told, 0, sizeof client->told);
	evbuffer_drain(client->got, evbuffer_get_length(client->got));
	client->stream = stream_take(scene->bench.ends.loop, fd, false, end_event, client);
	assert_non_null(client->stream);
}

static bool is_ready(struct ends *ends)
{
	return was_told(&ends->client, 'R');
}

static bool is_answered(struct ends *ends)
{
	return evbuffer_get_length(ends->client.got) == strlen(ANSWER);
}

static bool is_over(struct ends *ends)
{
	return strpbrk(ends->client.told, "EF") != NULL;
}

static void test_clients_are_served_one_after_the_other(void **state)
{
	struct scene scene;

	(void)state;
	scene_open(&scene);
	start(&scene, "");
	for (unsigned i = 0; i < 20; i++) {
		connect_client(&scene);
		ends_run(&scene.bench.ends, is_ready);
		end_send(&scene.bench.ends.client, REQUEST);
		ends_run(&scene.bench.ends, is_answered);
		assert_got(&scene.bench.ends.client, ANSWER);
	}
	server_renew_certificates(scene.server); /* there are none */
	assert_int_equal(fake_daemon_heard(&scene.bench.daemon, "GET /v1.41/info"), 20);
	scene_close(&scene);
}

static void test_a_connection_past_the_limit_is_closed(void **state)
{
	struct end first;
	struct scene scene;

	(void)state;
	scene_open(&scene);
	start(&scene, "limits = { connections = 1; };");
	connect_client(&scene); /* it has just come, and may bring a request */
	ends_run(&scene.bench.ends, is_ready);
	first = scene.bench.ends.client;
	stream_set_owner(first.stream, NULL, NULL);
	scene.bench.ends.client.stream = NULL;
	connect_client(&scene);
	ends_run(&scene.bench.ends, is_over);
	stream_abort(first.stream);
	bench_settle(&scene.bench);
	connect_client(&scene); /* there is room again */
	ends_run(&scene.bench.ends, is_ready);
	end_send(&scene.bench.ends.client, REQUEST);
	ends_run(&scene.bench.ends, is_answered);
	scene_close(&scene);
}

/* --- reloads --------------------------------------------------------------------------------------------------- */

/* Goes over to a file with one listener more than SCENE's where EXTRA is a path, and CLIENTS. */
static bool reload(struct scene *scene, const char *extra, const char *clients, struct error *error)
{
	struct problems *problems = problems_new();
	struct config *fresh;
	char text[1024];
	bool done;

	snprintf(text, sizeof text,
	         "upstream = { socket = \"%s\"; };\nworkers = 2;\nclients = ( %s );\n"
	         "listeners = ( { name = \"local\"; socket = \"%s\"; }%s%s%s );\n",
	         scene->bench.daemon.path, clients, scene->socket,
	         extra != NULL ? ", { name = \"extra\"; socket = \"" : "", extra != NULL ? extra : "",
	         extra != NULL ? "\"; }" : "");
	fresh = config_load_text("settings", text, problems);
	if (fresh == NULL)
		fail_msg("%s", problems_text(problems, 0));
	problems_free(problems);
	done = server_reload(scene->server, fresh, error);
	config_release(fresh);
	return done;
}

static void ask_for_info(struct scene *scene)
{
	evbuffer_drain(scene->bench.ends.client.got, evbuffer_get_length(scene->bench.ends.client.got));
	end_send(&scene->bench.ends.client, REQUEST);
	ends_run(&scene->bench.ends, is_answered);
}

static void test_a_reload_keeps_who_is_allowed_and_closes_who_is_not(void **state)
{
	struct error error = {0};
	struct scene scene;

	(void)state;
	scene_open(&scene);
	start(&scene, "");
	connect_client(&scene);
	ends_run(&scene.bench.ends, is_ready);
	ask_for_info(&scene);
	for (unsigned i = 0; i < 10; i++)
		assert_true(reload(&scene, NULL,
		                   i % 2 == 0 ? "{ policy = \"admin\"; }" : "{ policy = \"ci\"; }",
		                   &error));
	ask_for_info(&scene);
	assert_true(reload(&scene, NULL, "{ uid = 4294967; policy = \"ci\"; }", &error));
	ends_run(&scene.bench.ends, is_over);
	scene_close(&scene);
}

static void test_listeners_come_and_go(void **state)
{
	char kept[128], extra[128];
	struct error error = {0};
	struct scene scene;

	(void)state;
	scene_open(&scene);
	start(&scene, "");
	memcpy(kept, scene.socket, sizeof kept);
	snprintf(extra, sizeof extra, "%s/extra.sock", scene.bench.daemon.directory);
	assert_true(reload(&scene, extra, "{ policy = \"ci\"; }", &error));
	for (unsigned i = 0; i < 2; i++) {
		snprintf(scene.socket, sizeof scene.socket, "%s", i == 0 ? kept : extra);
		connect_client(&scene);
		ends_run(&scene.bench.ends, is_ready);
		ask_for_info(&scene);
	}
	memcpy(scene.socket, kept, sizeof kept);
	assert_true(reload(&scene, NULL, "{ policy = \"ci\"; }", &error));
	ends_run(&scene.bench.ends, is_over); /* its listener has gone */
	assert_int_equal(access(extra, F_OK), -1);
	assert_int_equal(access(kept, F_OK), 0);
	scene_close(&scene);
}

static void test_a_reload_that_fails_changes_nothing(void **state)
{
	struct error error = {0};
	struct scene scene;

	(void)state;
	scene_open(&scene);
	start(&scene, "");
	connect_client(&scene);
	ends_run(&scene.bench.ends, is_ready);
	assert_false(
		reload(&scene, "/no/such/place/x.sock", "{ uid = 4294967; policy = \"ci\"; }", &error));
	assert_non_null(strstr(error.text, "listener 'extra': "));
	ask_for_info(&scene);
	scene_close(&scene);
}

static bool daemon_was_asked(struct ends *ends)
{
	return bench_of(ends)->daemon.heard_count >= 2;
}

/* With clients in every state, and a question to the daemon under way. */
static void test_stopped_in_the_middle(void **state)
{
	static const struct fake_answer nothing[] = {{.request = ""}, {.request = NULL}};
	static const struct fake_answer silent[] = {{.request = "GET /version", .bytes = fake_version},
	                                            {.request = ""},
	                                            {.request = NULL}};

	(void)state;
	for (unsigned moment = 0; moment < 3; moment++) {
		struct scene scene;

		scene_open(&scene);
		scene.bench.daemon.answers = moment == 1 ? nothing : silent;
		start(&scene, "");
		connect_client(&scene);
		ends_run(&scene.bench.ends, is_ready);
		if (moment > 0)
			end_send(&scene.bench.ends.client, REQUEST);
		if (moment == 2)
			ends_run(&scene.bench.ends, daemon_was_asked);
		bench_settle(&scene.bench);
		server_stop(scene.server);
		scene.server = NULL;
		ends_run(&scene.bench.ends, is_over);
		scene_close(&scene);
	}
}

static void test_what_cannot_be_opened_leaves_nothing(void **state)
{
	static const char *const listeners[] = {
		"listeners = ( { name = \"local\"; socket = \"%s\"; }, { socket = \"/no/such/place\"; } );",
		"listeners = ( { name = \"local\"; socket = \"%s\"; }, { systemd = \"nobody\"; } );",
		("listeners = ( { name = \"local\"; socket = \"%s\"; }, { address = \"127.0.0.1:0\";"
	     " tls = { directory = \"/no/certs\"; }; } );"),
		"listeners = ( { name = \"local\"; socket = \"%s\"; } ); audit = { file = \"/no/log\"; };",
	};

	(void)state;
	for (size_t i = 0; i < sizeof listeners / sizeof listeners[0]; i++) {
		struct error error = {0};
		struct scene scene;
		char text[512];

		scene_open(&scene);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(text, sizeof text, listeners[i], scene.socket);
#pragma GCC diagnostic pop
		load(&scene, text);
		assert_null(server_start(scene.config, NULL, &error));
		assert_true(error.text[0] != '\0');
		scene_close(&scene);
	}
}

/* Puts FD where systemd would. */
static void pass_socket(int fd)
{
	char pid[16];

	assert_int_equal(dup2(fd, 3), 3);
	snprintf(pid, sizeof pid, "%d", (int)getpid());
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", "1", 1);
	setenv("LISTEN_FDNAMES", "gate", 1);
}

/* Not descriptor 3, which is to be passed. */
static int listen_on(in_addr_t where)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(where)};
	int first = socket(AF_INET, SOCK_STREAM, 0), fd = fcntl(first, F_DUPFD, 10);

	close(first);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(fd, 1), 0);
	return fd;
}

/* A socket that systemd passes is held to what an address is held to. */
static void test_a_passed_socket_open_to_the_network(void **state)
{
	static const struct {
		in_addr_t where;
		const char *listener;
		bool starts;
	} rows[] = {
		{INADDR_ANY, "{ systemd = \"gate\"; }", false},
		{INADDR_ANY, "{ systemd = \"gate\"; insecure = true; }", true},
		{INADDR_LOOPBACK, "{ systemd = \"gate\"; }", true},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int fd = listen_on(rows[i].where);
		struct error error = {0};
		struct scene scene;
		char text[256];

		assert_int_equal(dup2(fd, 3), 3); /* nothing of the test's own is there */
		scene_open(&scene);
		snprintf(text, sizeof text, "listeners = ( %s, { name = \"local\"; socket = \"%s\"; } );",
		         rows[i].listener, scene.socket);
		load(&scene, text);
		pass_socket(fd);
		scene.server = server_start(scene.config, NULL, &error);
		if ((scene.server != NULL) != rows[i].starts)
			fail_msg("row %zu: %s", i, error.text);
		close(fd);
		scene_close(&scene);
		close(3);
	}
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clients_are_served_one_after_the_other),
		cmocka_unit_test(test_a_connection_past_the_limit_is_closed),
		cmocka_unit_test(test_a_reload_keeps_who_is_allowed_and_closes_who_is_not),
		cmocka_unit_test(test_listeners_come_and_go),
		cmocka_unit_test(test_a_reload_that_fails_changes_nothing),
		cmocka_unit_test(test_stopped_in_the_middle),
		cmocka_unit_test(test_what_cannot_be_opened_leaves_nothing),
		cmocka_unit_test(test_a_passed_socket_open_to_the_network),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
