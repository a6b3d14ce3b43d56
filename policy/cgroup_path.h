/* What /proc/PID/cgroup tells of the containers that a process may be in: cgroup v1, v2 and both at once, of docker and
 * podman, by either cgroup driver. A path is what whoever made the cgroups chose, so that an id in it is a claim: it
 * counts only where the daemon, asked about that container, would have put it (cgroup_candidate_fits). */
#ifndef QUAYMASTER_POLICY_CGROUP_PATH_H
#define QUAYMASTER_POLICY_CGROUP_PATH_H

#include <stdbool.h>
#include <stddef.h>

enum { CONTAINER_ID_LENGTH = 64, CGROUP_PATHS_MAX = 4, CGROUP_CANDIDATES_MAX = 8 };

/* How a component of a path names a container. */
enum cgroup_form {
	CGROUP_OTHER = 0,    /* in no way that we know: the claim can never be proved */
	CGROUP_BARE,         /* ID: docker's cgroupfs driver */
	CGROUP_DOCKER_SCOPE, /* docker-ID.scope */
	CGROUP_LIBPOD,       /* libpod-ID: podman's cgroupfs driver */
	CGROUP_LIBPOD_SCOPE  /* libpod-ID.scope */
};

struct cgroup_candidate {
	char id[CONTAINER_ID_LENGTH + 1];
	enum cgroup_form form;
	const char *path; /* not terminated: the whole path up to, and without, the component's slash */
	size_t parent_len;
	size_t len; /* of the path with the component */
};

/* The candidates of one hierarchy's path, from the root on. */
struct cgroup_path {
	struct cgroup_candidate candidates[CGROUP_CANDIDATES_MAX];
	size_t count;
};

/* The different paths that name any container; hierarchies with the same one count once. */
struct cgroup_paths {
	struct cgroup_path list[CGROUP_PATHS_MAX];
	size_t count;
};

/* Reads the file's whole TEXT, to which PATHS points from then on. False, with nothing in PATHS, when it is malformed, cut
 * short, too involved, or tells of paths outside of our own cgroup namespace ("/../x"): who that is stays unknown. */
bool cgroup_paths_read(const char *text, struct cgroup_paths *paths);

enum cgroup_driver { CGROUP_DRIVER_UNKNOWN = 0, CGROUP_DRIVER_CGROUPFS, CGROUP_DRIVER_SYSTEMD };

/* Where a daemon puts its containers. Zeroed: nobody knows, and nothing fits. */
struct cgroup_layout {
	enum cgroup_driver driver;
	bool rootless; /* below the systemd instance of a user */
	unsigned uid;  /* which user's, where rootless */
	const char *
		parent; /* what the daemon takes for a container that asks for none; NULL: its own default */
};

/* True when CANDIDATE is where a daemon of LAYOUT puts the container of that id, whose HostConfig.CgroupParent is PARENT
 * ("" or NULL: none). A parent that is relative to whatever the runtime was started in fits nothing. */
bool cgroup_candidate_fits(const struct cgroup_candidate *candidate,
                           const struct cgroup_layout *layout, const char *parent);

/* True when the cgroups in TEXT, those of a process that should be CANDIDATE's own, name its container at another place. Of a
 * process that is in no such container, as one of another pid namespace, nothing can be said: false. */
bool cgroup_candidate_refuted(const struct cgroup_candidate *candidate, const char *text);

#endif
