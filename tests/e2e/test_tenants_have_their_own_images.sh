#!/bin/bash
# Two tenants on one daemon: what each builds, commits, imports, loads, tags and pulls is its own by its own names, whatever the
# other has by the same names or the same content.
# What it shows of the daemon's ways: O60 O61 O62.
. "${0%/*}/lib.sh"
. "${0%/*}/images.sh"

cat >"$SCRATCH/worlds.conf" <<END
upstream = { socket = "$DAEMON_SOCKET"; };
workers = 2;
state = "$SCRATCH/worlds";
listeners = (
	{ name = "a"; socket = "$SCRATCH/a.sock"; mode = "0600"; },
	{ name = "b"; socket = "$SCRATCH/b.sock"; mode = "0600"; },
	{ name = "plain"; socket = "$SCRATCH/plain.sock"; mode = "0600"; }
);
clients = (
	{ listener = "a"; policy = "team"; tenant = "team-a"; },
	{ listener = "b"; policy = "team"; tenant = "team-b"; },
	{ policy = "team"; }
);
policies = {
	team = { extends = "ci"; operations = { allow = ["*"]; }; container = { daemon_races = true; }; build = { daemon_defaults = true; };
		tenancy = { shared = { images = ["busybox"]; }; }; };
};
END
mkdir -m 0700 "$SCRATCH/worlds"
"$PROGRAM" run --config "$SCRATCH/worlds.conf" >"$SCRATCH/worlds.log" 2>&1 &
started+=($!)
eventually test -S "$SCRATCH/b.sock"
a() { DOCKER_BUILDKIT=0 "$DOCKER" -H "unix://$SCRATCH/a.sock" "$@"; }
b() { DOCKER_BUILDKIT=0 "$DOCKER" -H "unix://$SCRATCH/b.sock" "$@"; }
plain() { "$DOCKER" -H "unix://$SCRATCH/plain.sock" "$@"; }
tags_of() { daemon image inspect --format '{{join .RepoTags "\n"}}' "$1" | grep -v '^quaymaster.invalid/' | sort | xargs; }
holds_of() { daemon image inspect --format '{{join .RepoTags "\n"}}' "$1" | grep -c "^quaymaster.invalid/$2/held:" || true; }
label_of() { daemon image inspect --format '{{index .Config.Labels "quaymaster.tenant"}}' "$1"; }
names_of() { "$1" images --format '{{.Repository}}:{{.Tag}}' | sort | xargs; }
missing() { # DOCKER WHAT...
	local who=$1
	shift
	expect_fails "$who $*" "$who" "$@"
}
expect_fails() { # WHAT COMMAND...
	local what=$1
	shift
	if "$@" >"$SCRATCH/out" 2>&1; then fail "$what: was done"; fi
}

# A build is the tenant's, whatever its Dockerfile says.
printf 'FROM busybox\nLABEL quaymaster.tenant=team-b quaymaster.seal=x\nRUN echo built >/made\n' | a build -q -t made - >/dev/null
expect_equal "the label of a build" team-a "$(label_of made)"
expect_equal "it runs" built "$(a run --rm made cat /made)"
missing b image inspect made
expect_contains "for another it is not there" "No such image: made" "$(b image inspect made 2>&1 || true)"
missing b run --rm made true
missing b tag made stolen
missing b rmi made
missing b save -o "$SCRATCH/x.tar" made
printf 'FROM made\n' | missing b build -t x -
expect_contains "a build from it" "that image is not here for you; pull it first" "$(cat "$SCRATCH/out")"
printf 'FROM busybox\nRUN false\n' | missing b build -t made -
expect_contains "its name" "the image name 'made' is taken" "$(cat "$SCRATCH/out")"
missing a build -t busybox - </dev/null

# A stage of another tenant's build is reached by no id.
printf 'FROM busybox\nRUN echo secret >/secret\nFROM busybox\nCOPY --from=0 /secret /s\n' >"$SCRATCH/stages"
b build -q -t stages - <"$SCRATCH/stages" >/dev/null
for id in $(daemon images -aq --no-trunc); do
	if [ "$id" != "$(daemon image inspect --format '{{.Id}}' busybox)" ] && a image inspect "$id" >/dev/null 2>&1; then
		expect_equal "what is seen by its id" "$(daemon image inspect --format '{{.Id}}' made)" "$id"
	fi
done
b rmi stages >/dev/null

# The other's own build of the same steps takes nothing from the first one.
printf 'FROM busybox\nRUN cat /proc/sys/kernel/random/uuid >/made\n' | a build -q -t once-a - >/dev/null
printf 'FROM busybox\nRUN cat /proc/sys/kernel/random/uuid >/made\n' | b build -q -t once-b - >/dev/null
first=$(a run --rm once-a cat /made)
[ "$first" != "$(b run --rm once-b cat /made)" ] || fail "a build took another tenant's layers"
printf 'FROM busybox\nRUN cat /proc/sys/kernel/random/uuid >/made\n' | a build -q -t once-a - >/dev/null
expect_equal "a build takes its former one's layers" "$first" "$(a run --rm once-a cat /made)"

