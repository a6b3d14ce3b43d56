/* A whole connection between a client and a daemon that both say what the input says, in pieces that
 * the input chooses. The daemon never hears a byte that is no well-formed request, never a second
 * request before it has said anything to the first, and never one for an operation that the policy
 * denies; everything ends in a bounded number of turns, and leaves nothing behind. In the middle, where the
 * input says so, a stricter policy comes into force, and after that none at all.
 *
 * The input: four bytes for the sizes of pieces and one of flags, what the client sends, 0xFF, and
 * what the daemon says, an answer a request, with 0xFF between them. */
#include "policy/load.h"
#include "policy/problems.h"
#include "policy/text.h"
#include "proxy/audit.h"
#include "proxy/audit_setup.h"
#include "proxy/config.h"
#include "proxy/conn.h"
#include "proxy/edition.h"
#include "proxy/log.h"
#include "proxy/loop.h"
#include "proxy/stream.h"
#include "proxy/upstream.h"
#include "tests/unit/fake_daemon.h"

#include <assert.h>
#include <event2/buffer.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);
const char *__lsan_default_suppressions(void);

enum { EDITIONS = 3, RELOAD_TURNS = 16 };
enum { CONTROL_BYTES = 5, TURNS_AFTER = 40, TURNS_MAX = 20000, BUDGET = 100000 };
enum {
	FLAG_HALF_CLOSE = 1,
	FLAG_HANG_UP = 2,
	FLAG_DAEMON_ENDS = 4,
	FLAG_DAEMON_DROPS = 8,
	FLAG_EARLY = 16,
	FLAG_RELOAD = 32
};

/* libconfig 1.5 forgets its string buffer. */
const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig\n";
}

struct text {
	const uint8_t *bytes;
	size_t len;
};

struct scene {
	struct loop *loop;
	struct fake_daemon daemon;
	struct config configs[EDITIONS];
	struct listener_config listener;
	struct edition_listener edition_listener;
	struct edition editions[EDITIONS];
	struct audit *audit;
	struct upstream *upstream;
	struct conn_context context;
	atomic_uint_fast64_t budget;
	struct conn *conn;
	struct stream *client;
	struct timer *turn;
	struct text from_client, from_daemon;
	const uint8_t *sizes; /* four */
	unsigned flags, turns, quiet;
	struct text saying; /* the rest of the current answer */
	struct fake_connection *answering;
};

static struct policy_set *policies[EDITIONS];

static struct policy_set *load_policies(const char *text)
{
	static const char *const listeners[] = {"local"};
	struct problems *problems = problems_new();
	struct policy_set *set;
	config_t config;

	config_init(&config);
	assert(config_read_string(&config, text) == CONFIG_TRUE);
	set = policy_set_load(config_root_setting(&config), listeners, 1, problems);
	assert(set != NULL);
	config_destroy(&config);
	problems_free(problems);
	return set;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	log_set_level(LOG_ERROR);
	policies[0] = load_policies("clients = ( { listener = \"local\"; policy = \"ci\"; } );");
	policies[1] = load_policies("clients = ( { listener = \"local\"; policy = \"read-only\"; } );");
	policies[2] = load_policies("clients = ();");
	return 0;
}

/* --- the daemon -------------------------------------------------------------------------------- */

/* Cuts the next answer off what the daemon has to say. */
static struct text next_answer(struct scene *scene)
{
	struct text answer = scene->from_daemon;
	const uint8_t *end;

	if (answer.len == 0)
		return answer;
	end = memchr(answer.bytes, 0xff, answer.len);
	if (end != NULL)
		answer.len = (size_t)(end - answer.bytes);
	scene->from_daemon.bytes += answer.len + (end != NULL);
	scene->from_daemon.len -= answer.len + (end != NULL);
	return answer;
}

/* What comes after "POST /v1.41", or after "GET " where there is no version. */
static const char *route_of(const char *line)
{
	const char *path = strchr(line, ' ') + 1;

	if (text_starts_with(path, "/v1."))
		path += strlen("/v1.") + strspn(path + strlen("/v1."), "0123456789");
	return path;
}

