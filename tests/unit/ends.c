/* Joined streams for tests. Owns the sockets, a self-signed certificate and the record of
 * events. */
#include "tests/unit/ends.h"

#include "tests/unit/pki.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { TICK_MS = 2, DEADLINE_MS = 10000 };

enum transport transports[4] = {OVER_UNIX, OVER_TCP, OVER_TLS_1_2, OVER_TLS_1_3};

bool transport_is_tls(enum transport transport)
{
	return transport == OVER_TLS_1_2 || transport == OVER_TLS_1_3;
}

/* --- making --------------------------------------------------------------------------------- */

static void tcp_pair(int fds[2])
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof address;
	int listening = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(listening, (const struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(listening, 1), 0);
	assert_int_equal(getsockname(listening, (struct sockaddr *)&address, &size), 0);
	fds[0] = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(fds[0], (const struct sockaddr *)&address, sizeof address), 0);
	fds[1] = accept(listening, NULL, NULL);
	assert_true(fds[1] >= 0);
	close(listening);
}

void socket_pair(enum transport transport, int fds[2])
{
	if (transport == OVER_UNIX)
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	else
		tcp_pair(fds);
	assert_int_equal(evutil_make_socket_nonblocking(fds[0]), 0);
	assert_int_equal(evutil_make_socket_nonblocking(fds[1]), 0);
}

static void make_contexts(struct ends *ends)
{
	int version = ends->transport == OVER_TLS_1_2 ? TLS1_2_VERSION : TLS1_3_VERSION;
	const struct pki_spec spec = {.common_name = "server", .names = "DNS:localhost"};
	struct pki_entity server = pki_issue(NULL, &spec);
	unsigned char *bytes = NULL;
	int len;

	ends->client_context = SSL_CTX_new(TLS_client_method());
	ends->server_context = SSL_CTX_new(TLS_server_method());
	assert_non_null(ends->client_context);
	assert_non_null(ends->server_context);
	assert_int_equal(SSL_CTX_set_min_proto_version(ends->server_context, version), 1);
	assert_int_equal(SSL_CTX_set_max_proto_version(ends->server_context, version), 1);
	/* By way of its bytes: the certificate in memory remembers what it was before it was signed. */
	len = i2d_X509(server.certificate, &bytes);
	assert_int_equal(SSL_CTX_use_certificate_ASN1(ends->server_context, len, bytes), 1);
	OPENSSL_free(bytes);
	assert_int_equal(SSL_CTX_use_PrivateKey(ends->server_context, server.key), 1);
	pki_free(&server);
}

static void on_tick(void *context)
{
	struct ends *ends = context;

	if (ends->tick != NULL)
		ends->tick(ends);
	if (ends->until(ends) || loop_now_ms(ends->loop) >= ends->deadline_ms)
		loop_stop(ends->loop);
	else
		timer_start(ends->ticker, TICK_MS);
}

static void end_prepare(struct ends *ends, struct end *end)
{
	end->ends = ends;
	end->got = evbuffer_new();
	assert_non_null(end->got);
}

void ends_prepare(struct ends *ends, enum transport transport)
{
	*ends = (struct ends){.loop = loop_new(), .transport = transport};
	assert_non_null(ends->loop);
	ends->ticker = timer_new(ends->loop, on_tick, ends);
	assert_non_null(ends->ticker);
	end_prepare(ends, &ends->client);
	end_prepare(ends, &ends->server);
	if (transport_is_tls(transport))
		make_contexts(ends);
}

static SSL *new_ssl(SSL_CTX *context, bool server)
{
	SSL *ssl = SSL_new(context);

	assert_non_null(ssl);
	if (server)
		SSL_set_accept_state(ssl);
	else
		SSL_set_connect_state(ssl);
	return ssl;
}

void ends_join(struct ends *ends, int client_fd, int server_fd)
{
	struct end *client = &ends->client, *server = &ends->server;

	if (transport_is_tls(ends->transport)) {
		client->stream = stream_take_tls(ends->loop, client_fd, false,
		                                 new_ssl(ends->client_context, false), end_event, client);
		server->stream = stream_take_tls(ends->loop, server_fd, false,
		                                 new_ssl(ends->server_context, true), end_event, server);
	} else {
		client->stream = stream_take(ends->loop, client_fd, false, end_event, client);
		server->stream = stream_take(ends->loop, server_fd, false, end_event, server);
	}
	assert_non_null(client->stream);
	assert_non_null(server->stream);
}

