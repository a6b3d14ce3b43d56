/* Finds a head's end without trusting or keeping a byte, cuts it into lines, and has http-parser
 * read it once more: a head that two parsers take for different things is nobody's request. */
#include "proxy/http_head.h"

#include "policy/arena.h"
#include "proxy/http_field.h"

#include <assert.h>
#include <event2/buffer.h>
#include <http_parser.h>
#include <pthread.h>
#include <string.h>

/* Where the search stands, between two bytes. */
enum place {
	PLACE_START, /* nothing seen: must be 0 */
	PLACE_START_CR,
	PLACE_EMPTY_LINE, /* one, before the head: RFC 9112 §2.2 */
	PLACE_FIRST,      /* in the request or status line */
	PLACE_FIRST_CR,
	PLACE_FIRST_END,
	PLACE_LINE_END,
	PLACE_LINE, /* in a header line */
	PLACE_LINE_CR,
	PLACE_LAST_CR,
	PLACE_END,
	PLACE_BAD,
	PLACE_COUNT
};

enum { KIND_TEXT, KIND_BLANK, KIND_CR, KIND_LF, KIND_OTHER, KIND_COUNT };

/* From a place by a byte to the next. A line may only end in CR LF, and none may start with white
 * space: what follows a line that does is a folded value (RFC 9112 §5.2), which readers take
 * differently. */
/* clang-format off */
static const unsigned char steps[PLACE_COUNT][KIND_COUNT] = {
	/*                     text         blank        CR              LF                other */
	[PLACE_START]      = { PLACE_FIRST, PLACE_FIRST, PLACE_START_CR, PLACE_BAD,        PLACE_BAD },
	[PLACE_START_CR]   = { PLACE_BAD,   PLACE_BAD,   PLACE_BAD,      PLACE_EMPTY_LINE, PLACE_BAD },
	[PLACE_EMPTY_LINE] = { PLACE_FIRST, PLACE_FIRST, PLACE_BAD,      PLACE_BAD,        PLACE_BAD },
	[PLACE_FIRST]      = { PLACE_FIRST, PLACE_FIRST, PLACE_FIRST_CR, PLACE_BAD,        PLACE_BAD },
	[PLACE_FIRST_CR]   = { PLACE_BAD,   PLACE_BAD,   PLACE_BAD,      PLACE_FIRST_END,  PLACE_BAD },
	[PLACE_FIRST_END]  = { PLACE_LINE,  PLACE_BAD,   PLACE_LAST_CR,  PLACE_BAD,        PLACE_BAD },
	[PLACE_LINE_END]   = { PLACE_LINE,  PLACE_BAD,   PLACE_LAST_CR,  PLACE_BAD,        PLACE_BAD },
	[PLACE_LINE]       = { PLACE_LINE,  PLACE_LINE,  PLACE_LINE_CR,  PLACE_BAD,        PLACE_BAD },
	[PLACE_LINE_CR]    = { PLACE_BAD,   PLACE_BAD,   PLACE_BAD,      PLACE_LINE_END,   PLACE_BAD },
	[PLACE_LAST_CR]    = { PLACE_BAD,   PLACE_BAD,   PLACE_BAD,      PLACE_END,        PLACE_BAD },
	[PLACE_END]        = { PLACE_BAD,   PLACE_BAD,   PLACE_BAD,      PLACE_BAD,        PLACE_BAD },
	[PLACE_BAD]        = { PLACE_BAD,   PLACE_BAD,   PLACE_BAD,      PLACE_BAD,        PLACE_BAD },
};
/* clang-format on */

/* The note between calls: bytes above, place below. */
enum { PLACE_BITS = 4, PLACE_MASK = (1 << PLACE_BITS) - 1 };
static_assert((int)PLACE_COUNT <= (int)PLACE_MASK + 1, "a place fits its bits");

static enum place place_of(size_t scanned)
{
	return (enum place)(scanned & PLACE_MASK);
}

size_t http_head_scanned(size_t scanned)
{
	return scanned >> PLACE_BITS;
}

static unsigned kind_of(unsigned char byte)
{
	if (byte == '\r')
		return KIND_CR;
	if (byte == '\n')
		return KIND_LF;
	if (byte == ' ' || byte == '\t')
		return KIND_BLANK;
	return http_byte_is(byte, HTTP_BYTES_TEXT) ? KIND_TEXT : KIND_OTHER;
}