static bool is_one_of(const char *path, const char *const *list)
{
	for (; *list != NULL; list++)
		if (text_matches(*list, path))
			return true;
	return false;
}

static void asked(struct fake_connection *connection, void *context)
{
	static const char *const denied[] = {"/build/prune**", "/plugins**", "/swarm**", "/session**",
	                                     "/grpc**",        "/secrets**", NULL};
	static const char *const hijacks[] = {"/containers/*/attach**", "/exec/*/start", NULL};
	struct scene *scene = context;
	struct fake_daemon *daemon = connection->daemon;
	const char *path = route_of(daemon->heard[(daemon->heard_count - 1) % FAKE_HEARD_MAX]);

	assert(!daemon->overlapped);
	assert(!is_one_of(path, denied)); /* the policy allows none of them, in whatever form */
	if (strcmp(path, "/version") == 0) {
		fake_say(connection, fake_version);
		return;
	}
	connection->raw = is_one_of(path, hijacks);
	scene->saying = next_answer(scene);
	scene->answering = connection;
}

/* True when something was said. */
static bool say_a_piece(struct scene *scene, size_t most)
{
	size_t len = scene->saying.len < most ? scene->saying.len : most;

	if (scene->answering == NULL)
		return false;
	fake_say_bytes(scene->answering, scene->saying.bytes, len);
	if (len < scene->saying.len) {
		scene->saying.bytes += len;
		scene->saying.len -= len;
		return true;
	}
	if ((scene->flags & FLAG_DAEMON_DROPS) != 0)
		fake_drop(scene->answering);
	else if ((scene->flags & FLAG_DAEMON_ENDS) != 0)
		fake_finish(scene->answering);
	scene->answering = NULL;
	return true;
}

/* --- the client -------------------------------------------------------------------------------- */

static void client_event(struct stream *stream, enum stream_event event, void *owner)
{
	(void)event;
	(void)owner;
	evbuffer_drain(stream_input(stream), evbuffer_get_length(stream_input(stream)));
}

static void leave(struct scene *scene)
{
	if (scene->client != NULL)
		stream_abort(scene->client);
	scene->client = NULL;
}

/* True when something was sent or ended. */
static bool send_a_piece(struct scene *scene, size_t most)
{
	size_t len = scene->from_client.len < most ? scene->from_client.len : most;

	if (scene->client == NULL)
		return false;
	if (len > 0) {
		assert(evbuffer_add(stream_output(scene->client), scene->from_client.bytes, len) == 0);
		stream_flush(scene->client);
		scene->from_client.bytes += len;
		scene->from_client.len -= len;
		return true;
	}
	if ((scene->flags & FLAG_HALF_CLOSE) != 0 && !stream_finished(scene->client)) {
		stream_finish(scene->client);
		return true;
	}
	return false;
}

/* --- turns ------------------------------------------------------------------------------------- */

static size_t piece_size(const struct scene *scene, unsigned which)
{
	uint8_t size = scene->sizes[which * 2 + scene->turns % 2];

	return size < 200 ? size + 1U : (size - 199U) * 1024U;
}

static void reload(struct scene *scene)
{
	unsigned next = (scene->turns + 1) / (scene->sizes[1] % RELOAD_TURNS + 1);

	if ((scene->flags & FLAG_RELOAD) == 0 || next >= EDITIONS)
		return;
	scene->context.edition = &scene->editions[next];
	if (scene->conn != NULL)
		conn_rejudge(scene->conn);
}

static void on_turn(void *context)
{
	struct scene *scene = context;
	bool sent = send_a_piece(scene, piece_size(scene, 0));
	bool said = say_a_piece(scene, piece_size(scene, 1));

	reload(scene);
	scene->turns++;
	assert(scene->turns < TURNS_MAX);
	scene->quiet = sent || said ? 0 : scene->quiet + 1;
	if (scene->quiet == TURNS_AFTER / 2 && (scene->flags & FLAG_HANG_UP) != 0)
		leave(scene);
	if (scene->quiet < TURNS_AFTER)
		timer_start(scene->turn, 0);
	else
		loop_stop(scene->loop);
}

