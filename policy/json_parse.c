/* Owns the reading of JSON: RFC 8259 to the letter, and what json.h refuses besides. One pass over a copy of the
 * bytes, in which strings are decoded and terminated where they stand; every node is counted before it is made.
 * Messages never quote the input: bodies hold secrets. */
#include "policy/json_node.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/text.h"

#include <stdint.h>
#include <string.h>

/* Behind the copy are so many NULs: nothing in JSON goes on over one, and so nothing looks for the end. */
enum { PADDING = TEXT_PADDING };

/* Clients write about one node in ten bytes. */
enum { SLAB_NODES = 32, BYTES_A_NODE = 10, ARENA_SLACK = 64 * 1024 };

struct reader {
	struct arena *arena;
	const struct json_limits *limits;
	struct error *error;
	enum json_fault fault;
	char *start, *at, *end;
	char *text; /* where the string at hand is decoded to: never further than AT */
	size_t nodes, depth;
	struct json_node *slab; /* nodes not used yet */
	size_t slab_left;
};

/* --- refusals ---------------------------------------------------------------------------------- */

static bool refuse(struct reader *reader, const char *why)
{
	reader->fault = JSON_MALFORMED;
	return error_set(reader->error, "the JSON is refused at byte %zu: %s",
	                 (size_t)(reader->at - reader->start) + 1, why);
}

/* What stands at the reader's place has none there; WHY is said if it is at least text. */
static bool refuse_byte(struct reader *reader, const char *why)
{
	if (reader->at == reader->end)
		return refuse(reader, "it ends too early");
	if (*reader->at == '\0')
		return refuse(reader, "it has a NUL byte");
	if (text_utf8_step(reader->at, (size_t)(reader->end - reader->at)) == 0)
		return refuse(reader, "it is not UTF-8");
	return refuse(reader, why);
}

static bool refuse_malformed(struct reader *reader)
{
	return refuse_byte(reader, "it is malformed");
}

static bool refuse_memory(struct reader *reader)
{
	reader->fault = JSON_MALFORMED;
	return error_set(reader->error, "the JSON is refused: out of memory");
}

static bool refuse_size(struct reader *reader, const char *what, size_t limit)
{
	reader->fault = JSON_TOO_LARGE;
	return error_set(reader->error, "the JSON has more %s than the limit of %zu", what, limit);
}

/* --- nodes ------------------------------------------------------------------------------------- */

/* Counts COUNT values and keys. */
static bool count_nodes(struct reader *reader, size_t count)
{
	reader->nodes += count;
	return reader->nodes <= reader->limits->nodes ||
	       refuse_size(reader, "values and keys", reader->limits->nodes);
}

/* A zeroed one; NULL when there is no memory. */
static struct json_node *new_node(struct reader *reader)
{
	if (reader->slab_left == 0) {
		reader->slab = arena_calloc(reader->arena, SLAB_NODES, sizeof *reader->slab);
		if (reader->slab == NULL)
			return NULL;
		reader->slab_left = SLAB_NODES;
	}
	reader->slab_left--;
	return reader->slab++;
}

static void skip_blanks(struct reader *reader)
{
	while (*reader->at == ' ' || *reader->at == '\t' || *reader->at == '\n' || *reader->at == '\r')
		reader->at++;
}

/* Takes BYTE if it is next. */
static bool took(struct reader *reader, char byte)
{
	if (*reader->at != byte)
		return false;
	reader->at++;
	return true;
}

/* --- strings ----------------------------------------------------------------------------------- */

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Reads "\uXXXX". */
static bool read_unit(struct reader *reader, unsigned *unit)
{
	*unit = 0;
	if (!took(reader, '\\') || !took(reader, 'u'))
		return refuse_malformed(reader);
	for (int i = 0; i < 4; i++) {
		int digit = hex_value(*reader->at);

		if (digit < 0)
			return refuse_malformed(reader);
		*unit = *unit << 4 | (unsigned)digit;
		reader->at++;
	}
	return true;
}

static void put_rune(struct reader *reader, unsigned rune)
{
	unsigned char *out = (unsigned char *)reader->text;
	size_t len = rune < 0x80 ? 1 : rune < 0x800 ? 2 : rune < 0x10000 ? 3 : 4;
	const unsigned char first[] = {0, 0x00, 0xc0, 0xe0, 0xf0};

	for (size_t i = len; i > 1; i--) {
		out[i - 1] = (unsigned char)(0x80 | (rune & 0x3f));
		rune >>= 6;
	}
	out[0] = (unsigned char)(first[len] | rune);
	reader->text += len;
}

/* A surrogate stands for something only before or behind its other half. */
static bool read_rune(struct reader *reader)
{
	unsigned rune, low;

	if (!read_unit(reader, &rune))
		return false;
	if (rune == 0)
		return refuse(reader, "a string has a NUL character");
	if (rune >= 0xdc00 && rune <= 0xdfff)
		return refuse(reader, "it is malformed");
	if (rune >= 0xd800 && rune <= 0xdbff) {
		if (!read_unit(reader, &low))
			return false;
		if (low < 0xdc00 || low > 0xdfff)
			return refuse(reader, "it is malformed");
		rune = 0x10000 + ((rune - 0xd800) << 10) + (low - 0xdc00);
	}
	put_rune(reader, rune);
	return true;
}

