#!/bin/bash
# Started with CONTAINERS=1 and POST=0 and nothing else, quaymaster lets clients look at containers, and no more.
. "${0%/*}/lib.sh"
. "${0%/*}/drop_in.sh"

start_drop_in CONTAINERS=1 POST=0
daemon run -d --name looked-at --network none busybox:latest sh -c 'echo hello; exec sleep 600' >/dev/null
expect_contains "the log" "no configuration file: the environment is read as that of Tecnativa's" "$(cat "$drop_in_log")"

through version >/dev/null
expect_equal "ps" looked-at "$(through ps --format '{{.Names}}' --filter name=looked-at)"
expect_equal "inspect" true "$(through inspect -f '{{.State.Running}}' looked-at)"
eventually sh -c "[ \"\$($DOCKER -H $DROP_IN logs looked-at)\" = hello ]"
through top looked-at | grep -q sleep || fail "top shows nothing"
through cp looked-at:/etc/passwd - | tar -xO | grep -q root || fail "nothing is copied out, which that proxy allows"
through events --since 1m --until "$(($(date +%s) + 1))" --filter container=looked-at | grep -q start || fail "no events"
expect_answer 200 HEAD /_ping -I
expect_answer 200 GET /v1.40/containers/json

expect_denied "set POST=1 to allow it" through stop looked-at
expect_denied "container.remove" through rm -f looked-at
expect_denied "set POST=1 to allow it" through exec looked-at true
expect_denied "set POST=1 to allow it" through run --rm --network none busybox:latest true
expect_denied "set POST=1 to allow it" through cp /etc/hostname looked-at:/tmp
expect_denied "set IMAGES=1 to allow it" through images
expect_denied "set INFO=1 to allow it" through info
expect_denied "set NETWORKS=1 to allow it" through network ls
expect_denied "(environment compat)" through volume ls
expect_equal "still running" true "$(daemon inspect -f '{{.State.Running}}' looked-at)"

# Each request is told of, as that proxy does at its usual log level.
grep -q '"verdict":"deny".*"operation":"container.stop"' "$drop_in_log" || fail "no line of the denial"
grep -q '"verdict":"allow".*"operation":"container.list".*"rule":"environment compat.CONTAINERS"' "$drop_in_log" || fail "no line of the list"
