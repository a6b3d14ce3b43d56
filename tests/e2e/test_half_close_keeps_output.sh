#!/bin/bash
# marked: tsan
# Standard input ends first; what the container says after that still arrives, and the command ends.
. "${0%/*}/lib.sh"

for client in $everyone; do
	expect_equal "$client cat" x "$(echo x | $client run --rm -i busybox cat)"
	expect_equal "$client counts, then waits" "4 bytes" \
		"$(echo abc | $client run --rm -i busybox sh -c 'n=$(cat | wc -c); sleep 1; echo $n bytes')"
done
