/* Owns what a machine says of texts: of one, and of all that have one form. All states that it may be in are
 * followed at once, so that no text takes longer than its length times their number. */
#include "policy/regex_parts.h"

#include <string.h>

struct walk {
	const struct regex *regex;
	bool at_start, at_end;
	struct states *states;
	unsigned todo[REGEX_STATES_MAX];
	unsigned count;
};

static bool has(const struct states *states, unsigned index)
{
	return (states->bits[index / 8] & 1U << index % 8) != 0;
}

static void enter(struct walk *walk, unsigned index)
{
	if (has(walk->states, index))
		return;
	walk->states->bits[index / 8] =
		(unsigned char)(walk->states->bits[index / 8] | 1U << index % 8);
	walk->todo[walk->count++] = index;
}

/* Follows everything that takes no byte. */
static void settle(struct walk *walk)
{
	while (walk->count > 0) {
		const struct state *state = &walk->regex->states[walk->todo[--walk->count]];

		switch (state->kind) {
		case STATE_SPLIT:
			enter(walk, state->other);
			enter(walk, state->next);
			break;
		case STATE_EMPTY:
			enter(walk, state->next);
			break;
		case STATE_AT_START:
			if (walk->at_start)
				enter(walk, state->next);
			break;
		case STATE_AT_END:
			if (walk->at_end)
				enter(walk, state->next);
			break;
		case STATE_MATCH:
			walk->states->matched = true;
			break;
		case STATE_BYTES:
			break;
		}
	}
}

/* Before the first byte. */
static void begin(const struct regex *regex, bool at_end, struct states *states)
{
	struct walk walk = {.regex = regex, .at_start = true, .at_end = at_end, .states = states};

	memset(states, 0, sizeof *states);
	enter(&walk, regex->start);
	settle(&walk);
}

/* Takes C. A match may begin behind any byte. */
static void take(const struct regex *regex, const struct states *from, unsigned char c,
                 struct states *to)
{
	struct walk walk = {.regex = regex, .states = to};

	memset(to, 0, sizeof *to);
	to->matched = from->matched;
	for (unsigned i = 0; i < regex->count; i++) {
		const struct state *state = &regex->states[i];

		if (has(from, i) && state->kind == STATE_BYTES && byte_set_has(state->set, c))
			enter(&walk, state->next);
	}
	enter(&walk, regex->start);
	settle(&walk);
}

/* Whether a text that ends here matches. */
static bool matches_at_end(const struct regex *regex, const struct states *states)
{
	struct states ended;
	struct walk walk = {.regex = regex, .at_end = true, .states = &ended};

	memset(&ended, 0, sizeof ended);
	ended.matched = states->matched;
	for (unsigned i = 0; i < regex->count; i++) {
		if (has(states, i))
			enter(&walk, i);
	}
	settle(&walk);
	return ended.matched;
}

bool regex_matches(const struct regex *regex, const char *text)
{
	struct states now, next;

	begin(regex, *text == '\0', &now);
	for (; *text != '\0'; text++) {
		take(regex, &now, (unsigned char)*text, &next);
		now = next;
	}
	return matches_at_end(regex, &now);
}

/* --- all texts of one form --------------------------------------------------------------------- */

struct visits {
	const struct regex *regex;
	const struct regex_form *form;
	struct visit *list;
	unsigned count;  /* of them */
	bool some, none; /* a text that matches was found, and one that does not */
	bool too_many;
};

static void visit(struct visits *visits, unsigned place, const struct states *states)
{
	for (unsigned i = 0; i < visits->count; i++) {
		if (visits->list[i].place == place &&
		    memcmp(&visits->list[i].states, states, sizeof *states) == 0)
			return;
	}
	if (visits->count == REGEX_VISITS_MAX) {
		visits->too_many = true;
		return;
	}
	visits->list[visits->count].place = place;
	visits->list[visits->count++].states = *states;
}

static void go_on(struct visits *visits, const struct visit *from)
{
	const struct regex_place *place;
	bool taken[256] = {false};
	struct states next;

	if (from->place == visits->form->count) {
		bool matches = matches_at_end(visits->regex, &from->states);

		visits->some = visits->some || matches;
		visits->none = visits->none || !matches;
		return;
	}
	place = &visits->form->places[from->place];
	if (place->repeats)
		visit(visits, from->place + 1, &from->states);
	for (const char *c = place->bytes; *c != '\0'; c++) {
		unsigned char like = visits->regex->like[(unsigned char)*c];

		if (taken[like])
			continue;
		taken[like] = true;
		take(visits->regex, &from->states, like, &next);
		visit(visits, place->repeats ? from->place : from->place + 1, &next);
	}
}

/* Of the texts that have brought the machine to FIRST. */
static enum regex_cover cover_from(const struct regex *regex, const struct regex_form *form,
                                   const struct states *first)
{
	struct visits visits = {.regex = regex, .form = form, .list = regex->visits};
	struct visit now;

	visit(&visits, 0, first);
	for (unsigned i = 0; i < visits.count && !(visits.some && visits.none); i++) {
		now = visits.list[i];
		go_on(&visits, &now);
	}
	if (visits.too_many || (visits.some && visits.none))
		return REGEX_COVERS_SOME;
	return visits.some ? REGEX_COVERS_ALL : REGEX_COVERS_NONE;
}

static void follow(const struct regex *regex, const char *text, struct states *states)
{
	struct states next;

	begin(regex, false, states);
	for (; *text != '\0'; text++) {
		take(regex, states, (unsigned char)*text, &next);
		*states = next;
	}
}

void regex_covers(const struct regex *regex, const struct regex_form *form,
                  const char *const *prefixes, unsigned count, enum regex_cover *covers)
{
	struct states last, now;

	for (unsigned i = 0; i < count; i++) {
		follow(regex, prefixes[i], &now);
		if (i > 0 && memcmp(&now, &last, sizeof now) == 0)
			covers[i] = covers[i - 1]; /* as with most versions in a row */
		else
			covers[i] = cover_from(regex, form, &now);
		last = now;
	}
}
