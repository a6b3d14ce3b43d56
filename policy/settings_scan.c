/* Owns one look over the raw text of a settings file, before libconfig reads it. It finds tokens
 * the way libconfig's scanner does, but leaves syntax and meaning to those who read the parsed
 * tree. */
#include "policy/settings_scan.h"

#include "policy/problems.h"

#include <stdint.h>
#include <string.h>

enum token {
	TOKEN_OTHER = 0,
	TOKEN_STRING,
	TOKEN_INCLUDE /* with its file name: @include "file" */
};

struct scan {
	const char *file;
	const char *bytes;
	size_t len, at;
	unsigned line;
	enum token last; /* the latest token that is no comment or blank */
	unsigned last_line;
	struct problems *problems;
	bool clean;
};

static char peek(const struct scan *scan, size_t ahead)
{
	if (ahead < scan->len - scan->at)
		return scan->bytes[scan->at + ahead];
	return '\0';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex_digit(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_name_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '*';
}

static void step(struct scan *scan)
{
	if (scan->bytes[scan->at] == '\n')
		scan->line++;
	scan->at++;
}

static void skip_line(struct scan *scan)
{
	while (scan->at < scan->len && scan->bytes[scan->at] != '\n')
		scan->at++;
}

static void skip_block_comment(struct scan *scan)
{
	scan->at += 2;
	while (scan->at < scan->len && !(peek(scan, 0) == '*' && peek(scan, 1) == '/'))
		step(scan);
	scan->at += scan->len - scan->at < 2 ? scan->len - scan->at : 2;
}

/* Passes the string that starts here. A backslash takes the next byte with it, as far as finding
 * the end goes. */
static void skip_string(struct scan *scan)
{
	scan->at++;
	while (scan->at < scan->len && scan->bytes[scan->at] != '"') {
		if (scan->bytes[scan->at] == '\\' && scan->len - scan->at > 1)
			scan->at++;
		step(scan);
	}
	if (scan->at < scan->len)
		scan->at++;
}

static void read_string(struct scan *scan)
{
	struct place place = {.file = scan->file, .line = scan->line};

	if (scan->last == TOKEN_STRING)
		scan->clean =
			problems_add(scan->problems, place,
		                 "two strings in a row would be joined into one: a comma or semicolon "
		                 "is missing behind the string on line %u",
		                 scan->last_line);
	if (scan->last == TOKEN_INCLUDE)
		scan->clean =
			problems_add(scan->problems, place,
		                 "a string right behind @include could be joined with the end of the "
		                 "included file: put a comma or semicolon between them");
	skip_string(scan);
	scan->last = TOKEN_STRING;
	scan->last_line = scan->line;
}

/* The included file is scanned when it is read; here only its seams matter. */
static void read_include(struct scan *scan)
{
	struct place place = {.file = scan->file, .line = scan->line};

	if (scan->last == TOKEN_STRING)
		scan->clean =
			problems_add(scan->problems, place,
		                 "a string right before @include could be joined with the start of the "
		                 "included file: a comma or semicolon is missing behind the string on "
		                 "line %u",
		                 scan->last_line);
	scan->at += strlen("@include");
	while (peek(scan, 0) == ' ' || peek(scan, 0) == '\t')
		scan->at++;
	if (peek(scan, 0) == '"')
		skip_string(scan);
	scan->last = TOKEN_INCLUDE;
	scan->last_line = scan->line;
}

/* Digits from FROM to TO in BASE as a number, UINT64_MAX when there are too many. */
static uint64_t digits_value(const struct scan *scan, size_t from, size_t to, unsigned base)
{
	uint64_t value = 0;

	for (size_t i = from; i < to; i++) {
		char c = scan->bytes[i];
		unsigned digit = is_digit(c) ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a') + 10;

		if (value > (UINT64_MAX - digit) / base)
			return UINT64_MAX;
		value = value * base + digit;
	}
	return value;
}

static void check_integer(struct scan *scan, size_t start, uint64_t magnitude, bool negative,
                          bool is_long)
{
	uint64_t largest = is_long ? (uint64_t)INT64_MAX : (uint64_t)INT32_MAX;
	struct place place = {.file = scan->file, .line = scan->line};
	size_t width = scan->at - start > 40 ? 40 : scan->at - start;

	if (magnitude <= largest + (negative ? 1 : 0))
		return;
	if (is_long)
		scan->clean = problems_add(scan->problems, place, "the number %.*s does not fit in 64 bits",
		                           (int)width, scan->bytes + start);
	else
		scan->clean =
			problems_add(scan->problems, place,
		                 "the number %.*s does not fit in 32 bits and would be cut: write an L "
		                 "behind it, or a size as a string (\"4G\")",
		                 (int)width, scan->bytes + start);
}

static bool take_long_suffix(struct scan *scan)
{
	if (peek(scan, 0) != 'L')
		return false;
	scan->at += peek(scan, 1) == 'L' ? 2 : 1;
	return true;
}

static void read_number(struct scan *scan)
{
	size_t start = scan->at;
	bool negative = peek(scan, 0) == '-';
	bool signed_number = negative || peek(scan, 0) == '+';
	bool hex = peek(scan, 0) == '0' && (peek(scan, 1) | 0x20) == 'x' && is_hex_digit(peek(scan, 2));
	size_t first = start + (hex ? 2 : signed_number ? 1 : 0);
	uint64_t magnitude;

	scan->at = first;
	while (hex ? is_hex_digit(peek(scan, 0)) : is_digit(peek(scan, 0)))
		scan->at++;
	if (!hex && (peek(scan, 0) == '.' || (peek(scan, 0) | 0x20) == 'e')) {
		/* A floating-point number: nothing is cut. Its exponent may have a sign. */
		while (is_digit(peek(scan, 0)) ||
		       (peek(scan, 0) != '\0' && strchr(".eE+-", peek(scan, 0)) != NULL))
			scan->at++;
		return;
	}
	magnitude = digits_value(scan, first, scan->at, hex ? 16 : 10);
	check_integer(scan, start, magnitude, negative, take_long_suffix(scan));
}

static void skip_name(struct scan *scan)
{
	while (is_name_start(peek(scan, 0)) || is_digit(peek(scan, 0)) || peek(scan, 0) == '-' ||
	       peek(scan, 0) == '_')
		scan->at++;
}

/* True when only blanks stand before the cursor on its line: elsewhere @include means nothing. */
static bool starts_line(const struct scan *scan)
{
	size_t at = scan->at;

	while (at > 0 && (scan->bytes[at - 1] == ' ' || scan->bytes[at - 1] == '\t'))
		at--;
	return at == 0 || scan->bytes[at - 1] == '\n';
}

static bool at_include(const struct scan *scan)
{
	static const char word[] = "@include";

	return starts_line(scan) && scan->len - scan->at > sizeof word - 1 &&
	       memcmp(scan->bytes + scan->at, word, sizeof word - 1) == 0;
}

static bool at_number(const struct scan *scan)
{
	return is_digit(peek(scan, 0)) ||
	       (peek(scan, 0) != '\0' && strchr("+-.", peek(scan, 0)) != NULL &&
	        is_digit(peek(scan, 1)));
}

/* Reads a token that is neither blank nor comment nor string nor include. */
static void read_other(struct scan *scan)
{
	if (at_number(scan))
		read_number(scan);
	else if (is_name_start(peek(scan, 0)))
		skip_name(scan);
	else
		step(scan);
	scan->last = TOKEN_OTHER;
}

static void read_token(struct scan *scan)
{
	char c = peek(scan, 0);

	if (c == '#' || (c == '/' && peek(scan, 1) == '/'))
		skip_line(scan);
	else if (c == '/' && peek(scan, 1) == '*')
		skip_block_comment(scan);
	else if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f')
		step(scan);
	else if (c == '"')
		read_string(scan);
	else if (at_include(scan))
		read_include(scan);
	else
		read_other(scan);
}

bool settings_scan(const char *file, const char *bytes, size_t len, struct problems *problems)
{
	struct scan scan = {
		.file = file, .bytes = bytes, .len = len, .line = 1, .problems = problems, .clean = true};

	/* libconfig would stop at it, or read on with less than is there. */
	if (len > 0 && memchr(bytes, '\0', len) != NULL)
		return problems_add(problems, (struct place){.file = file}, "the file has a NUL byte");
	while (scan.at < scan.len)
		read_token(&scan);
	return scan.clean;
}
