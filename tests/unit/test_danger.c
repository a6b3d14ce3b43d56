/* A table: which advice would give the host away. */
#include "policy/danger.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	const char *setting, *value;
	bool write;
	const char *told; /* NULL: nothing */
} rows[] = {
	{"container.privileged", NULL, false, "root on the host"},
	{"container.unmasked_paths", NULL, false, "kernel settings"},
	{"container.ports.publish", NULL, false, NULL},
	{"container.pid_modes", "host", false, "host's processes"},
	{"container.pid_modes", "container", false, NULL},
	{"container.devices", "/dev/sda", false, "disk or memory"},
	{"container.capabilities", "SYS_ADMIN", false, "root on the host"},
	{"container.capabilities", "S*", false, "root on the host"},
	{"container.capabilities", "SYS_*", false, "root on the host"},
	{"container.capabilities", "NET_*", false, "rules the network"},
	{"container.capabilities", "AUDIT_*", false, "records"},
	{"container.capabilities", "SYS_TIME", false, "host's clock"},
	{"operations.allow", "container.create", false, NULL},
	{"volume.options", "device", false, "any folder of the host"},
	{"volume.options", "device=/srv", false, "any folder of the host"},
	{"volume.options", "size=1g", false, NULL},
	{"container.binds", "/", false, "host's secrets"},
	{"container.binds", "/", true, "root on the host"},
	{"container.binds", "/var/run/docker.sock", false, "past quaymaster"},
	{"container.binds", "/run", false, "past quaymaster"},
	{"container.binds", "/etc", true, "root on the host"},
	{"container.binds", "/etc/shadow", false, "host's secrets"},
	{"container.binds", "/etcetera", true, NULL},
	{"container.binds", "/usr/lib", false, NULL},
	{"container.binds", "/usr/lib", true, "root on the host"},
	{"container.binds", "/srv/ci", true, NULL},
};

static void what_gives_the_host_away_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *told = danger_of(rows[i].setting, rows[i].value, rows[i].write);

		if ((told == NULL) != (rows[i].told == NULL) ||
		    (told != NULL && strstr(told, rows[i].told) == NULL))
			fail_msg("%s %s: %s", rows[i].setting, rows[i].value != NULL ? rows[i].value : "",
			         told != NULL ? told : "nothing is told");
	}
}

/* capabilities(7), all of it: what Docker gives every container, and what does nothing to the host or to neighbours, has
 * nothing told of it but NET_RAW, which is both. */
static const struct {
	const char *name;
	bool told;
} capabilities[] = {
	{"AUDIT_CONTROL", true},   {"AUDIT_READ", true},    {"AUDIT_WRITE", false},
	{"BLOCK_SUSPEND", true},   {"BPF", true},           {"CHECKPOINT_RESTORE", true},
	{"CHOWN", false},          {"DAC_OVERRIDE", false}, {"DAC_READ_SEARCH", true},
	{"FOWNER", false},         {"FSETID", false},       {"IPC_LOCK", true},
	{"IPC_OWNER", false},      {"KILL", false},         {"LEASE", false},
	{"LINUX_IMMUTABLE", true}, {"MAC_ADMIN", true},     {"MAC_OVERRIDE", true},
	{"MKNOD", false},          {"NET_ADMIN", true},     {"NET_BIND_SERVICE", false},
	{"NET_BROADCAST", false},  {"NET_RAW", true},       {"PERFMON", true},
	{"SETFCAP", false},        {"SETGID", false},       {"SETPCAP", false},
	{"SETUID", false},         {"SYSLOG", true},        {"SYS_ADMIN", true},
	{"SYS_BOOT", true},        {"SYS_CHROOT", false},   {"SYS_MODULE", true},
	{"SYS_NICE", true},        {"SYS_PACCT", true},     {"SYS_PTRACE", true},
	{"SYS_RAWIO", true},       {"SYS_RESOURCE", true},  {"SYS_TIME", true},
	{"SYS_TTY_CONFIG", true},  {"WAKE_ALARM", true},
};

static void every_capability_is_weighed(void **state)
{
	(void)state;
	assert_int_equal(sizeof capabilities / sizeof *capabilities, 41);
	for (size_t i = 0; i < sizeof capabilities / sizeof *capabilities; i++) {
		const char *told = danger_of("container.capabilities", capabilities[i].name, false);

		if ((told != NULL) != capabilities[i].told)
			fail_msg("%s: %s", capabilities[i].name, told != NULL ? told : "nothing is told");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_gives_the_host_away_is_told),
		cmocka_unit_test(every_capability_is_weighed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
