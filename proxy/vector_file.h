/* Policy tests off the disk: the file, and the policies that its lines name. */
#ifndef QUAYMASTER_PROXY_VECTOR_FILE_H
#define QUAYMASTER_PROXY_VECTOR_FILE_H

#include "policy/vector.h"

#include <stdio.h>

struct policy_set;

/* Runs the tests of FILE and writes each failure to REPORT as "file:line: ...". POLICIES are in force instead of those
 * that its `policies` lines name; NULL means that these are loaded, from files relative to FILE's folder, and that
 * above them there are the shipped presets. What cannot be read counts as a failure. Blocks. */
struct vector_count vector_file_run(const char *file, const struct policy_set *policies,
                                    FILE *report);

#endif