static const char *why_bad(enum place before, unsigned char byte)
{
	if (byte == '\n')
		return "a line ends in LF without CR";
	if (before == PLACE_START_CR || before == PLACE_FIRST_CR || before == PLACE_LINE_CR ||
	    before == PLACE_LAST_CR)
		return "a CR is not followed by LF";
	if (byte == '\r')
		return "more than one empty line before the head";
	if (byte == ' ' || byte == '\t')
		return "a header line starts with white space";
	return "the head has a control character";
}

static bool is_stop(enum place place)
{
	return place == PLACE_FIRST_END || place == PLACE_END || place == PLACE_BAD;
}

/* Goes through BYTES up to and with the one that stops the search, or all of them. Returns how
 * many. */
static size_t scan_piece(const char *bytes, size_t len, enum place *place, const char **why)
{
	size_t i = 0;
	while (i < len) {
		/* Most bytes are text within a line and change nothing. */
		if (*place == PLACE_FIRST || *place == PLACE_LINE) {
			i += http_bytes_span(bytes + i, len - i, HTTP_BYTES_TEXT);
			if (i == len)
				break;
		}
		unsigned char byte = (unsigned char)bytes[i++];
		enum place next = (enum place)steps[*place][kind_of(byte)];
		if (next == PLACE_BAD)
			*why = why_bad(*place, byte);
		*place = next;
		if (is_stop(next))
			break;
	}
	return i;
}

static enum http_scan result_of(enum place place, bool at_limit)
{
	switch (place) {
	case PLACE_END:
		return HTTP_SCAN_COMPLETE;
	case PLACE_BAD:
		return HTTP_SCAN_BAD;
	case PLACE_START:
	case PLACE_START_CR:
	case PLACE_EMPTY_LINE:
	case PLACE_FIRST:
	case PLACE_FIRST_CR:
		return at_limit ? HTTP_SCAN_LONG_LINE : HTTP_SCAN_MORE;
	case PLACE_FIRST_END:
	case PLACE_LINE_END:
	case PLACE_LINE:
	case PLACE_LINE_CR:
	case PLACE_LAST_CR:
	case PLACE_COUNT:
		break;
	}
	return at_limit ? HTTP_SCAN_LONG_HEAD : HTTP_SCAN_MORE;
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

enum http_scan http_head_scan(struct evbuffer *input, size_t limit, size_t *scanned,
                              const char **why)
{
	const size_t start = http_head_scanned(*scanned);
	size_t offset = start;
	enum place place = place_of(*scanned);
	bool stopped = false;
	limit = smaller(limit, SIZE_MAX >> PLACE_BITS);
	size_t end = smaller(evbuffer_get_length(input), limit);
	struct evbuffer_ptr at;

	*why = "the head cannot be read";
	if (offset < end && evbuffer_ptr_set(input, &at, offset, EVBUFFER_PTR_SET) != 0)
		return HTTP_SCAN_BAD;
	while (offset < end && !stopped) {
		struct evbuffer_iovec piece;
		if (evbuffer_peek(input, -1, &at, &piece, 1) != 1)
			return HTTP_SCAN_BAD;
		size_t used = scan_piece(piece.iov_base, smaller(piece.iov_len, end - offset), &place, why);
		offset += used;
		stopped = is_stop(place);
		if (!stopped && offset < end && evbuffer_ptr_set(input, &at, used, EVBUFFER_PTR_ADD) != 0)
			return HTTP_SCAN_BAD;
	}
	*scanned = offset << PLACE_BITS | place;
	if (place == PLACE_FIRST_END && offset != start)
		return HTTP_SCAN_FIRST_LINE;
	return result_of(place, offset >= limit);
}

bool http_refuse(struct http_fault *fault, unsigned status, const char *message)
{
	*fault = (struct http_fault){.status = status, .message = message};
	return false;
}

/* Line ends, without the one of the first line and the empty line. */
static size_t count_headers(const char *bytes, size_t len)
{
	size_t ends = 0;
	for (const char *end = bytes + len;
	     (bytes = memchr(bytes, '\n', (size_t)(end - bytes))) != NULL; bytes++)
		ends++;
	assert(ends >= 2);
	return ends - 2;
}

/* Terminates the line at *NEXT, moves *NEXT behind it and returns the line's length. */
static size_t cut_line(char **next, const char *end)
{
	char *line = *next;
	char *cr = memchr(line, '\r', (size_t)(end - line));
	assert(cr != NULL);
	*cr = '\0';
	*next = cr + 2;
	return (size_t)(cr - line);
}

bool http_head_split(const char *bytes, size_t len, struct arena *arena, size_t headers_max,
                     struct http_head *head, struct http_fault *fault)
{
	size_t count = count_headers(bytes, len);
	if (count > headers_max)
		return http_refuse(fault, 431, "the head has too many headers");
	char *next = arena_copy(arena, bytes, len);
	head->headers.list = count > 0 ? arena_calloc(arena, count, sizeof *head->headers.list) : NULL;
	if (next == NULL || (count > 0 && head->headers.list == NULL))
		return http_refuse(fault, 503, "no memory is left for the head");

