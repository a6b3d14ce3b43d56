#!/bin/bash
# A daemon on mutual TLS by name, as docker:dind's is: the upstream here is the other quaymaster's TLS listener, as its
# client "admin". The way in is plain TCP on IPv6 loopback.
. "${0%/*}/lib.sh"

[ -n "$TLS_ADDRESS" ] || skip "this is about quaymaster"
port=$(/usr/bin/python3 -c 'import socket; s = socket.socket(socket.AF_INET6); s.bind(("::1", 0)); print(s.getsockname()[1])')
cat >"$SCRATCH/far.conf" <<END
upstream = {
	address = "localhost:${TLS_ADDRESS##*:}";
	tls = { ca = "$CLIENTS/admin/ca.pem"; certificate = "$CLIENTS/admin/cert.pem"; key = "$CLIENTS/admin/key.pem"; };
};
listeners = ( { name = "six"; address = "[::1]:$port"; }, { name = "unix"; socket = "$SCRATCH/far.sock"; mode = "0600"; } );
clients = ( { policy = "ci"; } );
END
"$PROGRAM" run --config "$SCRATCH/far.conf" >"$SCRATCH/far.log" 2>&1 &
far=$!
trap 'kill $far; wait $far || true' EXIT
for _ in $(seq 100); do
	[ -S "$SCRATCH/far.sock" ] && break
	sleep 0.1
done

for host in "tcp://[::1]:$port" "unix://$SCRATCH/far.sock"; do
	expect_contains "$host" "Server:" "$("$DOCKER" -H "$host" version)"
	expect_equal "$host: run -i" x "$(echo x | timeout 60 "$DOCKER" -H "$host" run -i --rm busybox cat)"
	expect_denied container.privileged "$DOCKER" -H "$host" run --rm --privileged busybox true
done

# A daemon with a certificate of another authority is not spoken to.
sed "s|ca = \"$CLIENTS/admin/ca.pem\"|ca = \"$CLIENTS/foreign/ca.pem\"|; s|far.sock|wrong.sock|; /name = \"six\"/s|{ name = \"six\"[^}]*}, ||" \
	"$SCRATCH/far.conf" >"$SCRATCH/wrong.conf"
"$PROGRAM" run --config "$SCRATCH/wrong.conf" >"$SCRATCH/wrong.log" 2>&1 &
wrong=$!
trap 'kill $far $wrong; wait $far $wrong || true' EXIT
for _ in $(seq 100); do
	[ -S "$SCRATCH/wrong.sock" ] && break
	sleep 0.1
done
answer=$(curl -s --unix-socket "$SCRATCH/wrong.sock" http://docker/_ping)
expect_contains "a daemon of another authority" '{"message":"cannot connect to the Docker daemon' "$answer"
