#!/bin/bash
# marked: tsan
# A27 of tests/differentials.tsv.
. "${0%/*}/lib.sh"

for client in $everyone; do
	id=$($client run -d busybox sh -c 'for i in 1 2 3 4; do echo line $i; sleep 0.3; done')
	expect_equal "$client logs -f" "line 1 line 2 line 3 line 4" "$($client logs -f "$id" | tr '\n' ' ' | sed 's/ $//')"
	expect_equal "$client logs --tail" "line 4" "$($client logs --tail 1 "$id")"
	$client rm "$id" >/dev/null
done
