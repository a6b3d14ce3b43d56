# shellcheck shell=bash
# For tests of `api` in a configuration: `. "${0%/*}/api.sh"` after lib.sh.

needs_quaymaster

api_pids="" API=unix://$SCRATCH/api.sock

stop_api() {
	local pid
	for pid in $api_pids; do
		kill "$pid" 2>/dev/null || continue
		wait "$pid" 2>/dev/null || true
	done
	api_pids=""
	! cat "$SCRATCH"/api*.log 2>/dev/null | grep -E 'ERROR: |runtime error:' || fail "a sanitizer reports"
}
trap stop_api EXIT

# UPSTREAM-SOCKET SETTINGS: a quaymaster of its own, at $API, with api = { SETTINGS } and everything allowed.
start_api() {
	stop_api
	rm -f "$SCRATCH/api.sock"
	cat >"$SCRATCH/api.conf" <<END
upstream = { socket = "$1"; };
api = { $2 };
listeners = ( { socket = "$SCRATCH/api.sock"; } );
clients = ( { policy = "admin"; } );
END
	"$PROGRAM" check --config "$SCRATCH/api.conf" >/dev/null
	"$PROGRAM" run --config "$SCRATCH/api.conf" >"$SCRATCH/api.log" 2>&1 &
	api_pids=$!
	eventually grep -q ' ready$' "$SCRATCH/api.log"
}

through() { "$DOCKER" -H "$API" "$@"; }
