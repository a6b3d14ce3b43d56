#!/bin/bash
. "${0%/*}/lib.sh"

mkdir "$SCRATCH/context"
head -c 2000000 /dev/urandom >"$SCRATCH/context/blob"
cat >"$SCRATCH/context/Dockerfile" <<'END'
FROM busybox
ARG WORD=none
COPY blob /blob
RUN wc -c </blob >/size && echo "$WORD" >/word
CMD cat /size /word
END
for client in $everyone; do
	tag=e2e-build:$(echo "$client" | tr _ -)
	output=$($client build --build-arg "WORD=$client" -t "$tag" "$SCRATCH/context")
	expect_contains "$client build" "Successfully tagged $tag" "$output"
	expect_equal "$client image" "2000000 $client" "$($client run --rm "$tag" | tr '\n' ' ' | sed 's/ $//')"
done
