#!/bin/bash
# BuildKit's streams are not looked into: ci is told what to do instead, admin gets through (A34 and A35
# of tests/differentials.tsv).
. "${0%/*}/lib.sh"
needs_quaymaster

mkdir "$SCRATCH/context"
printf 'FROM busybox\nRUN echo built-inside\n' >"$SCRATCH/context/Dockerfile"
# buildx does not show the answer to /grpc. It goes on to start a privileged BuildKit of its own, from an image that it
# tries to pull first: one of that name makes it go as far as that without a network.
daemon tag busybox moby/buildkit:buildx-stable-1
! output=$(DOCKER_BUILDKIT=1 ci build "$SCRATCH/context" 2>&1) || fail "ci built with BuildKit"
daemon rmi moby/buildkit:buildx-stable-1 >/dev/null
expect_contains "the advice" "DOCKER_BUILDKIT=0" "$output"
for route in /session /grpc; do
	expect_equal "$route" 403 "$(status_of "$CI_SOCKET" POST $route -H 'Connection: Upgrade' -H 'Upgrade: h2c')"
done
DOCKER_BUILDKIT=1 admin build --network none --progress plain -t e2e-buildkit "$SCRATCH/context" >"$SCRATCH/out" 2>&1 ||
	fail "admin's build: $(cat "$SCRATCH/out")"
expect_contains "admin's build" built-inside "$(cat "$SCRATCH/out")"
DOCKER_BUILDKIT=1 admin_tls build --network none --no-cache -t e2e-buildkit "$SCRATCH/context" >"$SCRATCH/out" 2>&1 ||
	fail "admin's build over TLS: $(cat "$SCRATCH/out")"
