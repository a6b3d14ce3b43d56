/* Who is at the other end of a socket, plain and TLS, first time and resumed. */
#define _GNU_SOURCE
#include "policy/arena.h"
#include "policy/error.h"
#include "policy/identity.h"
#include "proxy/identity.h"
#include "proxy/log.h"
#include "proxy/loop.h"
#include "proxy/stream.h"
#include "proxy/tls_context.h"
#include "tests/unit/handshake.h"
#include "tests/unit/pki.h"

#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { ARENA_LIMIT = 64 * 1024 };

static void ignore(struct stream *stream, enum stream_event event, void *owner)
{
	(void)stream;
	(void)event;
	(void)owner;
}

static void unix_peers(void **state)
{
	int fds[2];
	struct loop *loop = loop_new();
	struct arena *arena = arena_new(ARENA_LIMIT);
	const struct passwd *self = getpwuid(geteuid());
	struct identity identity;
	struct error error = {""};
	struct stream *stream;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
	stream = stream_take(loop, fds[0], false, ignore, NULL);
	assert_non_null(stream);
	if (!identity_read(arena, stream, "local", &identity, &error))
		fail_msg("%s", error.text);
	assert_string_equal(identity.listener, "local");
	assert_string_equal(identity.address, "unix");
	assert_true(identity.peer.present);
	assert_int_equal(identity.peer.uid, geteuid());
	assert_int_equal(identity.peer.gid, getegid());
	assert_int_equal(identity.peer.pid, getpid());
	if (self != NULL)
		assert_string_equal(identity.peer.user, self->pw_name);
	assert_false(identity.certificate.present);
	stream_abort(stream);
	loop_free(loop);
	(void)close(fds[1]);
	arena_free(arena);
}

/* A listener and a client on one loop, until the listener has read the client's identity. */
struct meeting {
	struct loop *loop;
	struct stream *server, *client;
	struct arena *arena;
	struct identity identity;
	struct error error;
	bool read, reused;
	int waiting; /* for so many sides to be done */
};

static void side_is_done(struct meeting *meeting)
{
	if (--meeting->waiting == 0)
		loop_stop(meeting->loop);
}

static void client_event(struct stream *stream, enum stream_event event, void *owner)
{
	(void)stream;
	if (event == STREAM_READY)
		side_is_done(owner);
}

static void server_event(struct stream *stream, enum stream_event event, void *owner)
{
	struct meeting *meeting = owner;

	if (event == STREAM_READY) {
		meeting->reused = SSL_session_reused(stream_ssl(stream)) == 1;
		meeting->read =
			identity_read(meeting->arena, stream, "tls", &meeting->identity, &meeting->error);
		side_is_done(meeting);
	} else {
		error_set(&meeting->error, "%s", stream_error_text(stream));
		loop_stop(meeting->loop);
	}
}

