/* Decides in which API version a request is read and sent: its own, the newest where it names none, or a
 * newer one to which it is lifted, so that old clients can look at a daemon that no longer speaks theirs. */
#include "policy/request_parts.h"

#include <string.h>

/* Besides reading: what means the same in every version from 1.24 on, carries no body, and tells nothing
 * back that an old client could misread. */
static const char *const lifted_writes[] = {
	"container.kill", "container.pause",   "container.restart", "container.start",
	"container.stop", "container.unpause", "container.wait",
};

static bool is_none(struct api_version version)
{
	return version.major == 0;
}

static struct api_version later(struct api_version a, struct api_version b)
{
	return api_version_compare(a, b) < 0 ? b : a;
}

static struct api_version earlier(struct api_version a, struct api_version b)
{
	return api_version_compare(a, b) < 0 ? a : b;
}

/* What of RANGE the catalogue knows as well, nothing in it left open. */
static struct api_range usable_range(const struct api_range *range)
{
	const struct api_version oldest = {1, API_MINOR_OLDEST}, newest = {1, API_MINOR_NEWEST};
	struct api_range usable = {
		.oldest = later(range->oldest, oldest),
		.newest = earlier(range->newest, newest),
		.floor = range->floor,
	};

	if (!is_none(usable.floor))
		usable.floor = later(usable.floor, usable.oldest);
	usable.engine = is_none(range->engine) ? usable.newest : earlier(range->engine, newest);
	return usable;
}

static bool is_lifted(const struct route *route, unsigned asked_minor)
{
	if (asked_minor < route->since)
		return false; /* its client never meant this one */
	if (!route->writes)
		return true;
	for (size_t i = 0; i < sizeof lifted_writes / sizeof lifted_writes[0]; i++) {
		if (strcmp(lifted_writes[i], route->operation) == 0)
			return true;
	}
	return false;
}

/* Whether a request in version ASKED is read as one of the floor's. */
static bool lift(struct request *request, const struct api_range *usable, struct api_version asked)
{
	const struct api_version oldest = {1, API_MINOR_OLDEST};
	const struct route *route;
	struct captures captures;

	if (is_none(usable->floor) || is_none(asked) || api_version_compare(asked, oldest) < 0 ||
	    api_version_compare(asked, usable->floor) >= 0 ||
	    api_version_compare(usable->floor, usable->newest) > 0)
		return false;
	if (route_find(request->arena, request->method, request->path.rest, usable->floor.minor, &route,
	               &captures) != ROUTE_FOUND ||
	    !is_lifted(route, asked.minor))
		return false;
	request->version = usable->floor;
	request->lifted_from = asked;
	return true;
}

/* What a request without a version means: the newest that requests may have, but for a ping, which is sent on
 * without one and which every version of the daemon's takes alike. */
static struct api_version unasked_version(const struct request *request,
                                          const struct api_range *usable)
{
	const struct route *route;
	struct captures captures;
	bool found = route_find(request->arena, request->method, request->path.rest,
	                        usable->engine.minor, &route, &captures) == ROUTE_FOUND;

	return found && route->unversioned ? usable->engine : usable->newest;
}

/* What was judged is what is sent: a version is written out, whatever the client wrote. The messages are
 * dockerd's, which clients look for. */
bool request_read_version(struct request *request, const struct api_range *range,
                          struct refusal *refusal)
{
	const struct api_range usable = usable_range(range);
	const struct api_version asked = request->path.version;

	if (api_version_compare(usable.oldest, usable.newest) > 0)
		return request_refuse(request->arena, refusal, 503,
		                      "the daemon speaks API %u.%u to %u.%u, quaymaster 1.%d to 1.%d",
		                      range->oldest.major, range->oldest.minor, range->newest.major,
		                      range->newest.minor, API_MINOR_OLDEST, API_MINOR_NEWEST);
	request->engine = usable.engine;
	if (lift(request, &usable, asked))
		return true;
	request->version = asked;
	if (is_none(asked)) {
		request->version = unasked_version(request, &usable);
		return true;
	}
	if (api_version_compare(request->version, usable.oldest) < 0)
		return request_refuse(request->arena, refusal, 400,
		                      "client version %u.%u is too old. Minimum supported API version is "
		                      "%u.%u, please upgrade your client to a newer version",
		                      asked.major, asked.minor, usable.oldest.major, usable.oldest.minor);
	if (api_version_compare(request->version, usable.newest) > 0)
		return request_refuse(request->arena, refusal, 400,
		                      "client version %u.%u is too new. Maximum supported API version is "
		                      "%u.%u",
		                      asked.major, asked.minor, usable.newest.major, usable.newest.minor);
	return true;
}
