#!/bin/bash
# Debian's docker-registry on loopback: push, forget, pull.
. "${0%/*}/lib.sh"
needs_private_daemon
[ -x /usr/bin/docker-registry ] || skip "no docker-registry"

port=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >"$SCRATCH/registry.yml" <<END
version: 0.1
log: { level: warn }
storage: { filesystem: { rootdirectory: $SCRATCH/registry } }
http: { addr: "127.0.0.1:$port" }
END
docker-registry serve "$SCRATCH/registry.yml" >"$SCRATCH/registry.log" 2>&1 &
registry=$!
trap 'kill $registry' EXIT
eventually curl -fs -o /dev/null "http://127.0.0.1:$port/v2/"

for client in $everyone; do
	image=127.0.0.1:$port/$(echo "$client" | tr _ -)/busybox:1
	daemon tag busybox "$image"
	expect_contains "$client push" "digest: sha256:" "$($client push "$image")"
	daemon rmi "$image" >/dev/null
	expect_contains "$client pull" "Downloaded newer image" "$($client pull "$image")"
	expect_equal "$client" pulled "$($client run --rm "$image" echo pulled)"
	daemon rmi "$image" >/dev/null
done
