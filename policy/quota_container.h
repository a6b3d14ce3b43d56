/* What a container counts for. Inside policy/quota*.c only. */
#ifndef QUAYMASTER_POLICY_QUOTA_CONTAINER_H
#define QUAYMASTER_POLICY_QUOTA_CONTAINER_H

#include "policy/quota.h"

/* Memory, CPUs and processes of a HostConfig; none said is no limit. */
void quota_resource_amounts(const json_t *host, struct quota_amounts *amounts);
/* These and the published ports of a create's BODY. */
void quota_container_amounts(const json_t *body, struct quota_amounts *amounts);
/* The same by a container's LABELS; where they do not tell, it has no limits. */
void quota_labelled_amounts(const json_t *labels, struct quota_amounts *amounts);

#endif
