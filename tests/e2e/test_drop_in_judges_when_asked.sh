#!/bin/bash
# What is inside a request nobody judges there, nor here, until QUAYMASTER_POLICY says by which policy.
. "${0%/*}/lib.sh"
. "${0%/*}/drop_in.sh"

start_drop_in CONTAINERS=1 IMAGES=1 POST=1
expect_contains "the log" "a client that may create a container is root on this host" "$(cat "$drop_in_log")"
! grep -q 'INSECURE: ' "$drop_in_log" || fail "warned of what is not so"
through create --name trusted --network none -v /:/host busybox:latest true >/dev/null
expect_equal "run" hello "$(through run --rm --network none busybox:latest echo hello)"

start_drop_in CONTAINERS=1 IMAGES=1 POST=1 QUAYMASTER_POLICY=ci
! grep -q 'root on this host' "$drop_in_log" || fail "warned of what is not so"
expect_equal "run" hello "$(through run --rm --network none busybox:latest echo hello)"
expect_denied "preset ci:" through create --network none -v /:/host busybox:latest true
expect_denied "preset ci:" through create --network none --privileged busybox:latest true
expect_denied "set NETWORKS=1 to allow it" through network ls

# Whoever opens the port to the network is told, at every start; and that nothing inside is judged, even of reading.
start_drop_in CONTAINERS=1 POST=0 QUAYMASTER_INSECURE=1 "BIND_CONFIG=0.0.0.0:$(free_port)"
expect_contains "the log" "warning environment: INSECURE: 0.0.0.0:" "$(cat "$drop_in_log")"
expect_contains "the log" "warning nothing inside an allowed request is judged" "$(cat "$drop_in_log")"

# What is wrong keeps it from starting, and is told whole.
status=0
output=$(env -i CONTAINERS=1 QUAYMASTER_POLCY=ci BIND_CONFIG=:2375 LOG_LEVEL=loud "$PROGRAM" run 2>&1) || status=$?
expect_equal "status" 1 "$status"
expect_contains "a slip" "QUAYMASTER_POLCY: unknown variable (did you mean 'QUAYMASTER_POLICY'?)" "$output"
expect_contains "the network" "set QUAYMASTER_INSECURE=1 if everyone who can reach it may be your client" "$output"
expect_contains "the level" "LOG_LEVEL: must be debug, info" "$output"

# Without a file and without such variables there is no configuration.
status=0
output=$(env -i LOG_LEVEL=info VERSION=1.2.3 "$PROGRAM" run 2>&1) || status=$?
expect_equal "status" 1 "$status"
expect_contains "no file" "there is no configuration: no /etc/quaymaster/quaymaster.conf" "$output"
expect_contains "the presets" "admin, builder, ci, deny-all, lifecycle, read-only, sandbox, tenant" "$output"
expect_contains "the variables" "CONTAINERS=1 POST=1 QUAYMASTER_POLICY=ci" "$output"
printf '%s\n' "$output" | sed -n 's/^.* error     //p' >"$SCRATCH/example.conf"
expect_contains "the example" "clients" "$(cat "$SCRATCH/example.conf")"
"$PROGRAM" check --config "$SCRATCH/example.conf"
