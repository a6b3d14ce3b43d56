#!/bin/bash
# What `quaymaster convert` prints passes `quaymaster check`, and a quaymaster that runs on it opens what one that runs
# on the variables does.
. "${0%/*}/lib.sh"
. "${0%/*}/drop_in.sh"

daemon run -d --name converted --network none busybox:latest sleep 600 >/dev/null

cat >"$SCRATCH/proxy.env" <<END
# as in a compose file
CONTAINERS=1
ALLOW_RESTARTS=1
SOCKET_PATH=/nowhere
LOG_LEVEL=warning

QUAYMASTER_COMPAT=linuxserver
END
"$PROGRAM" convert --env-file "$SCRATCH/proxy.env" "SOCKET_PATH=$DAEMON_SOCKET" "BIND_CONFIG=$SCRATCH/docker.sock" \
	IMAGE=1 >"$SCRATCH/converted.conf" 2>"$SCRATCH/notes"
expect_equal "the notes" "IMAGE: unknown variable, and not looked at (did you mean 'IMAGES'?)" "$(cat "$SCRATCH/notes")"
"$PROGRAM" check --config "$SCRATCH/converted.conf"
expect_contains "the level" "run it with --log-level warning" "$(cat "$SCRATCH/converted.conf")"

"$PROGRAM" run --config "$SCRATCH/converted.conf" --log-level info >"$SCRATCH/run.log" 2>&1 &
drop_in_pid=$!
DROP_IN=unix://$SCRATCH/docker.sock
eventually grep -q ' ready$' "$SCRATCH/run.log"
expect_equal "ps" converted "$(through ps --format '{{.Names}}' --filter name=converted)"
through restart -t 0 converted >/dev/null
expect_denied "container.logs (" through logs converted
expect_denied "converted.conf:" through rm -f converted
expect_denied "image.list" through images
kill "$drop_in_pid"
wait "$drop_in_pid" || fail "it did not end well"
drop_in_pid=""

# The environment counts where nothing is given, and mistakes print no configuration.
output=$(env -i EVENTS=0 PING=0 VERSION=0 IMAGES=1 "$PROGRAM" convert)
expect_contains "the environment" '"image.list"' "$output"
status=0
output=$("$PROGRAM" convert CONTAINERS=1 SOCKET_PATH=docker.sock 2>"$SCRATCH/notes") || status=$?
expect_equal "status" 1 "$status"
expect_equal "nothing printed" "" "$output"
expect_contains "the mistake" "SOCKET_PATH: must be an absolute path" "$(cat "$SCRATCH/notes")"
expect_status 2 "$PROGRAM" convert --nonsense 2>/dev/null
expect_contains "help" "Usage: quaymaster convert" "$("$PROGRAM" convert --help)"
