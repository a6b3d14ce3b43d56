/* How streams begin and how they break: connecting, failed handshakes, peers that leave without
 * reading, hang-ups, and who the peer is. What every transport does alike is in test_stream.c. */
#include "tests/unit/ends.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static bool client_failed(struct ends *ends)
{
	return was_told(&ends->client, 'F');
}

static bool server_failed(struct ends *ends)
{
	return was_told(&ends->server, 'F');
}

static bool both_failed(struct ends *ends)
{
	return client_failed(ends) && server_failed(ends);
}

static bool server_heard_the_end(struct ends *ends)
{
	return strpbrk(ends->server.told, "ETF") != NULL;
}

static bool client_ready(struct ends *ends)
{
	return was_told(&ends->client, 'R');
}

/* --- connecting ----------------------------------------------------------------------------- */

/* A socket bound to a loopback port of its own, listening or not. */
static int bind_loopback(struct sockaddr_in *address, bool listening)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t size = sizeof *address;

	*address =
		(struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	assert_int_equal(bind(fd, (const struct sockaddr *)address, sizeof *address), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)address, &size), 0);
	if (listening)
		assert_int_equal(listen(fd, 1), 0);
	return fd;
}

static void start_connecting(struct ends *ends, const struct sockaddr_in *address)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	assert_int_equal(connect(fd, (const struct sockaddr *)address, sizeof *address), -1);
	assert_int_equal(errno, EINPROGRESS);
	ends->client.stream = stream_take(ends->loop, fd, true, end_event, &ends->client);
	assert_non_null(ends->client.stream);
}

static void test_a_connect_that_is_refused_fails(void **state)
{
	struct sockaddr_in address;
	struct ends ends;
	int fd = bind_loopback(&address, false);

	(void)state;
	ends_prepare(&ends, OVER_TCP);
	start_connecting(&ends, &address);
	end_send(&ends.client, "too early");
	ends_run(&ends, client_failed);
	assert_string_equal(ends.client.told, "F");
	assert_string_equal(stream_error_text(ends.client.stream), "Connection refused");
	assert_false(stream_ready(ends.client.stream));
	assert_int_equal(stream_queued(ends.client.stream), 0);
	ends_close(&ends);
	close(fd);
}

static void test_what_was_queued_before_the_connect_is_sent(void **state)
{
	struct sockaddr_in address;
	struct ends ends;
	char got[16] = "";
	int fd = bind_loopback(&address, true), peer;

	(void)state;
	ends_prepare(&ends, OVER_TCP);
	start_connecting(&ends, &address);
	end_send(&ends.client, "early");
	stream_finish(ends.client.stream);
	ends_run(&ends, client_ready);
	peer = accept(fd, NULL, NULL);
	assert_int_equal(recv(peer, got, sizeof got, MSG_WAITALL), 5);
	assert_string_equal(got, "early");
	ends_close(&ends);
	close(peer);
	close(fd);
}

/* --- handshakes ----------------------------------------------------------------------------- */

static void test_who_is_not_trusted_is_told_so(void **state)
{
	struct ends ends;
	int fds[2];

	(void)state;
	ends_prepare(&ends, OVER_TLS_1_3);
	SSL_CTX_set_verify(ends.client_context, SSL_VERIFY_PEER, NULL);
	socket_pair(OVER_TCP, fds);
	ends_join(&ends, fds[0], fds[1]);
	ends_run(&ends, both_failed);
	assert_string_equal(ends.client.told, "F");
	assert_string_equal(ends.server.told, "F");
	assert_non_null(strstr(stream_error_text(ends.client.stream), "self-signed certificate"));
	assert_non_null(strstr(stream_error_text(ends.server.stream), "alert"));
	ends_close(&ends);
}

