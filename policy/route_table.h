/* Where the catalogue's rows are kept. Private to route*.c: all others see route.h. */
#ifndef QUAYMASTER_POLICY_ROUTE_TABLE_H
#define QUAYMASTER_POLICY_ROUTE_TABLE_H

#include "policy/route.h"

/* Sorted by the first segment of the template, which is what route_find searches by; within a
 * segment the templates without a placeholder come first. Routes that share a method and a template
 * are told apart by the query (request.c): route_find gives the first of them. */
extern const struct route route_table[];
extern const size_t route_table_count;

#endif
