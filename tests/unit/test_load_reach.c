/* Settings about what containers reach: ports, networks, binds, volumes. Each text of a table has one mistake. */
#include "policy/load.h"
#include "policy/problems.h"
#include "policy/text.h"
#include "tests/unit/settings_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct mistake {
	const char *setting; /* of the group at hand */
	const char *problem; /* how its text goes on behind the setting's name */
};

/* A group "container = { ports" of a policy, and what its problems begin with. */
static void assert_mistakes(const char *group, const char *name, const struct mistake *table,
                            size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char text[1024], wanted[1024];
		struct problems *problems;
		struct policy_set *set;

		snprintf(text, sizeof text, "policies = { p = { %s { %s }; %s }; };", group,
		         table[i].setting, strchr(group, '{') != NULL ? "};" : "");
		snprintf(wanted, sizeof wanted, "settings:1: policies.p.%s%s", name, table[i].problem);
		set = settings_text_load(text, &problems);
		if (set != NULL)
			fail_msg("nothing found in: %s", text);
		if (problems_count(problems) != 1 || !text_starts_with(problems_text(problems, 0), wanted))
			fail_msg("%s\n%zu: %s\nnot: %s", text, problems_count(problems),
			         problems_text(problems, 0), wanted);
		problems_free(problems);
	}
}

static void ports(void **state)
{
	static const struct mistake table[] = {
		{"publish = \"no\";", ".publish: must be true or false, not a string"},
		{"publisch = false;", ".publisch: unknown setting (did you mean 'publish'?)"},
		{"host_addresses = \"127.0.0.1\";", ".host_addresses: must be a list, not a string"},
		{"host_addresses = [\"localhost\"];",
	     ".host_addresses[0]: 'localhost' is no IP range; write it like 10.0.0.0/8 or fd00::1"},
		{"host_addresses = [\"10.0.0.0/8\", \"10.0.0.1/8\"];",
	     ".host_addresses[1]: '10.0.0.1/8' has bits set beyond its /8"},
		{"host_addresses = [127];", ".host_addresses[0]: must be a string, not a whole number"},
		{"default_host_address = \"localhost\";",
	     ".default_host_address: 'localhost' is no IP address"},
		{"default_host_address = \"10.0.0.0/8\";",
	     ".default_host_address: '10.0.0.0/8' is no IP address"},
		{"default_host_address = \"10.0.0.1\"; host_addresses = [\"127.0.0.1\"];",
	     ": default_host_address is 10.0.0.1, which host_addresses do not have"},
		{"default_host_address = \"::1\"; host_addresses = [];",
	     ": default_host_address is ::1, which host_addresses do not have"},
		{"host_ports = [8080];", ".host_ports[0]: must be a string, not a whole number"},
		{"host_ports = [\"0\"];", ".host_ports[0]: '0' is no port from 1 to 65535"},
		{"host_ports = [\"65536\"];", ".host_ports[0]: '65536' is no port from 1 to 65535"},
		{"host_ports = [\"90-80\"];", ".host_ports[0]: '90-80' is no port from 1 to 65535"},
		{"host_ports = [\"any\"];", ".host_ports[0]: 'any' is no port from 1 to 65535"},
		{"host_ports = \"8080\";", ".host_ports: must be a list, not a string"},
	};

	(void)state;
	assert_mistakes("container = { ports =", "container.ports", table,
	                sizeof table / sizeof *table);
}

