/* Removes the folder of a command that has ended, and what it has put there. */
#define _GNU_SOURCE
#include "proxy/cmd_explain.h"

#include <ftw.h>

enum { DESCRIPTORS = 16 };

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *at)
{
	(void)status;
	(void)kind;
	(void)at;
	return remove(path);
}

void explain_remove_folder(const char *folder)
{
	/* Links are removed, and not followed. */
	nftw(folder, remove_one, DESCRIPTORS, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}
