#!/bin/bash
# Runs cmocka programs and counts what they say: run-unit.sh SUITE PROGRAM...
# SUITE valgrind runs each under memcheck. Ends with "SUITE: N passed, N failed".
set -u
cd "$(dirname "$0")/.." || exit 1

suite=$1
shift
kept=build/check/unit-$suite
mkdir -p "$kept"
export CMOCKA_MESSAGE_OUTPUT=TAP
export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0 UBSAN_OPTIONS=print_stacktrace=1

run() { # PROGRAM
	case $suite in
	valgrind)
		valgrind --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite,possible \
			--track-fds=no --child-silent-after-fork=yes "$1"
		;;
	*) timeout 120 "$1" ;;
	esac
}

one() { # PROGRAM: leaves its output in $kept
	local name=${1##*/} status=0
	run "$1" >"$kept/$name" 2>"$kept/$name.err" </dev/null || status=$?
	echo "# exit $status" >>"$kept/$name"
}

# As many at a time as there are processors; the answers are read in order afterwards.
running=0 processors=$(nproc)
for program; do
	one "$program" &
	running=$((running + 1))
	[ $running -lt "$processors" ] || { wait -n; running=$((running - 1)); }
done
wait

passed=0 failed=0
for program; do
	name=${program##*/}
	good=$(grep -c '^ok ' "$kept/$name")
	bad=$(grep -c '^not ok ' "$kept/$name")
	# A program that dies, or that a sanitizer or valgrind reports, has failed whatever its tests said.
	if ! grep -q '^# exit 0$' "$kept/$name" && [ "$bad" = 0 ]; then
		bad=1
	fi
	[ $((good + bad)) -gt 0 ] || bad=1
	passed=$((passed + good)) failed=$((failed + bad))
	if [ "$bad" = 0 ]; then
		echo "ok $name ($good)"
	else
		echo "not ok $name ($good passed, $bad failed)"
		grep -A3 '^not ok ' "$kept/$name" | sed 's/^/# /'
		tail -n 40 "$kept/$name.err" | sed 's/^/# /'
	fi
done
echo "$suite: $passed passed, $failed failed"
[ $failed = 0 ]
