/* TLS as a stream's four steps. Owns the way from OpenSSL to the socket, and what OpenSSL's
 * answers mean; contexts and certificates are tls_context's.
 *
 * OpenSSL reaches the socket by a BIO of our own: it never raises SIGPIPE, it knows when the
 * kernel has nothing more and then makes no system call, and it keeps OpenSSL able to read after
 * the peer refused to take more. */
#include "proxy/stream_ops.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* A first piece of at least this much is sent as a record of its own, uncopied. */
enum { WORTH_A_RECORD = 8 * 1024 };
/* OpenSSL goes on by itself after records without data (key updates, tickets): this bounds one
 * call. */
enum { FETCHES_A_CALL = 8 };

/* --- between OpenSSL and the socket --------------------------------------------------------- */

static bool would_block(ssize_t result)
{
	return result < 0 && errno == EAGAIN;
}

static int bio_read(BIO *bio, char *bytes, int size)
{
	struct stream *stream = BIO_get_data(bio);
	ssize_t got = -1;

	BIO_clear_retry_flags(bio);
	if (stream->fetches++ >= FETCHES_A_CALL)
		stream->readable = false; /* if it is not so, the loop will say it again */
	if (stream->readable) {
		do
			got = recv(stream->fd, bytes, (size_t)size, 0);
		while (got < 0 && errno == EINTR);
		stream->readable = !would_block(got);
	}
	if (!stream->readable) {
		BIO_set_retry_read(bio);
		return -1;
	}
	if (got < 0)
		stream_set_errno(stream, errno);
	stream->socket_eof = got == 0;
	stream->readable = got == size; /* see socket_read */
	return (int)got;
}

static int bio_write(BIO *bio, const char *bytes, int size)
{
	struct stream *stream = BIO_get_data(bio);
	ssize_t sent = -1;

	BIO_clear_retry_flags(bio);
	if (stream->writable) {
		do
			sent = send(stream->fd, bytes, (size_t)size, MSG_NOSIGNAL);
		while (sent < 0 && errno == EINTR);
		stream->writable = !would_block(sent);
	}
	if (!stream->writable) {
		BIO_set_retry_write(bio);
		return -1;
	}
	if (sent < 0) {
		stream_set_errno(stream, errno);
		if (!stream_is_refusal(errno))
			return -1;
		/* The bytes are lost either way. Told of an error, OpenSSL could not be read from any
		 * more, and an alert or an answer that the peer sent before it left would be lost too. */
		stream->refused = true;
		return size;
	}
	stream->writable = sent == size;
	return (int)sent;
}

static long bio_ctrl(BIO *bio, int command, long number, void *pointer)
{
	const struct stream *stream = BIO_get_data(bio);

	(void)number;
	(void)pointer;
	switch (command) {
	case BIO_CTRL_FLUSH:
		return 1;
	case BIO_CTRL_EOF: /* asked for to tell a truncation from an error */
		return stream->socket_eof ? 1 : 0;
	default:
		return 0;
	}
}

static BIO_METHOD *bio_method;

static void make_bio_method(void)
{
	int type = BIO_get_new_index();

	if (type < 0)
		return;
	bio_method = BIO_meth_new(type | BIO_TYPE_SOURCE_SINK, "stream");
	if (bio_method == NULL)
		return;
	if (BIO_meth_set_read(bio_method, bio_read) == 1 &&
	    BIO_meth_set_write(bio_method, bio_write) == 1 &&
	    BIO_meth_set_ctrl(bio_method, bio_ctrl) == 1)
		return;
	BIO_meth_free(bio_method);
	bio_method = NULL;
}

bool stream_tls_join(struct stream *stream, SSL *ssl)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	BIO *bio;

	if (pthread_once(&once, make_bio_method) != 0 || bio_method == NULL)
		return false;
	bio = BIO_new(bio_method);
	if (bio == NULL)
		return false;
	BIO_set_data(bio, stream);
	BIO_set_init(bio, 1);
	SSL_set_bio(ssl, bio, bio);
	/* The output queue moves and is sent record by record; an idle connection keeps no record
	 * buffers; one system call fetches a record's head and body. */
	SSL_set_mode(ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
	                      SSL_MODE_RELEASE_BUFFERS);
	SSL_set_read_ahead(ssl, 1);
	SSL_set_options(ssl, SSL_OP_NO_RENEGOTIATION);
	stream->ssl = ssl;
	return true;
}

void stream_tls_free(struct ssl_st *ssl)
{
	SSL_free(ssl);
}

bool stream_tls_holds_bytes(const struct stream *stream)
{
	return SSL_has_pending(stream->ssl) != 0;
}