	const char *end = next + len;
	head->first_line = next;
	cut_line(&next, end);
	for (head->headers.count = 0; head->headers.count < count; head->headers.count++) {
		char *line = next;
		size_t line_len = cut_line(&next, end);
		const char *wrong =
			http_field_cut(line, line_len, &head->headers.list[head->headers.count]);
		if (wrong != NULL)
			return http_refuse(fault, 400, wrong);
	}
	return true;
}

struct comparison {
	const struct http_reading *reading;
	size_t headers; /* compared so far */
	bool complete;
};

static bool is_text(const char *text, const char *at, size_t len)
{
	return strncmp(text, at, len) == 0 && text[len] == '\0';
}

/* The parser's callbacks: anything but 0 makes it give up, 1 from the last but the body. */
enum { GO_ON = 0, WITHOUT_BODY = 1, DIFFERENT = -1 };

static int compare_target(http_parser *parser, const char *at, size_t len)
{
	const struct comparison *comparison = parser->data;
	return is_text(comparison->reading->target, at, len) ? GO_ON : DIFFERENT;
}

static int compare_name(http_parser *parser, const char *at, size_t len)
{
	const struct comparison *comparison = parser->data;
	const struct headers *headers = comparison->reading->headers;
	if (comparison->headers >= headers->count)
		return DIFFERENT;
	return is_text(headers->list[comparison->headers].name, at, len) ? GO_ON : DIFFERENT;
}

static int compare_value(http_parser *parser, const char *at, size_t len)
{
	struct comparison *comparison = parser->data;
	const struct headers *headers = comparison->reading->headers;
	if (comparison->headers >= headers->count)
		return DIFFERENT;
	while (len > 0 && (at[len - 1] == ' ' || at[len - 1] == '\t'))
		len--;
	return is_text(headers->list[comparison->headers++].value, at, len) ? GO_ON : DIFFERENT;
}

static bool first_line_agrees(const http_parser *parser, const struct http_reading *reading)
{
	if (parser->http_major != 1 || parser->http_minor != reading->minor)
		return false;
	if (reading->method == NULL)
		return parser->status_code == reading->status;
	return strcmp(http_method_str((enum http_method)parser->method), reading->method) == 0;
}

static int compare_rest(http_parser *parser)
{
	struct comparison *comparison = parser->data;
	const struct http_reading *reading = comparison->reading;
	bool has_length = (parser->flags & F_CONTENTLENGTH) != 0;
	if (!first_line_agrees(parser, reading) || comparison->headers != reading->headers->count)
		return DIFFERENT;
	if (((parser->flags & F_CHUNKED) != 0) != reading->chunked || has_length != reading->has_length)
		return DIFFERENT;
	if (has_length && parser->content_length != reading->length)
		return DIFFERENT;
	comparison->complete = true;
	return WITHOUT_BODY;
}

/* Heads are bounded by our own limit; the parser's is one number for the whole process. */
static void lift_parser_limit(void)
{
	http_parser_set_max_header_size(UINT32_MAX);
}

bool http_head_agrees(const char *bytes, size_t len, const struct http_reading *reading)
{
	static const http_parser_settings callbacks = {
		.on_url = compare_target,
		.on_header_field = compare_name,
		.on_header_value = compare_value,
		.on_headers_complete = compare_rest,
	};
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	if (pthread_once(&once, lift_parser_limit) != 0)
		return false;

	struct comparison comparison = {.reading = reading};
	http_parser parser = {0};
	http_parser_init(&parser, reading->method != NULL ? HTTP_REQUEST : HTTP_RESPONSE);
	parser.data = &comparison;
	size_t taken = http_parser_execute(&parser, &callbacks, bytes, len);
	return taken == len && HTTP_PARSER_ERRNO(&parser) == HPE_OK && comparison.complete;
}