/* Reads from a backslash on. */
static bool read_escape(struct reader *reader)
{
	static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
	const char *letter;

	if (reader->at[1] == 'u')
		return read_rune(reader);
	letter = reader->at[1] != '\0' ? strchr(letters, reader->at[1]) : NULL;
	if (letter == NULL)
		return refuse_malformed(reader);
	*reader->text++ = meanings[letter - letters];
	reader->at += 2;
	return true;
}

/* Moves LEN bytes to where they belong. */
static void keep(struct reader *reader, size_t len)
{
	memmove(reader->text, reader->at, len);
	reader->text += len;
	reader->at += len;
}

/* Keeps one rune beyond ASCII. */
static bool keep_rune(struct reader *reader)
{
	size_t len = text_utf8_step(reader->at, (size_t)(reader->end - reader->at));

	if (len < 2)
		return refuse_malformed(reader); /* a control */
	keep(reader, len);
	return true;
}

/* Reads on from the first byte that does not mean itself, up to and with the closing quote. */
static bool decode_string(struct reader *reader)
{
	reader->text = reader->at;
	while (!took(reader, '"')) {
		if (reader->at == reader->end)
			return refuse_malformed(reader);
		if (!(*reader->at == '\\' ? read_escape(reader) : keep_rune(reader)))
			return false;
		keep(reader, text_plain_span(reader->at));
	}
	return true;
}

/* Reads from a quote on; the text is terminated. Most have nothing to decode. */
static bool read_string(struct reader *reader, const char **bytes, size_t *len)
{
	char *start = reader->at + 1;

	if (!took(reader, '"'))
		return refuse_malformed(reader);
	reader->at += text_plain_span(reader->at);
	if (*reader->at == '"')
		reader->text = reader->at++;
	else if (!decode_string(reader))
		return false;
	*bytes = start;
	*len = (size_t)(reader->text - start);
	*reader->text = '\0';
	return true;
}

/* --- numbers and words ------------------------------------------------------------------------- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* One digit or more; where they end, or NULL. */
static const char *skip_digits(const char *at)
{
	const char *start = at;

	while (is_digit(*at))
		at++;
	return at > start ? at : NULL;
}

/* Where the number AT ends by the grammar; NULL when there is none. */
static const char *number_end(const char *at, bool *is_real)
{
	const char *digits = at + (*at == '-' ? 1 : 0);

	*is_real = false;
	at = skip_digits(digits);
	if (at == NULL || (*digits == '0' && at - digits > 1))
		return NULL;
	if (*at == '.') {
		*is_real = true;
		at = skip_digits(at + 1);
	}
	if (at != NULL && (*at == 'e' || *at == 'E')) {
		*is_real = true;
		at++;
		at = skip_digits(at + (*at == '+' || *at == '-' ? 1 : 0));
	}
	return at;
}

static bool read_integer(struct reader *reader, const char *end, struct json_node *node)
{
	bool negative = took(reader, '-');
	unsigned long long most = negative ? (unsigned long long)INT64_MAX + 1 : INT64_MAX;
	unsigned long long number = 0;

	for (; reader->at < end; reader->at++) {
		unsigned digit = (unsigned)(*reader->at - '0');

		if (number > (most - digit) / 10)
			return refuse(reader, "a number is out of range");
		number = number * 10 + digit;
	}
	node->type = JSON_INTEGER;
	node->is.integer = negative ? (json_int_t)(0 - number) : (json_int_t)number;
	return true;
}

/* jansson knows how to read one whatever the locale. */
static bool read_real(struct reader *reader, const char *end, struct json_node *node)
{
	json_t *real = json_loadb(reader->at, (size_t)(end - reader->at), JSON_DECODE_ANY, NULL);

	if (real == NULL)
		return refuse(reader, "a number is out of range");
	node->type = JSON_REAL;
	node->is.real = json_real_value(real);
	json_decref(real);
	reader->at += end - reader->at;
	return true;
}

static bool read_number(struct reader *reader, struct json_node *node)
{
	bool is_real;
	const char *end = number_end(reader->at, &is_real);

	if (end == NULL)
		return refuse(reader, "it is malformed");
	return is_real ? read_real(reader, end, node) : read_integer(reader, end, node);
}

static bool read_word(struct reader *reader, const char *word, json_type type,
                      struct json_node *node)
{
	size_t len = strlen(word);

	if (strncmp(reader->at, word, len) != 0)
		return refuse_malformed(reader);
	node->type = type;
	reader->at += len;
	return true;
}

/* --- values ------------------------------------------------------------------------------------ */

static bool check_keys(struct reader *reader, const struct json_node *object)
{
	bool twice;

	if (!json_keys_twice(reader->arena, object, &twice))
		return refuse_memory(reader);
	return !twice || refuse(reader, "a key of the object that ends here is written twice");
}

static bool read_value(struct reader *reader, struct json_node *node);

