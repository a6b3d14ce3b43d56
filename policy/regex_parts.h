/* The machine that a regular expression is read into. Private to the regex*.c files. */
#ifndef QUAYMASTER_POLICY_REGEX_PARTS_H
#define QUAYMASTER_POLICY_REGEX_PARTS_H

#include "policy/regex.h"

enum { REGEX_STATES_MAX = 1024, REGEX_VISITS_MAX = 1024 };

struct byte_set {
	unsigned char bits[32];
};

static inline void byte_set_add(struct byte_set *set, unsigned char c)
{
	set->bits[c / 8] = (unsigned char)(set->bits[c / 8] | 1U << c % 8);
}

static inline bool byte_set_has(const struct byte_set *set, unsigned char c)
{
	return (set->bits[c / 8] & 1U << c % 8) != 0;
}

enum state_kind {
	STATE_EMPTY, /* goes on to NEXT */
	STATE_SPLIT, /* goes on to NEXT and to OTHER */
	STATE_BYTES, /* goes on to NEXT with one byte of SET */
	STATE_AT_START,
	STATE_AT_END,
	STATE_MATCH
};

struct state {
	enum state_kind kind;
	unsigned next, other;
	const struct byte_set *set;
};

/* The states that the machine may be in between two bytes. */
struct states {
	unsigned char bits[REGEX_STATES_MAX / 8];
	bool matched; /* a match has been seen, wherever the text goes on to */
};

/* Where a text of one form may have got to: the place that its next byte is for, and the states. */
struct visit {
	unsigned place;
	struct states states;
};

struct regex {
	struct state states[REGEX_STATES_MAX];
	unsigned count, start;
	unsigned char like[256]; /* for each byte, the first that every set takes or leaves like it */
	struct visit *visits;    /* room for REGEX_VISITS_MAX, for regex_covers */
};

#endif
