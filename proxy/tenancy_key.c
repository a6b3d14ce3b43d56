/* Owns the key's file. A key that is made is whole, and on the disk, before it has its name, and
 * the first one to get the name is everybody's. */
#define _DEFAULT_SOURCE /* explicit_bzero */
#include "proxy/tenancy_key.h"

#include "policy/error.h"
#include "policy/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEMPORARY_SIZE = PATH_MAX + 32 };

static bool check_status(const char *path, const struct stat *status, struct error *error)
{
	if (!S_ISREG(status->st_mode))
		return error_set(error, "%s: is no regular file", path);
	if (status->st_uid != geteuid() && status->st_uid != 0)
		return error_set(error, "%s: belongs to user %u, not to quaymaster's or root", path,
		                 (unsigned)status->st_uid);
	if ((status->st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return error_set(error, "%s: others may read or write it; chmod it to 0600", path);
	if (status->st_size < SEAL_KEY_MIN || status->st_size > SEAL_KEY_MAX)
		return error_set(error, "%s: has %lld bytes, and needs %d to %d that are random", path,
		                 (long long)status->st_size, SEAL_KEY_MIN, SEAL_KEY_MAX);
	return true;
}

static bool read_whole(int fd, char *secret, size_t len)
{
	for (size_t at = 0; at < len;) {
		ssize_t n = read(fd, secret + at, len - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += (size_t)n;
	}
	return true;
}

bool seal_key_read(const char *path, struct seal_key *key, struct error *error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char secret[SEAL_KEY_MAX];
	struct stat status;
	bool fine;

	if (fd < 0)
		return error_set(error, "%s: %s", path, strerror(errno));
	fine = fstat(fd, &status) == 0 ? check_status(path, &status, error)
	                               : error_set(error, "%s: %s", path, strerror(errno));
	if (fine && !read_whole(fd, secret, (size_t)status.st_size))
		fine = error_set(error, "%s: cannot be read", path);
	close(fd);
	if (fine)
		seal_key_make(secret, (size_t)status.st_size, key);
	explicit_bzero(secret, sizeof secret);
	return fine;
}

static bool write_secret(int fd)
{
	char secret[SEAL_KEY_MIN];
	bool fine = getrandom(secret, sizeof secret, 0) == (ssize_t)sizeof secret &&
	            write(fd, secret, sizeof secret) == (ssize_t)sizeof secret && fsync(fd) == 0;

	explicit_bzero(secret, sizeof secret);
	return fine;
}

/* A name that no other maker has, be it a process of our number in another container with the same folder. */
static bool temporary_name(const char *path, char name[TEMPORARY_SIZE])
{
	unsigned long long nonce;
	int len;

	if (getrandom(&nonce, sizeof nonce, 0) != (ssize_t)sizeof nonce)
		return false;
	len = snprintf(name, TEMPORARY_SIZE, "%s.%016llx", path, nonce);
	return len > 0 && len < TEMPORARY_SIZE;
}

/* link(2) gives the name to one maker only; whoever comes second reads the first one's. */
static bool make_key(const char *path, struct error *error)
{
	char temporary[TEMPORARY_SIZE];
	int fd = -1;
	bool fine;

	if (temporary_name(path, temporary))
		fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return error_set(error, "tenancy key %s: cannot be made: %s", path, strerror(errno));
	fine = write_secret(fd) && (link(temporary, path) == 0 || errno == EEXIST);
	if (!fine)
		error_set(error, "tenancy key %s: cannot be made: %s", path, strerror(errno));
	close(fd);
	(void)unlink(temporary);
	return fine;
}

/* Nothing is sealed before the key's name is on the disk, whoever made it: one that a power cut takes along would leave its
 * objects to nobody. Some file systems keep folders by themselves, and say EINVAL. */
static bool keep_name(const char *folder, struct error *error)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool fine = fd >= 0 && (fsync(fd) == 0 || errno == EINVAL);

	if (!fine)
		error_set(error, "tenancy key: its folder %s cannot be written to the disk: %s", folder,
		          strerror(errno));
	if (fd >= 0)
		close(fd);
	return fine;
}

bool tenancy_key_read(const char *file, const char *state, bool make, struct seal_key *key,
                      struct error *error)
{
	char path[PATH_MAX];
	int len;

	if (file != NULL)
		return seal_key_read(file, key, error) || error_prefix(error, "tenancy key ");
	if (state == NULL)
		return error_set(error, "there is neither tenancy.key nor state");
	len = snprintf(path, sizeof path, "%s/tenancy.key", state);
	if (len <= 0 || (size_t)len >= sizeof path)
		return error_set(error, "state: the path is too long");
	if (make && access(path, F_OK) != 0 && errno == ENOENT && !make_key(path, error))
		return false;
	return (seal_key_read(path, key, error) || error_prefix(error, "tenancy key ")) &&
	       (!make || keep_name(state, error));
}
