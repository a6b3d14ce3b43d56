# shellcheck shell=bash
# The configurations of the end-to-end tests: $WORK/main.conf before the daemon, $WORK/recorded.conf before the
# recorder. Sourced by tests/e2e/run, whose variables these are.

write_scene() { # WORKERS
	cat >"$WORK/main.conf" <<END
upstream = { socket = "$DAEMON_SOCKET"; };
workers = $1;
audit = { file = "$AUDIT"; required = true; };

listeners = (
	{ name = "admin"; socket = "$ADMIN_SOCKET"; mode = "0600"; },
	{ name = "ci"; socket = "$CI_SOCKET"; mode = "0600"; },
	{ name = "tls"; address = "$TLS_ADDRESS"; tls = { directory = "$CERTS"; }; },
	{ name = "read-only"; socket = "$READ_ONLY_SOCKET"; mode = "0600"; }
);

clients = (
	{ listener = "admin"; policy = "admin"; },
	{ listener = "ci"; policy = "ci"; },
	{ listener = "read-only"; policy = "read-only"; },
	{ certificate = { common_name = "admin"; }; policy = "admin"; },
	{ certificate = { common_name = "ci"; }; policy = "ci"; }
);
END
	cat >"$WORK/recorded.conf" <<END
upstream = { socket = "$RECORDER_SOCKET"; };
workers = 1;
listeners = (
	{ name = "ci"; socket = "$RECORDED_CI_SOCKET"; mode = "0600"; },
	{ name = "admin"; socket = "$RECORDED_ADMIN_SOCKET"; mode = "0600"; }
);
clients = (
	{ listener = "ci"; policy = "ci"; },
	{ listener = "admin"; policy = "admin"; }
);
END
}
