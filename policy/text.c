/* Owns the byte-level questions every parser here asks: equality, matching, character classes,
 * numbers, likeness. Nothing in it knows about HTTP, JSON or Docker, and nothing looks at the locale. */
#include "policy/text.h"

#include "policy/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { NAME_LEN_MAX = 48 }; /* of names that are compared for likeness */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char lower(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c + ('a' - 'A'));
	return c;
}

bool text_equal_ascii(const char *a, const char *b)
{
	while (*a != '\0' && lower(*a) == lower(*b)) {
		a++;
		b++;
	}
	return *a == *b;
}

/* The next byte as Go's key folding sees it. U+017F (C5 BF) and U+212A (E2 84 AA) are the only
 * runes beyond ASCII that fold onto an ASCII letter. */
static char next_folded(const char **text)
{
	const char *at = *text;

	if (strncmp(at, "\xc5\xbf", 2) == 0) {
		*text = at + 2;
		return 's';
	}
	if (strncmp(at, "\xe2\x84\xaa", 3) == 0) {
		*text = at + 3;
		return 'k';
	}
	*text = at + 1;
	return lower(*at);
}

bool text_equal_folded(const char *a, const char *b)
{
	while (*a != '\0' && *b != '\0') {
		if (next_folded(&a) != next_folded(&b))
			return false;
	}
	return *a == *b;
}

/* Where a match stands, and where it may take up again. */
struct match {
	const char *pattern, *value;   /* what is still to be matched */
	const char *star, *star_value; /* behind the latest `*`, and the first byte not in its run */
	const char *star_start;        /* where that run began */
	const char *deep, *deep_value; /* the same for the latest `**` */
	const char *first_star_value;  /* where the first `*` behind the latest `**` began its run */
	struct text_runs *runs;        /* of single stars; NULL: nobody asks */
	size_t stars, deep_stars;      /* how many of these were passed, now and at the latest `**` */
};

/* The latest star's run is START up to where the value stands. */
static void note_run(struct match *m, const char *start)
{
	if (m->runs == NULL || m->stars > TEXT_RUNS_MAX)
		return;
	m->runs->list[m->stars - 1] = (struct text_run){start, (size_t)(m->value - start)};
	m->runs->count = m->stars;
}

static void take_star(struct match *m)
{
	m->pattern++;
	if (*m->pattern != '*') {
		m->star = m->pattern;
		m->star_value = m->value;
		if (m->first_star_value == NULL)
			m->first_star_value = m->value;
		m->star_start = m->value;
		m->stars++;
		note_run(m, m->star_start);
		return;
	}
	while (*m->pattern == '*')
		m->pattern++;
	m->deep = m->pattern;
	m->deep_value = m->value;
	m->deep_stars = m->stars;
	m->star = NULL;
	m->first_star_value = NULL;
}

/* Lets the latest star that can take one more byte do so. Earlier stars never need another try:
 * the leftmost place for what follows them leaves the later ones the most. For the same reason,
 * once the first `*` behind a `**` has failed in one segment it fails from everywhere in that
 * segment, and the `**` moves past it at once; so each segment is walked once for each part of
 * the pattern and time stays within the product of the lengths. */
static bool retry(struct match *m)
{
	if (m->star != NULL && *m->star_value != '\0' && *m->star_value != '/') {
		m->star_value++;
		m->value = m->star_value;
		m->pattern = m->star;
		note_run(m, m->star_start);
		return true;
	}
	if (m->deep == NULL || *m->deep_value == '\0')
		return false;
	if (m->first_star_value == NULL) {
		m->deep_value++;
	} else {
		const char *slash = strchr(m->first_star_value, '/');

		if (slash == NULL)
			return false;
		m->deep_value += slash + 1 - m->first_star_value;
	}
	m->value = m->deep_value;
	m->pattern = m->deep;
	m->stars = m->deep_stars;
	m->star = NULL;
	m->first_star_value = NULL;
	return true;
}

static bool match(struct match *m)
{
	for (;;) {
		if (*m->pattern == '*') {
			take_star(m);
		} else if (*m->pattern == '\0' && *m->value == '\0') {
			return true;
		} else if (*m->value != '\0' && *m->pattern == *m->value) {
			m->pattern++;
			m->value++;
		} else if (!retry(m)) {
			return false;
		}
	}
}

