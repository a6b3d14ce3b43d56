/* Which containers a process may be in, by its cgroups, and which of these claims a daemon's layout bears out. */
#include "policy/cgroup_path.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define C "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"

#define CGROUPFS CGROUP_DRIVER_CGROUPFS
#define SYSTEMD  CGROUP_DRIVER_SYSTEMD

static struct cgroup_paths read_paths(const char *text)
{
	struct cgroup_paths paths;

	if (!cgroup_paths_read(text, &paths))
		fail_msg("not read: %s", text);
	return paths;
}

/* The file as it is under cgroup v2. */
static struct cgroup_path read_one(const char *path)
{
	static char text[1024]; /* what is read points there */
	static const struct cgroup_path none;
	struct cgroup_paths paths;

	(void)snprintf(text, sizeof text, "0::%s\n", path);
	paths = read_paths(text);
	assert_true(paths.count <= 1);
	return paths.count == 0 ? none : paths.list[0];
}

/* The deepest candidate of the path that fits: its place from the root on, counted from 1; 0 for none. */
static size_t deepest(const char *text, const struct cgroup_layout *layout, const char *parent)
{
	struct cgroup_paths paths;

	assert_true(cgroup_paths_read(text, &paths));
	for (size_t i = paths.count > 0 ? paths.list[0].count : 0; i > 0; i--) {
		if (cgroup_candidate_fits(&paths.list[0].candidates[i - 1], layout, parent))
			return i;
	}
	return 0;
}

static void every_form_of_path(void **state)
{
	static const struct {
		const char *path;
		const char *ids[3];
		enum cgroup_form form; /* of the last */
	} rows[] = {
		{"/", {NULL}, CGROUP_OTHER},
		{"/user.slice/user-1000.slice/session-3.scope", {NULL}, CGROUP_OTHER},
		{"/docker/" A, {A}, CGROUP_BARE},
		{"/docker/" A "/init.scope", {A}, CGROUP_BARE},
		{"/system.slice/docker-" A ".scope", {A}, CGROUP_DOCKER_SCOPE},
		{"/ci/job-42/" A, {A}, CGROUP_BARE},
		{"/ci.slice/ci-job.slice/docker-" A ".scope", {A}, CGROUP_DOCKER_SCOPE},
		{"/user.slice/user-1000.slice/user@1000.service/app.slice/docker-" A ".scope",
	     {A},
	     CGROUP_DOCKER_SCOPE},
		{"/ecs/0123456789abcdef0123456789abcdef/" A, {A}, CGROUP_BARE},
		{"/kubepods/burstable/podc0ffee00-0000-4000-8000-000000000000/" A, {A}, CGROUP_BARE},
		{"/kubepods.slice/kubepods-pod1.slice/docker-" A ".scope", {A}, CGROUP_DOCKER_SCOPE},
		{"/kubepods.slice/kubepods-pod1.slice/cri-containerd-" A ".scope", {A}, CGROUP_OTHER},
		{"/actions_job/" A, {A}, CGROUP_BARE},
		{"/machine.slice/libpod-" A ".scope/container", {A}, CGROUP_LIBPOD_SCOPE},
		{"/machine.slice/libpod-conmon-" A ".scope", {A}, CGROUP_OTHER},
		{"/libpod_parent/libpod-" A, {A}, CGROUP_LIBPOD},
		{"/docker/" A "/docker/" B, {A, B}, CGROUP_BARE},
		{"/docker/" A "/" B "/x/" C, {A, B, C}, CGROUP_BARE},
		{"/docker/" A "0", {A}, CGROUP_OTHER},
		{"/docker/" A " (deleted)", {A}, CGROUP_OTHER},
		{"/x-" A "-" B, {A}, CGROUP_OTHER},
		{"/docker/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	     {NULL},
	     CGROUP_OTHER},
		{"/a:b/" A, {A}, CGROUP_BARE},
		{"//docker//" A "/", {A}, CGROUP_BARE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct cgroup_path path = read_one(rows[i].path);

		for (size_t k = 0; k < 3 && rows[i].ids[k] != NULL; k++) {
			if (path.count <= k || strcmp(path.candidates[k].id, rows[i].ids[k]) != 0)
				fail_msg("%s: candidate %zu", rows[i].path, k);
			if (k == 2 || rows[i].ids[k + 1] == NULL)
				assert_int_equal(path.count, k + 1);
		}
		if (rows[i].ids[0] == NULL)
			assert_int_equal(path.count, 0);
		else
			assert_int_equal(path.candidates[path.count - 1].form, rows[i].form);
	}
}

static void hierarchies_with_one_path_count_once(void **state)
{
	struct cgroup_paths paths = read_paths("9:name=systemd:/docker/" A "\n"
	                                       "8:pids:/docker/" A "/sub\n"
	                                       "4:cpu,cpuacct:/docker/" A "\n"
	                                       "2:memory:/else/" A "\n"
	                                       "1:misc:/\n"
	                                       "0::/docker/" A "\n");

	(void)state;
	assert_int_equal(paths.count, 2);
	assert_string_equal(paths.list[0].candidates[0].id, A);
	assert_int_equal(paths.list[1].candidates[0].parent_len, strlen("/else"));
	assert_int_equal(read_paths("1:cpu:/\n0::/init.scope\n").count, 0);
}

static void what_is_not_the_whole_file_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"\n",
		"0::/docker/" A, /* cut short */
		"0:/docker/" A "\n",
		"0::docker/" A "\n",
		"0::\n",
		"0::/../docker/" A "\n", /* of a cgroup namespace that is not ours */
		"0::/..\n",
		"1:cpu:/docker/" A "\n\n",
		"0::/" A "/" A "/" A "/" A "/" A "/" A "/" A "/" A "/" A "\n",
		"1:a:/1/" A "\n2:b:/2/" A "\n3:c:/3/" A "\n4:d:/4/" A "\n5:e:/5/" A "\n",
	};
	struct cgroup_paths paths;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		paths.count = 7;
		if (cgroup_paths_read(texts[i], &paths))
			fail_msg("read: %s", texts[i]);
		assert_int_equal(paths.count, 0);
	}
}

