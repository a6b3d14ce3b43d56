#!/bin/sh
# What the compiler and linker were asked for has arrived in the program.
set -eu
program=$1
status=0

expect() {
	what=$1 pattern=$2
	grep -q "$pattern" || { echo "  $program: no $what"; status=1; }
}

headers=$(readelf -W --file-header --program-headers --dynamic "$program")
symbols=$(nm -D --undefined-only "$program")
echo "$headers" | expect "PIE" 'Type: *DYN'
echo "$headers" | expect "RELRO" 'GNU_RELRO'
echo "$headers" | expect "BIND_NOW" 'FLAGS_1.*NOW'
echo "$headers" | expect "non-executable stack" 'GNU_STACK.* RW '
echo "$symbols" | expect "stack protector" '__stack_chk_fail'
echo "$symbols" | expect "fortified call" '_chk'
exit $status