/* --- what OpenSSL's answers mean ------------------------------------------------------------ */

static enum io_result tls_failed(struct stream *stream)
{
	unsigned long code = ERR_peek_error();
	const char *reason = ERR_reason_error_string(code);
	long verified = SSL_get_verify_result(stream->ssl);
	char text[sizeof stream->error];

	if (ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
		stream_set_error(stream, "the connection ended without close_notify");
		return IO_TRUNCATED;
	}
	if (reason == NULL)
		(void)snprintf(text, sizeof text, "TLS error %lx", code);
	else if (verified != X509_V_OK)
		(void)snprintf(text, sizeof text, "%s: %s", reason,
		               X509_verify_cert_error_string(verified));
	else
		(void)snprintf(text, sizeof text, "%s", reason);
	stream_set_error(stream, text);
	ERR_clear_error();
	stream->socket_usable = true;
	return IO_FAILED;
}

/* RESULT of the call just made, for which ERR_clear_error() came before. */
static enum io_result tls_result(struct stream *stream, int result, enum io_wait *wait)
{
	switch (SSL_get_error(stream->ssl, result)) {
	case SSL_ERROR_NONE:
		*wait = WAIT_NOTHING;
		return IO_DONE;
	case SSL_ERROR_WANT_READ:
		*wait = WAIT_READABLE;
		return IO_BLOCKED;
	case SSL_ERROR_WANT_WRITE:
		*wait = WAIT_WRITABLE;
		return IO_BLOCKED;
	case SSL_ERROR_ZERO_RETURN:
		return IO_EOF;
	case SSL_ERROR_SYSCALL:
		return IO_FAILED; /* the BIO has set the text */
	default:
		return tls_failed(stream);
	}
}

/* --- the four steps ------------------------------------------------------------------------- */

static enum io_result tls_handshake(struct stream *stream)
{
	enum io_result result;

	stream->fetches = 0;
	ERR_clear_error();
	result = tls_result(stream, SSL_do_handshake(stream->ssl), &stream->read_wait);
	if (result != IO_TRUNCATED && result != IO_EOF)
		return result;
	stream_set_error(stream, "the connection ended during the TLS handshake");
	return IO_FAILED;
}

static enum io_result tls_read(struct stream *stream, size_t room)
{
	struct evbuffer_iovec piece;
	int count = stream_reserve(stream, room < STREAM_RECORD ? room : STREAM_RECORD, &piece, 1);
	enum io_result result;
	size_t got = 0;

	if (count == 0)
		return IO_FAILED;
	stream->fetches = 0;
	ERR_clear_error();
	result = tls_result(stream, SSL_read_ex(stream->ssl, piece.iov_base, piece.iov_len, &got),
	                    &stream->read_wait);
	if (result != IO_DONE)
		return result;
	if (!stream->readable && SSL_has_pending(stream->ssl) == 0)
		stream->read_wait = WAIT_READABLE;
	stream_commit(stream, &piece, 1, got);
	return IO_DONE;
}

/* How much to send as the next record. Called again for the same bytes it never answers less, as
 * SSL_write demands after it was blocked. */
static size_t next_record(struct evbuffer *output)
{
	size_t len = evbuffer_get_contiguous_space(output);

	if (len < WORTH_A_RECORD)
		len = evbuffer_get_length(output);
	return len < STREAM_RECORD ? len : STREAM_RECORD;
}

static enum io_result tls_write(struct stream *stream)
{
	size_t len = next_record(stream->output), sent = 0;
	const unsigned char *bytes = evbuffer_pullup(stream->output, (ev_ssize_t)len);
	enum io_result result;

	if (bytes == NULL) {
		stream_set_error(stream, "out of memory");
		return IO_FAILED;
	}
	stream->fetches = 0;
	ERR_clear_error();
	result = tls_result(stream, SSL_write_ex(stream->ssl, bytes, len, &sent), &stream->write_wait);
	if (result == IO_DONE)
		evbuffer_drain(stream->output, sent);
	return stream->refused ? IO_REFUSED : result;
}

/* Sends close_notify and does not wait for the peer's: that would be a second call of
 * SSL_shutdown. */
static enum io_result tls_finish(struct stream *stream)
{
	int result;

	stream->fetches = 0;
	ERR_clear_error();
	result = SSL_shutdown(stream->ssl);
	if (result >= 0) {
		stream->write_wait = WAIT_NOTHING;
		return stream->refused ? IO_REFUSED : IO_DONE;
	}
	return tls_result(stream, result, &stream->write_wait);
}

const struct stream_ops stream_tls_ops = {
	.handshake = tls_handshake,
	.read = tls_read,
	.write = tls_write,
	.finish = tls_finish,
};