/* Each row: where a daemon would put the container, and whether it is there. */
static const struct {
	const char *path;
	struct cgroup_layout layout;
	const char *parent;
	bool fits;
} claims[] = {
	{"/docker/" A, {.driver = CGROUPFS}, "", true},
	{"/docker/" A, {.driver = CGROUPFS}, NULL, true},
	{"/docker/" A "/init", {.driver = CGROUPFS}, NULL, true},
	{"/docker/" A, {.driver = CGROUP_DRIVER_UNKNOWN}, "", false},
	{"/docker/" A, {.driver = SYSTEMD}, "", false},
	{"/docker/" A, {.driver = CGROUPFS}, "/ci", false},
	{"/dockers/" A, {.driver = CGROUPFS}, "", false},
	{"/x/docker/" A, {.driver = CGROUPFS}, "", false},
	{"/" A, {.driver = CGROUPFS}, "/", true},
	{"/" A, {.driver = CGROUPFS}, "/../..", true},
	{"/ci/job-42/" A, {.driver = CGROUPFS}, "/ci/job-42", true},
	{"/ci/job-42/" A, {.driver = CGROUPFS}, "/ci//./x/../job-42/", true},
	{"/ci/job-42/" A, {.driver = CGROUPFS}, "ci/job-42", false}, /* relative to who knows what */
	{"/ecs/t/" A, {.driver = CGROUPFS}, "/ecs/t", true},
	{"/actions_job/" A, {.driver = CGROUPFS, .parent = "/actions_job"}, "", true},
	{"/docker/" A, {.driver = CGROUPFS, .parent = "/actions_job"}, "", false},
	{"/docker/" A, {.driver = CGROUPFS, .parent = "/actions_job"}, "/docker", true},
	{"/system.slice/docker-" A ".scope", {.driver = SYSTEMD}, "", true},
	{"/system.slice/docker-" A ".scope", {.driver = CGROUPFS}, "/system.slice", false},
	{"/system.slice/libpod-" A ".scope", {.driver = SYSTEMD}, "", false},
	{"/machine.slice/libpod-" A ".scope/container", {.driver = SYSTEMD}, "", true},
	{"/libpod_parent/libpod-" A, {.driver = CGROUPFS}, "", true},
	{"/docker/libpod-" A, {.driver = CGROUPFS}, "", false},
	{"/docker-" A ".scope", {.driver = SYSTEMD}, "-.slice", true},
	{"/a.slice/a-b.slice/a-b-c.slice/docker-" A ".scope", {.driver = SYSTEMD}, "a-b-c.slice", true},
	{"/a-b-c.slice/docker-" A ".scope", {.driver = SYSTEMD}, "a-b-c.slice", false},
	{"/a.slice/docker-" A ".scope", {.driver = SYSTEMD}, "a", false},
	{"/a.slice/docker-" A ".scope", {.driver = SYSTEMD}, "/a.slice", false},
	{"/a.slice/a-.slice/docker-" A ".scope", {.driver = SYSTEMD}, "a-.slice", false},
	{"/docker-" A ".scope", {.driver = SYSTEMD}, ".slice", false},
	{"/user.slice/user-7.slice/user@7.service/user.slice/docker-" A ".scope",
     {.driver = SYSTEMD, .rootless = true, .uid = 7},
     "",
     true},
	{"/user.slice/user-7.slice/user@7.service/app.slice/docker-" A ".scope",
     {.driver = SYSTEMD, .rootless = true, .uid = 7},
     "app.slice",
     true},
	{"/user.slice/user-7.slice/user@7.service/user.slice/docker-" A ".scope",
     {.driver = SYSTEMD, .rootless = true, .uid = 8},
     "",
     false},
	{"/user.slice/docker-" A ".scope", {.driver = SYSTEMD, .rootless = true}, "", false},
	{"/kubepods/burstable/podx/" A, {.driver = CGROUPFS}, "/kubepods/burstable/podx", true},
	{"/kubepods.slice/cri-containerd-" A ".scope", {.driver = SYSTEMD}, "kubepods.slice", false},
};

