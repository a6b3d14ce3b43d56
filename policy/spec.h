/* The small languages inside a container's configuration: "src:dst:mode" of Binds, "id:mode" of
 * VolumesFrom, "name:alias" of Links, "container:name" of modes. Read as dockerd reads them, or
 * not at all. */
#ifndef QUAYMASTER_POLICY_SPEC_H
#define QUAYMASTER_POLICY_SPEC_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct error;

enum propagation {
	PROPAGATION_NONE = 0,
	PROPAGATION_PRIVATE,
	PROPAGATION_SLAVE,
	PROPAGATION_SHARED
};

struct mount_mode {
	bool read_only;
	bool relabel; /* z or Z: the daemon changes the files' SELinux labels */
	bool no_copy;
	enum propagation propagation;
	const char *propagation_word; /* as it was written; NULL when it was not */
};

struct bind {
	const char *source; /* a clean absolute path, a volume's name; NULL: an anonymous volume */
	const char *target;
	const char *mode_text; /* NULL when none was written */
	struct mount_mode mode;
};

struct volumes_from {
	const char *container;
	const char *mode_text; /* NULL when none was written */
	struct mount_mode mode;
};

struct link {
	const char *container;
	const char *alias;
};

/* Ports of the host, both included; 0 and 0: one that the daemon chooses. */
struct port_range {
	unsigned first, last;
};

/* Each returns false with ERROR saying what is wrong; strings live in ARENA. */
bool spec_parse_bind(struct arena *arena, const char *text, struct bind *bind, struct error *error);
bool spec_parse_volumes_from(struct arena *arena, const char *text, struct volumes_from *from,
                             struct error *error);
bool spec_parse_link(struct arena *arena, const char *text, struct link *link, struct error *error);

/* Reads a HostPort: "" and "0" for one that the daemon chooses, "8080", "8000-8010". False when TEXT
 * is anything else, and where a range begins with 0. */
bool spec_parse_host_port(const char *text, struct port_range *range);

/* Reads "", "private", "rprivate", "slave", "rslave", "shared" or "rshared". */
bool spec_parse_propagation(const char *text, enum propagation *propagation);

/* X of "container:X" with one leading slash taken off, or NULL when MODE is something else. X
 * may be "". */
const char *spec_mode_container(const char *mode);

/* True when dockerd takes MODE (of NetworkMode, or a key of EndpointsConfig) for a network's
 * name or id. */
bool spec_mode_is_network(const char *mode);

/* NAME without the one leading slash that dockerd tolerates before a container's name. */
const char *spec_container_name(const char *name);

/* The path without "//", "." and "..", as Go's path.Clean leaves it; NULL when PATH is not
 * absolute or the arena is exhausted. Says nothing of symbolic links. */
const char *spec_clean_path(struct arena *arena, const char *path);

/* True when PATH is relative and stays inside of where it starts, as Go's filepath.IsLocal has it,
 * before symbolic links. */
bool spec_is_inside(const char *path);

/* True when NAME could be one of dockerd's names or an id: [a-zA-Z0-9][a-zA-Z0-9_.-]*. */
bool spec_is_name(const char *name);

#endif
