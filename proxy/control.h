/* The supervisor's own socket, for `quaymaster reload`: one caller at a time, of this user or root, who says one word and is told one
 * line. */
#ifndef QUAYMASTER_PROXY_CONTROL_H
#define QUAYMASTER_PROXY_CONTROL_H

#include "proxy/listener.h"

#include <stdbool.h>
#include <stdint.h>

struct error;

#define CONTROL_RELOAD "reload\n"
#define CONTROL_DONE   "done: "
#define CONTROL_FAILED "failed: "

struct control {
	struct listener_spec spec; /* socket NULL: there is none, and every function does nothing */
	struct listener_sockets sockets;
	int caller; /* -1: nobody */
	bool asked; /* for a reload, that has not begun */
	bool begun;
	uint64_t due_ms; /* for the caller to have asked */
};

/* PATH may be NULL. False with ERROR. */
bool control_open(struct control *control, const char *path, struct error *error);
/* In a process that was forked from it. */
void control_forget(struct control *control);
void control_close(struct control *control);

/* What to wait for, to be read from; -1: nothing. */
int control_descriptor(const struct control *control);
/* Its milliseconds of the monotonic clock; 0: none. */
uint64_t control_due(const struct control *control);
/* Hears what there is. True when a reload is asked for. NOW_MS is that clock's time. */
bool control_hear(struct control *control, uint64_t now_ms);
/* The reload that begins is the one that was asked for, if one was. */
void control_begin(struct control *control);
/* Tells the caller how that ended: OUTCOME is CONTROL_DONE or CONTROL_FAILED, TEXT one line. */
void control_answer(struct control *control, const char *outcome, const char *text);

#endif
