#!/bin/bash
# Jobs in containers, and quaymaster's socket in each: who they are is what the daemon knows of the container that asks, and
# neither a forged cgroup parent nor a label of the image makes it another.
. "${0%/*}/lib.sh"
needs_quaymaster
needs_private_daemon
[ "$(id -u)" = 0 ] || skip "needs to see into other users' processes"

jobs=$SCRATCH/jobs
mkdir "$jobs"
mkdir -m 0700 "$SCRATCH/state"
running=""
ending=TERM
stop_own() {
	[ -z "$running" ] || { kill -s "$ending" "$running" && wait "$running"; } 2>/dev/null || true
	running=""
}
trap stop_own EXIT

# The job's own client: prints the status of a GET, and runs in any image.
cat >"$SCRATCH/ask.c" <<'END'
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char text[4096] = "";
	size_t len = 0;
	ssize_t got;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (argc != 3 || strlen(argv[1]) >= sizeof address.sun_path)
		return 2;
	memcpy(address.sun_path, argv[1], strlen(argv[1]) + 1);
	if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
		return 3;
	dprintf(fd, "GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", argv[2]);
	while (len < sizeof text - 1 && (got = read(fd, text + len, sizeof text - 1 - len)) > 0)
		len += (size_t)got;
	printf("%.3s\n", len > 12 ? text + 9 : "???");
	return 0;
}
END
gcc -static -O1 -o "$jobs/ask" "$SCRATCH/ask.c" || skip "no static C library"

cat >"$SCRATCH/own.conf" <<END
upstream = { socket = "$DAEMON_SOCKET"; };
workers = 2;
state = "$SCRATCH/state";
audit = { file = "$SCRATCH/own.audit"; required = true; };
listeners = (
	{ name = "jobs"; socket = "$jobs/docker.sock"; mode = "0666"; },
	{ name = "makers"; socket = "$SCRATCH/makers.sock"; mode = "0600"; }
);
policies = { maker = {
	extends = "ci";
	container = { binds = ( { source = "$jobs/docker.sock"; write = true; }, { source = "$jobs/ask"; } ); };
	tenancy = { shared = { images = ["busybox"]; }; };
}; };
clients = (
	{ listener = "makers"; policy = "maker"; tenant = "blue"; },
	{ container_tenant = "*"; policy = "read-only"; },
	{ container_label = ["ci.job=*", "ci.kind=build"]; policy = "read-only"; tenant = "job-\$1"; },
	{ container_name = "e2e-named-*"; policy = "read-only"; tenant = "named-\$1"; },
	{ container = "none"; policy = "admin"; }
);
END
start_own() { # COMMAND...: before quaymaster's own
	rm -f "$SCRATCH/own.audit" "$jobs/docker.sock" "$SCRATCH/makers.sock"
	"$@" "$PROGRAM" run --config "$SCRATCH/own.conf" >"$SCRATCH/own.log" 2>&1 &
	running=$!
	eventually test -S "$jobs/docker.sock"
}
"$PROGRAM" check --config "$SCRATCH/own.conf" >/dev/null || fail "the configuration has mistakes"
start_own env

# What the last decision in the audit log says. Both lines of a request are written before its client has the end.
last() { # JQ-LIKE PATH: a key, or OBJECT.KEY
	/usr/bin/python3 -c '
import json, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
value = [line for line in lines if line["event"] == "decision"][-1]
for key in sys.argv[2].split("."):
    value = value.get(key, {}) if isinstance(value, dict) else {}
print(value if value != {} else "")' "$SCRATCH/own.audit" "$1"
}
job() { daemon run --rm --network none -v "$jobs:/jobs" "$@"; }
labelled() { job --label ci.job=42 --label ci.kind=build "$@"; }
expect_job() { # WHAT TENANT STATUS
	expect_equal "$1" 200 "$3"
	expect_equal "$1: tenant" "$2" "$(last tenant)"
}
expect_nobody() { # WHAT STATUS
	expect_equal "$1" 403 "$2"
	expect_equal "$1: tenant" "" "$(last tenant)"
}
ask="/jobs/ask /jobs/docker.sock /containers/json"

