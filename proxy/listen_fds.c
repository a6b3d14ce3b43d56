/* Reads the environment variables by which systemd names the sockets it passes. Owns their form,
 * which is all of the protocol: sd_listen_fds(3) has it. What the descriptors are is the
 * listener's to check. */
#include "proxy/listen_fds.h"

#include "policy/error.h"
#include "policy/text.h"

#include <limits.h>
#include <string.h>

/* systemd's own rule for FileDescriptorName=: printable ASCII without the separator, not too
 * long. */
static bool is_name(const char *name, size_t len)
{
	if (len == 0 || len > LISTEN_FDS_NAME_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (name[i] < 0x20 || name[i] > 0x7e || name[i] == ':')
			return false;
	}
	return true;
}

static void add(struct listen_fds_found *found, size_t index)
{
	found->fds[found->count++] = LISTEN_FDS_FIRST + (int)index;
}

static void find_unnamed(unsigned long long count, const char *name, struct listen_fds_found *found)
{
	if (strcmp(name, "unknown") != 0)
		return;
	for (size_t i = 0; i < count; i++)
		add(found, i);
}

/* NAMES are COUNT names with colons between them. */
static bool find_named(const char *names, unsigned long long count, const char *name,
                       struct listen_fds_found *found, struct error *error)
{
	size_t name_len = strlen(name);

	for (size_t i = 0; i < count; i++) {
		size_t len = strcspn(names, ":");
		bool last = i + 1 == count;

		if (!is_name(names, len))
			return error_set(error, "LISTEN_FDNAMES: malformed name of socket %zu", i + 1);
		if ((names[len] == '\0') != last)
			return error_set(error,
			                 "LISTEN_FDNAMES does not name as many sockets as LISTEN_FDS has");
		if (len == name_len && memcmp(names, name, len) == 0)
			add(found, i);
		names += last ? len : len + 1;
	}
	return true;
}

bool listen_fds_find(const struct listen_fds_environment *environment, pid_t self, const char *name,
                     struct listen_fds_found *found, struct error *error)
{
	unsigned long long pid, count;

	found->count = 0;
	if (environment->pid == NULL || environment->fds == NULL)
		return true;
	if (!text_to_number(environment->pid, INT_MAX, &pid) || pid == 0)
		return error_set(error, "LISTEN_PID is not a process id");
	if ((pid_t)pid != self)
		return true;
	if (!text_to_number(environment->fds, LISTEN_FDS_MAX, &count))
		return error_set(error, "LISTEN_FDS is not a number up to %d", LISTEN_FDS_MAX);
	if (count == 0)
		return true;
	if (environment->names == NULL) {
		find_unnamed(count, name, found);
		return true;
	}
	return find_named(environment->names, count, name, found, error);
}
