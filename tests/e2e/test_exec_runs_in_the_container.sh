#!/bin/bash
# marked: tsan
. "${0%/*}/lib.sh"

for client in $everyone; do
	id=$($client run -d --name e2e-exec busybox sleep 600)
	expect_equal "$client exec" hello "$($client exec e2e-exec echo hello)"
	expect_equal "$client exec by id prefix" hello "$($client exec "${id:0:12}" echo hello)"
	expect_equal "$client exec -i" "stdin" "$(echo stdin | $client exec -i e2e-exec cat)"
	expect_status 5 "$client" exec e2e-exec sh -c 'exit 5'
	$client exec -d e2e-exec touch "/tmp/$client"
	eventually daemon exec e2e-exec test -e "/tmp/$client"
	$client rm -f e2e-exec >/dev/null
done
