/* Files that are given to `quaymaster audit verify`, whoever wrote them: each line is judged, and one that holds was made
 * by the chain itself. */
#include "policy/audit_chain.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What holds is what the chain would have made of the line without its last two members. */
static void remake(const struct audit_chain *before, const char *line, size_t len)
{
	struct audit_chain chain = *before;
	char *out = malloc(len + 2 * AUDIT_CHAIN_GROWTH), *original = malloc(len);
	size_t text = len;

	assert(out != NULL && original != NULL);
	for (unsigned commas = 0; commas < 2; commas += line[text] == ',')
		text--;
	memcpy(original, line, text);
	original[text] = '}';
	if (audit_chain_add(&chain, original, text + 1, out) > 0)
		assert(memcmp(out, line, len) == 0);
	free(original);
	free(out);
}

static void check(struct audit_chain *chain, const char *line, size_t len)
{
	struct audit_chain before = *chain;

	switch (audit_chain_check(chain, line, len)) {
	case AUDIT_LINK_NONE:
		assert(chain->number == before.number);
		break;
	case AUDIT_LINK_HOLDS:
		assert(chain->number == before.number + 1);
		remake(&before, line, len);
		break;
	case AUDIT_LINK_CHANGED:
	case AUDIT_LINK_MISSING:
	case AUDIT_LINK_MOVED:
	case AUDIT_LINK_ANEW:
	case AUDIT_LINK_ENTRY:
		assert(chain->number > 0);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct audit_chain chain;

	assert(text != NULL);
	memcpy(text, data, size);
	audit_chain_begin(&chain, NULL);
	for (size_t at = 0, len; at < size; at += len + 1) {
		const char *end = memchr(text + at, '\n', size - at);
		char *line;

		len = end != NULL ? (size_t)(end - (text + at)) : size - at;
		line = malloc(len + 1); /* of its own length: what reads beyond is seen */
		assert(line != NULL);
		memcpy(line, text + at, len);
		check(&chain, line, len);
		free(line);
	}
	free(text);
	return 0;
}
