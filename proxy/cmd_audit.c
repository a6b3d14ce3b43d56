/* quaymaster audit verify: whether an audit log's chain holds, and where it does not. */
#include "proxy/cmd_usage.h"
#include "proxy/commands.h"

#include "policy/audit_chain.h"
#include "policy/error.h"
#include "policy/seal.h"
#include "proxy/tenancy_key.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

/* A line of the log has 32 KiB at most. */
enum { LINE_MAX_BYTES = 64 * 1024 };

static const char help[] =
	"Usage: quaymaster audit verify [--key FILE] AUDITLOG...\n"
	"\n"
	"Tells whether the lines of an audit log that was written with audit.chain are all\n"
	"there, unchanged and in order. Rotated files are given oldest first; - is standard\n"
	"input. The first line that is wrong is named, and how. What was cut off at the end\n"
	"leaves no trace: compare the last number, or value, with one from elsewhere.\n"
	"\n"
	"  -k, --key FILE  audit.chain_key, where there is one\n"
	"  -h, --help      this text\n"
	"\n"
	"Exit status: 0 when the chain holds, 1 when it does not or a file could not be\n"
	"read, 2 for wrong usage.\n";

struct verification {
	struct audit_chain chain;
	const char *file;
	unsigned long line, lines;
	uint64_t first; /* number of the first line */
};

static bool wrong(const struct verification *at, const char *text)
{
	printf("%s:%lu: %s\n", at->file, at->line, text);
	return false;
}

/* BEFORE is the number of the line before. */
static bool judge(const struct verification *at, enum audit_link link, uint64_t before)
{
	unsigned long long number = at->chain.number, last = before;

	switch (link) {
	case AUDIT_LINK_HOLDS:
		return true;
	case AUDIT_LINK_ENTRY:
		printf("%s:%lu: begins with number %llu: this line is taken for what it says, as the "
		       "one before it is not given\n",
		       at->file, at->line, number);
		return true;
	case AUDIT_LINK_NONE:
		return wrong(at, "is no line of the chain: cut short, added, or from a log without one");
	case AUDIT_LINK_CHANGED:
		return wrong(at, at->chain.key != NULL
		                     ? "was changed, or the key is another one"
		                     : "was changed, or is of a chain with a key: give it with --key");
	case AUDIT_LINK_ANEW:
		return wrong(at, "another chain begins here: what came before may have lost its end");
	case AUDIT_LINK_MISSING:
		printf("%s:%lu: has number %llu and follows %llu: what was between them is missing\n",
		       at->file, at->line, number, last);
		return false;
	case AUDIT_LINK_MOVED:
		printf("%s:%lu: has number %llu and follows %llu: it was moved, or is there twice\n",
		       at->file, at->line, number, last);
		return false;
	}
	return false;
}

static bool verify_line(struct verification *at, const char *line, size_t len)
{
	uint64_t before = at->chain.number;
	enum audit_link link;

	at->line++;
	link = audit_chain_check(&at->chain, line, len);
	if (at->lines++ == 0)
		at->first = at->chain.number;
	return judge(at, link, before);
}

/* Takes the next line off STREAM; *LEN is without its newline, and one that is too long or not ended is
 * not WHOLE. False at the end. */
static bool next_line(FILE *stream, char line[static LINE_MAX_BYTES], size_t *len, bool *whole)
{
	int byte = EOF;

	*len = 0;
	while (*len < LINE_MAX_BYTES && (byte = getc_unlocked(stream)) != EOF && byte != '\n')
		line[(*len)++] = (char)byte;
	*whole = byte == '\n';
	return *whole || *len > 0;
}

static bool verify_stream(struct verification *at, FILE *stream)
{
	static char line[LINE_MAX_BYTES];
	bool whole;
	size_t len;

	while (next_line(stream, line, &len, &whole)) {
		if (!verify_line(at, line, whole ? len : 0))
			return false;
	}
	if (!ferror(stream))
		return true;
	fprintf(stderr, "quaymaster audit: %s: %s\n", at->file, strerror(errno));
	return false;
}

static bool verify_file(struct verification *at, const char *file)
{
	bool holds;
	FILE *stream;

	at->file = file;
	at->line = 0;
	if (strcmp(file, "-") == 0)
		return verify_stream(at, stdin);
	stream = fopen(file, "re");
	if (stream == NULL) {
		fprintf(stderr, "quaymaster audit: %s: %s\n", file, strerror(errno));
		return false;
	}
	holds = verify_stream(at, stream);
	fclose(stream);
	return holds;
}

static int verify(const struct seal_key *key, char **files)
{
	struct verification at = {.file = NULL};

	audit_chain_begin(&at.chain, key);
	for (; *files != NULL; files++)
		if (!verify_file(&at, *files))
			return EXIT_TROUBLE;
	if (at.lines == 0) {
		fputs("quaymaster audit: there is no line in what was given\n", stderr);
		return EXIT_TROUBLE;
	}
	printf("the chain holds: %lu lines, numbers %llu to %llu; the last value is %s\n", at.lines,
	       (unsigned long long)at.first, (unsigned long long)at.chain.number, at.chain.value);
	return EXIT_OK;
}

static int verify_with(const char *key_file, char **files)
{
	struct error error = {.text = ""};
	struct seal_key key;

	if (key_file == NULL)
		return verify(NULL, files);
	if (seal_key_read(key_file, &key, &error))
		return verify(&key, files);
	fprintf(stderr, "quaymaster audit: %s\n", error.text);
	return EXIT_TROUBLE;
}

int cmd_audit(int argc, char **argv)
{
	static const struct option list[] = {
		{"key", required_argument, NULL, 'k'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	const char *key = NULL;
	int option;

	while ((option = getopt_long(argc, argv, "k:h", list, NULL)) != -1) {
		if (option == 'h') {
			fputs(help, stdout);
			return EXIT_OK;
		}
		if (option != 'k')
			return usage_hint("audit");
		key = optarg;
	}
	if (optind == argc || strcmp(argv[optind], "verify") != 0)
		return usage_wrong("audit", "what is to be done? There is only 'verify'");
	if (optind + 1 == argc)
		return usage_wrong("audit", "which audit log?");
	return verify_with(key, argv + optind + 1);
}
