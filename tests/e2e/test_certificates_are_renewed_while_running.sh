#!/bin/bash
# New certificate files are picked up without a restart, and without cutting who is connected.
. "${0%/*}/lib.sh"
needs_quaymaster

serial() {
	openssl s_client -connect "$TLS_ADDRESS" -cert "$CLIENTS/admin/cert.pem" -key "$CLIENTS/admin/key.pem" \
		</dev/null 2>/dev/null | openssl x509 -noout -serial
}

before=$(serial)
admin_tls run --rm --name e2e-long busybox sh -c 'sleep 8; echo lived' >"$SCRATCH/long" &
long=$!
"$PROGRAM" certs server --directory "$CERTS" --san DNS:localhost,IP:127.0.0.1 >/dev/null
changed() { [ "$(serial)" != "$before" ]; }
eventually changed
expect_equal "a new client" hello "$(ci_tls run --rm busybox echo hello)"
wait $long
expect_equal "the connected client" lived "$(cat "$SCRATCH/long")"