/* The server's end only; the other is a plain socket. */
static int open_tls_server(struct ends *ends, enum transport sockets)
{
	SSL *ssl;
	int fds[2];

	ends_prepare(ends, OVER_TLS_1_3);
	socket_pair(sockets, fds);
	ssl = SSL_new(ends->server_context);
	assert_non_null(ssl);
	SSL_set_accept_state(ssl);
	ends->server.stream = stream_take_tls(ends->loop, fds[1], false, ssl, end_event, &ends->server);
	assert_non_null(ends->server.stream);
	return fds[0];
}

static void test_after_a_failed_handshake_close_lets_the_alert_through(void **state)
{
	static const char not_tls[] =
		"GET / HTTP/1.1\r\n\r\n and more that nobody reads, as clients do";
	unsigned char alert[16];
	struct ends ends;
	int fd = open_tls_server(&ends, OVER_TCP);

	(void)state;
	assert_int_equal(send(fd, not_tls, sizeof not_tls, 0), sizeof not_tls);
	ends_run(&ends, server_failed);
	stream_close(ends.server.stream, 10000);
	ends.server.stream = NULL;
	assert_int_equal(send(fd, not_tls, sizeof not_tls, 0), sizeof not_tls);
	ends_run_for(&ends, 20);
	assert_true(recv(fd, alert, sizeof alert, 0) >= 0);
	assert_int_equal(recv(fd, alert, sizeof alert, 0), 0); /* an end, and not a reset */
	close(fd);
	ends_run_for(&ends, 20);
	ends_close(&ends);
}

static void test_a_peer_that_leaves_in_the_handshake(void **state)
{
	struct ends ends;
	int fd = open_tls_server(&ends, OVER_TCP);

	(void)state;
	assert_int_equal(send(fd, "\x16\x03\x01", 3, 0), 3);
	ends_run_for(&ends, 10);
	close(fd);
	ends_run(&ends, server_failed);
	assert_string_equal(ends.server.told, "F");
	assert_non_null(strstr(stream_error_text(ends.server.stream), "during the TLS handshake"));
	ends_close(&ends);
}

/* --- a peer that takes no more -------------------------------------------------------------- */

static void test_an_answer_is_not_lost_when_the_question_cannot_be_sent(void **state)
{
	struct ends ends;

	(void)state;
	ends_open(&ends, OVER_UNIX);
	ends_run(&ends, both_ready);
	stream_pause(ends.client.stream);
	ends.client.keep = true;
	end_send_pattern(&ends.server, 0, 100000);
	end_abort(&ends.server);
	end_send_pattern(&ends.client, 0, 300000); /* meets EPIPE, and no SIGPIPE */
	assert_int_equal(stream_queued(ends.client.stream), 0);
	ends_run_for(&ends, 20);
	assert_string_equal(ends.client.told,
	                    "RW"); /* whoever waits to send more goes on, into the void */
	stream_resume(ends.client.stream);
	ends_run_for(&ends, 20);
	assert_int_equal(evbuffer_get_length(stream_input(ends.client.stream)), STREAM_INPUT_LIMIT);
	evbuffer_add_buffer(ends.client.got, stream_input(ends.client.stream));
	stream_resume(ends.client.stream);
	ends_run_for(&ends, 20);
	assert_string_equal(ends.client.told, "RWDE"); /* not a failure yet: there is more to take */
	evbuffer_add_buffer(ends.client.got, stream_input(ends.client.stream));
	stream_resume(ends.client.stream);
	ends_run(&ends, client_failed);
	assert_got_pattern(&ends.client, 100000);
	ends_close(&ends);
}

static void test_unread_output_at_a_unix_peers_end_is_an_end_and_a_failure(void **state)
{
	struct ends ends;

	(void)state;
	ends_open(&ends, OVER_UNIX);
	ends_run(&ends, both_ready);
	stream_pause(ends.server.stream);
	end_send(&ends.client, "never read");
	end_send(&ends.server, "last words");
	end_abort(&ends.server);
	ends_run(&ends, client_failed);
	assert_string_equal(ends.client.told, "RDEF");
	assert_got(&ends.client, "last words");
	ends_close(&ends);
}

