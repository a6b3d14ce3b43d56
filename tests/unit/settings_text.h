/* For tests: policies loaded from a settings text. */
#ifndef QUAYMASTER_TESTS_UNIT_SETTINGS_TEXT_H
#define QUAYMASTER_TESTS_UNIT_SETTINGS_TEXT_H

struct policy_set;
struct problems;

/* Loads TEXT with the listeners "local" and "tls". Fails the test when libconfig cannot read it.
 * PROBLEMS is the caller's to free, and has what a NULL is about. */
struct policy_set *settings_text_load(const char *text, struct problems **problems);

/* The same for a text without mistakes; fails the test when there is one. */
struct policy_set *settings_text_load_fine(const char *text);

#endif
