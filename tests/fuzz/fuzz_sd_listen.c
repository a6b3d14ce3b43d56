/* LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES as anybody could set them, a line each, and the name
 * that is looked for on the fourth: what is found is in range and in order, names partition the
 * descriptors, and it is found again. */
#include "policy/error.h"
#include "proxy/listen_fds.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SELF = 7, LINES = 4 };

static void check(const struct listen_fds_environment *environment, const char *name)
{
	struct listen_fds_found found, again;
	struct error error = {0};
	bool well = listen_fds_find(environment, SELF, name, &found, &error);

	assert(well == (error.text[0] == '\0'));
	if (!well)
		return;
	assert(found.count <= LISTEN_FDS_MAX);
	for (size_t i = 0; i < found.count; i++) {
		assert(found.fds[i] >= LISTEN_FDS_FIRST &&
		       found.fds[i] < LISTEN_FDS_FIRST + LISTEN_FDS_MAX);
		assert(i == 0 || found.fds[i] > found.fds[i - 1]);
	}
	/* A descriptor has one name only, so another name never finds it; and an impossible one finds
	 * nothing. */
	assert(listen_fds_find(environment, SELF, "a:b", &again, NULL) && again.count == 0);
	assert(listen_fds_find(environment, SELF, name, &again, NULL) && again.count == found.count &&
	       memcmp(again.fds, found.fds, found.count * sizeof found.fds[0]) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *lines[LINES] = {NULL}, *rest = text;

	if (text == NULL)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	for (size_t i = 0; i < LINES && rest != NULL; i++) {
		lines[i] = rest;
		rest = strchr(rest, '\n');
		if (rest != NULL)
			*rest++ = '\0';
		if (strcmp(lines[i], "-") == 0)
			lines[i] = NULL; /* not set */
	}
	if (lines[3] != NULL)
		check(&(struct listen_fds_environment){lines[0], lines[1], lines[2]}, lines[3]);
	free(text);
	return 0;
}
