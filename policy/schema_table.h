/* How the schema_*.c files write their rows, and the schemas that several of them share. Private
 * to them: all others see schema.h. */
#ifndef QUAYMASTER_POLICY_SCHEMA_TABLE_H
#define QUAYMASTER_POLICY_SCHEMA_TABLE_H

#include "policy/schema.h"

/* A literal's byte, 0 behind its end, and its first eight as a number that orders as the text does. */
#define BYTE(text, i)                                                                              \
	((uint64_t)(sizeof(text) >= (i) + 1 ? (unsigned char)(text)[sizeof(text) >= (i) + 1 ? (i) : 0] \
	                                    : 0))
#define PREFIX(text)                                                                         \
	(BYTE(text, 0) << 56 | BYTE(text, 1) << 48 | BYTE(text, 2) << 40 | BYTE(text, 3) << 32 | \
	 BYTE(text, 4) << 24 | BYTE(text, 5) << 16 | BYTE(text, 6) << 8 | BYTE(text, 7))

#define SPELLED(name) PREFIX(name), sizeof(name) - 1

/* name, KIND_, POSTURE_, minor of the API version that brought it, and for NESTED what it is made
 * of */
#define FIELD(name, kind, posture, since)                                       \
	{                                                                           \
		name, KIND_##kind, POSTURE_##posture, since, false, NULL, SPELLED(name) \
	}
#define SECRET(name, kind, posture, since)                                     \
	{                                                                          \
		name, KIND_##kind, POSTURE_##posture, since, true, NULL, SPELLED(name) \
	}
#define NESTED(name, kind, posture, since, of)                                   \
	{                                                                            \
		name, KIND_##kind, POSTURE_##posture, since, false, &(of), SPELLED(name) \
	}

#define ROWS(fields) fields, sizeof(fields) / sizeof((fields)[0])
#define SCHEMA(name, fields)     \
	{                            \
		name, ROWS(fields), NULL \
	}

extern const struct schema schema_health;
extern const struct schema schema_ulimit;
extern const struct schema schema_mount;
extern const struct schema schema_endpoint;

#endif
