/* Memory for JSON trees. A tree is some hundreds of small blocks that come and go with a request; each thread
 * keeps what it has freed and hands it out again. */
#ifndef QUAYMASTER_PROXY_JSON_POOL_H
#define QUAYMASTER_PROXY_JSON_POOL_H

#include <stdbool.h>

/* To be called before anything else of jansson, while there is one thread. Does nothing, and says so, where a
 * sanitizer is to see each block. */
bool json_pool_install(void);

/* Frees what this thread has kept. To be called at the thread's end. */
void json_pool_drain(void);

#endif
