/* Security options: what is printed is read as the same option again, and a profile's digest does not change with blanks around
 * it. */
#include "policy/security_option.h"

#include "policy/arena.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_option(struct arena *arena, const char *text)
{
	const struct security_option option = security_option_read(text);
	const char *printed = security_option_print(arena, &option);

	assert((printed == NULL) == (option.kind == SECURITY_UNKNOWN));
	if (printed == NULL)
		return;
	const struct security_option again = security_option_read(printed);
	assert(again.kind == option.kind && again.on == option.on);
	if (option.kind == SECURITY_LABEL || option.kind == SECURITY_APPARMOR ||
	    option.kind == SECURITY_SECCOMP)
		assert(strcmp(again.value, option.value) == 0);
}

static void try_digest(struct arena *arena, const char *text)
{
	const char *spaced = arena_format(arena, " \n%s\t", text);
	bool open = false;

	for (const char *at = text; *at != '\0'; at++) {
		if (open && *at == '\\' && at[1] != '\0')
			at++;
		else if (*at == '"')
			open = !open;
	}
	if (!open)
		assert(strcmp(security_profile_digest(arena, text),
		              security_profile_digest(arena, spaced)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena;
	char *text;

	if (size > 4096 || memchr(data, '\0', size) != NULL)
		return 0;
	arena = arena_new(1 << 20);
	text = malloc(size + 1);
	assert(arena != NULL && text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	try_option(arena, text);
	try_digest(arena, text);
	free(text);
	arena_free(arena);
	return 0;
}
