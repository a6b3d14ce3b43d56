/* Owns the taking apart of JSON on its way. A value that is not opened is followed by its brackets and quotes alone, which tell
 * where it ends whatever else is wrong with it. */
#include "policy/json_split.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_SIZE = JSON_SPLIT_LEVELS_MAX * (JSON_SPLIT_KEY_MAX + 1) + 1, FIRST_SIZE = 4096 };

enum state {
	STATE_VALUE = 0, /* one must come */
	STATE_FIRST,     /* of a list that was just opened: a value, or its end */
	STATE_FIRST_KEY, /* of an object that was just opened: a key, or its end */
	STATE_KEY,
	STATE_IN_KEY,
	STATE_COLON,
	STATE_BRACKETS, /* in a whole value: between its brackets, */
	STATE_STRING,   /* in a string, */
	STATE_WORD,     /* in a number or a word */
	STATE_AFTER,    /* a comma must come, or the end of what is open */
	STATE_DONE,     /* nothing may come */
	STATE_BROKEN
};

struct level {
	bool is_list;
	size_t path_len;                       /* of what is opened here */
	uint64_t keys[JSON_SPLIT_MEMBERS_MAX]; /* hashes of those there were */
	size_t members;
};

struct json_split {
	struct json_split_plan plan;
	enum state state;
	struct level levels[JSON_SPLIT_LEVELS_MAX + 1]; /* the first is outside of everything */
	size_t open;
	char path[PATH_SIZE]; /* of the innermost that is open */
	char key[JSON_SPLIT_KEY_MAX + 1];
	size_t key_len;
	bool escaped; /* the byte behind a backslash is next */
	size_t depth; /* in the whole value */
	char *held;   /* what came of it in earlier pieces */
	size_t held_len, held_size;
	size_t value_len;
	bool too_large;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static struct level *innermost(struct json_split *split)
{
	return &split->levels[split->open];
}

static const char *place_of(const struct json_split *split)
{
	return split->open > 0 ? split->path : NULL;
}

static bool in_object(const struct json_split *split)
{
	return split->open > 0 && !split->levels[split->open].is_list;
}

/* Where a value has ended. */
static enum state state_after(const struct json_split *split)
{
	if (split->open > 0)
		return STATE_AFTER;
	return split->plan.many ? STATE_VALUE : STATE_DONE;
}

/* --- what is opened ---------------------------------------------------------------------------- */

/* Puts the path of the value at hand behind the one of what it is in. */
static void enter_path(struct json_split *split)
{
	size_t len = innermost(split)->path_len;

	if (split->open == 0)
		return;
	split->path[len] = '/';
	memcpy(split->path + len + 1, split->key, split->key_len + 1);
}

static void leave_path(struct json_split *split)
{
	split->path[innermost(split)->path_len] = '\0';
}

static bool is_planned(const struct json_split *split)
{
	for (const char *const *opened = split->plan.opened; *opened != NULL; opened++) {
		if (strcmp(*opened, split->path) == 0)
			return true;
	}
	return false;
}

/* Whether the value that begins is opened: its path is entered then. */
static bool opens(struct json_split *split)
{
	if (split->open == JSON_SPLIT_LEVELS_MAX || (split->open > 0 && !in_object(split)))
		return false;
	enter_path(split);
	if (is_planned(split))
		return true;
	leave_path(split);
	return false;
}

static void open_level(struct json_split *split, bool is_list, struct json_part *part)
{
	bool is_member = split->open > 0;

	split->open++;
	innermost(split)->is_list = is_list;
	innermost(split)->path_len = strlen(split->path);
	innermost(split)->members = 0;
	split->state = is_list ? STATE_FIRST : STATE_FIRST_KEY;
	*part = (struct json_part){.kind = JSON_PART_OPEN,
	                           .is_list = is_list,
	                           .place = split->path,
	                           .key = is_member ? split->key : NULL};
}

/* The place that is told lives until the next call: only then it is left. */
static enum json_split_result close_level(struct json_split *split, struct json_part *part)
{
	*part = (struct json_part){.kind = JSON_PART_CLOSE,
	                           .is_list = innermost(split)->is_list,
	                           .place = split->path};
	split->open--;
	split->state = state_after(split);
	return JSON_SPLIT_PART;
}

/* --- a whole value ----------------------------------------------------------------------------- */

static void begin_value(struct json_split *split, enum state state)
{
	split->state = state;
	split->escaped = false;
	split->depth = 0;
	split->held_len = 0;
	split->value_len = 0;
	split->too_large = false;
}

static bool grow(struct json_split *split, size_t len)
{
	size_t size = split->held_size > 0 ? split->held_size : FIRST_SIZE;
	char *grown;

	while (size < len)
		size *= 2; /* LEN is below the plan's limit */
	if (size == split->held_size)
		return true;
	grown = realloc(split->held, size);
	if (grown == NULL)
		return false;
	split->held = grown;
	split->held_size = size;
	return true;
}

/* Counts LEN more bytes of the value. */
static void count(struct json_split *split, size_t len)
{
	if (len > split->plan.bytes - split->value_len)
		split->too_large = true;
	else
		split->value_len += len;
}

/* Keeps the BYTES of a value that goes on in the next piece. */
static bool hold(struct json_split *split, const char *bytes, size_t len)
{
	if (split->too_large) {
		free(split->held);
		split->held = NULL;
		split->held_len = split->held_size = 0;
		return true;
	}
	if (!grow(split, split->held_len + len))
		return false;
	memcpy(split->held + split->held_len, bytes, len);
	split->held_len += len;
	return true;
}

/* The end of the string that is at hand; LEN when it is not there. */
static size_t scan_string(struct json_split *split, const char *bytes, size_t len)
{
	size_t at = 0;

	if (split->escaped && len > 0) {
		split->escaped = false;
		at++;
	}
	while (at < len && bytes[at] != '"') {
		if (bytes[at] == '\\' && at + 1 == len)
			split->escaped = true;
		at += bytes[at] == '\\' ? 2 : 1;
	}
	return at < len ? at : len;
}

/* One byte outside of strings. */
static void see_bracket(struct json_split *split, char c)
{
	if (c == '"') {
		split->state = STATE_STRING;
	} else if (c == '{' || c == '[') {
		split->depth++;
		if (split->depth > split->plan.depth)
			split->too_large = true;
	} else if (c == '}' || c == ']') {
		split->depth--;
	}
}

/* Moves on to the value's end, or to LEN; true when it has ended. */
static bool scan_value(struct json_split *split, const char *bytes, size_t len, size_t *at)
{
	while (*at < len) {
		if (split->state == STATE_STRING) {
			*at += scan_string(split, bytes + *at, len - *at);
			if (*at == len)
				return false;
			split->state = STATE_BRACKETS;
		} else {
			see_bracket(split, bytes[*at]);
		}
		(*at)++;
		if (split->depth == 0 && split->state == STATE_BRACKETS)
			return true;
	}
	return false;
}

/* The same for a number or a word, which has no end of its own. */
static bool scan_word(const char *bytes, size_t len, size_t *at)
{
	while (*at < len && !is_blank(bytes[*at]) && strchr(",]}[{\":", bytes[*at]) == NULL)
		(*at)++;
	return *at < len;
}

/* The value that ends with LEN BYTES. */
static enum json_split_result give_value(struct json_split *split, const char *bytes, size_t len,
                                         struct json_part *part)
{
	*part = (struct json_part){.kind = JSON_PART_VALUE,
	                           .place = place_of(split),
	                           .key = in_object(split) ? split->key : NULL};
	split->state = state_after(split);
	if (split->too_large)
		return JSON_SPLIT_PART;
	if (split->held_len > 0) {
		if (!hold(split, bytes, len))
			return JSON_SPLIT_BROKEN;
		bytes = split->held;
		len = split->held_len;
	}
	part->bytes = bytes;
	part->len = len;
	return JSON_SPLIT_PART;
}

static enum json_split_result read_value(struct json_split *split, const char *bytes, size_t len,
                                         size_t *taken, struct json_part *part)
{
	size_t at = 0;
	bool ended = split->state == STATE_WORD ? scan_word(bytes, len, &at)
	                                        : scan_value(split, bytes, len, &at);

	*taken += at;
	count(split, at);
	if (ended)
		return give_value(split, bytes, at, part);
	return hold(split, bytes, at) ? JSON_SPLIT_MORE : JSON_SPLIT_BROKEN;
}

/* --- one byte between values ------------------------------------------------------------------- */

static enum json_split_result broken(struct json_split *split)
{
	split->state = STATE_BROKEN;
	return JSON_SPLIT_BROKEN;
}

/* A value begins with C, which is taken unless the value's bytes begin with it. */
static enum json_split_result begin(struct json_split *split, char c, size_t *taken,
                                    struct json_part *part)
{
	if ((c == '{' || c == '[') && opens(split)) {
		(*taken)++;
		open_level(split, c == '[', part);
		return JSON_SPLIT_PART;
	}
	if (strchr(",:]}", c) != NULL) /* NUL, too */
		return broken(split);
	begin_value(split, c == '{' || c == '[' || c == '"' ? STATE_BRACKETS : STATE_WORD);
	return JSON_SPLIT_MORE;
}

static enum json_split_result begin_key(struct json_split *split, char c, size_t *taken)
{
	if (c != '"')
		return broken(split);
	(*taken)++;
	split->key_len = 0;
	split->state = STATE_IN_KEY;
	return JSON_SPLIT_MORE;
}

static bool is_plain(char c)
{
	return c >= ' ' && c <= '~' && c != '\\' && c != '/';
}

/* False for one key too many, and for one that was there. That two keys have the same hash is as unlikely as it is harmless. */
static bool count_key(struct json_split *split)
{
	struct level *level = innermost(split);
	uint64_t hash = 0xcbf29ce484222325; /* FNV-1a */

	for (size_t i = 0; i < split->key_len; i++)
		hash = (hash ^ (unsigned char)split->key[i]) * 0x100000001b3;
	for (size_t i = 0; i < level->members; i++) {
		if (level->keys[i] == hash)
			return false;
	}
	if (level->members == JSON_SPLIT_MEMBERS_MAX)
		return false;
	level->keys[level->members++] = hash;
	return true;
}

static enum json_split_result read_key(struct json_split *split, char c, size_t *taken)
{
	(*taken)++;
	if (c == '"') {
		split->key[split->key_len] = '\0';
		split->state = STATE_COLON;
		return count_key(split) ? JSON_SPLIT_MORE : broken(split);
	}
	if (!is_plain(c) || split->key_len == JSON_SPLIT_KEY_MAX)
		return broken(split);
	split->key[split->key_len++] = c;
	return JSON_SPLIT_MORE;
}

static enum json_split_result go_on(struct json_split *split, enum state state, size_t *taken)
{
	split->state = state;
	(*taken)++;
	return JSON_SPLIT_MORE;
}

/* Behind a value: a comma, or the end of what it is in. */
static enum json_split_result read_after(struct json_split *split, char c, size_t *taken,
                                         struct json_part *part)
{
	const struct level *level = innermost(split);

