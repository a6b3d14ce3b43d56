#!/bin/bash
# What is wrong with a command line is told under the name that was typed, with what was expected.
. "${0%/*}/lib.sh"
needs_quaymaster

told() { # TEXT WORDS...
	local text=$1 output status=0
	shift
	output=$("$PROGRAM" "$@" 2>&1) || status=$?
	expect_equal "exit code ($output)" 2 $status
	expect_contains "$*" "$text" "$output"
	expect_contains "$*" "Try 'quaymaster $1 --help'." "$output"
}

for command in run check test explain learn replay certs; do
	told "quaymaster $command: unrecognized option '--nonsense'" "$command" --nonsense
done
told "quaymaster run: --log-level 'loud': expected error, warning, info or debug" run --log-level loud
told "'--nonsense' is no setting: expected NAME=VALUE" convert --nonsense
