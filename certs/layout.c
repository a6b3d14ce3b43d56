/* Owns names, modes and the writing of the certificate directory's files. Reads none of them but the one it
 * copies, and knows no cryptography. */
#define _GNU_SOURCE
#include "certs/layout.h"

#include "policy/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	DIRECTORY_MODE = 0755,
	PRIVATE_MODE = 0600,
	PUBLIC_MODE = 0644,
	AUTHORITY_FILE_LIMIT = 1024 * 1024 /* a bundle of CA certificates is far smaller */
};

/* A client's key is readable by all, since the containers that mount client/ run under any uid. */
static const struct {
	const char *name;
	mode_t mode;
} files[LAYOUT_FILES] = {
	[LAYOUT_CA_KEY] = {"ca/key.pem", PRIVATE_MODE},
	[LAYOUT_CA_CERTIFICATE] = {"ca/cert.pem", PUBLIC_MODE},
	[LAYOUT_CA_SERIAL] = {"ca/cert.srl", PUBLIC_MODE},
	[LAYOUT_SERVER_KEY] = {"server/key.pem", PRIVATE_MODE},
	[LAYOUT_SERVER_CERTIFICATE] = {"server/cert.pem", PUBLIC_MODE},
	[LAYOUT_SERVER_CA] = {"server/ca.pem", PUBLIC_MODE},
	[LAYOUT_SERVER_CRL] = {"server/crl.pem", PUBLIC_MODE},
	[LAYOUT_SERVER_REQUEST] = {"server/csr.pem", PUBLIC_MODE},
	[LAYOUT_SERVER_CONFIG] = {"server/openssl.cnf", PUBLIC_MODE},
	[LAYOUT_CLIENT_KEY] = {"client/key.pem", PUBLIC_MODE},
	[LAYOUT_CLIENT_CERTIFICATE] = {"client/cert.pem", PUBLIC_MODE},
	[LAYOUT_CLIENT_CA] = {"client/ca.pem", PUBLIC_MODE},
	[LAYOUT_CLIENT_REQUEST] = {"client/csr.pem", PUBLIC_MODE},
	[LAYOUT_CLIENT_CONFIG] = {"client/openssl.cnf", PUBLIC_MODE},
};

static const char *const directories[] = {"ca", "server", "client"};

bool layout_error(struct error *error, const char *path, const char *what)
{
	char buffer[128];

	return error_set(error, "%s: %s: %s", path, what, strerror_r(errno, buffer, sizeof buffer));
}

mode_t layout_mode(enum layout_file file)
{
	return files[file].mode;
}

/* A malloc'd DIRECTORY/NAME, or NULL. */
static char *join(const char *directory, const char *name)
{
	char *path = NULL;

	return asprintf(&path, "%s/%s", directory, name) >= 0 ? path : NULL;
}

bool layout_open(struct layout *layout, const char *directory, struct error *error)
{
	bool complete = true;

	memset(layout, 0, sizeof *layout);
	layout->lock = -1;
	for (size_t i = 0; i < LAYOUT_FILES; i++) {
		layout->path[i] = join(directory, files[i].name);
		complete = complete && layout->path[i] != NULL;
	}
	if (!complete)
		error_set(error, "%s: no memory", directory);
	return complete;
}

void layout_close(struct layout *layout)
{
	for (size_t i = 0; i < LAYOUT_FILES; i++) {
		free(layout->path[i]);
		layout->path[i] = NULL;
	}
	if (layout->lock >= 0)
		(void)close(layout->lock);
	layout->lock = -1;
}

/* mkdir obeys the umask, and the layout's modes are exact; a directory that is there keeps its own (docker's
 * images ship client/ as 1777). */
static bool ensure_directory(const char *path, struct error *error)
{
	struct stat status;

	if (mkdir(path, DIRECTORY_MODE) == 0) {
		if (chmod(path, DIRECTORY_MODE) == 0)
			return true;
		return layout_error(error, path, "cannot set its mode");
	}
	if (errno != EEXIST)
		return layout_error(error, path, "cannot make this directory");
	if (stat(path, &status) != 0)
		return layout_error(error, path, "cannot look at it");
	if (!S_ISDIR(status.st_mode))
		return error_set(error, "%s: is not a directory; move it away", path);
	return true;
}

