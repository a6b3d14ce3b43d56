#!/bin/bash
# A floor: clients that still speak old API versions can look at a daemon that no longer does, and start and stop what
# is there. What else they ask for is refused in the daemon's own words.
. "${0%/*}/lib.sh"
. "${0%/*}/api.sh"

old() { DOCKER_API_VERSION=1.24 "$DOCKER" -H "$API" "$@"; }

# A daemon that is as picky as dockerd 29, and writes down what it is asked.
picky() { # SETTINGS
	start_api "$SCRATCH/picky.sock" "$1"
	"$E2E/recorder.py" "$SCRATCH/picky.sock" "$SCRATCH/recording" 1.40 >"$SCRATCH/api-picky.log" 2>&1 &
	api_pids="$api_pids $!"
	eventually [ -S "$SCRATCH/picky.sock" ]
}

asked() { # TARGET
	grep -q "\"first\": \"$1 HTTP/1.1" "$SCRATCH/recording"
}

picky ''
expect_contains "without a floor" "client version 1.24 is too old. Minimum supported API version is 1.40" \
	"$(old ps 2>&1 || true)"

rm "$SCRATCH/picky.sock"
picky 'floor = "auto";'
expect_equal "ps" "CONTAINER ID" "$(old ps --format 'table {{.ID}}')"
asked "GET /v1.40/containers/json" || fail "not lifted: $(cat "$SCRATCH/recording")"
old stop esc-plain >/dev/null
asked "POST /v1.40/containers/esc-plain/stop" || fail "not lifted: $(cat "$SCRATCH/recording")"
expect_contains "what is not lifted" "client version 1.24 is too old. Minimum supported API version is 1.40" \
	"$(old rm -f esc-plain 2>&1 || true)"
expect_contains "what is not lifted" "too old" "$(old create busybox 2>&1 || true)"
expect_equal "no request of 1.24" "" "$(grep -o '"first": "[A-Z]* /v1.24[^"]*' "$SCRATCH/recording" || true)"
expect_equal "python-docker" "[]" "$(/usr/bin/python3 -c '
import sys
import docker
print(docker.DockerClient(sys.argv[1], version="1.24").containers.list())' "$API")"
expect_equal "older than 1.24" 400 "$(status_of "$SCRATCH/api.sock" GET /v1.23/info)"

# A daemon that speaks old versions as well: looking is lifted to what was asked for, the rest passes as it is.
start_api "$DAEMON_SOCKET" 'floor = "1.40"; ceiling = "1.40";'
daemon run -d --name lifted --network none --stop-timeout 0 busybox:latest sleep 600 >/dev/null
expect_equal "ps" lifted "$(old ps --format '{{.Names}}' --filter name=lifted)"
expect_equal "inspect" true "$(old inspect -f '{{.State.Running}}' lifted)"
old restart -t 0 lifted >/dev/null
old stop -t 0 lifted >/dev/null
expect_equal "wait" 137 "$(old wait lifted)"
old rm lifted >/dev/null
