#!/bin/bash
# What docs/install.md shows does what it says: the configuration has no mistakes, and the commands end as told.
. "${0%/*}/lib.sh"
needs_quaymaster

page=$E2E/../../docs/install.md
awk '/^```/ { inside = !inside; next } /^upstream/ { ours = 1 } !inside { ours = 0 } inside && ours' "$page" \
	>"$SCRATCH/quaymaster.conf"
output=$("$PROGRAM" check --config "$SCRATCH/quaymaster.conf" 2>&1) || fail "$output"
expect_equal "check" "$SCRATCH/quaymaster.conf: 2 listeners, no mistakes" "$output"

expected="0 1 1 0"
for status in $expected; do
	read -r -a words || fail "fewer commands than expected"
	expect_equal "the command" "\$ quaymaster explain --as" "${words[*]:0:4}"
	expect_status "$status" "$PROGRAM" explain --config "$SCRATCH/quaymaster.conf" --as "${words[4]}" -- \
		"$DOCKER" "${words[@]:7}" </dev/null >"$SCRATCH/told" 2>&1
done < <(grep '^\$ ' "$page")
expect_equal "commands" 4 "$(grep -c '^\$ ' "$page")"
