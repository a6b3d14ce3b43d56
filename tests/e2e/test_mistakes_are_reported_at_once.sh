#!/bin/bash
# quaymaster check: every mistake of meaning with file:line, and no configuration that says other than it seems.
. "${0%/*}/lib.sh"
needs_quaymaster

reported() { # TEXT-OF-THE-MISTAKE < configuration
	local output status=0
	cat >"$SCRATCH/bad.conf"
	output=$("$PROGRAM" check --config "$SCRATCH/bad.conf" 2>&1) || status=$?
	expect_equal "exit code ($output)" 1 $status
	expect_contains "check" "$1" "$output"
	printf '%s\n' "$output" | grep -qE 'bad\.conf:[0-9]+' || fail "no file:line in: $output"
}

head='upstream = { socket = "/run/d.sock"; }; listeners = ( { name = "a"; socket = "/run/a.sock"; mode = "0600"; } );'
"$PROGRAM" check --config "$WORK/main.conf" >/dev/null || fail "the tests' own configuration is refused"

reported "no-such-policy" <<<"$head
clients = ( { listener = \"a\"; policy = \"no-such-policy\"; } );"
reported "no-such-listener" <<<"$head
clients = ( { listener = \"no-such-listener\"; policy = \"ci\"; } );"
reported "container.fly" <<<"$head
policies = { p = { operations = { allow = [\"container.fly\"]; }; }; };"
reported "3" <<<"$head

policies = { p = { operations = { allow = [\"container.list\" \"container.start\"]; }; }; };"
reported "99999999999" <<<"$head
workers = 99999999999;"
reported "unknown_key" <<<"$head
unknown_key = 1;"
reported "TLS" <<<'upstream = { socket = "/run/d.sock"; };
listeners = ( { name = "a"; address = "0.0.0.0:2375"; } );'

# All of them, not only the first.
cat >"$SCRATCH/bad.conf" <<<"$head
clients = ( { listener = \"a\"; policy = \"first-one\"; },
	{ listener = \"a\"; policy = \"second-one\"; } );"
output=$("$PROGRAM" check --config "$SCRATCH/bad.conf" 2>&1) || true
expect_contains "both" first-one "$output"
expect_contains "both" second-one "$output"

# The group of a listener must not be able to open the daemon's own socket.
touch "$SCRATCH/plain"
/usr/bin/python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$SCRATCH/d.sock"
chgrp daemon "$SCRATCH/d.sock"
chmod 660 "$SCRATCH/d.sock"
reported "group" <<<"upstream = { socket = \"$SCRATCH/d.sock\"; };
listeners = ( { name = \"a\"; socket = \"$SCRATCH/a.sock\"; mode = \"0660\"; group = \"daemon\"; } );"
