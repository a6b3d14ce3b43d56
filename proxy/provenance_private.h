/* What provenance.c (the record in memory) and provenance_file.c (the one on disk) share, and nobody
 * else. */
#ifndef QUAYMASTER_PROXY_PROVENANCE_PRIVATE_H
#define QUAYMASTER_PROXY_PROVENANCE_PRIVATE_H

#include "proxy/provenance.h"

#include <pthread.h>
#include <stdint.h>

enum { PROVENANCE_LINE_SIZE = 1024, PROVENANCE_PATH_SIZE = 4096 };

/* A record as it is kept. Records are numbered; those whose number is too old are gone. */
struct kept {
	struct provenance_record record;
	char *text;           /* what the record points into */
	uint64_t older_of_id; /* 1 + the number of the next one with such an id; 0: none */
};

struct provenance {
	pthread_mutex_t
		mutex; /* guards all of this but what is the writer's; never held while writing */
	pthread_cond_t added;
	struct kept *ring; /* PROVENANCE_RECORDS of them; number N is in place N % PROVENANCE_RECORDS */
	uint64_t *by_id;   /* 1 + number of the newest */
	uint64_t next;     /* number of the next record */
	bool stopping;
	/* The writer's. */
	char path[PROVENANCE_PATH_SIZE], temporary[PROVENANCE_PATH_SIZE];
	pthread_t writer;
	bool writing;     /* the thread runs */
	uint64_t written; /* number of the first record that is not on disk */
	size_t lines;     /* in the file */
	int fd;           /* -1: none */
};

/* The number of the oldest record that is still there. */
uint64_t provenance_first(const struct provenance *provenance);
/* The line of a record, with its newline, and back. Reading cuts LINE up. */
int provenance_print(const struct provenance_record *record, char *line, size_t size);
bool provenance_parse(char *line, struct provenance_record *record);

/* provenance_file.c: reads what is there and starts the writer; ends it. */
bool provenance_file_open(struct provenance *provenance, const char *directory,
                          struct error *error);
void provenance_file_close(struct provenance *provenance);

#endif
