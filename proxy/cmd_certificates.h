/* The certificates of the listeners' directories, where they are of quaymaster's own making. These block, on disk and on the
 * resolver, and tell what they have done, and what they could not, in the log. */
#ifndef QUAYMASTER_PROXY_CMD_CERTIFICATES_H
#define QUAYMASTER_PROXY_CMD_CERTIFICATES_H

#include <stdbool.h>

struct config;

/* For listeners with `init`: makes what there is to make. AFRESH: signs everything again, too, as docker:dind does at each start,
 * since names and addresses may be others than last time. False: one could not be made. */
bool certificates_make(const struct config *config, bool afresh);

/* Signs afresh what ends soon. The listeners look at their files themselves, and take what is new. */
void certificates_renew(const struct config *config);

/* To be called when the listeners are up: a docker:cli container takes client/ca.pem as the sign that the TLS port is there. */
void certificates_publish(const struct config *config);

#endif
