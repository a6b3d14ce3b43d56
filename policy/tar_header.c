/* What the blocks of an archive say, read as Go's archive/tar does and no wider: POSIX's ustar and pax, GNU's
 * long names, and the old form without a magic. */
#include "policy/tar_header.h"

#include <limits.h>
#include <string.h>

enum { OCTAL_DIGITS_MAX = 21 };

/* POSIX.1-1988, pax(1) "ustar Interchange Format"; all offsets are bytes. */
enum {
	NAME_AT = 0,
	NAME_LEN = 100,
	SIZE_AT = 124,
	SIZE_LEN = 12,
	SUM_AT = 148,
	SUM_LEN = 8,
	TYPE_AT = 156,
	MAGIC_AT = 257,
	PREFIX_AT = 345,
	PREFIX_LEN = 155,
	TRAILER_AT = 508,
	/* GNU has two times where the prefix is. */
	TIME_LEN = 12
};

bool tar_block_is_zero(const unsigned char *block)
{
	for (size_t i = 0; i < TAR_BLOCK_SIZE; i++) {
		if (block[i] != 0)
			return false;
	}
	return true;
}

/* Blanks, octal digits, then blanks and NULs; nothing is 0. */
static bool read_octal(const unsigned char *field, size_t len, uint64_t *value)
{
	size_t i = 0, digits;

	while (i < len && field[i] == ' ')
		i++;
	digits = i;
	*value = 0;
	for (; i < len && field[i] >= '0' && field[i] <= '7'; i++) {
		if (i - digits >= OCTAL_DIGITS_MAX)
			return false;
		*value = *value << 3 | (unsigned)(field[i] - '0');
	}
	while (i < len && (field[i] == ' ' || field[i] == '\0'))
		i++;
	return i == len && *value <= INT64_MAX;
}

/* Octal, or GNU's binary form: a first byte of 0x80, and a big-endian number. */
static bool read_number(const unsigned char *field, size_t len, uint64_t *value)
{
	if ((field[0] & 0x80) == 0)
		return read_octal(field, len, value);
	*value = 0;
	if (field[0] != 0x80)
		return false;
	for (size_t i = 1; i < len; i++) {
		if (*value > INT64_MAX >> 8)
			return false;
		*value = *value << 8 | field[i];
	}
	return true;
}

static bool sum_is_right(const unsigned char *block)
{
	uint64_t told, sum = 0;

	for (size_t i = 0; i < TAR_BLOCK_SIZE; i++)
		sum += i >= SUM_AT && i < SUM_AT + SUM_LEN ? ' ' : block[i];
	return read_octal(block + SUM_AT, SUM_LEN, &told) && told == sum;
}

static size_t field_length(const unsigned char *field, size_t max)
{
	const unsigned char *end = memchr(field, '\0', max);

	return end != NULL ? (size_t)(end - field) : max;
}

/* Where the times cannot be read, Go takes them for a prefix. */
static bool gnu_times_are_times(const unsigned char *block)
{
	uint64_t time;

	return read_number(block + PREFIX_AT, TIME_LEN, &time) &&
	       read_number(block + PREFIX_AT + TIME_LEN, TIME_LEN, &time);
}

/* NULL, or what is wrong. Sets how long the prefix of the name is. */
static const char *read_format(const unsigned char *block, size_t *prefix)
{
	*prefix = 0;
	if (memcmp(block + MAGIC_AT, "ustar", 6) == 0) {
		*prefix = field_length(block + PREFIX_AT, PREFIX_LEN);
		return memcmp(block + TRAILER_AT, "tar", 4) == 0 ? "is of a form that star writes" : NULL;
	}
	if (memcmp(block + MAGIC_AT, "ustar  ", 8) == 0)
		return gnu_times_are_times(block) ? NULL : "has times that are none";
	for (size_t i = MAGIC_AT; i < TAR_BLOCK_SIZE; i++) {
		if (block[i] != 0)
			return "is of a form that is not known";
	}
	return NULL;
}

static void read_name(const unsigned char *block, size_t prefix, struct tar_header *header)
{
	size_t len = field_length(block + NAME_AT, NAME_LEN);
	char *at = header->name;

	if (prefix > 0) {
		memcpy(at, block + PREFIX_AT, prefix);
		at[prefix] = '/';
		at += prefix + 1;
	}
	memcpy(at, block + NAME_AT, len);
	at[len] = '\0';
}

