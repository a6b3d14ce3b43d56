#!/bin/sh
# Writes the container image's whole root as a tar to standard output: root.sh PROGRAM, a static one
set -eu
cd "$(dirname "$0")/../.."

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
install -D -m 0755 "$1" "$root/usr/bin/quaymaster"
install -d -m 0755 "$root/etc/quaymaster"
# So that logs and rules have names for who it is itself; the daemon's group has another number on each host.
printf 'root:x:0:0::/:\nquaymaster:x:10001:10001::/:\n' >"$root/etc/passwd"
printf 'root:x:0:\nquaymaster:x:10001:\n' >"$root/etc/group"
chmod 0755 "$root"
mkdir -p "$root/run/quaymaster" "$root/var/lib/quaymaster" "$root/certs/client"
# Like docker:dind's: a volume that is made of it can be written by whoever the container is run as.
chmod 1777 "$root/certs" "$root/certs/client"
tar -C "$root" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --exclude=./run/quaymaster --exclude=./var/lib/quaymaster \
	-cf "$root.tar" .
tar -C "$root" --mtime=@0 --owner=10001 --group=10001 --numeric-owner -rf "$root.tar" ./run/quaymaster ./var/lib/quaymaster
cat "$root.tar"
rm "$root.tar"
