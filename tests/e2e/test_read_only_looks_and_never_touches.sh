#!/bin/bash
. "${0%/*}/lib.sh"
needs_quaymaster

id=$(daemon run -d --name e2e-watched -e PASSWORD=secret busybox sleep 600)
expect_equal ps e2e-watched "$(read_only ps --format '{{.Names}}' --filter name=e2e-watched)"
expect_equal stats e2e-watched "$(read_only stats --no-stream --format '{{.Name}}' e2e-watched)"
read_only version >/dev/null
read_only system df >/dev/null
for words in "inspect e2e-watched" "history busybox" "volume ls" "events --until 0s" "top e2e-watched"; do
	# shellcheck disable=SC2086 # words
	output=$(read_only $words 2>&1) || fail "'$words' was not let through"
	case $output in *secret* | *"sleep 600"*) fail "'$words' tells a secret" ;; esac
done
expect_contains "its environment" "PASSWORD=<redacted>" "$(read_only inspect -f '{{.Config.Env}}' e2e-watched)"
for words in "logs e2e-watched" "exec e2e-watched true" "stop e2e-watched" "rm -f e2e-watched" \
	"cp e2e-watched:/etc/passwd -" "export e2e-watched" "run --rm busybox true" "rename e2e-watched x2" \
	"volume create e2e-v" "network create e2e-n" "pull 127.0.0.1:1/x" "rmi busybox" "tag busybox x:y" \
	"container prune -f" "save busybox" "commit e2e-watched" "diff e2e-watched" "kill e2e-watched"; do
	# shellcheck disable=SC2086 # words
	! output=$(read_only $words 2>&1 >/dev/null) || fail "'$words' was let through"
	expect_contains "$words" read-only "$output"
	case $output in *secret*) fail "'$words' tells a secret" ;; esac
done
expect_equal "it runs" "true" "$(daemon inspect -f '{{.State.Running}}' "$id")"
daemon rm -f e2e-watched >/dev/null
