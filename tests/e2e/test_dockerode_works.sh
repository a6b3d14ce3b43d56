#!/bin/bash
# The node client, from npm into build/: skipped where it cannot be had.
. "${0%/*}/lib.sh"

modules=$E2E/../../build/node
if [ ! -d "$modules/node_modules/dockerode" ]; then
	mkdir -p "$modules"
	npm install --no-audit --no-fund --no-save --omit=optional --prefix "$modules" dockerode@4 >"$SCRATCH/npm" 2>&1 ||
		{ tail -3 "$SCRATCH/npm"; skip "npm cannot install dockerode"; }
fi
NODE_PATH=$modules/node_modules node "$E2E/dockerode.js"
