#!/bin/sh
# Each header compiles alone, and has the guard that its path says.
set -eu
status=0
for header in policy/*.h certs/*.h proxy/*.h; do
	[ -e "$header" ] || continue
	guard=QUAYMASTER_$(echo "$header" | tr 'a-z/.' 'A-Z__')
	grep -q "^#ifndef $guard\$" "$header" || { echo "  $header: include guard is not $guard"; status=1; }
	printf '#include "%s"\ntypedef int not_empty;\n' "$header" |
		${CC:-gcc} -std=c11 -Wall -Wextra -Wpedantic -Werror -I. -fsyntax-only -x c - || status=1
done
exit $status
