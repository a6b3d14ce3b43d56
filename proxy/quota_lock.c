/* flock(2) goes with the open file: it ends when the process does, however that ends. Files are never removed, since another
 * process may be about to lock one. */
#define _DEFAULT_SOURCE /* flock */
#include "proxy/quota_lock.h"

#include "policy/error.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

int quota_lock_folder(const char *state, struct error *error)
{
	char path[PATH_MAX];
	int len = snprintf(path, sizeof path, "%s/quota", state), fd;

	if (len <= 0 || (size_t)len >= sizeof path) {
		error_set(error, "state: the path is too long");
		return -1;
	}
	if (mkdir(path, S_IRWXU) != 0 && errno != EEXIST) {
		error_set(error, "%s: cannot be made: %s", path, strerror(errno));
		return -1;
	}
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		error_set(error, "%s: %s", path, strerror(errno));
	return fd;
}

static void add_token(struct quota_tokens *tokens, const char *token, size_t len)
{
	/* One that says nothing is waited for the longest. */
	if (tokens->count == QUOTA_LOCK_TOKENS || len >= QUOTA_LOCK_TOKEN_SIZE) {
		tokens->count -= tokens->count == QUOTA_LOCK_TOKENS;
		token = "-";
		len = 1;
	}
	memcpy(tokens->list[tokens->count], token, len);
	tokens->list[tokens->count][len] = '\0';
	tokens->count++;
}

/* A line that was cut short is one that says nothing. */
static bool read_tokens(int fd, struct quota_tokens *tokens)
{
	char text[2 * QUOTA_LOCK_TOKENS * QUOTA_LOCK_TOKEN_SIZE];
	ssize_t len = pread(fd, text, sizeof text, 0);
	const char *at = text;

	tokens->count = 0;
	if (len < 0)
		return false;
	for (const char *end = text + len; at < end;) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));

		if (newline == NULL)
			add_token(tokens, "-", 1);
		else
			add_token(tokens, at, (size_t)(newline - at));
		at = newline == NULL ? end : newline + 1;
	}
	return true;
}

enum quota_lock_result quota_lock_take(int folder, const char *tenant, int *fd,
                                       struct quota_tokens *tokens)
{
	int file = openat(folder, tenant, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW,
	                  S_IRUSR | S_IWUSR);
	bool busy;

	if (file < 0)
		return QUOTA_LOCK_BROKEN;
	if (flock(file, LOCK_EX | LOCK_NB) == 0 && read_tokens(file, tokens)) {
		*fd = file;
		return QUOTA_LOCK_TAKEN;
	}
	busy = errno == EWOULDBLOCK || errno == EINTR;
	close(file);
	return busy ? QUOTA_LOCK_BUSY : QUOTA_LOCK_BROKEN;
}

bool quota_lock_note(int fd, const char *token)
{
	char line[QUOTA_LOCK_TOKEN_SIZE + 1];
	int len = snprintf(line, sizeof line, "%s\n", token);

	return len > 0 && (size_t)len < sizeof line && write(fd, line, (size_t)len) == len;
}

void quota_lock_release(int fd, const struct quota_tokens *tokens)
{
	bool emptied = ftruncate(fd, 0) == 0;

	/* What cannot be told is waited for in vain, or not at all. */
	for (size_t i = 0; emptied && i < tokens->count; i++)
		emptied = quota_lock_note(fd, tokens->list[i]);
	close(fd);
}
