#!/bin/bash
. "${0%/*}/lib.sh"

for client in $everyone; do
	# In the background a function's kill would miss the docker command: it ends by itself with --until.
	$client events --since "$(date +%s)" --until "$(($(date +%s) + 4))" --filter type=container \
		--format '{{.Action}}' >"$SCRATCH/$client" &
	listener=$!
	sleep 1
	$client run --rm busybox true
	# They come as they happen, not when the stream ends.
	eventually grep -qx die "$SCRATCH/$client"
	wait $listener
	for action in create start die; do
		grep -qx $action "$SCRATCH/$client" || fail "$client: no event $action: $(cat "$SCRATCH/$client")"
	done
done
