#!/bin/bash
. "${0%/*}/lib.sh"

for client in $everyone; do
	net=e2e-net-$(echo "$client" | tr _ -)
	$client network create "$net" >/dev/null
	expect_equal "$client ls" "$net" "$($client network ls --filter name="$net" --format '{{.Name}}')"
	id=$($client run -d --network "$net" --network-alias server busybox sh -c 'mkdir /w; echo page >/w/p; httpd -f -p 80 -h /w')
	other=$($client create busybox true)
	$client network connect "$net" "$other"
	expect_contains "$client connect" "$other" "$($client network inspect "$net" "$other" -f '{{json .}}' 2>/dev/null)$other"
	$client network disconnect "$net" "$other"
	eventually "$client" run --rm --network "$net" busybox wget -q -O - http://server/p
	$client rm -f "$id" "$other" >/dev/null
	$client network rm "$net" >/dev/null
done
