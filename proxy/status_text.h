/* The page of `quaymaster status` and `top`, of what the admin listener's /status says. */
#ifndef QUAYMASTER_PROXY_STATUS_TEXT_H
#define QUAYMASTER_PROXY_STATUS_TEXT_H

#include "policy/json.h"

struct builder;

/* NOW may say anything: what is not there is left out, and control characters are escaped. With BEFORE, an earlier one, rates
 * are told; NULL: there is none. */
void status_text_print(const json_t *now, const json_t *before, struct builder *page);

#endif
