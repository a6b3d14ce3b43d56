#!/bin/bash
# A policy that observes is a dry run: what it would deny works as it does at the daemon, and is told in the audit log.
. "${0%/*}/lib.sh"
. "${0%/*}/rules.sh"

ruled_by 'extends = "ci"; mode = "observe";
	operations = { deny = ["container.kill"]; };
	rules = ( { on = "container.create"; when = "User = root"; effect = "deny"; } );'
would() { # OPERATION PART...: the last decision about it would have been a denial that says PART
	local decision operation=$1
	shift
	decision=$(grep "\"operation\":\"$operation\"" "$ruled_audit" | tail -1)
	for part in '"verdict":"allow"' '"mode":"observe"' '"would":"deny"' "$@"; do
		expect_contains "audit" "$part" "$decision"
	done
}

expect_equal "output" hello "$(own run --rm --pid host -u 1:1 busybox echo hello)"
would container.create 'HostConfig.PidMode is '
mkdir "$SCRATCH/bound"
echo here >"$SCRATCH/bound/file"
expect_equal "bind" here "$(own run --rm -u 1:1 -v "$SCRATCH/bound:/b:ro" busybox cat /b/file)"
would container.create container.binds
own run -d --name e2e-observed busybox sleep 600 >/dev/null
would container.create 'User = root'
own commit e2e-observed e2e-image:1 >/dev/null
would image.commit container.daemon_races
own rmi e2e-image:1 >/dev/null
own kill e2e-observed >/dev/null
would container.kill 'would not allow container.kill'
expect_equal "killed" exited "$(daemon inspect -f '{{.State.Status}}' e2e-observed)"
! grep -q '"verdict":"deny"' "$ruled_audit" || fail "something was denied: $(grep '"verdict":"deny"' "$ruled_audit" | tail -1)"
expect_denied "No such container" own kill e2e-nobody
expect_equal "nonsense" 400 "$(status_of "$ruled" POST /containers/create -H 'Content-Type: application/json' -d '{"Image":"busybox","Nonsense":1}')"
daemon rm -f e2e-observed >/dev/null
