#!/bin/bash
# `make run`: quaymaster in front of a Docker daemon on this machine, until interrupted. Builds, issues
# certificates, writes a configuration, and starts a private dockerd where none answers (or UPSTREAM=private).
# Everything it makes is under build/run/ and, for short socket paths, one folder in /run; it all goes at the end.
set -eu
cd "$(dirname "$0")/.."

say() { printf '\033[1m%s\033[0m\n' "$*"; }
die() {
	echo "make run: $*" >&2
	exit 1
}

[ "$(id -u)" = 0 ] || die "needs root: it stands in front of a daemon that is root"

upstream=/var/run/docker.sock
answers() { # SOCKET: a daemon's ping
	[ -S "$1" ] && [ "$(curl -s -m 5 --unix-socket "$1" http://docker/_ping)" = OK ]
}

say "Packages"
packaging/install-packages.sh build run
private=""
if [ "${UPSTREAM:-}" = private ] || ! answers $upstream; then
	private=1
	packaging/install-packages.sh daemon
fi

say "Building"
make --no-print-directory -j"$(nproc)"

run=$PWD/build/run
rm -rf "$run"
mkdir -p "$run"
short=$(mktemp -d /run/quaymaster-try.XXXXXX)
quaymaster_pid=""

end() {
	trap '' INT TERM
	echo
	[ -z "$quaymaster_pid" ] || { kill "$quaymaster_pid" 2>/dev/null && wait "$quaymaster_pid"; } || true
	[ -z "$private" ] || tests/e2e/daemon.sh stop "$short/d" || true
	rm -rf "$short" "$run"
	say "Ended; nothing is left running."
}
trap end EXIT
trap 'exit 0' INT TERM

if [ -n "$private" ]; then
	say "Starting a private dockerd"
	tests/e2e/daemon.sh start "$short/d"
	upstream=$short/d/docker.sock
fi

say "Certificates"
build/quaymaster certs init --directory "$run/certs" --san DNS:localhost,IP:127.0.0.1

free_port() { # the first of these that nobody listens on
	for port in 2376 12376 22376 32376 42376; do
		! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || continue
		echo "$port"
		return
	done
	die "no free port"
}

port=$(free_port)
socket=$run/docker.sock
[ ${#socket} -lt 108 ] || socket=$short/docker.sock

cat >"$run/quaymaster.conf" <<END
# Written by \`make run\`. Anyone who can reach these is a build job: policy "ci".
upstream = { socket = "$upstream"; };

listeners = (
	{ name = "local"; socket = "$socket"; mode = "0600"; },
	{ name = "network"; address = "127.0.0.1:$port"; tls = { directory = "$run/certs"; }; }
);

clients = (
	{ listener = "local"; policy = "ci"; },
	{ listener = "network"; certificate = { common_name = "docker:dind client"; }; policy = "ci"; }
);

audit = { file = "$run/audit.log"; };
END
build/quaymaster check --config "$run/quaymaster.conf"

build/quaymaster run --config "$run/quaymaster.conf" >"$run/quaymaster.log" 2>&1 &
quaymaster_pid=$!
for _ in $(seq 100); do
	answers "$socket" && break
	kill -0 "$quaymaster_pid" 2>/dev/null || break
	sleep 0.1
done
answers "$socket" || { cat "$run/quaymaster.log" >&2; die "quaymaster did not come up"; }

# An image that is there, so that the lines below work as printed.
docker=$(command -v docker || echo docker)
image=busybox
if [ -x "$docker" ] && [ -z "$private" ] && ! "$docker" -H "unix://$upstream" image inspect busybox >/dev/null 2>&1; then
	image=$("$docker" -H "unix://$upstream" images --format '{{.Repository}}:{{.Tag}}' | grep -v '<none>' | head -1)
	image=${image:-busybox}
fi
unix="docker -H unix://$socket"
tls="docker -H tcp://127.0.0.1:$port --tlsverify --tlscacert $run/certs/client/ca.pem \\
      --tlscert $run/certs/client/cert.pem --tlskey $run/certs/client/key.pem"

say "quaymaster stands in front of $upstream. In another terminal:"
cat <<END

  On the Unix socket, allowed and denied:

    $unix run --rm $image echo hello
    $unix run --rm --privileged $image echo hello

  On mutual TLS, allowed and denied:

    $tls \\
      run --rm $image echo hello
    $tls \\
      run --rm -v /:/host $image cat /host/etc/shadow

  What was decided: $run/audit.log

END
say "Control-C ends it."
wait "$quaymaster_pid" || { cat "$run/quaymaster.log" >&2; die "quaymaster ended"; }
