/* /proc/PID/cgroup, and behind a NUL what a container's parent is said to be. What is read lies in the text, ids are ids, and
 * no claim fits that is not at the place that its id and parent make. */
#include "policy/cgroup_path.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_candidate(const struct cgroup_candidate *candidate, const char *text,
                            const char *parent)
{
	const struct cgroup_layout layouts[] = {
		{.driver = CGROUP_DRIVER_UNKNOWN},
		{.driver = CGROUP_DRIVER_CGROUPFS},
		{.driver = CGROUP_DRIVER_SYSTEMD},
		{.driver = CGROUP_DRIVER_SYSTEMD, .rootless = true, .uid = 1000},
	};
	unsigned fits = 0;

	assert(candidate->path > text && candidate->path + candidate->len <= text + strlen(text));
	assert(candidate->path[0] == '/' && candidate->path[candidate->parent_len] == '/');
	assert(strlen(candidate->id) == CONTAINER_ID_LENGTH);
	assert(strspn(candidate->id, "0123456789abcdef") == CONTAINER_ID_LENGTH);
	for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++)
		fits += cgroup_candidate_fits(candidate, &layouts[i], parent) ? 1U : 0U;
	assert(fits <= 1 && (fits == 0 || candidate->form != CGROUP_OTHER));
	if (fits == 1 && candidate->form == CGROUP_BARE && *parent == '\0')
		assert(candidate->parent_len == 7 && memcmp(candidate->path, "/docker", 7) == 0);
	assert(!cgroup_candidate_refuted(candidate, text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = size < 16384 ? malloc(size + 2) : NULL;
	struct cgroup_paths paths;

	if (text == NULL)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	text[size] = text[size + 1] = '\0';
	if (cgroup_paths_read(text, &paths)) {
		for (size_t i = 0; i < paths.count; i++) {
			assert(paths.list[i].count > 0);
			for (size_t k = 0; k < paths.list[i].count; k++)
				check_candidate(&paths.list[i].candidates[k], text, text + strlen(text) + 1);
		}
	} else {
		assert(paths.count == 0);
	}
	free(text);
	return 0;
}
