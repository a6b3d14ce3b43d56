# shellcheck shell=bash
# What every end-to-end test starts with: `. "${0%/*}/lib.sh"`. tests/e2e/run has set the scene and
# exported where everything is; see there. A test passes by exiting 0, is skipped by `skip`, else fails.

set -eu -o pipefail
export DOCKER_BUILDKIT=0 DOCKER_CLI_HINTS=false
unset DOCKER_HOST DOCKER_TLS_VERIFY DOCKER_CERT_PATH DOCKER_CONTEXT

# The docker command straight at the daemon, and as each client of quaymaster's.
daemon() { "$DOCKER" -H "$DAEMON" "$@"; }
admin() { "$DOCKER" -H "unix://$ADMIN_SOCKET" "$@"; }
ci() { "$DOCKER" -H "unix://$CI_SOCKET" "$@"; }
read_only() { "$DOCKER" -H "unix://$READ_ONLY_SOCKET" "$@"; }
admin_tls() { over_tls admin "$@"; }
ci_tls() { over_tls ci "$@"; }

over_tls() {
	local client=$1
	shift
	if [ -z "$TLS_ADDRESS" ]; then # the tests are pointed at a bare daemon
		daemon "$@"
		return
	fi
	"$DOCKER" -H "tcp://$TLS_ADDRESS" --tlsverify --tlscacert "$CLIENTS/$client/ca.pem" \
		--tlscert "$CLIENTS/$client/cert.pem" --tlskey "$CLIENTS/$client/key.pem" "$@"
}

# Every way in that lets ordinary work through: a behaviour must hold on each.
# shellcheck disable=SC2034
everyone="admin ci admin_tls ci_tls"

fail() {
	echo "FAILED: $*" >&2
	exit 1
}

skip() {
	echo "skipped: $*"
	exit 77
}

expect_equal() { # WHAT EXPECTED ACTUAL
	[ "$2" = "$3" ] || fail "$1: expected '$2', got '$3'"
}

expect_contains() { # WHAT PART WHOLE
	case $3 in *"$2"*) ;; *) fail "$1: no '$2' in '$3'" ;; esac
}

expect_status() { # STATUS COMMAND...
	local expected=$1 status=0
	shift
	"$@" || status=$?
	[ "$status" = "$expected" ] || fail "'$*' ended with $status, not $expected"
}

# A refusal that the docker command shows its user: what is refused, and where that is written.
expect_denied() { # PART COMMAND...
	local part=$1 output
	shift
	! output=$("$@" 2>&1) || fail "'$*' was let through: $output"
	expect_contains "$*" "$part" "$output"
	case $output in
	*panic* | *'Cannot connect'* | *EOF*) fail "'$*' was not told properly: $output" ;;
	esac
}

eventually() { # COMMAND...: tries for 10 seconds
	local tries=0
	until "$@"; do
		tries=$((tries + 1))
		[ $tries -lt 100 ] || fail "never: $*"
		sleep 0.1
	done
}

needs_quaymaster() {
	[ -n "$QUAYMASTER_PID" ] || skip "is about quaymaster itself"
}

needs_private_daemon() {
	[ -n "$DAEMON_DIR" ] || skip "needs a daemon that it may stop"
}

# One raw exchange with a Unix socket: the whole answer, or nothing.
raw() { # SOCKET < request
	timeout 15 socat -t 5 - "UNIX-CONNECT:$1"
}

status_of() { # SOCKET METHOD TARGET [CURL OPTIONS...]
	local socket=$1 method=$2 target=$3
	shift 3
	curl -s -o /dev/null -w '%{http_code}' --unix-socket "$socket" -X "$method" "$@" "http://docker$target"
}
