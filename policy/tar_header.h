/* One header block of a tar archive, and the records of a pax extended header. Inside of tar_*.c only. */
#ifndef QUAYMASTER_POLICY_TAR_HEADER_H
#define QUAYMASTER_POLICY_TAR_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TAR_BLOCK_SIZE = 512, TAR_NAME_SIZE = 4096 };

enum tar_type {
	TAR_FILE,
	TAR_HARD_LINK,
	TAR_SYMBOLIC_LINK,
	TAR_DEVICE, /* of either sort, or a FIFO */
	TAR_DIRECTORY,
	TAR_PAX,        /* records about the next entry */
	TAR_PAX_GLOBAL, /* records about all that follow, which the daemon does not heed */
	TAR_LONG_NAME,  /* GNU's: the next entry's name */
	TAR_LONG_LINK   /* and what it links to */
};

struct tar_header {
	enum tar_type type;
	uint64_t size;            /* of what follows the header */
	char name[TAR_NAME_SIZE]; /* as written */
};

bool tar_block_is_zero(const unsigned char *block);
/* NULL when BLOCK is a header, else what is wrong with it. */
const char *tar_header_read(const unsigned char *block, struct tar_header *header);

/* Puts what the records TEXT of a pax header say of name and size into HEADER, the header of the entry that
 * they are about. NULL, or what is wrong. */
const char *tar_pax_apply(const char *text, size_t len, struct tar_header *header);

/* NAME as the path that the daemon makes of it, without "." and doubled slashes, in PATH. False when it
 * leads upwards, or is too long. "" is the root. */
bool tar_path_clean(const char *name, char path[TAR_NAME_SIZE]);

#endif
