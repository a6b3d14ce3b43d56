#!/bin/bash
# `make check`: installs what is missing, builds, and runs every suite. Ends with one line over all of them,
# "N passed, N failed". What each suite said is kept in build/check/.
set -u
cd "$(dirname "$0")/.." || exit 1

mkdir -p build/check
passed=0 failed=0
export MAKEFLAGS="" MAKELEVEL=""

# step NAME COMMAND...: shows and keeps its output, and adds up its "NAME: N passed, N failed" lines. One without
# such a line counts as one.
step() {
	local name=$1 log=build/check/$1.log begun=$SECONDS status sums good bad
	shift
	echo "== $name"
	"$@" 2>&1 | tee "$log"
	status=${PIPESTATUS[0]}
	sums=$(sed -nE 's/^[a-z0-9-]+: ([0-9]+) passed, ([0-9]+) failed$/\1 \2/p' "$log")
	if [ -n "$sums" ]; then
		read -r good bad < <(echo "$sums" | awk '{ good += $1; bad += $2 } END { print good, bad }')
	else
		good=0 bad=0
		[ "$status" != 0 ] || good=1
	fi
	[ "$status" = 0 ] || [ "$bad" != 0 ] || bad=1
	passed=$((passed + good)) failed=$((failed + bad))
	echo "== $name: $good passed, $bad failed, $((SECONDS - begun)) s"
}

jobs=-j$(nproc)
make --no-print-directory deps || exit 1
step build make --no-print-directory "$jobs" all unit-tests
step build-asan make --no-print-directory "$jobs" VARIANT=asan all unit-tests
step build-fuzz make --no-print-directory "$jobs" VARIANT=fuzz fuzzers
step build-tsan make --no-print-directory "$jobs" VARIANT=tsan all
step tidy make --no-print-directory -k "$jobs" tidy
step analyze make --no-print-directory -k "$jobs" analyze
step lint make --no-print-directory lint
step packaging make --no-print-directory packaging-tests
# Its own run of the unit tests is left out: they are run below.
step deb env DEB_BUILD_OPTIONS=nocheck make --no-print-directory deb-tests
step image make --no-print-directory image-tests
step vectors make --no-print-directory vectors
step unit make --no-print-directory unit
step coverage make --no-print-directory "$jobs" coverage
step asan make --no-print-directory asan
step fuzz make --no-print-directory fuzz-smoke
step valgrind make --no-print-directory valgrind
step e2e make --no-print-directory e2e
step tsan make --no-print-directory tsan

echo "$passed passed, $failed failed"
[ $failed = 0 ]
