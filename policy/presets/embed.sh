#!/bin/sh
# Prints the C file that holds the presets given as arguments (policy/presets/*.conf and
# policy/profiles/*.conf), as declared in policy/presets.h.
# Bytes are written as numbers: a string literal of that length would not be portable C.
set -eu

printf '/* Written by policy/presets/embed.sh; do not edit. */\n#include "policy/presets.h"\n'
count=0
for file; do
	count=$((count + 1))
	printf '\nstatic const char text_%d[] = {\n' "$count"
	od -An -v -tu1 "$file" | sed 's/  *\([0-9][0-9]*\)/\1,/g'
	printf '0};\n'
done
printf '\nconst struct preset presets[] = {\n'
count=0
for file; do
	count=$((count + 1))
	name=${file##*/}
	case $file in
	*/profiles/*) profile=true ;;
	*) profile=false ;;
	esac
	printf '\t{"%s", text_%d, %s},\n' "${name%.conf}" "$count" "$profile"
done
printf '};\n\nconst size_t preset_count = sizeof presets / sizeof *presets;\n'
