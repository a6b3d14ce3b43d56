#!/bin/bash
# Each user of a socket binds the folder of his own, and nobody has folders made where he only reads.
. "${0%/*}/lib.sh"
. "${0%/*}/reach.sh"

host=$SCRATCH/host
mkdir -p "$host/jobs/1234" "$host/jobs/1235" "$host/read/there"
echo seen >"$host/read/there/file"
start_reach "
	container = {
		binds = (
			{ source = \"$host/jobs/\$uid\"; write = true; },
			{ source = \"$host/read\"; propagation = \"private\"; }
		);
	};"

as() { # UID DOCKER-ARGUMENTS...
	setpriv --reuid "$1" --regid "$1" --clear-groups env HOME=/nonexistent "$DOCKER" -H "unix://$reach_folder/job.sock" "${@:2}"
}
for uid in 1234 1235; do
	as $uid run --rm --network none -v "$host/jobs/$uid:/w" busybox sh -c "echo $uid >/w/mine"
	expect_equal "what $uid wrote" $uid "$(cat "$host/jobs/$uid/mine")"
done
expect_denied "is a path of the host" as 1234 run --rm --network none -v "$host/jobs/1235:/w" busybox true
expect_denied "is a path of the host" as 1235 run --rm --network none -v "$host/jobs:/w:ro" busybox true
expect_denied "below a directory that clients write" as 1235 run --rm --network none -v "$host/jobs/1234/x:/w:ro" busybox true
expect_denied "is a path of the host" job run --rm --network none -v "$host/jobs/1234:/w" busybox true

# A container of one user is not another's to enter.
id=$(as 1234 run -d --network none -v "$host/jobs/1234:/w" busybox sleep 60)
expect_denied "is a path of the host" as 1235 exec "$id" true
as 1234 exec "$id" true

# -v asks the daemon to make what is missing: it does where the rule writes, and does not where it reads.
expect_equal "reading" seen "$(as 1234 run --rm --network none -v "$host/read/there:/r:ro" busybox cat /r/file)"
expect_denied "may be mounted read-only" as 1234 run --rm --network none -v "$host/read/there:/r" busybox true
expect_denied "does not exist" as 1234 create --network none -v "$host/read/missing:/r:ro" busybox true
[ ! -e "$host/read/missing" ] || fail "a folder was made below a source that is only read"
as 1236 run --rm --network none -v "$host/jobs/1236:/w" busybox touch /w/made
[ -e "$host/jobs/1236/made" ] || fail "the folder of a new user was not made"
expect_denied "later mounts" as 1234 create --network none -v "$host/read:/r:ro,rslave" busybox true
expect_denied "would be shared" as 1234 create --network none -v "$host/read:/r:ro,rshared" busybox true

# The sockets of the configuration are closed, whatever folder a rule opens.
expect_denied "socket" as 1234 create --network none -v "$reach_folder:/r:ro" busybox true