bool text_matches(const char *pattern, const char *value)
{
	struct match m = {.pattern = pattern, .value = value};

	return match(&m);
}

bool text_matches_runs(const char *pattern, const char *value, struct text_runs *runs)
{
	struct match m = {.pattern = pattern, .value = value, .runs = runs};

	runs->count = 0;
	return match(&m);
}

size_t text_count_stars(const char *pattern)
{
	size_t stars = 0;

	while ((pattern = strchr(pattern, '*')) != NULL) {
		size_t width = strspn(pattern, "*");

		stars += width == 1 ? 1 : 0;
		pattern += width;
	}
	return stars;
}

bool text_starts_with(const char *value, const char *prefix)
{
	return strncmp(value, prefix, strlen(prefix)) == 0;
}

bool text_ends_with(const char *value, const char *suffix)
{
	size_t value_len = strlen(value);
	size_t suffix_len = strlen(suffix);

	return value_len >= suffix_len &&
	       memcmp(value + value_len - suffix_len, suffix, suffix_len) == 0;
}

char *text_take_word(char **text)
{
	char *word = *text;
	size_t len = strcspn(word, " ");

	*text = word + len + (word[len] == ' ' ? 1 : 0);
	word[len] = '\0';
	return word;
}

static bool is_tchar(char c)
{
	return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') ||
	       (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

bool text_is_token(const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!is_tchar(bytes[i]))
			return false;
	}
	return len > 0;
}

bool text_is_lower_hex(const char *value)
{
	const char *at = value;

	while (is_digit(*at) || (*at >= 'a' && *at <= 'f'))
		at++;
	return at != value && *at == '\0';
}

/* The length of the well-formed sequence (RFC 3629 §4) at the start of BYTES, 0 when there is
 * none. */
static size_t utf8_sequence(const unsigned char *bytes, size_t len)
{
	unsigned char lowest = 0x80; /* of the second byte: shuts out overlong forms and surrogates */
	unsigned char highest = 0xbf;
	size_t need;

	if (bytes[0] < 0x80)
		return 1;
	if (bytes[0] >= 0xc2 && bytes[0] <= 0xdf)
		need = 2;
	else if (bytes[0] >= 0xe0 && bytes[0] <= 0xef)
		need = 3;
	else if (bytes[0] >= 0xf0 && bytes[0] <= 0xf4)
		need = 4;
	else
		return 0;
	if (bytes[0] == 0xe0)
		lowest = 0xa0;
	if (bytes[0] == 0xf0)
		lowest = 0x90;
	if (bytes[0] == 0xed)
		highest = 0x9f;
	if (bytes[0] == 0xf4)
		highest = 0x8f;
	if (len < need || bytes[1] < lowest || bytes[1] > highest)
		return 0;
	for (size_t i = 2; i < need; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
	}
	return need;
}

bool text_is_utf8(const char *bytes, size_t len)
{
	const unsigned char *at = (const unsigned char *)bytes;

	while (len > 0) {
		size_t step = *at == 0 ? 0 : utf8_sequence(at, len);

		if (step == 0)
			return false;
		at += step;
		len -= step;
	}
	return true;
}

size_t text_utf8_step(const char *bytes, size_t len)
{
	return utf8_sequence((const unsigned char *)bytes, len);
}

/* The top bits of eight bytes: set in the first one that is not plain, in none before it, and anyhow behind it. */
static uint64_t not_plain(uint64_t eight)
{
	const uint64_t ones = 0x0101010101010101u;

	return (eight | (eight - ones * ' ') | ((eight ^ ones * '"') - ones) |
	        ((eight ^ ones * '\\') - ones)) &
	       ones * 0x80;
}

size_t text_plain_span(const char *text)
{
	const char *at = text;

	for (;; at += sizeof(uint64_t)) {
		uint64_t eight, marks;

		memcpy(&eight, at, sizeof eight);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
		eight = __builtin_bswap64(eight); /* the first byte is the one that borrows from no other */
#endif
		marks = not_plain(eight);
		if (marks != 0)
			return (size_t)(at - text) + (size_t)__builtin_ctzll(marks) / 8;
	}
}