static void test_tls_still_reads_after_it_could_not_write(void **state)
{
	struct ends ends;
	int fds[2];

	(void)state;
	ends_prepare(&ends, OVER_TLS_1_3);
	socket_pair(OVER_UNIX, fds); /* loses nothing when it is closed */
	ends_join(&ends, fds[0], fds[1]);
	ends_run(&ends, both_ready);
	ends_run_for(&ends, 10);
	stream_pause(ends.server.stream);
	end_send(&ends.client, "the answer");
	end_abort(&ends.client);
	end_send_pattern(&ends.server, 0, 100000);
	assert_int_equal(stream_queued(ends.server.stream), 0);
	stream_resume(ends.server.stream);
	ends_run(&ends, server_heard_the_end);
	assert_got(&ends.server, "the answer");
	assert_string_equal(ends.server.told, "RDWT");
	ends_close(&ends);
}

/* --- hang-ups ------------------------------------------------------------------------------- */

static void test_a_hangup_is_noticed_after_the_end(void **state)
{
	struct ends ends;

	(void)state;
	ends_open(&ends, OVER_UNIX);
	stream_watch_hangup(ends.server.stream, true);
	end_send(&ends.client, "and now I wait");
	stream_finish(ends.client.stream);
	ends_run(&ends, server_heard_the_end);
	assert_in_range(ends_run_for(&ends, 200), 0, 100);
	assert_string_equal(ends.server.told, "RDE"); /* it may wait for ever */
	end_abort(&ends.client);
	ends_run(&ends, server_failed);
	assert_string_equal(ends.server.told, "RDEF");
	ends_close(&ends);
}

static void test_a_hangup_is_noticed_while_paused(void **state)
{
	static const enum transport kinds[] = {OVER_UNIX, OVER_TCP};

	(void)state;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		struct ends ends;

		ends_open(&ends, kinds[i]);
		ends_run(&ends, both_ready);
		stream_watch_hangup(ends.server.stream, true);
		stream_pause(ends.server.stream);
		end_send(&ends.client, "unread");
		ends_run_for(&ends, 10);
		end_abort(&ends.client);
		ends_run(&ends, server_failed);
		assert_string_equal(ends.server.told, "RF");
		assert_true(stream_error_text(ends.server.stream)[0] != '\0');
		ends_close(&ends);
	}
}

static void test_a_refusal_is_told_at_once_to_who_watches(void **state)
{
	struct ends ends;

	(void)state;
	ends_open(&ends, OVER_UNIX);
	ends_run(&ends, both_ready);
	stream_watch_hangup(ends.server.stream, true);
	stream_pause(ends.server.stream);
	end_send(&ends.client, "unread");
	end_abort(&ends.client);
	end_send(&ends.server, "to nobody");
	assert_string_equal(ends.server.told, "R"); /* never from inside */
	ends_run(&ends, server_failed);
	assert_string_equal(ends.server.told, "RF");
	assert_string_equal(stream_error_text(ends.server.stream), "Broken pipe");
	ends_close(&ends);
}

static void test_our_own_finish_is_no_hangup(void **state)
{
	struct ends ends;

	(void)state;
	ends_open(&ends, OVER_UNIX);
	ends_run(&ends, both_ready);
	stream_watch_hangup(ends.server.stream, true);
	stream_finish(ends.client.stream);
	ends_run(&ends, server_heard_the_end);
	stream_finish(ends.server.stream);
	ends_run_for(&ends, 20);
	assert_string_equal(ends.server.told, "REW");
	ends_close(&ends);
}

/* --- who the peer is ------------------------------------------------------------------------ */

static void test_a_unix_peer_has_credentials_and_no_address(void **state)
{
	unsigned uid = 12345, gid = 12345;
	struct ends ends;
	char text[64];
	int pid = 0;

	(void)state;
	ends_open(&ends, OVER_UNIX);
	assert_true(stream_peer_credentials(ends.server.stream, &uid, &gid, &pid));
	assert_int_equal(uid, geteuid());
	assert_int_equal(gid, getegid());
	assert_int_equal(pid, getpid());
	assert_true(stream_peer_address(ends.server.stream, text, sizeof text));
	assert_string_equal(text, "unix");
	assert_false(stream_peer_address(ends.server.stream, text, 4));
	assert_null(stream_ssl(ends.server.stream));
	ends_close(&ends);
}

