/* Owns the reading of a regular expression into a machine of states. What the machine says of texts is
 * regex_match.c's. */
#include "policy/regex_parts.h"

#include "policy/arena.h"
#include "policy/error.h"

#include <string.h>

enum { DEPTH_MAX = 50, REPEAT_MAX = 255, ENDLESS = 1 << 16, A_CLASS = 256 };

/* A part of the machine: it is entered at FIRST, and left by LAST, whose `next` is still to be told. */
struct part {
	unsigned first, last;
};

struct parser {
	struct arena *arena;
	struct regex *regex;
	const char *at;
	bool fold;      /* (?i) */
	unsigned depth; /* of parentheses */
	struct error *error;
};

static bool parse_choice(struct parser *parser, struct part *part);

/* --- states ------------------------------------------------------------------------------------ */

static bool add_state(struct parser *parser, enum state_kind kind, unsigned *index)
{
	struct regex *regex = parser->regex;

	if (regex->count == REGEX_STATES_MAX)
		return error_set(parser->error, "is too large");
	*index = regex->count++;
	regex->states[*index] = (struct state){.kind = kind};
	return true;
}

static bool single(struct parser *parser, enum state_kind kind, struct part *part)
{
	bool fine = add_state(parser, kind, &part->first);

	part->last = part->first;
	return fine;
}

static void join(struct parser *parser, struct part *front, struct part behind)
{
	parser->regex->states[front->last].next = behind.first;
	front->last = behind.last;
}

/* PART, or nothing at all. */
static bool make_optional(struct parser *parser, struct part *part)
{
	unsigned split = 0, end = 0;

	if (!add_state(parser, STATE_SPLIT, &split) || !add_state(parser, STATE_EMPTY, &end))
		return false;
	parser->regex->states[split].next = part->first;
	parser->regex->states[split].other = end;
	parser->regex->states[part->last].next = end;
	*part = (struct part){split, end};
	return true;
}

/* PART any number of times, once at least. */
static bool make_repeated(struct parser *parser, struct part *part)
{
	unsigned split = 0, end = 0;

	if (!add_state(parser, STATE_SPLIT, &split) || !add_state(parser, STATE_EMPTY, &end))
		return false;
	parser->regex->states[split].next = part->first;
	parser->regex->states[split].other = end;
	parser->regex->states[part->last].next = split;
	part->last = end;
	return true;
}

/* --- sets of bytes ----------------------------------------------------------------------------- */

