/* Takes bodies off a queue. The chunked decoder goes byte by byte through what frames the chunks
 * and moves the chunks themselves whole; whatever dockerd, http-parser or anyone else reads
 * leniently there is refused. */
#include "proxy/http_body.h"

#include "proxy/http_field.h"

#include <event2/buffer.h>
#include <limits.h>

enum {
	SIZE_DIGITS_MAX = 16, /* Go refuses more, and INT64_MAX has as many */
	TRAILER_BYTES_MAX = 16 * 1024,
	TRAILERS_MAX = 100
};

/* Fields that a trailer must not carry (RFC 9110 §6.5.1): they frame, route, authorize or describe
 * a message that has been acted on by then. We drop every trailer, but whoever sends these wants to
 * fool someone. */
static const char *const forbidden_trailers[] = {"Authorization",
                                                 "Connection",
                                                 "Content-Encoding",
                                                 "Content-Length",
                                                 "Content-Range",
                                                 "Content-Type",
                                                 "Cookie",
                                                 "Expect",
                                                 "Host",
                                                 "HTTP2-Settings",
                                                 "Keep-Alive",
                                                 "Max-Forwards",
                                                 "Origin",
                                                 "Proxy-Authorization",
                                                 "Proxy-Connection",
                                                 "Range",
                                                 "Set-Cookie",
                                                 "TE",
                                                 "Trailer",
                                                 "Transfer-Encoding",
                                                 "Upgrade",
                                                 "X-Registry-Auth",
                                                 "X-Registry-Config"};

void body_reader_start(struct body_reader *reader, enum http_framing framing, uint64_t length)
{
	*reader = (struct body_reader){.framing = framing, .state = CHUNK_SIZE};
	if (framing == FRAMING_LENGTH)
		reader->left = length;
}

static int hex_value(unsigned char byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	if (byte >= 'a' && byte <= 'f')
		return byte - 'a' + 10;
	if (byte >= 'A' && byte <= 'F')
		return byte - 'A' + 10;
	return -1;
}

static enum chunk_state step_size(struct body_reader *reader, unsigned char byte)
{
	int digit = hex_value(byte);
	if (digit >= 0) {
		if (reader->line_bytes == SIZE_DIGITS_MAX || reader->left > INT64_MAX >> 4)
			return CHUNK_BAD;
		reader->line_bytes++;
		reader->left = reader->left << 4 | (unsigned)digit;
		return CHUNK_SIZE;
	}
	return byte == '\r' && reader->line_bytes > 0 ? CHUNK_SIZE_LF : CHUNK_BAD;
}

static enum chunk_state end_size(struct body_reader *reader)
{
	reader->line_bytes = 0;
	return reader->left > 0 ? CHUNK_DATA : CHUNK_TRAILER_START;
}

static bool is_forbidden(const struct body_reader *reader)
{
	for (size_t i = 0; i < sizeof forbidden_trailers / sizeof *forbidden_trailers; i++)
		if (http_name_is(reader->name, reader->name_len, forbidden_trailers[i]))
			return true;
	return false;
}

static enum chunk_state step_name(struct body_reader *reader, unsigned char byte)
{
	if (byte == ':' && reader->name_len > 0)
		return is_forbidden(reader) ? CHUNK_BAD : CHUNK_TRAILER_VALUE;
	if (!http_byte_is(byte, HTTP_BYTES_TOKEN))
		return CHUNK_BAD;
	if (reader->name_len < sizeof reader->name)
		reader->name[reader->name_len++] = (char)byte;
	return CHUNK_TRAILER_NAME;
}

static enum chunk_state step_trailer_start(struct body_reader *reader, unsigned char byte)
{
	if (byte == '\r')
		return CHUNK_LAST_LF;
	if (reader->trailers == TRAILERS_MAX)
		return CHUNK_BAD;
	reader->trailers++;
	reader->name_len = 0;
	return step_name(reader, byte);
}

static enum chunk_state step_value(unsigned char byte)
{
	if (byte == '\r')
		return CHUNK_TRAILER_LF;
	return http_byte_is(byte, HTTP_BYTES_TEXT) ? CHUNK_TRAILER_VALUE : CHUNK_BAD;
}

static enum chunk_state step_lf(unsigned char byte, enum chunk_state next)
{
	return byte == '\n' ? next : CHUNK_BAD;
}

