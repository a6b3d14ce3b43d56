# shellcheck shell=bash
# For the tests about images: a registry on loopback, and a quaymaster of the test's own with a policy about
# images. Sourced after lib.sh.

needs_quaymaster
needs_private_daemon
[ -x /usr/bin/docker-registry ] || skip "no docker-registry"

started=()
stop_all() {
	for pid in "${started[@]}"; do
		{ kill "$pid" && wait "$pid"; } 2>/dev/null || true
	done
}
trap stop_all EXIT

free_port() {
	/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

registry=127.0.0.1:$(free_port)
cat >"$SCRATCH/registry.yml" <<END
version: 0.1
log: { level: warn }
storage: { filesystem: { rootdirectory: $SCRATCH/registry } }
http: { addr: "$registry" }
END
docker-registry serve "$SCRATCH/registry.yml" >"$SCRATCH/registry.log" 2>&1 &
started+=($!)
eventually curl -fs -o /dev/null "http://$registry/v2/"

# Starts it; the policy `job` is ci with these images, and can be had again with others.
judged_by() { # IMAGES [MORE]: "use = [...]; ..."
	[ -z "${judge:-}" ] || { kill "$judge"; wait "$judge" 2>/dev/null || true; }
	rm -f "$SCRATCH/job.sock"
	[ -d "$SCRATCH/state" ] || mkdir -m 0700 "$SCRATCH/state"
	cat >"$SCRATCH/job.conf" <<END
upstream = { socket = "$DAEMON_SOCKET"; };
workers = 2;
state = "$SCRATCH/state";
listeners = (
	{ name = "job"; socket = "$SCRATCH/job.sock"; mode = "0600"; },
	{ name = "operator"; socket = "$SCRATCH/operator.sock"; mode = "0600"; }
);
clients = ( { listener = "job"; policy = "job"; }, { policy = "admin"; } );
policies = {
	job = { extends = "ci"; container = { daemon_races = true; }; images = { $1 }; ${2:-} };
};
END
	"$PROGRAM" run --config "$SCRATCH/job.conf" >>"$SCRATCH/job.log" 2>&1 &
	judge=$!
	started+=("$judge")
	eventually test -S "$SCRATCH/job.sock"
}

# The docker command as a client under that policy, and as an operator who may do anything.
job() { "$DOCKER" -H "unix://$SCRATCH/job.sock" "$@"; }
operator() { "$DOCKER" -H "unix://$SCRATCH/operator.sock" "$@"; }

# Puts busybox into the registry as NAME:TAG; the daemon forgets that name.
publish() { # NAME:TAG [FROM]
	daemon tag "${2:-busybox}" "$registry/$1"
	daemon push -q "$registry/$1" >/dev/null
	daemon rmi "$registry/$1" >/dev/null
}

# Another image than busybox, with the name NAME.
make_image() { # NAME
	printf 'FROM busybox\nLABEL of=%s\n' "$1" | daemon build -q -t "$1" - >/dev/null
}

image_id() { daemon image inspect --format '{{.Id}}' "$1"; }

manifest_type=application/vnd.docker.distribution.manifest.v2+json

# The digest that the registry has for NAME:TAG now.
registry_digest() { # NAME TAG
	curl -fsI -H "Accept: $manifest_type" "http://$registry/v2/$1/manifests/$2" |
		tr -d '\r' | sed -n 's/^docker-content-digest: //Ip'
}
