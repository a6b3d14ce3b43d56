#!/bin/bash
# Runs the unit tests built with --coverage and writes build/coverage/report/index.html and a line per folder.
set -eu
cd "$(dirname "$0")/.."

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
