#!/bin/bash
# quaymaster learn and replay: docker commands made under admin, the policy that is learnt from their audit log, the same
# commands under that policy, and what ci would have said to them.
. "${0%/*}/lib.sh"
needs_quaymaster

start=$(wc -l <"$AUDIT")

work() { # DOCKER...: what a job does
	"$@" run --rm --name e2e-learnt-1 -e SECRET=sesame busybox true
	"$@" run --rm --name e2e-learnt-2 --cap-add NET_ADMIN -v /srv:/srv:ro busybox true
	"$@" run -d --name e2e-learnt-3 --network none busybox sleep 60 >/dev/null
	"$@" exec -u root e2e-learnt-3 true
	"$@" logs e2e-learnt-3
	"$@" rm -f e2e-learnt-3 >/dev/null
	"$@" volume create e2e-learnt >/dev/null
	"$@" volume rm e2e-learnt >/dev/null
	"$@" ps -q
}
work admin

# The log tells what was asked for, and no secret.
tail -n "+$((start + 1))" "$AUDIT" >"$SCRATCH/audit.log"
grep -q '"CapAdd":\["NET_ADMIN"\]' "$SCRATCH/audit.log" || fail "the log does not tell what was asked for"
! grep -q sesame "$SCRATCH/audit.log" || fail "the log tells a secret"

# What is learnt is a configuration.
"$PROGRAM" learn "$SCRATCH/audit.log" >"$SCRATCH/learnt.conf" || fail "nothing was learnt"
learnt=$(cat "$SCRATCH/learnt.conf")
expect_contains "the capability" '"NET_ADMIN"  # 1 request' "$learnt"
expect_contains "the bind" '{ source = "/srv"; }' "$learnt"
expect_contains "the operation" '"container.create",  # 3 requests' "$learnt"
case $learnt in *privileged* | *SYS_ADMIN* | *swarm*) fail "learnt too much: $learnt" ;; esac

cat >"$SCRATCH/with-learnt.conf" <<END
@include "learnt.conf"
upstream = { socket = "$DAEMON_SOCKET"; };
listeners = ( { name = "job"; socket = "$SCRATCH/job.sock"; mode = "0600"; } );
clients = ( { listener = "job"; policy = "learned-admin"; } );
END
"$PROGRAM" check --config "$SCRATCH/with-learnt.conf" >/dev/null || fail "what was learnt is refused: $learnt"

# The same work under it, and more than that not.
"$PROGRAM" run --config "$SCRATCH/with-learnt.conf" 2>"$SCRATCH/job.log" &
job_pid=$!
trap 'kill $job_pid' EXIT
eventually test -S "$SCRATCH/job.sock"
job() { "$DOCKER" -H "unix://$SCRATCH/job.sock" "$@"; }
work job
expect_denied Privileged job run --rm --privileged busybox true
expect_denied SYS_ADMIN job run --rm --cap-add SYS_ADMIN busybox true
expect_denied /etc job run --rm -v /etc:/etc busybox true
expect_denied network.create job network create e2e-learnt

# What others would have said to it.
"$PROGRAM" replay --config "$SCRATCH/with-learnt.conf" --policy learned-admin "$SCRATCH/audit.log" >"$SCRATCH/same" ||
	fail "the learnt policy would have differed: $(cat "$SCRATCH/same")"
expect_contains "replay" "0 now denied" "$(cat "$SCRATCH/same")"
! "$PROGRAM" replay --policy ci "$SCRATCH/audit.log" >"$SCRATCH/differs" || fail "ci would have allowed it all"
expect_contains "replay under ci" "1 container.create: policy 'ci' denies container.create: HostConfig.CapAdd has 'NET_ADMIN'" \
	"$(cat "$SCRATCH/differs")"
expect_contains "replay under ci" "it would be allowed if ordinary: container" "$(cat "$SCRATCH/differs")"
