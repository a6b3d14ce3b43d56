#!/bin/bash
# `quaymaster convert` makes operations of wollomatic's expressions on paths, says what it leaves out, and what it
# prints runs.
. "${0%/*}/lib.sh"
. "${0%/*}/drop_in.sh"

daemon run -d --name converted --network none busybox:latest sleep 600 >/dev/null

"$PROGRAM" convert '-allowGET=/v1\..{1,2}/(version|containers/.*|events.*)' '-allowHEAD=/_ping' \
	-allowGET '/images/busybox/json' '-allowPOST=.*/containers/[^/]+/restart' -logjson \
	"-socketpath=$DAEMON_SOCKET" "-proxysocketendpoint=$SCRATCH/docker.sock" \
	>"$SCRATCH/converted.conf" 2>"$SCRATCH/notes"
expect_equal "the notes" "-allowGET=/images/busybox/json: left out: it allows some paths of image.inspect, but \
operations are about all" "$(cat "$SCRATCH/notes")"
"$PROGRAM" check --config "$SCRATCH/converted.conf"
expect_equal "as variables" "$(sed 1,30d "$SCRATCH/converted.conf" | grep -v '# -allow')" "$(
	env -i 'SP_ALLOW_GET=/v1\..{1,2}/(version|containers/.*|events.*)' SP_ALLOW_HEAD=/_ping \
		'SP_ALLOW_POST=.*/containers/[^/]+/restart' "SP_SOCKETPATH=$DAEMON_SOCKET" \
		"SP_PROXYSOCKETENDPOINT=$SCRATCH/docker.sock" "$PROGRAM" convert | sed 1,30d | grep -v '# SP_ALLOW')"

"$PROGRAM" run --config "$SCRATCH/converted.conf" >"$SCRATCH/run.log" 2>&1 &
drop_in_pid=$!
DROP_IN=unix://$SCRATCH/docker.sock
eventually grep -q ' ready$' "$SCRATCH/run.log"
expect_equal "ps" converted "$(through ps --format '{{.Names}}' --filter name=converted)"
through top converted | grep -q sleep || fail "top shows nothing"
through restart -t 0 converted >/dev/null
expect_denied "container.stop" through stop converted
expect_denied "image.inspect" through image inspect busybox:latest
expect_denied "system.info" through info

# Two proxies' settings at once mean nothing.
status=0
output=$("$PROGRAM" convert CONTAINERS=1 -allowGET=/version 2>&1) || status=$?
expect_equal "status" 1 "$status"
expect_contains "two proxies" "settings of two proxies" "$output"