/* C0, DEL and (as C2 80 to C2 9F) C1: a terminal may obey any of them. */
static bool is_control(const unsigned char *at)
{
	return at[0] < 0x20 || at[0] == 0x7f || (at[0] == 0xc2 && at[1] < 0xa0);
}

const char *text_printable(struct arena *arena, const char *value, size_t limit)
{
	const unsigned char *at = (const unsigned char *)value;
	size_t left = strlen(value);
	size_t room = left > SIZE_MAX / 4 || left * 4 > limit ? limit : left * 4;
	char *out = room > SIZE_MAX - 4 ? NULL : arena_alloc(arena, room + 4);
	size_t len = 0;

	if (out == NULL)
		return "";
	while (left > 0) {
		size_t step = utf8_sequence(at, left);
		bool plain = step > 0 && !is_control(at);
		size_t width = plain ? step : 4;

		if (width > room - len) {
			memcpy(out + len, "...", 4);
			return out;
		}
		if (plain) {
			memcpy(out + len, at, step);
		} else {
			const char *hex = "0123456789abcdef";

			out[len] = '\\';
			out[len + 1] = 'x';
			out[len + 2] = hex[*at >> 4];
			out[len + 3] = hex[*at & 0xf];
			step = 1;
		}
		len += width;
		at += step;
		left -= step;
	}
	out[len] = '\0';
	return out;
}

/* Reads digits at *AT up to MAX and leaves *AT behind them; false when there is none or they are
 * too many. */
static bool read_digits(const char **at, unsigned long long max, unsigned long long *number)
{
	const char *start = *at;

	*number = 0;
	for (; is_digit(**at); (*at)++) {
		unsigned digit = (unsigned)(**at - '0');

		if (*number > max / 10 || digit > max - *number * 10)
			return false;
		*number = *number * 10 + digit;
	}
	return *at != start;
}

bool text_to_number(const char *value, unsigned long long max, unsigned long long *number)
{
	unsigned long long read;

	if (!read_digits(&value, max, &read) || *value != '\0')
		return false;
	*number = read;
	return true;
}

static unsigned unit_shift(char unit)
{
	switch (lower(unit)) {
	case 'k':
		return 10;
	case 'm':
		return 20;
	case 'g':
		return 30;
	case 't':
		return 40;
	default:
		return 0;
	}
}

bool text_to_size(const char *value, long long *bytes)
{
	unsigned long long number;
	unsigned shift;

	if (!read_digits(&value, INT64_MAX, &number))
		return false;
	shift = unit_shift(*value);
	if (shift != 0)
		value++;
	if (lower(*value) == 'b')
		value++;
	if (*value != '\0' || number > (unsigned long long)INT64_MAX >> shift)
		return false;
	*bytes = (long long)(number << shift);
	return true;
}

bool text_is_loopback(const char *address)
{
	return text_starts_with(address, "127.") || text_starts_with(address, "[::1]:") ||
	       text_starts_with(address, "localhost:");
}

static size_t smallest(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

/* The number of letters to put in, leave out or change to get from one name to the other. */
static size_t distance(const char *a, const char *b)
{
	size_t row[NAME_LEN_MAX + 1];
	size_t a_len = strlen(a);
	size_t b_len = strlen(b);

	if (a_len > NAME_LEN_MAX || b_len > NAME_LEN_MAX)
		return NAME_LEN_MAX;
	for (size_t k = 0; k <= b_len; k++)
		row[k] = k;
	for (size_t i = 1; i <= a_len; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t k = 1; k <= b_len; k++) {
			size_t change = diagonal + (a[i - 1] == b[k - 1] ? 0 : 1);

			diagonal = row[k];
			row[k] = smallest(row[k] + 1, row[k - 1] + 1, change);
		}
	}
	return row[b_len];
}

const char *text_nearest(const char *name, const char *const *names, size_t count)
{
	size_t nearest = 1 + strlen(name) / 3; /* further off, it is another word */
	const char *found = NULL;

	for (size_t i = 0; i < count; i++) {
		size_t this_far = distance(name, names[i]);

		if (this_far < nearest || (this_far == nearest && found == NULL)) {
			nearest = this_far;
			found = names[i];
		}
	}
	return found;
}
