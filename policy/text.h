/* Small questions about strings, answered once. No allocation but in an arena; nothing depends
 * on a locale. */
#ifndef QUAYMASTER_POLICY_TEXT_H
#define QUAYMASTER_POLICY_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* ASCII case-insensitive equality, as HTTP field names and media types compare. */
bool text_equal_ascii(const char *a, const char *b);

/* Equality under the folding of Go's encoding/json for object keys: ASCII case, U+017F is s,
 * U+212A is k, nothing else. Both are UTF-8. */
bool text_equal_folded(const char *a, const char *b);

/* True when VALUE matches PATTERN as a whole. `*` stands for any run of bytes without '/', `**`
 * for any run, every other byte for itself. Takes time bounded by the product of the lengths. */
bool text_matches(const char *pattern, const char *value);

enum { TEXT_RUNS_MAX = 9 };

/* Part of a value, not terminated. */
struct text_run {
	const char *start;
	size_t len;
};

struct text_runs {
	struct text_run list[TEXT_RUNS_MAX];
	size_t count;
};

/* text_matches, and in RUNS what the first nine `*` stood for, in order: each, from the first on, for as
 * little as lets the rest match. A `**` is not told. RUNS is undefined when the answer is false. */
bool text_matches_runs(const char *pattern, const char *value, struct text_runs *runs);
/* How many `*` there are in PATTERN, `**` left out. */
size_t text_count_stars(const char *pattern);

bool text_starts_with(const char *value, const char *prefix);
bool text_ends_with(const char *value, const char *suffix);

/* The word at *TEXT, up to a blank, which is cut off; *TEXT moves behind the blank. "" at the end. */
char *text_take_word(char **text);

/* RFC 9110 §5.6.2: one or more tchar. */
bool text_is_token(const char *bytes, size_t len);
/* Only 0-9a-f, and at least one. */
bool text_is_lower_hex(const char *value);
/* Well-formed UTF-8 (RFC 3629) without NUL. */
bool text_is_utf8(const char *bytes, size_t len);

/* The length of the well-formed UTF-8 sequence that LEN bytes, at least one, begin with; 0 when there is none.
 * NUL is one. */
size_t text_utf8_step(const char *bytes, size_t len);

/* How many bytes, from the first on, are ASCII without controls, '"' and '\\': what JSON reads and prints as it
 * is. TEXT has a NUL somewhere, and TEXT_PADDING bytes from its first one on may be read. */
enum { TEXT_PADDING = 8 };

size_t text_plain_span(const char *text);

/* VALUE made fit for a log line or a message: control bytes and malformed UTF-8 as \xNN, a long
 * one cut to LIMIT bytes with "..." behind it. Returns "" when the arena is exhausted. */
const char *text_printable(struct arena *arena, const char *value, size_t limit);

/* Reads a whole decimal number without sign or blanks, at most MAX; false when it is anything
 * else. */
bool text_to_number(const char *value, unsigned long long max, unsigned long long *number);

/* Reads "4G", "512M", "64K", "100" as bytes (powers of 1024; k, m, g, t in either case, an optional
 * trailing b); false when malformed or past INT64_MAX. */
bool text_to_size(const char *value, long long *bytes);

/* True when ADDRESS ("127.0.0.1:2375", "[::1]:2375", "localhost:2375") is this machine's own alone. */
bool text_is_loopback(const char *address);

/* The one of COUNT names that NAME was most likely meant to be, or NULL when it is like none. */
const char *text_nearest(const char *name, const char *const *names, size_t count);

#endif
