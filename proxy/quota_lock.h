/* A tenant's lock among processes: a file that is locked while a process counts and has something under way. In it, a line
 * each, are the tokens of what that is: who finds some has come after a process that died. Blocks as files do. */
#ifndef QUAYMASTER_PROXY_QUOTA_LOCK_H
#define QUAYMASTER_PROXY_QUOTA_LOCK_H

#include <stdbool.h>
#include <stddef.h>

struct error;

enum { QUOTA_LOCK_TOKENS = 64, QUOTA_LOCK_TOKEN_SIZE = 65 };

struct quota_tokens {
	char list[QUOTA_LOCK_TOKENS][QUOTA_LOCK_TOKEN_SIZE]; /* "-" for what no list shows */
	size_t count;
};

/* A descriptor of STATE/quota, made where it is missing; -1 with ERROR. */
int quota_lock_folder(const char *state, struct error *error);

enum quota_lock_result { QUOTA_LOCK_BROKEN = 0, QUOTA_LOCK_BUSY, QUOTA_LOCK_TAKEN };

/* Never waits. *FD, and in TOKENS what was left behind, when TAKEN. */
enum quota_lock_result quota_lock_take(int folder, const char *tenant, int *fd,
                                       struct quota_tokens *tokens);
/* TOKEN is under way from now on. */
bool quota_lock_note(int fd, const char *token);
/* Leaves TOKENS behind, and lets go. */
void quota_lock_release(int fd, const struct quota_tokens *tokens);

#endif
