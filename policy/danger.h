/* Which settings give the host away: told beside them wherever a policy is advised or made. */
#ifndef QUAYMASTER_POLICY_DANGER_H
#define QUAYMASTER_POLICY_DANGER_H

#include <stdbool.h>

/* What comes with SETTING ("container.privileged"), with VALUE in its list (NULL: a flag) and, of a bind, to WRITE:
 * one line, or NULL where it is no more than it looks. A literal. */
const char *danger_of(const char *setting, const char *value, bool write);

#endif
