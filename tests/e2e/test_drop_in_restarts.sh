#!/bin/bash
# ALLOW_RESTARTS and its like, in both dialects: in Tecnativa's they need POST=1, in LinuxServer's they do not.
. "${0%/*}/lib.sh"
. "${0%/*}/drop_in.sh"

daemon run -d --name cared-for --network none --stop-timeout 0 busybox:latest sleep 600 >/dev/null
started() { daemon inspect -f '{{.State.StartedAt}}' cared-for; }

# What that image would do: with POST=0 its first rule denies.
start_drop_in ALLOW_RESTARTS=1
expect_denied "set POST=1 to allow it" through restart cared-for
start_drop_in ALLOW_RESTARTS=1 QUAYMASTER_COMPAT=linuxserver
before=$(started)
through restart -t 0 cared-for >/dev/null
[ "$before" != "$(started)" ] || fail "not restarted"
through kill --signal USR1 cared-for >/dev/null
through stop -t 0 cared-for >/dev/null
expect_denied "set ALLOW_START=1 to allow it" through start cared-for
expect_denied "set CONTAINERS=1 to allow it" through ps

start_drop_in ALLOW_START=1 ALLOW_RESTARTS=1 POST=1
through start cared-for >/dev/null
through restart -t 0 cared-for >/dev/null
expect_denied "set CONTAINERS=1 to allow it" through pause cared-for

# ALLOW_LOGS is LinuxServer's alone: where it is set, the dialect is known.
start_drop_in CONTAINERS=1 ALLOW_LOGS=0 ALLOW_PAUSE=1 ALLOW_UNPAUSE=1
expect_contains "the log" "LinuxServer's" "$(cat "$drop_in_log")"
expect_equal "ps" cared-for "$(through ps --format '{{.Names}}' --filter name=cared-for)"
expect_denied "set ALLOW_LOGS=1 to allow it" through logs cared-for
expect_denied "set ALLOW_TOP=1 to allow it" through top cared-for
expect_denied "set ALLOW_ARCHIVE=1 to allow it" through cp cared-for:/etc/passwd -
expect_denied "set ALLOW_EXPORT=1 to allow it" through export cared-for
through pause cared-for >/dev/null
through unpause cared-for >/dev/null
start_drop_in CONTAINERS=1 ALLOW_LOGS=1
through logs cared-for
