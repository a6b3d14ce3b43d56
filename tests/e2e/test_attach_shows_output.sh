#!/bin/bash
. "${0%/*}/lib.sh"

for client in $everyone; do
	id=$($client run -d -i busybox sh -c 'read line; echo "got $line"; exit 3')
	# The end of standard input would end an attach: keep it open until the container is gone.
	expect_equal "$client attach" "got word" "$({ echo word; daemon wait "$id" >/dev/null; } | $client attach "$id" || true)"
	expect_equal "$client exit code" 3 "$(daemon wait "$id")"
	daemon rm "$id" >/dev/null
done
