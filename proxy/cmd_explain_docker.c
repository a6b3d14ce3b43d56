#include "proxy/cmd_explain.h"
#include "proxy/commands.h"
int explain_docker(struct explain_context *context, char **words)
{
	(void)context;
	(void)words;
	return EXIT_TROUBLE;
}
