/* The chain of an audit log. What is hashed is the text as it stands in the file, up to the value itself: nothing is
 * parsed that could be read in two ways. */
#include "policy/audit_chain.h"

#include "policy/seal.h"

#include <stdio.h>
#include <string.h>

static const char before_number[] = ",\"number\":";
static const char before_value[] = ",\"chain\":\"";
static const char after_value[] = "\"}";

enum {
	NUMBER_DIGITS = 20,
	BEFORE_NUMBER = sizeof before_number - 1,
	BEFORE_VALUE = sizeof before_value - 1,
	AFTER_VALUE = sizeof after_value - 1,
	TAIL = BEFORE_VALUE + SHA256_DIGITS + AFTER_VALUE
};

void audit_chain_begin(struct audit_chain *chain, const struct seal_key *key)
{
	chain->key = key;
	chain->number = 0;
	memset(chain->value, '0', SHA256_DIGITS);
	chain->value[SHA256_DIGITS] = '\0';
}

/* TEXT is all of a line that is before its value. */
static void hash_link(const struct audit_chain *chain, const char *text, size_t len,
                      char value[SHA256_DIGITS + 1])
{
	struct sha256 hash, outer;
	uint8_t inner[SHA256_BYTES];

	if (chain->key != NULL)
		hash = chain->key->inner;
	else
		sha256_begin(&hash);
	sha256_add(&hash, chain->value, SHA256_DIGITS);
	sha256_add(&hash, text, len);
	if (chain->key == NULL) {
		sha256_end(&hash, value);
		return;
	}
	sha256_end_raw(&hash, inner);
	outer = chain->key->outer;
	sha256_add(&outer, inner, sizeof inner);
	sha256_end(&outer, value);
}

size_t audit_chain_add(struct audit_chain *chain, const char *line, size_t len, char *out)
{
	char digits[NUMBER_DIGITS + 1];
	size_t text = len - 1, count;

	if (len < 3 || line[0] != '{' || line[len - 1] != '}')
		return 0;
	memcpy(out, line, text);
	count = (size_t)snprintf(digits, sizeof digits, "%llu", (unsigned long long)++chain->number);
	memcpy(out + text, before_number, BEFORE_NUMBER);
	memcpy(out + text + BEFORE_NUMBER, digits, count);
	text += BEFORE_NUMBER + count;
	hash_link(chain, out, text, chain->value);
	memcpy(out + text, before_value, BEFORE_VALUE);
	memcpy(out + text + BEFORE_VALUE, chain->value, SHA256_DIGITS);
	memcpy(out + text + BEFORE_VALUE + SHA256_DIGITS, after_value, AFTER_VALUE);
	return text + TAIL;
}

/* What a line says of its place. */
struct place_in_chain {
	uint64_t number;
	size_t text; /* bytes before the value */
	char value[SHA256_DIGITS + 1];
};

static bool is_hex(const char *digits, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (strchr("0123456789abcdef", digits[i]) == NULL || digits[i] == '\0')
			return false;
	return true;
}

/* The number that ends TEXT: as audit_chain_add writes it, and in no other way. */
static bool read_number(const char *text, size_t len, uint64_t *number)
{
	size_t first = len;
	uint64_t value = 0;

	while (first > 0 && len - first < NUMBER_DIGITS && text[first - 1] >= '0' &&
	       text[first - 1] <= '9')
		first--;
	if (first == len || text[first] == '0' || first < BEFORE_NUMBER ||
	    memcmp(text + first - BEFORE_NUMBER, before_number, BEFORE_NUMBER) != 0)
		return false;
	for (size_t i = first; i < len; i++) {
		unsigned digit = (unsigned)(text[i] - '0');

		if (value > (UINT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*number = value;
	return true;
}

static bool read_place(const char *line, size_t len, struct place_in_chain *place)
{
	const char *tail = line + len - TAIL;

	if (len <= TAIL || line[0] != '{' || memcmp(tail, before_value, BEFORE_VALUE) != 0 ||
	    memcmp(line + len - AFTER_VALUE, after_value, AFTER_VALUE) != 0 ||
	    !is_hex(tail + BEFORE_VALUE, SHA256_DIGITS))
		return false;
	place->text = len - TAIL;
	memcpy(place->value, tail + BEFORE_VALUE, SHA256_DIGITS);
	place->value[SHA256_DIGITS] = '\0';
	return read_number(line, place->text, &place->number);
}

static void resume(struct audit_chain *chain, const struct place_in_chain *place)
{
	chain->number = place->number;
	memcpy(chain->value, place->value, sizeof place->value);
}

bool audit_chain_resume(struct audit_chain *chain, const char *line, size_t len)
{
	struct place_in_chain place;

	if (!read_place(line, len, &place))
		return false;
	resume(chain, &place);
	return true;
}

static bool holds(const struct audit_chain *chain, const char *line,
                  const struct place_in_chain *place)
{
	char value[SHA256_DIGITS + 1];

	hash_link(chain, line, place->text, value);
	return memcmp(value, place->value, SHA256_DIGITS) == 0;
}

static enum audit_link judge(const struct audit_chain *chain, const char *line,
                             const struct place_in_chain *place)
{
	struct audit_chain none;

	if (place->number == chain->number + 1 && holds(chain, line, place))
		return AUDIT_LINK_HOLDS;
	audit_chain_begin(&none, chain->key);
	if (place->number == 1 && chain->number > 0 && holds(&none, line, place))
		return AUDIT_LINK_ANEW;
	if (place->number == chain->number + 1)
		return AUDIT_LINK_CHANGED;
	if (chain->number == 0)
		return AUDIT_LINK_ENTRY;
	return place->number > chain->number ? AUDIT_LINK_MISSING : AUDIT_LINK_MOVED;
}

enum audit_link audit_chain_check(struct audit_chain *chain, const char *line, size_t len)
{
	struct place_in_chain place;
	enum audit_link link;

	if (!read_place(line, len, &place))
		return AUDIT_LINK_NONE;
	link = judge(chain, line, &place);
	resume(chain, &place);
	return link;
}
