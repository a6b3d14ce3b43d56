#!/bin/bash
# marked: tsan
# Forty clients on every way in at once, while certificates are renewed and connections come and go.
. "${0%/*}/lib.sh"

one() { # NUMBER
	local client
	# shellcheck disable=SC2086 # a list
	set -- "$1" $everyone
	eval "client=\${$((2 + $1 % 4))}"
	[ "$($client exec e2e-crowd echo "from $1")" = "from $1" ] || fail "$client $1"
	$client ps -q >/dev/null
}

ci run -d --name e2e-crowd busybox sleep 600 >/dev/null
pids=""
for number in $(seq 40); do
	one "$number" &
	pids="$pids $!"
	[ $((number % 10)) != 0 ] || [ -z "$QUAYMASTER_PID" ] || kill -HUP "$QUAYMASTER_PID"
	[ $((number % 8)) != 0 ] || sleep 1
done
for pid in $pids; do
	wait "$pid" || fail "one of the clients was not served"
done
ci rm -f e2e-crowd >/dev/null
