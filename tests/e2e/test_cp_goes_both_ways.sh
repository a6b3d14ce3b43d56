#!/bin/bash
. "${0%/*}/lib.sh"

head -c 3000000 /dev/urandom >"$SCRATCH/sent"
mkdir "$SCRATCH/tree"
echo leaf >"$SCRATCH/tree/leaf"
for client in $everyone; do
	id=$($client create busybox true)
	$client cp "$SCRATCH/sent" "$id:/tmp/file"
	$client cp "$id:/tmp/file" "$SCRATCH/received"
	cmp "$SCRATCH/sent" "$SCRATCH/received" || fail "$client: another file came back"
	$client cp "$SCRATCH/tree" "$id:/tmp/tree"
	expect_equal "$client tree" leaf "$($client cp "$id:/tmp/tree/leaf" - | tar -xOf -)"
	tar -C "$SCRATCH" -cf - tree | $client cp - "$id:/home"
	expect_equal "$client tar" leaf "$($client cp "$id:/home/tree/leaf" - | tar -xOf -)"
	$client rm "$id" >/dev/null
done
