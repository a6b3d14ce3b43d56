#!/bin/bash
# A restarter, as autoheal is one: it lists, and restarts the containers that are labelled for it, whatever they are.
. "${0%/*}/lib.sh"
. "${0%/*}/rules.sh"

ruled_by 'extends = "deny-all"; container = { trust_existing = true; };
	rules = (
		{ on = ["container.list", "system.ping"]; effect = "allow"; },
		{ on = "container.restart"; when = "target.label.autoheal = true"; effect = "allow"; }
	);'
daemon run -d --name e2e-mine --label autoheal=true --pid host busybox sleep 600 >/dev/null
daemon run -d --name e2e-not-mine busybox sleep 600 >/dev/null
daemon run -d --name e2e-switched-off --label autoheal=false busybox sleep 600 >/dev/null
id=$(daemon inspect -f '{{.Id}}' e2e-mine)
started() { daemon inspect -f '{{.State.StartedAt}}' "$1"; }

before=$(started e2e-mine)
own ps -q >/dev/null
own restart -t 0 e2e-mine >/dev/null
own restart -t 0 "${id:0:12}" >/dev/null
[ "$(started e2e-mine)" != "$before" ] || fail "it was not restarted"
for name in e2e-not-mine e2e-switched-off; do
	before=$(started $name)
	expect_denied "does not allow container.restart" own restart -t 0 $name
	expect_equal "$name" "$before" "$(started $name)"
done
expect_denied "No such container" own restart e2e-nobody
expect_denied "does not allow container.stop" own stop e2e-mine
expect_denied "does not allow container.remove" own rm -f e2e-mine
expect_denied "does not allow container.inspect" own exec e2e-mine true
daemon rm -f e2e-mine e2e-not-mine e2e-switched-off >/dev/null