static void a_claim_is_held_against_the_daemons_layout(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof claims / sizeof *claims; i++) {
		struct cgroup_path path = read_one(claims[i].path);

		assert_int_equal(path.count, 1);
		if (cgroup_candidate_fits(&path.candidates[0], &claims[i].layout, claims[i].parent) !=
		    claims[i].fits)
			fail_msg("row %zu: %s", i, claims[i].path);
	}
}

#define USER_ROOT "/user.slice/user-1000.slice/user@1000.service"
#define V1(path)                                                                           \
	"12:pids:" path "\n11:hugetlb:" path "\n10:net_cls,net_prio:" path "\n9:memory:" path  \
	"\n8:rdma:/\n7:freezer:" path "\n6:devices:" path "\n5:cpuset:" path "\n4:blkio:" path \
	"\n3:perf_event:" path "\n2:cpu,cpuacct:" path "\n1:name=systemd:" path "\n"

/* Whole files, as engines and hosts of all kinds have them: where the process is in, counted from the root on, the same in every
 * hierarchy that names any container; 0 where it is in none of this daemon's. */
static const struct {
	const char *what, *text;
	struct cgroup_layout layout;
	const char *parent;
	size_t depth; /* which candidate it is in */
} files[] = {
	{"docker, cgroupfs, v1", V1("/docker/" A), {.driver = CGROUPFS}, "", 1},
	{"docker, cgroupfs, v1 with an empty v2",
     V1("/docker/" A) "0::/\n",
     {.driver = CGROUPFS},
     "",
     1},
	{"docker, systemd, v1 and v2",
     V1("/system.slice/docker-" A ".scope") "0::/system.slice/docker-" A ".scope\n",
     {.driver = SYSTEMD},
     "",
     1},
	{"docker, systemd, v2", "0::/system.slice/docker-" A ".scope\n", {.driver = SYSTEMD}, "", 1},
	{"docker, systemd, v2, with systemd in it",
     "0::/system.slice/docker-" A ".scope/system.slice/cron.service\n",
     {.driver = SYSTEMD},
     "",
     1},
	{"docker, rootless, v2",
     "0::" USER_ROOT "/user.slice/docker-" A ".scope\n",
     {.driver = SYSTEMD, .rootless = true, .uid = 1000},
     "",
     1},
	{"docker, rootless of another user",
     "0::" USER_ROOT "/user.slice/docker-" A ".scope\n",
     {.driver = SYSTEMD, .rootless = true, .uid = 1001},
     "",
     0},
	{"podman, root, v2",
     "0::/machine.slice/libpod-" A ".scope/container\n",
     {.driver = SYSTEMD},
     "",
     1},
	{"podman, root, v1", V1("/machine.slice/libpod-" A ".scope"), {.driver = SYSTEMD}, "", 1},
	{"podman, cgroupfs, v1", V1("/libpod_parent/libpod-" A), {.driver = CGROUPFS}, "", 1},
	{"podman, rootless, v2",
     "0::" USER_ROOT "/user.slice/libpod-" A ".scope/container\n",
     {.driver = SYSTEMD, .rootless = true, .uid = 1000},
     "",
     1},
	{"podman's monitor",
     "0::/machine.slice/libpod-conmon-" A ".scope\n",
     {.driver = SYSTEMD},
     "",
     0},
	{"a pod of containerd's, systemd",
     "0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1.slice/cri-containerd-" A
     ".scope\n",
     {.driver = SYSTEMD},
     "kubepods-burstable-pod1.slice",
     0},
	{"a pod of containerd's, cgroupfs",
     V1("/kubepods/besteffort/pod1/" A),
     {.driver = CGROUPFS},
     "/kubepods/besteffort/pod1",
     1},
	{"a pod of CRI-O's",
     "0::/kubepods.slice/kubepods-pod1.slice/crio-" A ".scope/container\n",
     {.driver = SYSTEMD},
     "kubepods-pod1.slice",
     0},
	{"a pod of docker's",
     "0::/kubepods.slice/kubepods-pod1.slice/docker-" A ".scope\n",
     {.driver = SYSTEMD},
     "kubepods-pod1.slice",
     1},
	{"docker in docker, v1", V1("/docker/" A "/docker/" B), {.driver = CGROUPFS}, "", 1},
	{"docker in docker, v2", "0::/docker/" A "/docker/" B "\n", {.driver = CGROUPFS}, "", 1},
	{"docker in docker, systemd outside",
     "0::/system.slice/docker-" A ".scope/docker/" B "\n",
     {.driver = SYSTEMD},
     "",
     1},
	{"docker in a pod",
     "0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-" A ".scope/docker/" B "\n",
     {.driver = CGROUPFS},
     "",
     0},
	{"docker in LXC, seen from its host", V1("/lxc/guest/docker/" A), {.driver = CGROUPFS}, "", 0},
	{"docker in LXC, v2, seen from its host",
     "0::/lxc.payload.guest/system.slice/docker-" A ".scope\n",
     {.driver = SYSTEMD},
     "",
     0},
	{"docker in LXC, seen from inside",
     "0::/system.slice/docker-" A ".scope\n",
     {.driver = SYSTEMD},
     "",
     1},
	{"a session of the host's",
     V1(USER_ROOT "/session-3.scope") "0::" USER_ROOT "/session-3.scope\n",
     {.driver = SYSTEMD},
     "",
     0},
	{"docker compose's project parent",
     V1("/compose/web/" A),
     {.driver = CGROUPFS},
     "/compose/web",
     1},
	{"the other driver's form",
     "0::/system.slice/docker-" A ".scope\n",
     {.driver = CGROUPFS},
     "",
     0},
};

