/* What one test of tests/vectors shows of the register's entries. */
#ifndef QUAYMASTER_TESTS_REGISTER_EVIDENCE_H
#define QUAYMASTER_TESTS_REGISTER_EVIDENCE_H

struct entries;
struct policy;
struct trial;
struct trial_input;

/* Notes in ENTRIES what INPUT, having come out of POLICY as TRIAL, shows. */
void evidence_note(struct entries *entries, const struct policy *policy,
                   const struct trial_input *input, const struct trial *trial);

#endif
