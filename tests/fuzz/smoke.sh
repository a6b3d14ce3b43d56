#!/bin/bash
# Replays the seed corpus of each fuzz target given (build/fuzz/fuzz_NAME ...), and with FUZZ_SECONDS set fuzzes
# each so long. A file is a passed test; a crash is a failed one. Ends with "fuzz: N passed, N failed".
set -u
cd "$(dirname "$0")/../.." || exit 1

export ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1
kept=build/check/fuzz
mkdir -p "$kept" build/fuzz
passed=0 failed=0

fail() { # NAME TEXT
	failed=$((failed + 1))
	echo "not ok $1: $2"
	tail -n 30 "$kept/$1.log" | sed 's/^/# /'
}

for target; do
	name=${target##*/fuzz_}
	seeds=(tests/fuzz/corpus/"$name"/*)
	if [ ! -e "${seeds[0]}" ]; then
		echo "no corpus" >"$kept/$name.log"
		fail "$name" "tests/fuzz/corpus/$name is empty"
		continue
	fi
	if "$target" -rss_limit_mb=1024 -timeout=20 -artifact_prefix=build/fuzz/ "${seeds[@]}" >"$kept/$name.log" 2>&1; then
		passed=$((passed + ${#seeds[@]}))
		echo "ok $name (${#seeds[@]} files)"
	else
		fail "$name" "replay"
		continue
	fi
	[ -n "${FUZZ_SECONDS:-}" ] || continue
	mkdir -p "build/fuzz/corpus/$name"
	if "$target" -rss_limit_mb=1024 -timeout=20 -max_total_time="$FUZZ_SECONDS" -print_final_stats=1 \
		-artifact_prefix=build/fuzz/ "build/fuzz/corpus/$name" "tests/fuzz/corpus/$name" >"$kept/$name.log" 2>&1; then
		passed=$((passed + 1))
		echo "ok $name ($(sed -n 's/^stat::number_of_executed_units: *//p' "$kept/$name.log") runs in $FUZZ_SECONDS s)"
	else
		fail "$name" "fuzzing; the input is in build/fuzz"
	fi
done

echo "fuzz: $passed passed, $failed failed"
[ $failed = 0 ]
