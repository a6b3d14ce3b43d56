/* The subcommands of the program: each reads its own arguments and returns the exit status. */
#ifndef QUAYMASTER_PROXY_COMMANDS_H
#define QUAYMASTER_PROXY_COMMANDS_H

#include "proxy/version.h"

enum { EXIT_OK = 0, EXIT_TROUBLE = 1, EXIT_USAGE = 2 };

int cmd_run(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_test(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_learn(int argc, char **argv);
int cmd_replay(int argc, char **argv);
int cmd_convert(int argc, char **argv);
int cmd_reload(int argc, char **argv);
int cmd_dial_stdio(int argc, char **argv);
int cmd_audit(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_top(int argc, char **argv);
int cmd_healthcheck(int argc, char **argv);

#define QUAYMASTER_CONFIG_DEFAULT "/etc/quaymaster/quaymaster.conf"

#endif