static struct meeting meet(SSL_CTX *server, SSL_CTX *client, SSL_SESSION *session)
{
	struct meeting meeting = {.loop = loop_new(), .arena = arena_new(ARENA_LIMIT), .waiting = 2};
	SSL *ssl = SSL_new(client);
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
	SSL_set_connect_state(ssl);
	if (session != NULL)
		assert_int_equal(SSL_set_session(ssl, session), 1);
	meeting.server =
		stream_take_tls(meeting.loop, fds[0], false, tls_accept(server), server_event, &meeting);
	meeting.client = stream_take_tls(meeting.loop, fds[1], false, ssl, client_event, &meeting);
	loop_run(meeting.loop);
	/* A session whose connection was cut would be forgotten. */
	SSL_set_shutdown(stream_ssl(meeting.server), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_set_shutdown(stream_ssl(meeting.client), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	stream_abort(meeting.server);
	stream_abort(meeting.client);
	loop_free(meeting.loop);
	return meeting;
}

static void tls_peers(void **state)
{
	char *directory = pki_directory();
	struct tls_files files = {.certificate = pki_path(directory, "cert.pem"),
	                          .key = pki_path(directory, "key.pem"),
	                          .ca = pki_path(directory, "ca.pem")};
	struct pki_entity root = pki_issue(NULL, &pki_authority);
	const struct pki_spec spec = {.common_name = "server", .usage = "serverAuth"};
	struct pki_entity server = pki_issue(&root, &spec);
	struct pki_entity client = pki_issue(&root, &pki_client);
	struct meeting meeting;
	SSL_CTX *ours, *theirs;

	(void)state;
	log_set_level(LOG_ERROR);
	pki_write_certificates(files.certificate, &server.certificate, 1);
	pki_write_key(files.key, server.key);
	pki_write_certificates(files.ca, &root.certificate, 1);
	ours = tls_context_server(&files, NULL);
	theirs = careless_client(&client, NULL, 0);
	meeting = meet(ours, theirs, NULL);
	if (!meeting.read)
		fail_msg("%s", meeting.error.text);
	assert_true(meeting.identity.certificate.present);
	assert_string_equal(meeting.identity.certificate.common_name, "client");
	assert_string_equal(meeting.identity.certificate.issuer, "CN=Test CA");
	arena_free(meeting.arena);
	SSL_CTX_free(theirs);
	theirs = careless_client(NULL, NULL, 0);
	meeting = meet(ours, theirs, NULL);
	assert_false(meeting.read);
	arena_free(meeting.arena);
	SSL_CTX_free(theirs);
	tls_context_free(ours);
	pki_free(&root);
	pki_free(&server);
	pki_free(&client);
	pki_directory_free(directory);
}

static SSL_SESSION *kept_session;

static int keep_session(SSL *ssl, SSL_SESSION *session)
{
	(void)ssl;
	SSL_SESSION_free(kept_session);
	kept_session = session;
	return 1;
}

/* OpenSSL resumes a session without a look at its certificate; identity_read looks. */
static void resumed_peers_are_judged_again(void **state)
{
	char *directory = pki_directory();
	struct tls_files files = {.certificate = pki_path(directory, "cert.pem"),
	                          .key = pki_path(directory, "key.pem"),
	                          .ca = pki_path(directory, "ca.pem")};
	struct pki_entity root = pki_issue(NULL, &pki_authority);
	const struct pki_spec spec = {.common_name = "server", .usage = "serverAuth"};
	struct pki_entity server = pki_issue(&root, &spec);
	struct pki_entity client = pki_issue(&root, &pki_client);
	X509_CRL *list = pki_revoke(&root, client.certificate, 3600, NULL);
	struct meeting meeting;
	SSL_CTX *ours, *theirs;

	(void)state;
	pki_write_certificates(files.certificate, &server.certificate, 1);
	pki_write_key(files.key, server.key);
	pki_write_certificates(files.ca, &root.certificate, 1);
	ours = tls_context_server(&files, NULL);
	theirs = careless_client(&client, NULL, 0);
	SSL_CTX_set_session_cache_mode(theirs, SSL_SESS_CACHE_CLIENT);
	SSL_CTX_sess_set_new_cb(theirs, keep_session);
	SSL_CTX_set_max_proto_version(theirs, TLS1_2_VERSION);
	meeting = meet(ours, theirs, NULL);
	if (!meeting.read)
		fail_msg("%s", meeting.error.text);
	assert_non_null(kept_session);
	assert_false(meeting.reused);
	arena_free(meeting.arena);
	meeting = meet(ours, theirs, kept_session);
	assert_true(meeting.read && meeting.reused);
	arena_free(meeting.arena);
	/* As if time had passed and a certificate's end with it. */
	assert_int_equal(X509_STORE_add_crl(SSL_CTX_get_cert_store(ours), list), 1);
	X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(ours), X509_V_FLAG_CRL_CHECK);
	meeting = meet(ours, theirs, kept_session);
	assert_true(!meeting.read && meeting.reused);
	assert_string_equal(meeting.error.text, "the client's certificate: certificate revoked");
	arena_free(meeting.arena);
	SSL_SESSION_free(kept_session);
	SSL_CTX_free(theirs);
	tls_context_free(ours);
	X509_CRL_free(list);
	pki_free(&root);
	pki_free(&server);
	pki_free(&client);
	pki_directory_free(directory);
}

/* As after a reload: the numbers are the kernel's and stay, the names are the system's. */
static void names_are_read_again(void **state)
{
	static const char old_name[] = "root";
	struct arena *arena = arena_new(ARENA_LIMIT);
	struct identity identity = {.peer = {.present = true, .user = old_name, .group = "wheel"}};

	(void)state;
	identity_read_names(arena, &identity);
	assert_ptr_equal(identity.peer.user, old_name); /* no memory is taken for what stays */
	assert_string_equal(identity.peer.group, "root");
	identity.peer.uid = identity.peer.gid = 4294967293; /* nobody's any more */
	identity_read_names(arena, &identity);
	assert_null(identity.peer.user);
	assert_null(identity.peer.group);
	identity.peer.uid = 0;
	identity_read_names(arena, &identity);
	assert_string_equal(identity.peer.user, "root");
	identity.peer.present = false;
	identity.peer.user = NULL;
	identity_read_names(arena, &identity);
	assert_null(identity.peer.user);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unix_peers),
		cmocka_unit_test(tls_peers),
		cmocka_unit_test(resumed_peers_are_judged_again),
		cmocka_unit_test(names_are_read_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