static void whole_files_of_engines_and_hosts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct cgroup_paths paths = read_paths(files[i].text);

		if (paths.count == 0 && files[i].depth != 0)
			fail_msg("%s: no container", files[i].what);
		for (size_t k = 0; k < paths.count; k++) {
			const struct cgroup_path *path = &paths.list[k];
			size_t found = path->count;

			while (found > 0 && !cgroup_candidate_fits(&path->candidates[found - 1],
			                                           &files[i].layout, files[i].parent))
				found--;
			if (found != files[i].depth)
				fail_msg("%s: candidate %zu", files[i].what, found);
		}
	}
}

/* Whoever chooses a container's cgroup parent cannot choose who it is: the parent is a claim, too, and the deepest that
 * fits is the container itself. What a container makes below its own cgroup fits nothing. */
static void forged_parents(void **state)
{
	const struct cgroup_layout layout = {.driver = CGROUP_DRIVER_CGROUPFS};

	(void)state;
	assert_int_equal(deepest("0::/docker/" A "/" B "\n", &layout, "/docker/" A), 2);
	assert_int_equal(deepest("0::/docker/" A "/docker/" B "\n", &layout, ""), 1);
	assert_int_equal(deepest("0::/docker/" A "/docker/" B "/" C "\n", &layout, ""), 1);
}

static void a_parent_without_end_fits_nothing(void **state)
{
	static char parent[8192];
	const struct cgroup_layout layout = {.driver = CGROUP_DRIVER_CGROUPFS};
	struct cgroup_path path = read_one("/docker/" A);

	(void)state;
	memset(parent, 'a', sizeof parent - 1);
	parent[0] = '/';
	assert_false(cgroup_candidate_fits(&path.candidates[0], &layout, parent));
}

static void another_process_of_the_container(void **state)
{
	struct cgroup_path path = read_one("/docker/" A "/sub");
	const struct cgroup_candidate *claim = &path.candidates[0];

	(void)state;
	assert_false(cgroup_candidate_refuted(claim, "0::/docker/" A "\n"));
	assert_false(cgroup_candidate_refuted(claim, "0::/docker/" A "/docker/" A "\n"));
	assert_true(cgroup_candidate_refuted(claim, "0::/docker/" B "/docker/" A "\n"));
	assert_true(cgroup_candidate_refuted(claim, "0::/system.slice/docker-" A ".scope\n"));
	assert_false(cgroup_candidate_refuted(claim, "0::/init.scope\n"));
	assert_false(cgroup_candidate_refuted(claim, ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_of_path),
		cmocka_unit_test(hierarchies_with_one_path_count_once),
		cmocka_unit_test(what_is_not_the_whole_file_is_refused),
		cmocka_unit_test(a_claim_is_held_against_the_daemons_layout),
		cmocka_unit_test(whole_files_of_engines_and_hosts),
		cmocka_unit_test(forged_parents),
		cmocka_unit_test(a_parent_without_end_fits_nothing),
		cmocka_unit_test(another_process_of_the_container),
	};

	return cmocka_run_group_tests_name("cgroup_path", tests, NULL, NULL);
}
