#!/bin/bash
. "${0%/*}/lib.sh"

mkdir "$SCRATCH/context"
printf 'FROM busybox\nRUN exit 9\n' >"$SCRATCH/context/Dockerfile"
for client in $everyone; do
	! output=$($client build "$SCRATCH/context" 2>&1) || fail "$client: the build worked"
	expect_contains "$client" "returned a non-zero code: 9" "$output"
done
