#!/bin/bash
# marked: tsan
. "${0%/*}/lib.sh"

for client in $everyone; do
	expect_equal "$client run" hello "$($client run --rm busybox echo hello)"
	expect_status 7 "$client" run --rm busybox sh -c 'exit 7'
	expect_equal "$client standard error" "out err" \
		"$($client run --rm busybox sh -c 'echo out; echo err >&2' 2>"$SCRATCH/err") $(cat "$SCRATCH/err")"
done