static bool is_letter(unsigned c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static void set_byte(struct parser *parser, struct byte_set *set, unsigned c)
{
	byte_set_add(set, (unsigned char)c);
	if (parser->fold && is_letter(c))
		byte_set_add(set, (unsigned char)(c ^ 0x20U));
}

static void set_range(struct parser *parser, struct byte_set *set, unsigned from, unsigned to)
{
	for (unsigned c = from; c <= to; c++)
		set_byte(parser, set, c);
}

static void set_invert(struct byte_set *set)
{
	for (size_t i = 0; i < sizeof set->bits; i++)
		set->bits[i] = (unsigned char)~set->bits[i];
}

/* \d, \w, \s and their opposites. False for any other letter. */
static bool set_class(struct parser *parser, struct byte_set *set, char name)
{
	struct byte_set class = {.bits = {0}};

	switch (name | 0x20) {
	case 'd':
		set_range(parser, &class, '0', '9');
		break;
	case 'w':
		set_range(parser, &class, '0', '9');
		set_range(parser, &class, 'A', 'Z');
		set_range(parser, &class, 'a', 'z');
		set_byte(parser, &class, '_');
		break;
	case 's':
		set_range(parser, &class, '\t', '\n');
		set_range(parser, &class, '\f', '\r');
		set_byte(parser, &class, ' ');
		break;
	default:
		return false;
	}
	if (name < 'a')
		set_invert(&class);
	for (size_t i = 0; i < sizeof set->bits; i++)
		set->bits[i] |= class.bits[i];
	return true;
}

/* What follows a backslash, as one byte; A_CLASS when it was a class, which is in SET then. */
static bool read_escape(struct parser *parser, struct byte_set *set, unsigned *c)
{
	char name = *parser->at;

	*c = A_CLASS;
	if (name == '\0')
		return error_set(parser->error, "ends with a backslash");
	parser->at++;
	if (set_class(parser, set, name))
		return true;
	if (is_letter((unsigned char)name) || (name >= '0' && name <= '9'))
		return error_set(parser->error, "has \\%c, which is not known here", name);
	*c = (unsigned char)name;
	return true;
}

/* One end of a range, or a lone byte, inside brackets. */
static bool read_bracket_byte(struct parser *parser, struct byte_set *set, unsigned *c)
{
	if (*parser->at == '[' && parser->at[1] == ':')
		return error_set(parser->error, "has a class in [: :], which is not known here");
	if (*parser->at == '\\') {
		parser->at++;
		return read_escape(parser, set, c);
	}
	*c = (unsigned char)*parser->at++;
	return *c != '\0' || error_set(parser->error, "has a bracket that is not closed");
}

/* Behind the opening bracket. */
static bool read_bracket(struct parser *parser, struct byte_set *set)
{
	bool inverted = *parser->at == '^', begun = false;
	unsigned from = A_CLASS, to;

	parser->at += inverted;
	for (; *parser->at != ']' || !begun; begun = true) {
		if (!read_bracket_byte(parser, set, &from))
			return false;
		to = from;
		if (from != A_CLASS && parser->at[0] == '-' && parser->at[1] != ']' &&
		    parser->at[1] != '\0') {
			parser->at++;
			if (!read_bracket_byte(parser, set, &to))
				return false;
		}
		if (to == A_CLASS && from != A_CLASS)
			return error_set(parser->error, "has a range that ends in a class");
		if (from != A_CLASS && to < from)
			return error_set(parser->error, "has a range whose end is before its beginning");
		if (from != A_CLASS)
			set_range(parser, set, from, to);
	}
	parser->at++;
	if (inverted)
		set_invert(set);
	return true;
}

/* --- the grammar ------------------------------------------------------------------------------- */

/* Behind the opening parenthesis: what stands between it and the choice inside. */
static bool read_group_kind(struct parser *parser)
{
	const char *name = parser->at;

	if (name[0] != '?')
		return true;
	if (name[1] == ':') {
		parser->at += 2;
		return true;
	}
	name += name[1] == 'P' ? 3 : 2;
	if (name[-1] == '<' && strchr(name, '>') != NULL) {
		parser->at = strchr(name, '>') + 1;
		return true;
	}
	return error_set(parser->error, "has flags inside, which are not known here");
}

static bool parse_group(struct parser *parser, struct part *part)
{
	if (parser->depth == DEPTH_MAX)
		return error_set(parser->error, "is nested too deep");
	parser->depth++;
	if (!read_group_kind(parser) || !parse_choice(parser, part))
		return false;
	parser->depth--;
	if (*parser->at != ')')
		return error_set(parser->error, "has a parenthesis that is not closed");
	parser->at++;
	return true;
}

static bool parse_bytes(struct parser *parser, char c, struct part *part)
{
	struct byte_set *set = arena_alloc(parser->arena, sizeof *set);
	unsigned byte = (unsigned char)c;
	bool fine = true;

	if (set == NULL)
		return error_set(parser->error, "is too large");
	if (c == '[')
		fine = read_bracket(parser, set);
	else if (c == '.') /* a newline as well, which no path has */
		set_range(parser, set, 0, 255);
	else if (c == '\\')
		fine = read_escape(parser, set, &byte);
	if (c != '[' && c != '.' && byte != A_CLASS)
		set_byte(parser, set, byte);
	if (!fine || !single(parser, STATE_BYTES, part))
		return false;
	parser->regex->states[part->first].set = set;
	return true;
}

static bool parse_atom(struct parser *parser, struct part *part)
{
	char c = *parser->at;

	if (c != '\0' && strchr("*+?", c) != NULL)
		return error_set(parser->error, "repeats nothing");
	parser->at++;
	if (c == '(')
		return parse_group(parser, part);
	if (c == '^')
		return single(parser, STATE_AT_START, part);
	if (c == '$')
		return single(parser, STATE_AT_END, part);
	return parse_bytes(parser, c, part);
}

static unsigned read_number(const char **at)
{
	unsigned number = 0;

	for (; **at >= '0' && **at <= '9'; ++*at)
		number = number > REPEAT_MAX ? number : number * 10 + (unsigned)(**at - '0');
	return number;
}

struct repeat {
	unsigned least, most; /* ENDLESS: as often as one likes */
};

/* "{2}", "{2,}" or "{2,3}". A brace that begins none of these stands for itself, as in Go. */
static bool read_braces(const char **text, struct repeat *repeat)
{
	const char *at = *text + 1;
	struct repeat read;

	if (*at < '0' || *at > '9')
		return false;
	read.least = read.most = read_number(&at);
	if (*at == ',') {
		at++;
		read.most = *at == '}' ? ENDLESS : read_number(&at);
	}
	if (*at != '}')
		return false;
	*repeat = read;
	*text = at + 1;
	return true;
}

/* What follows an atom; 1 time where nothing does. */
static bool read_repeat(struct parser *parser, struct repeat *repeat)
{
	bool repeats = true;
	struct repeat more;
	const char *behind;

	*repeat = (struct repeat){1, 1};
	if (*parser->at == '*')
		*repeat = (struct repeat){0, ENDLESS};
	else if (*parser->at == '+')
		*repeat = (struct repeat){1, ENDLESS};
	else if (*parser->at == '?')
		*repeat = (struct repeat){0, 1};
	else
		repeats = false;
	if (repeats)
		parser->at++;
	else if (*parser->at != '{' || !read_braces(&parser->at, repeat))
		return true;
	if (*parser->at == '?') /* as few as possible: the same texts */
		parser->at++;
	behind = parser->at;
	if (*behind != '\0' &&
	    (strchr("*+?", *behind) != NULL || (*behind == '{' && read_braces(&behind, &more))))
		return error_set(parser->error, "repeats a repetition");
	if (repeat->least > REPEAT_MAX || (repeat->most > REPEAT_MAX && repeat->most != ENDLESS) ||
	    repeat->least > repeat->most)
		return error_set(parser->error, "has a repetition that makes no sense here");
	return true;
}

/* The atom at AT once more: it is read again for each time that it may occur. */
static bool copy_atom(struct parser *parser, const char *at, struct part *part)
{
	const char *behind = parser->at;
	bool fine;

	parser->at = at;
	fine = parse_atom(parser, part);
	parser->at = behind;
	return fine;
}

static bool parse_repeated(struct parser *parser, struct part *whole)
{
	const char *begin = parser->at;
	struct repeat repeat;
	struct part part = {0, 0};

	if (!parse_atom(parser, &part) || !read_repeat(parser, &repeat) ||
	    !single(parser, STATE_EMPTY, whole))
		return false;
	for (unsigned i = 0; i < repeat.least; i++) {
		if (i > 0 && !copy_atom(parser, begin, &part))
			return false;
		if (i + 1 == repeat.least && repeat.most == ENDLESS && !make_repeated(parser, &part))
			return false;
		join(parser, whole, part);
	}
	if (repeat.least == 0 && repeat.most == ENDLESS) {
		if (!make_repeated(parser, &part) || !make_optional(parser, &part))
			return false;
		join(parser, whole, part);
	}
	for (unsigned i = repeat.least; i < repeat.most && repeat.most != ENDLESS; i++) {
		if ((i > 0 && !copy_atom(parser, begin, &part)) || !make_optional(parser, &part))
			return false;
		join(parser, whole, part);
	}
	return true;
}

static bool parse_sequence(struct parser *parser, struct part *whole)
{
	struct part part = {0, 0};

	if (!single(parser, STATE_EMPTY, whole))
		return false;
	while (*parser->at != '\0' && *parser->at != '|' && *parser->at != ')') {
		if (!parse_repeated(parser, &part))
			return false;
		join(parser, whole, part);
	}
	return true;
}

static bool parse_choice(struct parser *parser, struct part *part)
{
	struct part other = {0, 0};
	unsigned split = 0, end = 0;

	if (!parse_sequence(parser, part))
		return false;
	while (*parser->at == '|') {
		parser->at++;
		if (!parse_sequence(parser, &other) || !add_state(parser, STATE_SPLIT, &split) ||
		    !add_state(parser, STATE_EMPTY, &end))
			return false;
		parser->regex->states[split].next = part->first;
		parser->regex->states[split].other = other.first;
		parser->regex->states[part->last].next = end;
		parser->regex->states[other.last].next = end;
		*part = (struct part){split, end};
	}
	return true;
}

static bool are_alike(const struct regex *regex, unsigned char a, unsigned char b)
{
	for (unsigned i = 0; i < regex->count; i++) {
		const struct state *state = &regex->states[i];

		if (state->kind == STATE_BYTES &&
		    byte_set_has(state->set, a) != byte_set_has(state->set, b))
			return false;
	}
	return true;
}

/* Most bytes are alike to a machine: it need not be asked about each. */
static void find_alike(struct regex *regex)
{
	for (unsigned c = 0; c < 256; c++) {
		unsigned first = 0;

		while (first < c && (regex->like[first] != first ||
		                     !are_alike(regex, (unsigned char)first, (unsigned char)c)))
			first++;
		regex->like[c] = (unsigned char)first;
	}
}

static void read_leading_flags(struct parser *parser)
{
	while (strncmp(parser->at, "(?i)", 4) == 0 || strncmp(parser->at, "(?s)", 4) == 0) {
		parser->fold = parser->fold || parser->at[2] == 'i';
		parser->at += 4;
	}
}

struct regex *regex_parse(struct arena *arena, const char *text, struct error *error)
{
	struct parser parser = {
		.arena = arena,
		.regex = arena_alloc(arena, sizeof *parser.regex),
		.at = text,
		.error = error,
	};
	struct part whole = {0, 0};
	unsigned match = 0;

	if (parser.regex != NULL)
		parser.regex->visits = arena_calloc(arena, REGEX_VISITS_MAX, sizeof(struct visit));
	if (parser.regex == NULL || parser.regex->visits == NULL) {
		error_set(error, "needs too much memory");
		return NULL;
	}
	read_leading_flags(&parser);
	if (!parse_choice(&parser, &whole) || !add_state(&parser, STATE_MATCH, &match))
		return NULL;
	if (*parser.at != '\0') {
		error_set(error, "has a parenthesis too many");
		return NULL;
	}
	parser.regex->states[whole.last].next = match;
	parser.regex->start = whole.first;
	find_alike(parser.regex);
	return parser.regex;
}