bool layout_prepare(struct layout *layout, const char *directory, struct error *error)
{
	if (!ensure_directory(directory, error))
		return false;
	for (size_t i = 0; i < sizeof directories / sizeof *directories; i++) {
		char *path = join(directory, directories[i]);
		bool made = path != NULL ? ensure_directory(path, error)
		                         : error_set(error, "%s: no memory", directory);

		free(path);
		if (!made)
			return false;
	}
	layout->lock = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (layout->lock < 0)
		return layout_error(error, directory, "cannot open");
	while (flock(layout->lock, LOCK_EX) != 0) {
		/* Some network file systems lock no directories; alone there, we lose nothing. */
		if (errno != EINTR)
			break;
	}
	return true;
}

bool layout_has(const struct layout *layout, enum layout_file file)
{
	struct stat status;

	return stat(layout->path[file], &status) == 0 && status.st_size > 0;
}

bool layout_is_user_managed(const struct layout *layout)
{
	return layout_has(layout, LAYOUT_SERVER_CA) && layout_has(layout, LAYOUT_SERVER_CERTIFICATE) &&
	       layout_has(layout, LAYOUT_SERVER_KEY) && !layout_has(layout, LAYOUT_CA_KEY);
}

static bool write_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t written = write(fd, bytes, len);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return false;
		bytes += written;
		len -= (size_t)written;
	}
	return true;
}

/* Makes the rename itself last through a crash. Not every file system can, and the file is whole either way. */
static void sync_directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *directory = slash == NULL ? strdup(".") : strndup(path, (size_t)(slash - path) + 1);
	int fd = directory != NULL ? open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (fd >= 0) {
		(void)fsync(fd);
		(void)close(fd);
	}
	free(directory);
}

/* The mode is set before the first byte, so that a key is never readable for longer than it is to be. */
static bool fill_and_rename(int fd, const char *temporary, const char *path, mode_t mode,
                            const char *bytes, size_t len)
{
	bool filled = fchmod(fd, mode) == 0 && write_all(fd, bytes, len) && fsync(fd) == 0;
	int saved = errno;

	if (close(fd) != 0 && filled)
		return false;
	errno = saved;
	return filled && rename(temporary, path) == 0;
}

bool layout_write(const char *path, mode_t mode, const void *bytes, size_t len, struct error *error)
{
	char *temporary = NULL;
	bool written = false;
	int fd;

	if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
		return error_set(error, "%s: no memory", path);
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0) {
		layout_error(error, path, "cannot write here");
	} else if (!fill_and_rename(fd, temporary, path, mode, bytes, len)) {
		layout_error(error, path, "cannot write");
		(void)unlink(temporary);
	} else {
		sync_directory_of(path);
		written = true;
	}
	free(temporary);
	return written;
}

/* Reads at most SIZE bytes; -1 with errno on failure, or when there is more. */
static ssize_t read_whole(const char *path, char *bytes, size_t size)
{
	size_t len = 0;
	ssize_t got = 1;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return -1;
	while (got != 0 && len < size) {
		got = read(fd, bytes + len, size - len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			break;
		len += (size_t)got;
	}
	(void)close(fd);
	if (got > 0)
		errno = EFBIG;
	return got == 0 ? (ssize_t)len : -1;
}

static bool copy_authority(const struct layout *layout, struct error *error)
{
	const char *from = layout->path[LAYOUT_CA_CERTIFICATE];
	char *bytes = malloc(AUTHORITY_FILE_LIMIT);
	ssize_t len;
	bool copied;

	if (bytes == NULL)
		return error_set(error, "%s: no memory", from);
	len = read_whole(from, bytes, AUTHORITY_FILE_LIMIT);
	if (len > 0)
		copied = layout_write(layout->path[LAYOUT_CLIENT_CA], layout_mode(LAYOUT_CLIENT_CA), bytes,
		                      (size_t)len, error);
	else if (len == 0)
		copied = error_set(error, "%s: is empty; remove it and run 'quaymaster certs init'", from);
	else
		copied = layout_error(error, from, "cannot publish it; 'quaymaster certs init' makes it");
	free(bytes);
	return copied;
}

bool layout_publish(const char *directory, struct error *error)
{
	struct layout layout;
	bool published = layout_open(&layout, directory, error) &&
	                 (layout_is_user_managed(&layout) || copy_authority(&layout, error));

	layout_close(&layout);
	return published;
}
