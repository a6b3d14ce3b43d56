#!/bin/bash
# marked: tsan
. "${0%/*}/lib.sh"

for client in $everyone read_only; do
	expect_equal "$client" "$(daemon version -f '{{.Server.Version}}')" "$($client version -f '{{.Server.Version}}')"
done
