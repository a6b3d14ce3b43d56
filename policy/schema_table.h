/* How the schema_*.c files write their rows, and the schemas that several of them share. Private
 * to them: all others see schema.h. */
#ifndef QUAYMASTER_POLICY_SCHEMA_TABLE_H
#define QUAYMASTER_POLICY_SCHEMA_TABLE_H

#include "policy/schema.h"

/* name, KIND_, POSTURE_, minor of the API version that brought it, and for NESTED what it is made
 * of */
#define FIELD(name, kind, posture, since)                        \
	{                                                            \
		name, KIND_##kind, POSTURE_##posture, since, false, NULL \
	}
#define SECRET(name, kind, posture, since)                      \
	{                                                           \
		name, KIND_##kind, POSTURE_##posture, since, true, NULL \
	}
#define NESTED(name, kind, posture, since, of)                    \
	{                                                             \
		name, KIND_##kind, POSTURE_##posture, since, false, &(of) \
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