static enum chunk_state step(struct body_reader *reader, unsigned char byte)
{
	switch (reader->state) {
	case CHUNK_SIZE:
		return step_size(reader, byte);
	case CHUNK_SIZE_LF:
		return byte == '\n' ? end_size(reader) : CHUNK_BAD;
	case CHUNK_DATA_CR:
		return byte == '\r' ? CHUNK_DATA_LF : CHUNK_BAD;
	case CHUNK_DATA_LF:
		return step_lf(byte, CHUNK_SIZE);
	case CHUNK_TRAILER_START:
		return step_trailer_start(reader, byte);
	case CHUNK_TRAILER_NAME:
		return step_name(reader, byte);
	case CHUNK_TRAILER_VALUE:
		return step_value(byte);
	case CHUNK_TRAILER_LF:
		return step_lf(byte, CHUNK_TRAILER_START);
	case CHUNK_LAST_LF:
		return step_lf(byte, CHUNK_DONE);
	case CHUNK_DATA:
	case CHUNK_DONE:
	case CHUNK_BAD:
		break;
	}
	return CHUNK_BAD;
}

static bool in_trailers(enum chunk_state state)
{
	return state >= CHUNK_TRAILER_START && state <= CHUNK_LAST_LF;
}

/* Stops where no byte may be taken one by one. */
static bool is_stop(enum chunk_state state)
{
	return state == CHUNK_DATA || state == CHUNK_DONE || state == CHUNK_BAD;
}

/* Goes through the framing bytes at the front of INPUT. */
static void take_framing(struct body_reader *reader, struct evbuffer *input)
{
	while (!is_stop(reader->state) && evbuffer_get_length(input) > 0) {
		const unsigned char *bytes = evbuffer_pullup(input, 1);
		size_t len = evbuffer_get_contiguous_space(input);
		if (bytes == NULL) {
			reader->state = CHUNK_BAD;
			return;
		}
		size_t used = 0;
		while (used < len && !is_stop(reader->state)) {
			if (in_trailers(reader->state) && ++reader->line_bytes > TRAILER_BYTES_MAX)
				reader->state = CHUNK_BAD;
			else
				reader->state = step(reader, bytes[used++]);
		}
		evbuffer_drain(input, used);
	}
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Moves what is there, up to WANTED bytes; false when there is no memory. */
static bool move_data(struct body_reader *reader, struct evbuffer *input, struct evbuffer *output,
                      size_t wanted, size_t *moved)
{
	size_t len = smaller(smaller(wanted, evbuffer_get_length(input)), INT_MAX);
	*moved = 0;
	if (len == 0)
		return true;
	int done = evbuffer_remove_buffer(input, output, len);
	if (done < 0 || (size_t)done != len) {
		reader->state = CHUNK_BAD;
		return false;
	}
	*moved = len;
	reader->received += len;
	return true;
}

/* As above for the bytes that LEFT counts. */
static bool move_counted(struct body_reader *reader, struct evbuffer *input,
                         struct evbuffer *output, size_t max, size_t *moved)
{
	size_t wanted = reader->left < max ? (size_t)reader->left : max;
	if (!move_data(reader, input, output, wanted, moved))
		return false;
	reader->left -= *moved;
	return true;
}

static enum body_result read_chunked(struct body_reader *reader, struct evbuffer *input,
                                     struct evbuffer *output, size_t max)
{
	for (;;) {
		take_framing(reader, input);
		if (reader->state == CHUNK_DONE)
			return BODY_DONE;
		if (reader->state == CHUNK_BAD)
			return BODY_BAD;
		if (reader->state != CHUNK_DATA)
			return BODY_MORE;
		size_t moved;
		if (!move_counted(reader, input, output, max, &moved))
			return BODY_BAD;
		max -= moved;
		if (reader->left > 0)
			return BODY_MORE;
		reader->state = CHUNK_DATA_CR;
	}
}

enum body_result body_read(struct body_reader *reader, struct evbuffer *input,
                           struct evbuffer *output, size_t max)
{
	size_t moved;
	if (reader->state == CHUNK_BAD)
		return BODY_BAD;
	switch (reader->framing) {
	case FRAMING_NONE:
		break;
	case FRAMING_LENGTH:
		if (!move_counted(reader, input, output, max, &moved))
			return BODY_BAD;
		return reader->left == 0 ? BODY_DONE : BODY_MORE;
	case FRAMING_CHUNKED:
		return read_chunked(reader, input, output, max);
	case FRAMING_UNTIL_CLOSE:
		return move_data(reader, input, output, max, &moved) ? BODY_MORE : BODY_BAD;
	}
	return BODY_DONE;
}