# shellcheck disable=SC2086 # a command with its arguments
{
	expect_job "a job" job-42 "$(labelled busybox $ask)"
	expect_equal "labels" "['ci.job=42', 'ci.kind=build']" "$(last container_labels | tr -d '\n' |
		/usr/bin/python3 -c 'import ast, sys; print(sorted(ast.literal_eval(sys.stdin.read())))')"
	expect_equal "image" busybox "$(last container.image)"
	expect_job "another user" job-42 "$(labelled --user 1000:1000 busybox $ask)"
	expect_job "the host's processes" job-42 "$(labelled --pid host busybox $ask)"
	expect_job "a parent of its own" job-42 "$(labelled --cgroup-parent /ci/job-42 busybox $ask)"
	expect_job "a name" named-x "$(job --name e2e-named-x busybox $ask)"
	expect_nobody "no label" "$(job busybox $ask)"
	expect_nobody "one label of two" "$(job --label ci.job=42 busybox $ask)"
	expect_nobody "another kind" "$(job --label ci.job=42 --label ci.kind=test busybox $ask)"

	# Of what runs already: whoever enters it is in it.
	victim=$(labelled -d --name e2e-victim busybox sleep 600)
	expect_job "an exec" job-42 "$(daemon exec e2e-victim $ask)"
	expect_equal "its id" "$victim" "$(last container.id)"

	# Forgeries: a place below the victim, the victim's processes, and labels that the image brings.
	expect_nobody "a forged parent" "$(job --cgroup-parent "/docker/$victim" busybox $ask)"
	expect_nobody "a parent below" "$(job --cgroup-parent "/docker/$victim/docker" busybox $ask)"
	forged=$(labelled -d --label ci.job=7 --cgroup-parent "/docker/$victim" busybox sleep 600)
	expect_job "a job below another" job-7 "$(daemon exec "$forged" $ask)"
	expect_nobody "the victim's processes" "$(job --pid container:e2e-victim busybox $ask)"
	daemon create --name e2e-layers busybox >/dev/null
	daemon commit -c 'LABEL ci.job=42' -c 'LABEL ci.kind=build' e2e-layers e2e-labelled >/dev/null
	expect_nobody "an image's labels" "$(job e2e-labelled $ask)"
	expect_nobody "the same labels twice" "$(labelled e2e-labelled $ask)"
	daemon rm -f e2e-victim e2e-layers "$forged" >/dev/null

	# What a tenant makes acts as that tenant, and no label makes it another's.
	made() {
		"$DOCKER" -H "unix://$SCRATCH/makers.sock" run --rm --network none \
			-v "$jobs/docker.sock:/jobs/docker.sock" -v "$jobs/ask:/jobs/ask:ro" "$@"
	}
	expect_job "a container of a tenant's" blue "$(made busybox $ask)"
	expect_equal "its maker" blue "$(last container.tenant)"
	expect_job "a name that a rule knows" blue "$(made --name e2e-named-y busybox $ask)"
	expect_denied "tells a rule" made --label ci.job=42 busybox true
}

# A process of the host is in none.
expect_equal "the host" 200 "$("$jobs/ask" "$jobs/docker.sock" /containers/json)"
expect_equal "the host: policy" admin "$(last policy)"
expect_equal "the host: container" none "$(last container.state)"

# What a quaymaster in a pid namespace of its own cannot see it does not guess.
stop_own
ending=KILL # unshare waits for its child whatever it is told, and takes it along when killed
start_own unshare --pid --fork --mount-proc --kill-child
expect_contains "the log" "--pid=host" "$(cat "$SCRATCH/own.log")"
expect_equal "unseen" 403 "$("$jobs/ask" "$jobs/docker.sock" /containers/json)"
expect_contains "unseen" "pid namespace" "$(last container.unknown)"
unseen=$(unshare --pid --fork --mount-proc "$PROGRAM" check --config "$SCRATCH/own.conf" 2>&1) || fail "check: $unseen"
expect_contains "check" "--pid=host" "$unseen"
