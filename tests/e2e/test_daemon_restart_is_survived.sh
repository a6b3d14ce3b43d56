#!/bin/bash
# While the daemon is away the sockets stay and answer 503 in Docker's words; when it is back all goes on.
. "${0%/*}/lib.sh"
needs_quaymaster
needs_private_daemon

expect_equal before 200 "$(status_of "$ADMIN_SOCKET" GET /v1.41/version)"
"$E2E/daemon.sh" halt "$DAEMON_DIR"
for socket in "$ADMIN_SOCKET" "$CI_SOCKET"; do
	answer=$(curl -s -w '%{http_code}' --unix-socket "$socket" http://docker/v1.41/containers/json)
	expect_contains "while it is away" '"message"' "$answer"
	expect_contains "while it is away" 503 "$answer"
done
! output=$(ci_tls ps 2>&1) || fail "ps worked without a daemon"
case $output in *EOF* | *refused* | *'Is the docker daemon running'*) fail "not told properly: $output" ;; esac
"$E2E/daemon.sh" restart "$DAEMON_DIR"
recovered() { [ "$(status_of "$1" GET /v1.41/version)" = 200 ]; }
eventually recovered "$ADMIN_SOCKET"
eventually recovered "$CI_SOCKET"
expect_equal "after it" back "$(ci_tls run --rm busybox echo back)"