# Commit and import.
a create --name box busybox true >/dev/null
missing a commit --change 'LABEL quaymaster.tenant=team-b' box saved
a commit --change 'LABEL other=team-b' box saved >/dev/null
expect_equal "the label of a commit" team-a "$(label_of saved)"
expect_equal "it runs" fine "$(a run --rm saved echo fine)"
missing b inspect saved
missing b commit box x
a export -o "$SCRATCH/box.tar" box
a import --change 'LABEL other=team-b' "$SCRATCH/box.tar" imported >/dev/null
expect_equal "the label of an import" team-a "$(label_of imported)"
missing b history imported

# Tags: of a shared image, each has its own names.
a tag busybox tools-a
b tag busybox tools-b
expect_equal "it runs by its tag" fine "$(a run --rm tools-a echo fine)"
missing b image inspect tools-a
missing b tag busybox tools-a
missing b rmi tools-a
missing b rmi busybox
expect_equal "own names and shared ones" "busybox:latest tools-b:latest" "$(b image inspect --format '{{join .RepoTags "\n"}}' tools-b | sort | xargs)"
b rmi tools-b >/dev/null
expect_equal "what holds it went with it" 0 "$(holds_of busybox team-b)"
a rmi tools-a >/dev/null

# What is pulled is held, and each has to pull it.
publish good/app:1 made
app=$registry/good/app:1
missing b run --pull never --rm "$app" true
a pull -q "$app" >/dev/null
expect_equal "held, by both names" 2 "$(holds_of "$app" team-a)"
expect_equal "it runs" built "$(a run --rm "$app" cat /made)"
expect_contains "it is listed" "$app" "$(names_of a)"
expect_fails "another lists it" grep -F "$app" <(names_of b)
expect_fails "what holds it is listed" grep -F quaymaster.invalid <(names_of a)
missing b image inspect "$app"
missing b run --pull never --rm "$app" true
b pull -q "$app" >/dev/null
expect_equal "it runs for the other" built "$(b run --rm "$app" cat /made)"
a rmi "$app" >/dev/null
missing a image inspect "$app"
expect_equal "it is there for the other" built "$(b run --rm "$app" cat /made)"
b rmi "$app" >/dev/null
missing b image inspect "$app"
expect_equal "what is left" made:latest "$(tags_of made)"
expect_equal "and held" 1 "$(holds_of made team-a)"
missing a pull --all-tags "$registry/good/app"

# What a build would pull, with whatever it makes the builder do, is pulled first.
printf 'FROM %s\nRUN true\n' "$app" | missing b build -t from-app -
expect_contains "a base that is not there" "pull it first" "$(cat "$SCRATCH/out")"
b pull -q "$app" >/dev/null
printf 'FROM %s\nRUN true\n' "$app" | b build -q -t from-app - >/dev/null
missing a image inspect from-app

# Save and load.
b save -o "$SCRATCH/app.tar" from-app
missing a load -i "$SCRATCH/app.tar"
expect_contains "its name" "is taken" "$(cat "$SCRATCH/out")"
b rmi from-app >/dev/null
b load -q -i "$SCRATCH/app.tar" >/dev/null
expect_equal "it runs" built "$(b run --rm from-app cat /made)"
missing a image inspect from-app

# Push, by the tenant's own name alone.
a tag made "$registry/team-a/made:1"
a push -q "$registry/team-a/made:1" >/dev/null
missing b push "$registry/team-a/made:1"

# By id: the only name, and what holds it.
id=$(b image inspect --format '{{.Id}}' from-app)
b rmi "$id" >/dev/null
missing b image inspect from-app
a rm box >/dev/null
a rmi saved imported >/dev/null

# Nobody names what holds images.
hold=$(daemon image inspect --format '{{join .RepoTags "\n"}}' made | grep '^quaymaster.invalid/')
for who in a b plain; do
	missing "$who" image inspect "$hold"
	missing "$who" rmi "$hold"
	missing "$who" run --pull never --rm "$hold" true
	missing "$who" tag busybox quaymaster.invalid/team-b/held:x
	missing "$who" tag busybox docker.io/quaymaster.invalid/team-b/held:x
done

# An image that another has pulled is its maker's as well, and stays until that one has removed it.
# What a later build took the name of is listed without one, and goes by its id; then nothing is held any more.
for who in b a; do
	for name in $(names_of "$who" | tr ' ' '\n' | grep -v -e '<none>' -e '^busybox:'); do "$who" rmi "$name" >/dev/null; done
	for id in $("$who" images --format '{{.Repository}} {{.ID}}' | sed -n 's/^<none> //p'); do "$who" rmi "$id" >/dev/null; done
	expect_equal "what is left for $who" busybox:latest "$(names_of "$who")"
done
expect_equal "what is held" "" "$(daemon images --format '{{.Repository}}' | grep '^quaymaster.invalid' | sort -u || true)"
