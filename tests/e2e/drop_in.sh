# shellcheck shell=bash
# For tests of quaymaster without a configuration file: `. "${0%/*}/drop_in.sh"` after lib.sh. Each test has its own
# quaymaster, which knows nothing but the variables it is started with, and where daemon and port are.

needs_quaymaster
[ ! -e /etc/quaymaster/quaymaster.conf ] || skip "there is a configuration file on this machine, and it goes first"

drop_in_pid="" drop_in_log=$SCRATCH/drop_in.log
DROP_IN=""

stop_drop_in() {
	[ -z "$drop_in_pid" ] || { kill "$drop_in_pid" && wait "$drop_in_pid"; } 2>/dev/null || true
	drop_in_pid=""
	! grep -E "ERROR: |runtime error:" "$drop_in_log" || fail "a sanitizer reports"
}
: >"$drop_in_log"
trap stop_drop_in EXIT

free_port() {
	/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# NAME=VALUE...: sets DROP_IN to the address to use as DOCKER_HOST.
start_drop_in() {
	local port
	port=$(free_port)
	stop_drop_in 2>/dev/null
	: >"$drop_in_log"
	env -i "SOCKET_PATH=$DAEMON_SOCKET" "BIND_CONFIG=127.0.0.1:$port" "$@" "$PROGRAM" run >"$drop_in_log" 2>&1 &
	drop_in_pid=$!
	DROP_IN=tcp://127.0.0.1:$port
	eventually grep -q ' ready$' "$drop_in_log"
}

# The docker command as a client of it.
through() { "$DOCKER" -H "$DROP_IN" "$@"; }

# STATUS METHOD TARGET [CURL OPTIONS...]
expect_answer() {
	local expected=$1 method=$2 target=$3
	shift 3
	expect_equal "$method $target" "$expected" \
		"$(curl -s -o /dev/null -w '%{http_code}' -X "$method" "$@" "http://${DROP_IN#tcp://}$target")"
}
