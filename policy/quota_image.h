/* What a request could bring of images. Inside policy/quota*.c only. */
#ifndef QUAYMASTER_POLICY_QUOTA_IMAGE_H
#define QUAYMASTER_POLICY_QUOTA_IMAGE_H

#include "policy/quota.h"

/* Adds to DEMAND, of REQUEST, which was judged by FACTS. */
void quota_image_demand(const struct request *request, const struct facts *facts,
                        struct quota_demand *demand);

#endif
