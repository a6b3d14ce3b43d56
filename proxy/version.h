/* Which quaymaster this is. */
#ifndef QUAYMASTER_PROXY_VERSION_H
#define QUAYMASTER_PROXY_VERSION_H

#define QUAYMASTER_VERSION "0.1.0"

#endif
