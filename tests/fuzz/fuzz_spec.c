/* The small languages inside a HostConfig: what is read is clean, and what is printed from it reads the same. The
 * input is a letter that chooses the language, and the text. */
#include "policy/arena.h"
#include "policy/error.h"
#include "policy/spec.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool same_mode(const struct mount_mode *a, const struct mount_mode *b)
{
	return a->read_only == b->read_only && a->relabel == b->relabel && a->no_copy == b->no_copy &&
	       a->propagation == b->propagation;
}

static void assert_clean(struct arena *arena, const char *path)
{
	assert(path[0] == '/' && strstr(path, "//") == NULL && strstr(path, "/./") == NULL);
	assert(strstr(path, "/../") == NULL && strcmp(spec_clean_path(arena, path), path) == 0);
}

static void read_bind(struct arena *arena, const char *text)
{
	struct error error = {""};
	struct bind bind, again;
	const char *printed;

	if (!spec_parse_bind(arena, text, &bind, &error)) {
		assert(error.text[0] != '\0');
		return;
	}
	assert(bind.target[0] == '/' && strchr(bind.target, ':') == NULL);
	if (bind.source == NULL)
		return;
	if (bind.source[0] == '/')
		assert_clean(arena, bind.source);
	else
		assert(spec_is_name(bind.source));
	printed = arena_format(arena, "%s:%s:%s", bind.source, bind.target,
	                       bind.mode_text != NULL ? bind.mode_text : "");
	assert(printed != NULL && spec_parse_bind(arena, printed, &again, &error));
	assert(strcmp(again.source, bind.source) == 0 && strcmp(again.target, bind.target) == 0);
	assert(same_mode(&again.mode, &bind.mode));
}

static void read_volumes_from(struct arena *arena, const char *text)
{
	struct error error = {""};
	struct volumes_from from;

	if (spec_parse_volumes_from(arena, text, &from, &error))
		assert(spec_is_name(from.container) && from.mode.propagation == PROPAGATION_NONE);
	else
		assert(error.text[0] != '\0');
}

static void read_link(struct arena *arena, const char *text)
{
	struct error error = {""};
	struct link link;

	if (spec_parse_link(arena, text, &link, &error))
		assert(spec_is_name(link.container) && spec_is_name(link.alias));
	else
		assert(error.text[0] != '\0');
}

static void read_host_port(struct arena *arena, const char *text)
{
	struct port_range range, again;
	const char *printed;

	if (!spec_parse_host_port(text, &range))
		return;
	assert(range.first <= range.last && range.last <= 65535);
	assert(range.first > 0 || range.last == 0);
	printed = range.first == range.last ? arena_format(arena, "%u", range.first)
	                                    : arena_format(arena, "%u-%u", range.first, range.last);
	assert(printed != NULL && spec_parse_host_port(printed, &again));
	assert(again.first == range.first && again.last == range.last);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const languages[])(struct arena * arena,
	                                 const char *text) = {read_bind, read_volumes_from, read_link,
	                                                      read_host_port};
	struct arena *arena = arena_new(1 << 20);

	if (arena != NULL && size > 0 && size < 4096 && memchr(data + 1, 0, size - 1) == NULL) {
		char *text = arena_alloc(arena, size);

		assert(text != NULL);
		memcpy(text, data + 1, size - 1);
		languages[data[0] % (sizeof languages / sizeof *languages)](arena, text);
	}
	arena_free(arena);
	return 0;
}
