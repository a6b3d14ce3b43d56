/* The archive that a test writes, and what a scan makes of it. */
#ifndef QUAYMASTER_TESTS_TAR_SCANNING_H
#define QUAYMASTER_TESTS_TAR_SCANNING_H

#include "policy/tar_scan.h"
#include "tests/unit/tar_text.h"

extern struct tar_text tar; /* the archive */

/* What is looked for: "manifest.json" and "a/Dockerfile". */
extern const char *const wanted_names[2];

void tar_begin(void);
void tar_end(void);

/* Scans it, the bytes coming in steps of every size, which makes no difference. Returns why it was refused, or
 * NULL. */
const char *scan_as(enum tar_kind kind);
void expect_refused_as(enum tar_kind kind, const char *part);
void expect_refused(const char *part);
/* It is fine, and manifest.json is this, or NULL. */
void expect_file(const char *content);

#endif
