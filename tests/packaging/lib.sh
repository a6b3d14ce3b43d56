# What the tests of packages share: sourced, with $scratch a folder of their own.
# shellcheck shell=bash
: "${scratch:?}"
passed=0 failed=0

check() { # NAME COMMAND...: in this shell, since a command may start processes
	if "${@:2}" >"$scratch/said" 2>&1; then
		echo "ok $1"
		passed=$((passed + 1))
	else
		echo "not ok $1"
		cat "$scratch/said"
		failed=$((failed + 1))
	fi
}

within_the_time() { # COMMAND...: true within twenty seconds
	local end=$((SECONDS + 20))
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || { echo "not within 20 s: $*"; "$@"; return 1; }
		sleep 0.2
	done
}

# The suite's last line, and its status.
finish() { # SUITE
	echo "$1: $passed passed, $failed failed"
	[ $failed = 0 ]
}