/* Connects to a listening socket of FAMILY at ADDRESS from another one, and says who the peer
 * is. */
static void assert_peer_address(const struct sockaddr *listen_at, socklen_t size,
                                const char *prefix)
{
	struct sockaddr_storage bound;
	socklen_t bound_size = sizeof bound;
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int listening = socket(listen_at->sa_family, SOCK_STREAM, 0), fds[2];
	struct ends ends;
	char text[64];
	bool v6_peer = strncmp(prefix, "[", 1) == 0;

	assert_int_equal(bind(listening, listen_at, size), 0);
	assert_int_equal(listen(listening, 1), 0);
	assert_int_equal(getsockname(listening, (struct sockaddr *)&bound, &bound_size), 0);
	fds[0] = socket(v6_peer ? AF_INET6 : AF_INET, SOCK_STREAM, 0);
	memcpy(&v4.sin_port, (const char *)&bound + offsetof(struct sockaddr_in, sin_port),
	       sizeof v4.sin_port);
	assert_int_equal(v6_peer ? connect(fds[0], (const struct sockaddr *)&bound, bound_size)
	                         : connect(fds[0], (const struct sockaddr *)&v4, sizeof v4),
	                 0);
	fds[1] = accept(listening, NULL, NULL);
	ends_prepare(&ends, OVER_TCP);
	ends_join(&ends, fds[0], fds[1]);
	assert_true(stream_peer_address(ends.server.stream, text, sizeof text));
	assert_memory_equal(text, prefix, strlen(prefix));
	assert_int_equal(strspn(text + strlen(prefix), "0123456789"), strlen(text + strlen(prefix)));
	assert_false(stream_peer_address(ends.server.stream, text, 8));
	assert_false(
		stream_peer_credentials(ends.server.stream, &(unsigned){0}, &(unsigned){0}, &(int){0}));
	ends_close(&ends);
	close(listening);
}

static void test_a_tcp_peer_has_an_address_and_no_credentials(void **state)
{
	const struct sockaddr_in v4 = {.sin_family = AF_INET,
	                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	const struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	const struct sockaddr_in6 dual = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_ANY_INIT};

	(void)state;
	assert_peer_address((const struct sockaddr *)&v4, sizeof v4, "127.0.0.1:");
	assert_peer_address((const struct sockaddr *)&v6, sizeof v6, "[::1]:");
	assert_peer_address((const struct sockaddr *)&dual, sizeof dual, "127.0.0.1:");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_connect_that_is_refused_fails),
		cmocka_unit_test(test_what_was_queued_before_the_connect_is_sent),
		cmocka_unit_test(test_who_is_not_trusted_is_told_so),
		cmocka_unit_test(test_after_a_failed_handshake_close_lets_the_alert_through),
		cmocka_unit_test(test_a_peer_that_leaves_in_the_handshake),
		cmocka_unit_test(test_an_answer_is_not_lost_when_the_question_cannot_be_sent),
		cmocka_unit_test(test_unread_output_at_a_unix_peers_end_is_an_end_and_a_failure),
		cmocka_unit_test(test_tls_still_reads_after_it_could_not_write),
		cmocka_unit_test(test_a_hangup_is_noticed_after_the_end),
		cmocka_unit_test(test_a_hangup_is_noticed_while_paused),
		cmocka_unit_test(test_a_refusal_is_told_at_once_to_who_watches),
		cmocka_unit_test(test_our_own_finish_is_no_hangup),
		cmocka_unit_test(test_a_unix_peer_has_credentials_and_no_address),
		cmocka_unit_test(test_a_tcp_peer_has_an_address_and_no_credentials),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