	if (c == ',')
		return go_on(split, level->is_list ? STATE_VALUE : STATE_KEY, taken);
	if (c != (level->is_list ? ']' : '}'))
		return broken(split);
	(*taken)++;
	return close_level(split, part);
}

static enum json_split_result read_byte(struct json_split *split, char c, size_t *taken,
                                        struct json_part *part)
{
	switch (split->state) {
	case STATE_VALUE:
		return begin(split, c, taken, part);
	case STATE_FIRST:
		return c == ']' ? read_after(split, c, taken, part) : begin(split, c, taken, part);
	case STATE_FIRST_KEY:
		return c == '}' ? read_after(split, c, taken, part) : begin_key(split, c, taken);
	case STATE_KEY:
		return begin_key(split, c, taken);
	case STATE_COLON:
		return c == ':' ? go_on(split, STATE_VALUE, taken) : broken(split);
	case STATE_AFTER:
		return read_after(split, c, taken, part);
	case STATE_IN_KEY:
	case STATE_BRACKETS:
	case STATE_STRING:
	case STATE_WORD:
	case STATE_DONE:
	case STATE_BROKEN:
		break;
	}
	return broken(split);
}

static bool is_within(const struct json_split *split)
{
	return split->state == STATE_BRACKETS || split->state == STATE_STRING ||
	       split->state == STATE_WORD;
}

/* One step from the first of LEN bytes on; at least one is there. */
static enum json_split_result step(struct json_split *split, const char *bytes, size_t len,
                                   size_t *taken, struct json_part *part)
{
	if (is_within(split))
		return read_value(split, bytes, len, taken, part);
	if (split->state == STATE_IN_KEY)
		return read_key(split, *bytes, taken);
	if (is_blank(*bytes))
		return go_on(split, split->state, taken);
	return read_byte(split, *bytes, taken, part);
}

enum json_split_result json_split_next(struct json_split *split, const char *bytes, size_t len,
                                       size_t *taken, struct json_part *part)
{
	enum json_split_result result = JSON_SPLIT_MORE;

	*taken = 0;
	if (split->state == STATE_BROKEN)
		return JSON_SPLIT_BROKEN;
	leave_path(split);
	while (result == JSON_SPLIT_MORE && *taken < len)
		result = step(split, bytes + *taken, len - *taken, taken, part);
	return result == JSON_SPLIT_BROKEN ? broken(split) : result;
}

enum json_split_result json_split_end(struct json_split *split, struct json_part *part)
{
	enum json_split_result result = JSON_SPLIT_BROKEN;

	leave_path(split);
	if (split->state == STATE_WORD && split->open == 0)
		result = give_value(split, "", 0, part);
	else if (split->state == STATE_DONE ||
	         (split->state == STATE_VALUE && split->plan.many && split->open == 0))
		result = JSON_SPLIT_MORE;
	return result == JSON_SPLIT_BROKEN ? broken(split) : result;
}

size_t json_split_held(const struct json_split *split)
{
	return split->held_size;
}

struct json_split *json_split_new(const struct json_split_plan *plan)
{
	struct json_split *split = calloc(1, sizeof *split);

	if (split != NULL)
		split->plan = *plan;
	return split;
}

void json_split_free(struct json_split *split)
{
	if (split == NULL)
		return;
	free(split->held);
	free(split);
}
