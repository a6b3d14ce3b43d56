#!/bin/bash
. "${0%/*}/lib.sh"

id=$(daemon run -d --name e2e-listed --label e2e=listed busybox sleep 600)
for client in $everyone read_only; do
	expect_equal "$client ps" "${id:0:12}" "$($client ps -q --filter label=e2e=listed)"
	expect_equal "$client ps -a" e2e-listed "$($client ps -a --filter name=e2e-listed --filter status=running --format '{{.Names}}')"
	expect_contains "$client images" busybox "$($client images --format '{{.Repository}}')"
	expect_contains "$client network ls" host "$($client network ls --format '{{.Name}}')"
	$client info >/dev/null
done
daemon rm -f e2e-listed >/dev/null
