#!/bin/bash
# A30 of tests/differentials.tsv.
. "${0%/*}/lib.sh"

for client in $everyone; do
	id=$($client run -d --name e2e-busy busybox sleep 600)
	expect_equal "$client stats" e2e-busy "$($client stats --no-stream --format '{{.Name}}' e2e-busy)"
	expect_contains "$client top" "sleep 600" "$($client top e2e-busy)"
	$client wait e2e-busy >"$SCRATCH/code" &
	waiter=$!
	sleep 0.5
	$client kill e2e-busy >/dev/null
	wait $waiter
	expect_equal "$client wait" 137 "$(cat "$SCRATCH/code")"
	$client rm "$id" >/dev/null
done
