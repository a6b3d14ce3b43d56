#!/bin/bash
# A rule that warns lets the request pass, and tells client and audit log; one that is enforced beside it denies.
. "${0%/*}/lib.sh"
. "${0%/*}/rules.sh"

ruled_by 'extends = "ci";
	rules = (
		{ on = "container.create"; when = "label.team absent"; effect = "deny"; mode = "warn"; message = "say which team"; },
		{ on = "container.create"; when = "any label.team = none"; effect = "deny"; message = "that is no team"; }
	);'
create() { # LABELS
	curl -s -i --unix-socket "$ruled" -H 'Content-Type: application/json' \
		-d "{\"Image\":\"busybox\",\"Labels\":{$1}}" "http://docker/containers/create?name=e2e-warned"
}
answer=$(create "")
expect_contains "status" "201 Created" "$answer"
expect_contains "header" "Warning: 299 quaymaster \"policy 'own' would deny container.create: say which team" "$answer"
daemon rm e2e-warned >/dev/null
decision=$(grep '"decision"' "$ruled_audit" | tail -1)
for part in '"verdict":"allow"' '"mode":"warn"' '"would":"deny"' 'say which team'; do
	expect_contains "audit" "$part" "$decision"
done

answer=$(create '"team":"a"')
expect_contains "status" "201 Created" "$answer"
case $answer in *Warning:*) fail "a warning without a reason: $answer" ;; esac
daemon rm e2e-warned >/dev/null
answer=$(create '"team":"none"')
expect_contains "status" "403 Forbidden" "$answer"
expect_contains "message" "that is no team" "$answer"
own run --rm busybox true
