/* The whole register as one list: every property, parameter and header of every operation, and what
 * the tests of tests/vectors have shown of each. */
#ifndef QUAYMASTER_TESTS_REGISTER_ENTRIES_H
#define QUAYMASTER_TESTS_REGISTER_ENTRIES_H

#include "policy/posture.h"

#include <stdbool.h>
#include <stddef.h>

/* What a test can show of an entry. */
enum evidence {
	EVIDENCE_SENT = 1,     /* it was given, allowed by a policy that looks at it, and sent */
	EVIDENCE_DENIED = 2,   /* it was given, and named as the reason of a denial */
	EVIDENCE_DROPPED = 4,  /* it was given, allowed, and not sent */
	EVIDENCE_WRITTEN = 8,  /* what was sent is not what was given */
	EVIDENCE_UNLOOKED = 16 /* it was given, and sent by a policy that looks at nothing inside */
};

enum entry_kind { ENTRY_PROPERTY, ENTRY_PARAMETER, ENTRY_HEADER };

enum { ENTRY_NAME_SIZE = 160 };

struct entry {
	enum entry_kind kind;
	const char *operation; /* of a property: the first that reads such a body; "" for a header */
	char name[ENTRY_NAME_SIZE];
	enum posture posture; /* DENY also for what is inside of something denied */
	unsigned evidence;    /* of enum evidence */
};

struct route;

struct entries {
	struct entry *list;
	size_t count;
};

/* Of the catalogue as it is. The caller's to entries_free. */
struct entries entries_of_register(void);
void entries_free(struct entries *entries);
/* Under which operation the properties of ROUTE's body are listed: create and update of a service read the
 * same, and the same check looks at both. */
const char *entries_body_operation(const struct route *route);

/* Notes EVIDENCE of an entry; what is not in the list is ignored. */
void entries_note(struct entries *entries, enum entry_kind kind, const char *operation,
                  const char *name, unsigned evidence);

/* What ENTRY's posture wants shown and no test has, as words; "" for nothing. */
const char *entry_lacks(const struct entry *entry);

#endif
