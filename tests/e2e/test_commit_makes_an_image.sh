#!/bin/bash
. "${0%/*}/lib.sh"

for client in admin admin_tls; do
	id=$($client run -d busybox sh -c "echo $client >/made-by")
	daemon wait "$id" >/dev/null
	$client commit -c 'CMD ["cat","/made-by"]' "$id" "e2e-commit:$(echo "$client" | tr _ -)" >/dev/null
	expect_equal "$client" "$client" "$($client run --rm "e2e-commit:$(echo "$client" | tr _ -)")"
	$client rm "$id" >/dev/null
done

# A commit can be raced into reading the host's files: no job's business.
if [ -n "$TLS_ADDRESS" ]; then
	id=$(ci run -d busybox true)
	for client in ci ci_tls; do
		expect_denied container.daemon_races $client commit "$id" e2e-commit:ci
	done
	ci rm -f "$id" >/dev/null
fi
