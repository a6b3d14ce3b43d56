#!/bin/bash
. "${0%/*}/lib.sh"

id=$(daemon create busybox true)
for client in admin admin_tls; do
	$client export "$id" | $client import -c 'CMD ["echo","imported"]' - e2e-import:1 >/dev/null
	expect_equal "$client" imported "$($client run --rm e2e-import:1)"
	$client rmi e2e-import:1 >/dev/null
done