static void note_closed(struct conn *conn, void *owner)
{
	struct scene *scene = owner;

	assert(conn == scene->conn);
	scene->conn = NULL;
}

static void connect_client(struct scene *scene)
{
	int fds[2];

	assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) == 0);
	scene->client = stream_take(scene->loop, fds[0], false, client_event, scene);
	scene->conn = conn_take(&scene->context, &scene->edition_listener, fds[1], NULL);
	assert(scene->client != NULL && scene->conn != NULL);
}

static void make_editions(struct scene *scene)
{
	scene->listener.spec.name = "local";
	scene->edition_listener.config = &scene->listener;
	for (size_t i = 0; i < EDITIONS; i++) {
		struct edition *edition = &scene->editions[i];

		scene->configs[i] = scene->configs[0];
		scene->configs[i].policies = policies[i];
		scene->configs[i].listeners = &scene->listener;
		scene->configs[i].listener_count = 1;
		edition->config = &scene->configs[i];
		edition->listeners = &scene->edition_listener;
		edition->serial = i + 1;
		atomic_init(&edition->references, 1); /* the scene's: none is ever freed */
	}
}

static void scene_open(struct scene *scene)
{
	scene->loop = loop_new();
	fake_daemon_open(&scene->daemon, scene->loop, NULL);
	scene->daemon.asked = asked;
	scene->daemon.context = scene;
	scene->daemon.asks_early = (scene->flags & FLAG_EARLY) != 0;
	scene->configs[0] = (struct config){
		.upstream = {.socket = scene->daemon.path,
	                 .connect_timeout_ms = 5000,
	                 .idle_connections = 2},
		.limits = {.head = {.head_bytes = 4096, .headers = 20},
	               .json = {.bytes = 4096, .nodes = 500, .depth = 20},
	               .connections = 1,
	               .handshake_ms = 5000,
	               .head_ms = 5000,
	               .body_ms = 5000,
	               .idle_ms = 5000,
	               .linger_ms = 5000},
	};
	make_editions(scene);
	atomic_init(&scene->budget, BUDGET);
	scene->audit = audit_open(&(const struct audit_setup){.file = NULL}, NULL);
	scene->upstream = upstream_new(scene->loop, &scene->configs[0].upstream, NULL);
	scene->turn = timer_new(scene->loop, on_turn, scene);
	assert(scene->audit != NULL && scene->upstream != NULL && scene->turn != NULL);
	scene->context = (struct conn_context){
		.loop = scene->loop,
		.upstream = scene->upstream,
		.edition = &scene->editions[0],
		.audit = scene->audit,
		.body_budget = &scene->budget,
		.closed = note_closed,
		.owner = scene,
	};
	connect_client(scene);
}

static void scene_close(struct scene *scene)
{
	leave(scene);
	if (scene->conn != NULL)
		conn_abort(scene->conn);
	assert(atomic_load(&scene->budget) == BUDGET);
	upstream_free(scene->upstream);
	assert(!scene->daemon.malformed && !scene->daemon.overlapped);
	fake_daemon_close(&scene->daemon);
	audit_close(scene->audit);
	timer_free(scene->turn);
	loop_free(scene->loop);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct scene scene = {0};
	const uint8_t *end;

	if (size < CONTROL_BYTES)
		return 0;
	scene.sizes = data;
	scene.flags = data[CONTROL_BYTES - 1];
	data += CONTROL_BYTES;
	size -= CONTROL_BYTES;
	end = size > 0 ? memchr(data, 0xff, size) : NULL;
	scene.from_client = (struct text){data, end != NULL ? (size_t)(end - data) : size};
	if (end != NULL)
		scene.from_daemon = (struct text){end + 1, size - scene.from_client.len - 1};
	scene_open(&scene);
	timer_start(scene.turn, 0);
	loop_run(scene.loop);
	scene_close(&scene);
	return 0;
}
