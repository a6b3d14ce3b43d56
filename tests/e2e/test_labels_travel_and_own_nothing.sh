#!/bin/bash
# What tells that a container is a tenant's is worth nothing elsewhere: an image that was built with a container's own labels, as
# docker commit and docker save or a log driver tell them, gives them to whatever is made of it, and that is nobody's.
. "${0%/*}/lib.sh"

cat >"$SCRATCH/worlds.conf" <<END
upstream = { socket = "$DAEMON_SOCKET"; };
workers = 2;
state = "$SCRATCH/worlds";
listeners = ( { name = "a"; socket = "$SCRATCH/a.sock"; mode = "0600"; } );
clients = ( { listener = "a"; policy = "team"; tenant = "team-a"; } );
policies = {
	team = { extends = "ci"; operations = { allow = ["*"]; }; container = { daemon_races = true; };
		quota = { containers = 10; }; tenancy = { shared = { images = ["busybox"]; }; }; };
};
END
mkdir -m 0700 "$SCRATCH/worlds"
"$PROGRAM" run --config "$SCRATCH/worlds.conf" >"$SCRATCH/worlds.log" 2>&1 &
pid=$!
trap 'kill $pid; wait $pid || true' EXIT
eventually test -S "$SCRATCH/a.sock"
a() { DOCKER_BUILDKIT=0 "$DOCKER" -H "unix://$SCRATCH/a.sock" "$@"; }
label_of() { daemon inspect --format "{{index .Config.Labels \"quaymaster.$2\"}}" "$1"; }

a run -d --name own busybox sleep 600 >/dev/null
seal=$(label_of own seal)
printf 'FROM busybox\nLABEL quaymaster.tenant=team-a quaymaster.seal=%s\n' "$seal" |
	DOCKER_BUILDKIT=0 daemon build -q -t carrier - >/dev/null

before=$(date +%s)
daemon run -d --name victim carrier sleep 600 >/dev/null
expect_equal "the labels came along" "$seal" "$(label_of victim seal)"
id=$(daemon inspect --format '{{.Id}}' victim)

for name in victim "$id"; do
	if a exec "$name" true 2>"$SCRATCH/out"; then fail "it was entered"; fi
	expect_contains "for the tenant it is not there" "No such container: $name" "$(cat "$SCRATCH/out")"
	if a inspect "$name" >"$SCRATCH/out" 2>&1; then fail "it was told of"; fi
	if a rm "$name" >"$SCRATCH/out" 2>&1; then fail "it was removed"; fi
done

expect_equal "what is listed" own "$(a ps -a --format '{{.Names}}')"
daemon exec victim true
expect_equal "what is told of" own "$(a events --since "$((before - 5))" --until "$(($(date +%s) + 1))" --filter type=container --format '{{.Actor.Attributes.name}}' | sort -u)"

a rename own mine
expect_equal "a new name changes nothing" mine "$(a ps --format '{{.Names}}')"
a exec mine true

# Of what is made of a tenant's own container the tenant owns what it makes itself, alone.
a commit mine saved >/dev/null
a run -d --name second saved sleep 600 >/dev/null
a exec second true
daemon run -d --name victim2 saved sleep 600 >/dev/null
expect_equal "what is listed" "mine second" "$(a ps -a --format '{{.Names}}' | sort | xargs)"

daemon rm -f victim victim2 >/dev/null
a rm -f mine second >/dev/null
a rmi saved >/dev/null
daemon rmi carrier >/dev/null
