/* IP ranges: two texts parted by a line feed. What is read prints to a text that reads the same, and what a range
 * holds is told bit by bit by somebody slower. */
#include "policy/arena.h"
#include "policy/cidr.h"
#include "policy/error.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool bit(const struct ip_address *address, unsigned index)
{
	return (address->bytes[index / 8] & (0x80U >> (index % 8))) != 0;
}

static bool holds_slowly(const struct cidr *outer, const struct cidr *inner)
{
	bool holds = outer->first.family == inner->first.family && outer->length <= inner->length;

	for (unsigned i = 0; holds && i < outer->length; i++)
		holds = bit(&outer->first, i) == bit(&inner->first, i);
	return holds;
}

static bool read_range(struct arena *arena, const char *text, struct cidr *cidr)
{
	struct error error = {""};
	struct cidr again;
	struct ip_address alone;
	const char *printed;

	if (!cidr_parse(text, cidr, &error)) {
		assert(error.text[0] != '\0' && cidr->first.family == IP_NONE);
		assert(!ip_parse(text, &alone));
		return false;
	}
	printed = cidr_print(arena, cidr);
	assert(printed != NULL && cidr_parse(printed, &again, &error));
	assert(ip_equal(&again.first, &cidr->first) && again.length == cidr->length);
	assert(cidr_holds(cidr, &cidr->first) && cidr_holds_range(cidr, cidr));
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(1 << 16);
	struct cidr a, b;
	char *text, *second;

	if (arena != NULL && size < 1024 && memchr(data, 0, size) == NULL) {
		text = arena_alloc(arena, size + 1);
		assert(text != NULL);
		if (size > 0)
			memcpy(text, data, size);
		second = text + strcspn(text, "\n");
		if (*second != '\0')
			*second++ = '\0';
		if (read_range(arena, text, &a) && read_range(arena, second, &b)) {
			assert(cidr_holds_range(&a, &b) == holds_slowly(&a, &b));
			assert(cidr_holds_range(&b, &a) == holds_slowly(&b, &a));
		}
	}
	arena_free(arena);
	return 0;
}
