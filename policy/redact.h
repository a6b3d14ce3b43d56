/* What a policy's clients are not told, though they may ask: values of environment variables, labels and options, commands, host paths, what the
 * host and its registries are, and what a swarm keeps secret. It is taken out of answers and nothing stands in its place but a fixed
 * text, of a type that clients can read: no length and no digest of what was there.
 *
 * Where answers have such things is redact_places.c's business. */
#ifndef QUAYMASTER_POLICY_REDACT_H
#define QUAYMASTER_POLICY_REDACT_H

#include "policy/place.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct redact_rules;

/* The text, and the same in base64 where clients read bytes. */
#define REDACTED        "<redacted>"
#define REDACTED_BASE64 "PHJlZGFjdGVkPg=="

/* True when RULES (NULL: none) may hide something in answers to OPERATION. */
bool redact_concerns(const struct redact_rules *rules, const char *operation);

enum { REDACT_SETTINGS = 8 };
/* The setting at INDEX, below REDACT_SETTINGS, and where it was written, where RULES hide something by it in answers to OPERATION:
 * "redact.env". NULL where they do not. */
const char *redact_setting(const struct redact_rules *rules, const char *operation, size_t index,
                           struct place *place);
/* True when a value of the label NAME, of LEN bytes, is hidden. */
bool redact_hides_label(const struct redact_rules *rules, const char *name, size_t len);

/* Hides in VALUE, an answer to OPERATION or a part of one, what RULES hide. KEY is its name where it is a member of the answer,
 * and NULL elsewhere. False when there is no memory: VALUE must not be told then. */
bool redact_value(const struct redact_rules *rules, const char *operation, const char *key,
                  json_t *value);

/* True when A and B hide the same. */
bool redact_is_same(const struct redact_rules *a, const struct redact_rules *b);

#endif