void ends_open(struct ends *ends, enum transport transport)
{
	int fds[2];

	ends_prepare(ends, transport);
	socket_pair(transport, fds);
	ends_join(ends, fds[0], fds[1]);
}

void ends_close(struct ends *ends)
{
	end_abort(&ends->client);
	end_abort(&ends->server);
	evbuffer_free(ends->client.got);
	evbuffer_free(ends->server.got);
	timer_free(ends->ticker);
	loop_free(ends->loop);
	SSL_CTX_free(ends->client_context);
	SSL_CTX_free(ends->server_context);
}

/* --- what an end is told and does ----------------------------------------------------------- */

static void record(struct end *end, enum stream_event event)
{
	static const char letters[] = "RDWETF";
	size_t len = strlen(end->told);

	assert_null(strpbrk(end->told, "TF")); /* nothing comes after the last event */
	if (len > 0 && end->told[len - 1] == letters[event])
		return;
	assert_true(len + 1 < sizeof end->told);
	end->told[len] = letters[event];
}

void end_event(struct stream *stream, enum stream_event event, void *owner)
{
	struct end *end = owner;

	assert_ptr_equal(stream, end->stream);
	record(end, event);
	assert_true(evbuffer_get_length(stream_input(stream)) <= STREAM_INPUT_LIMIT);
	if (!end->keep)
		evbuffer_add_buffer(end->got, stream_input(stream));
	if (end->react != NULL)
		end->react(end, event);
}

void end_abort(struct end *end)
{
	if (end->stream != NULL)
		stream_abort(end->stream);
	end->stream = NULL;
}

void end_send(struct end *end, const char *text)
{
	assert_int_equal(evbuffer_add(stream_output(end->stream), text, strlen(text)), 0);
	stream_flush(end->stream);
}

static unsigned char pattern_at(size_t offset)
{
	return (unsigned char)(offset * 7 + (offset >> 8) + (offset >> 16) * 3);
}

void end_send_pattern(struct end *end, size_t offset, size_t len)
{
	unsigned char *bytes = malloc(len);

	assert_non_null(bytes);
	for (size_t i = 0; i < len; i++)
		bytes[i] = pattern_at(offset + i);
	assert_int_equal(evbuffer_add(stream_output(end->stream), bytes, len), 0);
	free(bytes);
	stream_flush(end->stream);
}

void assert_got_pattern(const struct end *end, size_t len)
{
	const unsigned char *bytes = evbuffer_pullup(end->got, -1);

	assert_int_equal(evbuffer_get_length(end->got), len);
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] != pattern_at(i))
			fail_msg("byte %zu of %zu differs", i, len);
	}
}

void assert_got(const struct end *end, const char *text)
{
	size_t len = strlen(text);

	assert_int_equal(evbuffer_get_length(end->got), len);
	if (len > 0)
		assert_memory_equal(evbuffer_pullup(end->got, -1), text, len);
}

bool was_told(const struct end *end, char letter)
{
	return strchr(end->told, letter) != NULL;
}

/* --- running -------------------------------------------------------------------------------- */

bool both_ready(struct ends *ends)
{
	return was_told(&ends->client, 'R') && was_told(&ends->server, 'R');
}

static void run(struct ends *ends, bool (*until)(struct ends *), unsigned ms)
{
	ends->until = until;
	ends->deadline_ms = loop_now_ms(ends->loop) + ms;
	timer_start(ends->ticker, TICK_MS);
	loop_run(ends->loop);
}

void ends_run(struct ends *ends, bool (*until)(struct ends *))
{
	run(ends, until, DEADLINE_MS);
	if (!until(ends))
		fail_msg("nothing more happens: the client was told %s, the server %s", ends->client.told,
		         ends->server.told);
}

static bool never(struct ends *ends)
{
	(void)ends;
	return false;
}

static unsigned thread_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (unsigned)(now.tv_sec * 1000 + now.tv_nsec / 1000000);
}

unsigned ends_run_for(struct ends *ends, unsigned ms)
{
	unsigned before = thread_ms();

	run(ends, never, ms);
	return thread_ms() - before;
}