static bool read_member(struct reader *reader, struct json_node *node)
{
	if (!count_nodes(reader, 1) || !read_string(reader, &node->key, &node->key_len))
		return false;
	skip_blanks(reader);
	if (!took(reader, ':'))
		return refuse_malformed(reader);
	skip_blanks(reader);
	return read_value(reader, node);
}

/* Reads what follows an opening bracket, up to CLOSE. */
static bool read_inside(struct reader *reader, struct json_node *node, char close,
                        bool (*read)(struct reader *reader, struct json_node *node))
{
	struct json_node **link = &node->is.inside.first;

	skip_blanks(reader);
	if (took(reader, close))
		return true;
	for (;;) {
		*link = new_node(reader);
		if (*link == NULL)
			return refuse_memory(reader);
		if (!read(reader, *link))
			return false;
		node->is.inside.count++;
		link = &(*link)->next;
		skip_blanks(reader);
		if (took(reader, close))
			return true;
		if (!took(reader, ','))
			return refuse_malformed(reader);
		skip_blanks(reader);
	}
}

static bool read_brackets(struct reader *reader, struct json_node *node)
{
	bool is_object = *reader->at == '{', fine;

	if (reader->depth == reader->limits->depth)
		return refuse_size(reader, "levels", reader->limits->depth);
	reader->depth++;
	reader->at++;
	node->type = is_object ? JSON_OBJECT : JSON_ARRAY;
	fine = is_object ? read_inside(reader, node, '}', read_member) && check_keys(reader, node)
	                 : read_inside(reader, node, ']', read_value);
	reader->depth--;
	return fine;
}

static bool read_value(struct reader *reader, struct json_node *node)
{
	if (!count_nodes(reader, 1))
		return false;
	switch (*reader->at) {
	case '{':
	case '[':
		return read_brackets(reader, node);
	case '"':
		node->type = JSON_STRING;
		return read_string(reader, &node->is.string.bytes, &node->is.string.len);
	case 't':
		return read_word(reader, "true", JSON_TRUE, node);
	case 'f':
		return read_word(reader, "false", JSON_FALSE, node);
	case 'n':
		return read_word(reader, "null", JSON_NULL, node);
	case '-':
		return read_number(reader, node);
	default:
		return is_digit(*reader->at) ? read_number(reader, node) : refuse_malformed(reader);
	}
}

static bool read_whole(struct reader *reader, struct json_node *node)
{
	skip_blanks(reader);
	if (!read_value(reader, node))
		return false;
	skip_blanks(reader);
	return reader->at == reader->end || refuse_byte(reader, "something follows the value");
}

/* A copy of LEN BYTES that may be written to, with its padding; false when there is no memory. */
static bool copy(struct reader *reader, const char *bytes, size_t len)
{
	reader->start = len > SIZE_MAX - PADDING ? NULL : arena_alloc(reader->arena, len + PADDING);
	if (reader->start == NULL)
		return false;
	if (len > 0)
		memcpy(reader->start, bytes, len);
	reader->at = reader->start;
	reader->end = reader->start + len;
	return true;
}

enum json_fault json_parse(struct arena *arena, const char *bytes, size_t len,
                           const struct json_limits *limits, struct json_node **node,
                           struct error *error)
{
	struct reader reader = {.arena = arena, .limits = limits, .error = error};
	struct json_node *root;

	*node = NULL;
	if (len > limits->bytes) {
		error_set(error, "the JSON has %zu bytes, more than the limit of %zu", len, limits->bytes);
		return JSON_TOO_LARGE;
	}
	if (len >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
		error_set(error, "the JSON starts with a byte order mark");
		return JSON_MALFORMED;
	}
	root = new_node(&reader);
	if (root == NULL || !copy(&reader, bytes, len))
		refuse_memory(&reader);
	else if (read_whole(&reader, root))
		*node = root;
	return reader.fault;
}

/* The nodes by slabs, the strings, and the tables of keys: at most four places for each of two nodes. */
static size_t arena_bytes(size_t len, const struct json_limits *limits)
{
	const size_t a_node = sizeof(struct json_node) + 4 * sizeof(void *);
	size_t nodes = limits->nodes < len + 1 ? limits->nodes : len + 1;

	return nodes > (SIZE_MAX - ARENA_SLACK - len) / a_node ? SIZE_MAX
	                                                       : ARENA_SLACK + len + nodes * a_node;
}

enum json_fault json_open(struct json_reading *reading, const char *bytes, size_t len,
                          const struct json_limits *limits, struct error *error)
{
	const size_t expected = len / BYTES_A_NODE * sizeof(struct json_node) + len;

	*reading = (struct json_reading){.arena = arena_new_for(arena_bytes(len, limits), expected)};
	if (reading->arena != NULL)
		return json_parse(reading->arena, bytes, len, limits, &reading->node, error);
	error_set(error, "the JSON is refused: out of memory");
	return JSON_MALFORMED;
}

void json_close(struct json_reading *reading)
{
	arena_free(reading->arena);
	*reading = (struct json_reading){.arena = NULL};
}