static bool read_type(unsigned char type, enum tar_type *read)
{
	static const struct {
		unsigned char type;
		enum tar_type read;
	} table[] = {
		{'0', TAR_FILE},          {'\0', TAR_FILE},  {'7', TAR_FILE},       {'1', TAR_HARD_LINK},
		{'2', TAR_SYMBOLIC_LINK}, {'3', TAR_DEVICE}, {'4', TAR_DEVICE},     {'6', TAR_DEVICE},
		{'5', TAR_DIRECTORY},     {'x', TAR_PAX},    {'g', TAR_PAX_GLOBAL}, {'L', TAR_LONG_NAME},
		{'K', TAR_LONG_LINK},
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		if (table[i].type == type) {
			*read = table[i].read;
			return true;
		}
	}
	return false;
}

const char *tar_header_read(const unsigned char *block, struct tar_header *header)
{
	const char *wrong;
	size_t prefix;

	if (!sum_is_right(block))
		return "has a header with a wrong checksum";
	wrong = read_format(block, &prefix);
	if (wrong != NULL)
		return wrong;
	if (!read_number(block + SIZE_AT, SIZE_LEN, &header->size))
		return "has a size that is none";
	if (!read_type(block[TYPE_AT], &header->type))
		return "has an entry of a kind that is not known, or sparse";
	read_name(block, prefix, header);
	return NULL;
}

/* ---- pax ---- */

struct pax_record {
	const char *key, *value;
	size_t key_len, value_len;
};

/* "27 path=some/name\n" at *TEXT, where the number is the record's own length. */
static bool take_record(const char **text, size_t *left, struct pax_record *record)
{
	size_t len = 0, i = 0;
	const char *equals;

	for (; i < *left && (*text)[i] >= '0' && (*text)[i] <= '9'; i++) {
		if (len > *left)
			return false;
		len = len * 10 + (size_t)((*text)[i] - '0');
	}
	if (i == 0 || i >= *left || (*text)[0] == '0' || (*text)[i] != ' ' || len > *left ||
	    len < i + 2 || (*text)[len - 1] != '\n')
		return false;
	record->key = *text + i + 1;
	equals = memchr(record->key, '=', len - i - 2);
	if (equals == NULL || equals == record->key)
		return false;
	record->key_len = (size_t)(equals - record->key);
	record->value = equals + 1;
	record->value_len = (size_t)(*text + len - 1 - record->value);
	*text += len;
	*left -= len;
	return true;
}

static bool key_is(const struct pax_record *record, const char *key)
{
	return record->key_len == strlen(key) && memcmp(record->key, key, record->key_len) == 0;
}

static bool read_pax_name(const struct pax_record *record, struct tar_header *header)
{
	if (record->value_len == 0 || record->value_len >= sizeof header->name ||
	    memchr(record->value, '\0', record->value_len) != NULL)
		return false;
	memcpy(header->name, record->value, record->value_len);
	header->name[record->value_len] = '\0';
	return true;
}

static bool read_pax_size(const struct pax_record *record, struct tar_header *header)
{
	uint64_t size = 0;

	for (size_t i = 0; i < record->value_len; i++) {
		unsigned digit = (unsigned)(unsigned char)record->value[i] - '0';

		if (digit > 9 || size > ((uint64_t)INT64_MAX - digit) / 10)
			return false;
		size = size * 10 + digit;
	}
	header->size = size;
	return record->value_len > 0;
}

const char *tar_pax_apply(const char *text, size_t len, struct tar_header *header)
{
	struct pax_record record;
	unsigned names = 0, sizes = 0;

	while (len > 0) {
		if (!take_record(&text, &len, &record))
			return "has a malformed pax header";
		if (record.key_len >= 11 && memcmp(record.key, "GNU.sparse.", 11) == 0)
			return "has a sparse file";
		if (key_is(&record, "path") && (++names > 1 || !read_pax_name(&record, header)))
			return "has a pax header with no proper name";
		if (key_is(&record, "size") && (++sizes > 1 || !read_pax_size(&record, header)))
			return "has a pax header with no proper size";
	}
	return NULL;
}

/* ---- names ---- */

bool tar_path_clean(const char *name, char path[TAR_NAME_SIZE])
{
	size_t used = 0;

	for (;;) {
		size_t len;

		name += strspn(name, "/");
		len = strcspn(name, "/");
		if (len == 0)
			break;
		if (len == 2 && name[0] == '.' && name[1] == '.')
			return false;
		if (len > 1 || name[0] != '.') {
			if (used + 1 + len >= TAR_NAME_SIZE)
				return false;
			if (used > 0)
				path[used++] = '/';
			memcpy(path + used, name, len);
			used += len;
		}
		name += len;
	}
	path[used] = '\0';
	return true;
}
