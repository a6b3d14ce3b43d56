# shellcheck shell=bash
# A quaymaster of a test's own, behind lib.sh: `start_reach POLICIES` runs one that gives everybody the policy "job"
# of these settings; `job ...` is the docker command through it.

# shellcheck disable=SC2154 # lib.sh and run set the scene
start_reach() { # POLICIES
	needs_quaymaster
	reach_folder=$(mktemp -d /tmp/qm-reach.XXXXXX) # other users get here, too
	chmod 0711 "$reach_folder"
	cat >"$SCRATCH/reach.conf" <<END
upstream = { socket = "$DAEMON_SOCKET"; };
listeners = ( { name = "job"; socket = "$reach_folder/job.sock"; mode = "0666"; } );
clients = ( { policy = "job"; } );
policies = { job = { extends = "ci"; $1 }; };
END
	"$PROGRAM" run --config "$SCRATCH/reach.conf" 2>"$SCRATCH/reach.log" &
	reach_pid=$!
	trap 'kill $reach_pid; wait $reach_pid || true; rm -rf "$reach_folder"' EXIT
	eventually test -S "$reach_folder/job.sock"
}

job() { "$DOCKER" -H "unix://$reach_folder/job.sock" "$@"; }
