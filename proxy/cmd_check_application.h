/* The part of `quaymaster check` that is about an application's needs. */
#ifndef QUAYMASTER_PROXY_CMD_CHECK_APPLICATION_H
#define QUAYMASTER_PROXY_CMD_CHECK_APPLICATION_H

/* Puts the requests of the application NAME (a profile, or a policy of FILE that has `application`) to the policy POLICY_NAME of
 * FILE (NULL: the presets alone), or where that is NULL to each that a client rule gives. Prints; returns the exit status. */
int check_application(const char *file, const char *name, const char *policy_name);

#endif
