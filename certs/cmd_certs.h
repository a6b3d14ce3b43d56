/* `quaymaster certs`. */
#ifndef QUAYMASTER_CERTS_CMD_CERTS_H
#define QUAYMASTER_CERTS_CMD_CERTS_H

/* ARGV[0] is the command's own name, "certs". Returns the exit code: 0 done; 1 failed, or `show` found something
 * wrong; 2 misused. */
int cmd_certs(int argc, char **argv);

#endif