static void networks(void **state)
{
	static const struct mistake table[] = {
		{"internal = \"yes\";", ".internal: must be true or false, not a string"},
		{"ipv6 = 1;", ".ipv6: must be true or false, not a whole number"},
		{"attachable = [];", ".attachable: must be true or false"},
		{"subnets = [\"172.30.0.0\", \"172.30.1.1/24\"];",
	     ".subnets[1]: '172.30.1.1/24' has bits set beyond its /24; write it like 10.0.0.0/8"},
		{"subnets = \"172.30.0.0/16\";", ".subnets: must be a list, not a string"},
		{"force_options = [\"com.docker.network.driver.mtu\"];",
	     ".force_options[0]: 'com.docker.network.driver.mtu' is not written \"name=value\""},
		{"force_options = [\"=1400\"];", ".force_options[0]: '=1400' is not written"},
		{"force_options = [1400];", ".force_options[0]: must be a string"},
		{"force_options = { mtu = \"1400\"; };", ".force_options: must be a list, not a group"},
		{"mac_addresses = [\"02:42:AC:*\"];",
	     ".mac_addresses[0]: '02:42:AC:*' is not written like \"02:42:*\", in lower case"},
		{"ipam_driver = [];", ".ipam_driver: unknown setting (did you mean 'ipam_drivers'?)"},
		{"config_networks = \"x\";", ".config_networks: must be true or false, not a string"},
	};

	(void)state;
	assert_mistakes("network =", "network", table, sizeof table / sizeof *table);
}

static void volumes(void **state)
{
	static const struct mistake table[] = {
		{"nfs = [\"10.0.0.5:/x\"];", ".nfs[0]: must be a group { ... }, not a string"},
		{"nfs = { };", ".nfs: must be a list, not a group"},
		{"nfs = ( { server = \"10.0.0.5\"; } );", ".nfs[0]: a share needs a server and a path"},
		{"cifs = ( { path = \"/x\"; } );", ".cifs[0]: a share needs a server and a path"},
		{"nfs = ( { server = \"10.0.0.5/8\"; path = \"/x\"; } );",
	     ".nfs[0].server: '10.0.0.5/8' is no address, no range of them, and no name"},
		{"nfs = ( { server = \"*.example\"; path = \"/x\"; } );",
	     ".nfs[0].server: '*.example' is no address"},
		{"nfs = ( { server = \"a,b\"; path = \"/x\"; } );", ".nfs[0].server: 'a,b' is no address"},
		{"nfs = ( { server = \"a\"; path = \"x\"; } );",
	     ".nfs[0].path: 'x' is not an absolute path in its shortest form"},
		{"nfs = ( { server = \"a\"; path = \"/x/\"; } );", ".nfs[0].path: '/x/' is not"},
		{"nfs = ( { server = \"a\"; path = \"/x/*\"; } );", ".nfs[0].path: '/x/*' is not"},
		{"nfs = ( { server = \"a\"; path = \"/$host\"; } );",
	     ".nfs[0].path: '/$host' has the variable '$host'"},
		{"nfs = ( { server = \"a\"; path = \"/x\"; write = \"no\"; } );",
	     ".nfs[0].write: must be true or false"},
		{"nfs = ( { server = \"a\"; path = \"/x\"; create = true; } );",
	     ".nfs[0].create: unknown setting"},
		{"tmpfs_size = \"lots\";", ".tmpfs_size: must be a size like \"512M\" or \"4G\""},
		{"tmpfs_size = \"0\";", ".tmpfs_size: must be a size"},
		{"tmpfs_size = 64;", ".tmpfs_size: must be a string, not a whole number"},
	};

	(void)state;
	assert_mistakes("volume =", "volume", table, sizeof table / sizeof *table);
}

/* A default that contradicts the list of addresses is told where the two come together, and once. */
static void a_default_and_a_list_may_come_from_two_policies(void **state)
{
	struct problems *problems;

	(void)state;
	assert_null(settings_text_load(
		"policies = {\n"
		" list = { container = { ports = { host_addresses = [\"127.0.0.0/8\"]; }; }; };\n"
		" fine = { extends = \"list\"; container = { ports = { default_host_address = "
		"\"127.1.1.1\"; }; }; };\n"
		" bad = { extends = \"list\"; container = { ports = { default_host_address = "
		"\"10.0.0.1\"; }; }; };\n"
		" child = { extends = \"bad\"; container = { privileged = false; }; };\n"
		"};",
		&problems));
	assert_int_equal(problems_count(problems), 1);
	assert_true(text_starts_with(problems_text(problems, 0),
	                             "settings:4: policies.bad.container.ports: default_host_address "
	                             "is 10.0.0.1"));
	problems_free(problems);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ports),
		cmocka_unit_test(networks),
		cmocka_unit_test(volumes),
		cmocka_unit_test(a_default_and_a_list_may_come_from_two_policies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
