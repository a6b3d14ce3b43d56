/* The record on disk: a file of lines to which a thread adds, and which it writes anew once most of them
 * are of no use any more. A torn last line, after a crash, is left out. */
#include "proxy/provenance_private.h"

#include "policy/error.h"
#include "proxy/file_text.h"
#include "proxy/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINES_MAX = 2 * PROVENANCE_RECORDS };

/* ---- writing ---- */

/* Lines that are to be written, taken while the mutex was held. */
struct batch {
	char *text; /* NULL: no memory */
	size_t len, lines;
	uint64_t next; /* number of the first record that is not in it */
};

static struct batch take_batch(const struct provenance *provenance, uint64_t from)
{
	uint64_t first = provenance_first(provenance);
	struct batch batch = {.next = from > first ? from : first};

	batch.text = malloc((provenance->next - batch.next) * PROVENANCE_LINE_SIZE + 1);
	for (; batch.text != NULL && batch.next < provenance->next; batch.next++) {
		const struct kept *kept = &provenance->ring[batch.next % PROVENANCE_RECORDS];
		int len = provenance_print(&kept->record, batch.text + batch.len, PROVENANCE_LINE_SIZE);

		if (len <= 0 || len >= PROVENANCE_LINE_SIZE)
			continue;
		batch.len += (size_t)len;
		batch.lines++;
	}
	return batch;
}

static int create(const char *path)
{
	return open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
}

/* Writes all that is remembered into a new file, and puts that in the old one's place. */
static bool rewrite(struct provenance *provenance, const struct batch *batch)
{
	int fd = create(provenance->temporary);

	if (fd < 0)
		return false;
	if (!file_text_write(fd, batch->text, batch->len) || fsync(fd) != 0 ||
	    rename(provenance->temporary, provenance->path) != 0) {
		close(fd);
		return false;
	}
	if (provenance->fd >= 0)
		close(provenance->fd);
	provenance->fd = fd;
	provenance->lines = batch->lines;
	return true;
}

static bool append(struct provenance *provenance, const struct batch *batch)
{
	provenance->lines += batch->lines;
	return file_text_write(provenance->fd, batch->text, batch->len);
}

/* Everything anew when the file has become long, or is not there. */
static void write_batch(struct provenance *provenance, const struct batch *batch, bool anew)
{
	bool written =
		batch->text != NULL && (anew ? rewrite(provenance, batch) : append(provenance, batch));

	if (written) {
		provenance->written = batch->next;
		return;
	}
	log_line(LOG_ERROR, "%s: cannot write: %s; where images came from is kept in memory only",
	         provenance->path, batch->text == NULL ? "out of memory" : strerror(errno));
	provenance->written = batch->next;
	provenance->lines = LINES_MAX; /* half a line may stand there: the next time everything anew */
}

/* Waits for something to write. False when it is time to stop. */
static bool await(struct provenance *provenance, struct batch *batch, bool *anew)
{
	bool more;

	pthread_mutex_lock(&provenance->mutex);
	while (provenance->next == provenance->written && !provenance->stopping)
		pthread_cond_wait(&provenance->added, &provenance->mutex);
	more = provenance->next != provenance->written;
	*anew = provenance->lines >= LINES_MAX;
	if (more)
		*batch = take_batch(provenance, *anew ? 0 : provenance->written);
	pthread_mutex_unlock(&provenance->mutex);
	return more;
}

static void *write_records(void *object)
{
	struct provenance *provenance = object;
	struct batch batch;
	bool anew;

	while (await(provenance, &batch, &anew)) {
		write_batch(provenance, &batch, anew);
		free(batch.text);
	}
	return NULL;
}

/* ---- reading ---- */

/* The whole file is read; the ring keeps the newest. */
static void read_lines(struct provenance *provenance, FILE *file)
{
	char line[PROVENANCE_LINE_SIZE];
	struct provenance_record record;
	unsigned odd = 0;

	while (fgets(line, sizeof line, file) != NULL) {
		char *end = strchr(line, '\n');

		if (end != NULL)
			*end = '\0';
		if (end != NULL && provenance_parse(line, &record))
			provenance_add(provenance, &record);
		else
			odd++;
		provenance->lines++;
	}
	if (odd > 0) {
		log_line(LOG_WARNING, "%s: %u lines make no sense and are left out", provenance->path, odd);
		provenance->lines = LINES_MAX;
	}
	provenance->written = provenance->next;
}

static bool read_file(struct provenance *provenance, struct error *error)
{
	int fd = open(provenance->path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	FILE *file = fd >= 0 ? fopen(provenance->path, "re") : NULL;
	bool fine = file != NULL;

	provenance->fd = fd;
	if (fine)
		read_lines(provenance, file);
	fine = fine && ferror(file) == 0;
	if (!fine)
		error_set(error, "%s: %s", provenance->path, strerror(errno));
	if (file != NULL)
		fclose(file);
	return fine;
}

/* Who could write there could say that any image came from anywhere. */
static bool check_directory(const char *directory, struct error *error)
{
	struct stat status;

	if (stat(directory, &status) != 0)
		return error_set(error, "state \"%s\": %s", directory, strerror(errno));
	if (!S_ISDIR(status.st_mode))
		return error_set(error, "state \"%s\" is no directory", directory);
	if ((status.st_uid != geteuid() && status.st_uid != 0) || (status.st_mode & 022) != 0)
		return error_set(error,
		                 "state \"%s\" can be written by others: it must belong to the user that "
		                 "runs quaymaster, with mode 0700",
		                 directory);
	return true;
}

static bool join(char path[PROVENANCE_PATH_SIZE], const char *directory, const char *name)
{
	int len = snprintf(path, PROVENANCE_PATH_SIZE, "%s/%s", directory, name);

	return len > 0 && len < PROVENANCE_PATH_SIZE;
}

bool provenance_file_open(struct provenance *provenance, const char *directory, struct error *error)
{
	if (!check_directory(directory, error))
		return false;
	if (!join(provenance->path, directory, "images") ||
	    !join(provenance->temporary, directory, "images.new"))
		return error_set(error, "state \"%s\" is too long a name", directory);
	if (!read_file(provenance, error))
		return false;
	errno = pthread_create(&provenance->writer, NULL, write_records, provenance);
	provenance->writing = errno == 0;
	return provenance->writing || error_set(error, "no thread for \"state\": %s", strerror(errno));
}

void provenance_file_close(struct provenance *provenance)
{
	if (provenance->writing) {
		pthread_mutex_lock(&provenance->mutex);
		provenance->stopping = true;
		pthread_cond_signal(&provenance->added);
		pthread_mutex_unlock(&provenance->mutex);
		pthread_join(provenance->writer, NULL);
	}
	if (provenance->fd >= 0)
		close(provenance->fd);
}
