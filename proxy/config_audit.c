/* The group `audit`: where the log goes, and what goes together. */
#include "proxy/config_audit.h"

#include "policy/text.h"
#include "proxy/audit_setup.h"
#include "proxy/config_read.h"

#include <string.h>

/* RFC 5424, section 6.2.1, those that a service may use. */
static const struct facility {
	const char *name;
	unsigned number;
} facilities[] = {
	{"user", 1},    {"daemon", 3},  {"auth", 4},    {"syslog", 5},  {"authpriv", 10},
	{"audit", 13},  {"local0", 16}, {"local1", 17}, {"local2", 18}, {"local3", 19},
	{"local4", 20}, {"local5", 21}, {"local6", 22}, {"local7", 23},
};

enum { FACILITIES = sizeof facilities / sizeof *facilities, QUEUE_MIN = 64 * 1024 };

static void read_facility(const struct section *section, struct audit_setup *setup)
{
	const char *name = "authpriv", *names[FACILITIES], *nearest;

	section_string(section, "facility", &name);
	for (size_t i = 0; i < FACILITIES; i++) {
		names[i] = facilities[i].name;
		if (strcmp(name, facilities[i].name) == 0)
			setup->facility = facilities[i].number;
	}
	if (setup->facility != 0)
		return;
	nearest = text_nearest(name, names, FACILITIES);
	section_problem(section, "facility", "there is no facility '%s'%s%s%s", name,
	                nearest != NULL ? " (did you mean '" : "", nearest != NULL ? nearest : "",
	                nearest != NULL ? "'?)" : "; such as \"authpriv\", \"daemon\" or \"local0\"");
}

/* `true` is where it always is. */
static void read_socket(const struct section *section, const char *key, const char *usual,
                        const char **path)
{
	const config_setting_t *setting =
		section->setting != NULL ? config_setting_get_member(section->setting, key) : NULL;
	bool wanted = false;

	if (setting != NULL && config_setting_type(setting) == CONFIG_TYPE_BOOL) {
		section_flag(section, key, &wanted);
		*path = wanted ? usual : NULL;
	} else {
		section_socket(section, key, path);
	}
}

static void check(const struct section *section, const struct audit_setup *setup)
{
	bool regular = setup->file != NULL && strcmp(setup->file, "-") != 0;

	if (setup->required && setup->file == NULL && setup->syslog == NULL && setup->journal == NULL)
		section_problem(section, "required",
		                "audit.required needs audit.file, audit.syslog or audit.journal");
	if (setup->chain && !regular)
		section_problem(section, "chain", "audit.chain needs audit.file, and a file on a disk");
	if (setup->sync && !regular)
		section_problem(section, "sync", "audit.sync needs audit.file, and a file on a disk");
	if (setup->chain_key != NULL && !setup->chain)
		section_problem(section, "chain_key", "audit.chain_key is for audit.chain = true");
	if (section_has(section, "facility") && setup->syslog == NULL)
		section_problem(section, "facility", "audit.facility is for audit.syslog = true");
	if (setup->chain_key != NULL && setup->chain_key[0] != '/')
		section_problem(section, "chain_key", "audit.chain_key must be an absolute path");
}

void config_read_audit(const struct section *root, struct audit_setup *setup)
{
	static const char *const keys[] = {"file", "required", "syslog",    "facility", "journal",
	                                   "sync", "chain",    "chain_key", "queue",    NULL};
	struct section section = section_open(root, "audit");
	unsigned long long queue = 1024 * 1024;

	section_check_keys(&section, keys);
	section_string(&section, "file", &setup->file);
	section_flag(&section, "required", &setup->required);
	read_socket(&section, "syslog", AUDIT_SYSLOG_SOCKET, &setup->syslog);
	read_socket(&section, "journal", AUDIT_JOURNAL_SOCKET, &setup->journal);
	read_facility(&section, setup);
	section_flag(&section, "sync", &setup->sync);
	section_flag(&section, "chain", &setup->chain);
	section_string(&section, "chain_key", &setup->chain_key);
	section_size(&section, "queue", 1ULL << 30, &queue);
	if (queue < QUEUE_MIN)
		section_problem(&section, "queue", "audit.queue must be \"64K\" at least");
	setup->queue_bytes = (size_t)queue;
	check(&section, setup);
}
