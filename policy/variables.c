/* Owns the variables: their names, their values, and putting these in. */
#include "policy/variables.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/identity.h"
#include "policy/spec.h"

#include <stdio.h>
#include <string.h>

enum { NUMBER_SIZE = 16, SHOWN_MAX = 40 };

struct value {
	char number[NUMBER_SIZE]; /* room for what is no text yet */
	const char *text;         /* NULL: there is none */
};

/* A peer that the kernel cannot name here has numbers that may mean other users. */
static bool peer_is_known(const struct identity *identity)
{
	return identity->peer.present && identity->peer.pid > 0;
}

static void tell_tenant(const struct identity *identity, struct value *value)
{
	value->text = identity->grant.tenant;
}

static void tell_uid(const struct identity *identity, struct value *value)
{
	if (!peer_is_known(identity))
		return;
	snprintf(value->number, sizeof value->number, "%u", identity->peer.uid);
	value->text = value->number;
}

static void tell_user(const struct identity *identity, struct value *value)
{
	if (peer_is_known(identity))
		value->text = identity->peer.user;
}

static const struct variable {
	const char *name;
	void (*tell)(const struct identity *identity, struct value *value);
} variables[] = {
	{"tenant", tell_tenant},
	{"uid", tell_uid},
	{"user", tell_user},
};

enum { VARIABLES = sizeof variables / sizeof *variables };

/* Letters only: "$uid.d" is $uid and ".d". */
static size_t name_length(const char *text)
{
	return strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
}

static const struct variable *find_variable(const char *name, size_t len)
{
	for (size_t i = 0; i < VARIABLES; i++) {
		if (strlen(variables[i].name) == len && strncmp(variables[i].name, name, len) == 0)
			return &variables[i];
	}
	return NULL;
}

/* The next dollar sign of TEXT with a name behind it, or NULL; of "$$" none. */
static const char *next_variable(const char *text)
{
	while ((text = strchr(text, '$')) != NULL && text[1] == '$')
		text += 2;
	return text;
}

bool variables_check(const char *text, struct error *error)
{
	while ((text = next_variable(text)) != NULL) {
		size_t len = name_length(++text);
		if (find_variable(text, len) == NULL)
			return error_set(error,
			                 "has the variable '$%.*s', and there are only $tenant, $uid and "
			                 "$user; write $$ for a dollar sign",
			                 len < SHOWN_MAX ? (int)len : SHOWN_MAX, text);
		text += len;
	}
	return true;
}

bool variables_vary(const char *text)
{
	return next_variable(text) != NULL;
}

/* A text that grows in the arena; NULL once that is exhausted, or a value is missing. */
static const char *append(struct arena *arena, const char *text, const char *more, size_t len)
{
	if (text == NULL || more == NULL)
		return NULL;
	return arena_format(arena, "%s%.*s", text, (int)len, more);
}

/* What is put in for the variable behind TEXT's dollar sign; NULL for nothing. */
static const char *value_of(const struct identity *identity, const char *name, size_t len,
                            struct value *value)
{
	const struct variable *variable = find_variable(name, len);

	*value = (struct value){.text = NULL};
	if (variable == NULL)
		return NULL;
	if (identity == NULL)
		return "*";
	variable->tell(identity, value);
	return value->text != NULL && spec_is_name(value->text) ? value->text : NULL;
}

/* IDENTITY is NULL for anybody. */
static const char *expand(struct arena *arena, const char *text, const struct identity *identity)
{
	const char *out = "";
	struct value value;

	for (;;) {
		size_t len = strcspn(text, "$");
		out = append(arena, out, text, len);
		text += len;
		if (*text == '\0' || out == NULL)
			return out;
		text++;
		if (*text == '$') {
			out = append(arena, out, text++, 1);
			continue;
		}
		len = name_length(text);
		const char *put = value_of(identity, text, len, &value);
		out = append(arena, out, put, put != NULL ? strlen(put) : 0);
		text += len;
	}
}

const char *variables_expand(struct arena *arena, const char *text, const struct identity *identity)
{
	return identity != NULL ? expand(arena, text, identity) : NULL;
}

const char *variables_pattern(struct arena *arena, const char *text)
{
	return expand(arena, text, NULL);
}
