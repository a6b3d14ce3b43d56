#!/bin/bash
# Runs the unit tests built with --coverage and writes build/coverage/report/index.html and a line per folder. Fails where
# fewer of the policy engine's lines are run than the floor.
set -eu
cd "$(dirname "$0")/.."

floor=95.0 # percent of the lines of policy/

find build/coverage -name '*.gcda' -delete
for program; do
	"$program" >/dev/null 2>&1 || echo "${program##*/} failed"
done
lcov --quiet --capture --directory build/coverage --output-file build/coverage/all.info
for folder in policy certs proxy; do
	lcov --quiet --extract build/coverage/all.info "$PWD/$folder/*" --output-file "build/coverage/$folder.info"
	printf '%-7s ' $folder
	lcov --summary "build/coverage/$folder.info" 2>&1 | sed -n 's/ *lines\.*: //p'
done
lcov --quiet --extract build/coverage/all.info "$PWD/policy/*" "$PWD/certs/*" "$PWD/proxy/*" \
	--output-file build/coverage/ours.info
genhtml --quiet --output-directory build/coverage/report build/coverage/ours.info
echo "build/coverage/report/index.html"
covered=$(lcov --summary build/coverage/policy.info 2>&1 | sed -nE 's/.*lines\.*: ([0-9.]+)%.*/\1/p')
if awk -v covered="$covered" -v floor="$floor" 'BEGIN { exit !(covered >= floor) }'; then
	echo "coverage: 1 passed, 0 failed"
else
	echo "policy/ has $covered % of its lines run by unit tests, and the floor is $floor %"
	echo "coverage: 0 passed, 1 failed"
	exit 1
fi
