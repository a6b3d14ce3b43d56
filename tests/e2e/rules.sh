# shellcheck shell=bash
# For tests about rules and modes: a quaymaster of the test's own. Sourced after lib.sh.

needs_quaymaster

ruled=$SCRATCH/ruled.sock ruled_audit=$SCRATCH/ruled.audit ruled_pid=""
stop_ruled() {
	[ -z "$ruled_pid" ] || { kill "$ruled_pid" && wait "$ruled_pid"; } 2>/dev/null || true
	ruled_pid=""
}
trap stop_ruled EXIT

# Starts it with the policy `own`, whose inside is POLICY.
ruled_by() { # POLICY
	stop_ruled
	rm -f "$ruled" "$ruled_audit"
	cat >"$SCRATCH/ruled.conf" <<END
upstream = { socket = "$DAEMON_SOCKET"; };
workers = 2;
audit = { file = "$ruled_audit"; required = true; };
listeners = ( { name = "ruled"; socket = "$ruled"; mode = "0600"; } );
clients = ( { policy = "own"; } );
policies = { own = { $1 }; };
END
	"$PROGRAM" check --config "$SCRATCH/ruled.conf" >/dev/null || fail "the configuration has mistakes"
	"$PROGRAM" run --config "$SCRATCH/ruled.conf" >>"$SCRATCH/ruled.log" 2>&1 &
	ruled_pid=$!
	eventually test -S "$ruled"
}

own() { "$DOCKER" -H "unix://$ruled" "$@"; }
