#!/bin/sh
# A private dockerd with an image named busybox:latest, and nothing of it left behind.
#   daemon.sh start DIR     starts it, with everything of its own under DIR; prints nothing
#   daemon.sh stop DIR      stops it and everything it started, and removes DIR
#   daemon.sh restart DIR   the same daemon again, on the same socket
# Its socket is DIR/docker.sock, so DIR's path must be short (a socket's path ends at 107 bytes).
set -eu

command=$1
dir=$2
socket=$dir/docker.sock

docker_here() {
	"${DOCKER:-/usr/bin/docker}" -H "unix://$socket" "$@"
}

fail() {
	echo "daemon.sh: $*" >&2
	[ ! -e "$dir/dockerd.log" ] || tail -20 "$dir/dockerd.log" >&2
	exit 1
}

launch() {
	mkdir -p "$dir"
	[ "${#socket}" -lt 100 ] || fail "$socket is too long for a socket"
	# No bridge and no firewall rules: containers have no network but --network none and host.
	setsid dockerd --host "unix://$socket" --data-root "$dir/data" --exec-root "$dir/exec" \
		--pidfile "$dir/pid" --group root --bridge=none --iptables=false --ip6tables=false \
		--storage-driver "${STORAGE_DRIVER:-overlay2}" --insecure-registry 127.0.0.1/8 \
		--log-level warn >>"$dir/dockerd.log" 2>&1 </dev/null &
	launched=$!
	tries=0
	until docker_here version >/dev/null 2>&1; do
		tries=$((tries + 1))
		kill -0 "$launched" 2>/dev/null || fail "dockerd ended"
		[ $tries -lt 150 ] || fail "dockerd does not answer"
		sleep 0.2
	done
}

# busybox-static with a link for each of its applets: all that a test needs of an image.
import_image() {
	! docker_here image inspect busybox:latest >/dev/null 2>&1 || return 0
	root=$dir/image
	mkdir -p "$root/bin" "$root/etc" "$root/tmp" "$root/root" "$root/home"
	cp /bin/busybox "$root/bin/busybox"
	"$root/bin/busybox" --list | while read -r applet; do
		[ "$applet" = busybox ] || ln "$root/bin/busybox" "$root/bin/$applet"
	done
	chmod 1777 "$root/tmp"
	printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' >"$root/etc/passwd"
	printf 'root:x:0:\nnogroup:x:65534:\n' >"$root/etc/group"
	tar -C "$root" --owner=0 --group=0 -cf - . | docker_here import \
		-c 'CMD ["sh"]' -c 'ENV PATH=/bin' - busybox:latest >/dev/null
	rm -rf "$root"
}

halt() {
	[ -s "$dir/pid" ] || return 0
	pid=$(cat "$dir/pid")
	kill "$pid" 2>/dev/null || return 0
	tries=0
	while [ -e "/proc/$pid" ] && [ $tries -lt 150 ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
	kill -9 "$pid" 2>/dev/null || true
}

# Containers do not end with their daemon, and a killed one leaves its mounts.
sweep() {
	ids=$(docker_here ps -aq 2>/dev/null) || ids=""
	# shellcheck disable=SC2086 # a list of ids
	[ -z "$ids" ] || docker_here rm -f $ids >/dev/null 2>&1 || true
}

unmount_below() {
	awk -v dir="$1/" 'index($2, dir) == 1 { print $2 }' /proc/mounts | sort -r | while read -r mount; do
		umount -l "$mount" 2>/dev/null || true
	done
}

case $command in
start)
	launch
	import_image
	;;
restart)
	halt
	launch
	;;
halt)
	halt
	;;
stop)
	sweep
	halt
	unmount_below "$dir"
	rm -rf "$dir"
	;;
*)
	fail "unknown command $command"
	;;
esac
