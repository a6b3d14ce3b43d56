/* Client rules that go by what a certificate says of its subject, where several authorities may say it. */
#ifndef QUAYMASTER_PROXY_CLIENT_AUTHORITIES_H
#define QUAYMASTER_PROXY_CLIENT_AUTHORITIES_H

struct config;
struct listener_config;
struct problems;
struct tls_authorities;

/* Adds to PROBLEMS each client rule of CONFIG that goes by a subject on LISTENER alone: any of AUTHORITIES, where they are several,
 * could give that subject to whom it likes. A rule that names its issuer in full, one of AUTHORITIES, or the key is fine. */
void client_authorities_judge(const struct config *config, const struct listener_config *listener,
                              const struct tls_authorities *authorities, struct problems *problems);

/* The same for all listeners, by the files of authorities that can be read now. */
void client_authorities_judge_files(const struct config *config, struct problems *problems);

#endif
