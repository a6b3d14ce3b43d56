#!/bin/bash
. "${0%/*}/lib.sh"

id=$(daemon create busybox true)
daemon commit "$id" e2e-saved:1 >/dev/null
before=$(daemon image inspect -f '{{.Id}}' e2e-saved:1)
for client in admin admin_tls; do
	$client save e2e-saved:1 >"$SCRATCH/image.tar"
	daemon rmi e2e-saved:1 >/dev/null
	expect_contains "$client load" "e2e-saved:1" "$($client load <"$SCRATCH/image.tar")"
	expect_equal "$client image" "$before" "$(daemon image inspect -f '{{.Id}}' e2e-saved:1)"
done
# One pipe: an export and an import at once.
expect_contains "pipe" "e2e-saved:1" "$(admin save e2e-saved:1 | admin_tls load)"
