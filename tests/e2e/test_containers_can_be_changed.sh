#!/bin/bash
# rename, update, pause, stop, start, restart, diff, port, inspect: what a job does to what it made.
. "${0%/*}/lib.sh"

state() { daemon inspect -f '{{.State.Status}}' e2e-new; }

for client in $everyone; do
	$client run -d --name e2e-old busybox sh -c 'touch /made; trap "exit 0" TERM; while :; do sleep 0.1; done' >/dev/null
	$client rename e2e-old e2e-new
	$client update --memory 64m --memory-swap 64m e2e-new >/dev/null
	expect_equal "$client update" 67108864 "$(daemon inspect -f '{{.HostConfig.Memory}}' e2e-new)"
	$client pause e2e-new >/dev/null
	expect_equal "$client pause" paused "$(state)"
	$client unpause e2e-new >/dev/null
	$client stop -t 5 e2e-new >/dev/null
	expect_equal "$client stop" exited "$(state)"
	expect_contains "$client diff" "A /made" "$($client diff e2e-new)"
	$client start e2e-new >/dev/null
	$client restart -t 1 e2e-new >/dev/null
	expect_equal "$client restart" running "$(state)"
	$client inspect e2e-new >/dev/null
	$client rm -f e2e-new >/dev/null
done
