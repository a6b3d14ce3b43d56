#!/bin/bash
. "${0%/*}/lib.sh"

for client in $everyone; do
	volume=e2e-vol-$(echo "$client" | tr _ -)
	expect_equal "$client create" "$volume" "$($client volume create --label a=b "$volume")"
	expect_equal "$client inspect" b "$($client volume inspect -f '{{.Labels.a}}' "$volume")"
	$client run --rm -v "$volume:/v" busybox sh -c 'echo kept >/v/file'
	expect_equal "$client reads" kept "$($client run --rm --mount "type=volume,src=$volume,dst=/v" busybox cat /v/file)"
	$client volume rm "$volume" >/dev/null
	expect_equal "$client ls" "" "$($client volume ls -q --filter name="$volume")"
done
