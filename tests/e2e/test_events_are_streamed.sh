#!/bin/bash
# A31 of tests/differentials.tsv.
. "${0%/*}/lib.sh"

for client in $everyone; do
	$client events --since "$(date +%s)" --until "$(($(date +%s) + 60))" --filter type=container \
		--format '{{.Action}}' >"$SCRATCH/$client" &
	listener=$!
	sleep 1
	$client run --rm busybox true
	# They come as they happen, not when the stream ends.
	eventually grep -qx die "$SCRATCH/$client"
	pkill -P $listener # the docker command itself: the listener is the shell around it
	wait $listener || true
	for action in create start die; do
		grep -qx $action "$SCRATCH/$client" || fail "$client: no event $action: $(cat "$SCRATCH/$client")"
	done
done
