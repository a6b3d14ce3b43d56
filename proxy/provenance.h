/* Quaymaster's own record of where images came from: which were pulled through it and under what name,
 * and which were made through it. Bounded: of many, the newest are remembered. With a directory it outlives
 * the process, in a file that a thread of its own writes, so that no loop waits for a disk. */
#ifndef QUAYMASTER_PROXY_PROVENANCE_H
#define QUAYMASTER_PROXY_PROVENANCE_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct error;
struct image_origin;
struct provenance;

enum { PROVENANCE_RECORDS = 16384, PROVENANCE_ORIGINS_MAX = 64 };

/* What the daemon has confirmed. */
struct provenance_record {
	bool made; /* built, committed, imported or loaded; otherwise pulled */
	/* "sha256:...": of what was made, the image's id; of what was pulled, the digest, which is the id
	 * where images are in containerd's store */
	const char *id;
	const char *name;   /* normalised, without tag; NULL: made without a name */
	const char *tag;    /* NULL: none */
	const char *policy; /* by whose rules it was made; NULL for a pull */
};

/* DIRECTORY must be there, and nobody else may write in it; NULL: nothing is kept on disk. Reads what is
 * there. NULL with ERROR. */
struct provenance *provenance_open(const char *directory, struct error *error);
/* Writes what is not written yet. NULL is fine. */
void provenance_close(struct provenance *provenance);

/* From here on any thread. A record that makes no sense, or for which there is no memory, is left out. */
void provenance_add(struct provenance *provenance, const struct provenance_record *record);

/* What is remembered of the image ID, the newest first, at most PROVENANCE_ORIGINS_MAX, in ARENA. Returns
 * how many; 0 as well when ARENA is exhausted. */
size_t provenance_find(struct provenance *provenance, struct arena *arena, const char *id,
                       const struct image_origin **origins);

#endif
