#!/bin/bash
# docker load under images.produce: the archive is looked into while it is sent, and nothing of a refused one is in
# the daemon.
. "${0%/*}/lib.sh"
. "${0%/*}/images.sh"

judged_by "use = [\"$registry/good/**\"]; produce = [\"ci/**\"];"

make_image ci/loaded:1
make_image foreign:1
loaded=$(image_id ci/loaded:1)
daemon save -o "$SCRATCH/loaded.tar" ci/loaded:1
daemon save -o "$SCRATCH/foreign.tar" foreign:1
daemon save -o "$SCRATCH/both.tar" ci/loaded:1 foreign:1
daemon save -o "$SCRATCH/nameless.tar" "$loaded"
foreign=$(image_id foreign:1)
daemon rmi ci/loaded:1 foreign:1 >/dev/null

expect_gone() {
	! daemon image inspect "$1" >/dev/null 2>&1 || fail "$1 is there"
}

for archive in foreign both nameless; do
	expect_denied "images.produce" job load -i "$SCRATCH/$archive.tar"
	gzip -k "$SCRATCH/$archive.tar"
	expect_denied "images.produce" job load -i "$SCRATCH/$archive.tar.gz"
	expect_gone foreign:1
	expect_gone "$foreign"
	expect_gone "$loaded"
	! ls "$DAEMON_DIR"/data/tmp/* >/dev/null 2>&1 || fail "the daemon keeps something of $archive"
done
expect_denied "(docker.io/library/foreign)" job load -i "$SCRATCH/foreign.tar"

# Under a listed name it is there, and may be used: also compressed, and chunk by chunk.
for form in loaded.tar loaded.tar.gz; do
	[ -e "$SCRATCH/$form" ] || gzip -k "$SCRATCH/loaded.tar"
	expect_contains "load" "Loaded image: ci/loaded:1" "$(job load -i "$SCRATCH/$form")"
	expect_equal "$form" hello "$(job run --rm ci/loaded:1 echo hello)"
	expect_equal "$form, by id" hello "$(job run --rm "$loaded" echo hello)"
	daemon rmi ci/loaded:1 >/dev/null
done
expect_contains "load from a pipe" "Loaded image" "$(job load <"$SCRATCH/loaded.tar")"
daemon rmi ci/loaded:1 >/dev/null
curl -s --unix-socket "$SCRATCH/job.sock" -H 'Content-Type: application/x-tar' -H 'Transfer-Encoding: chunked' \
	--data-binary "@$SCRATCH/loaded.tar" http://docker/v1.41/images/load >/dev/null
expect_equal "chunked" hello "$(job run --rm ci/loaded:1 echo hello)"
daemon rmi ci/loaded:1 >/dev/null

# Other compressions are told; so is what is no archive.
bzip2 -k "$SCRATCH/loaded.tar"
expect_denied "compressed with bzip2" job load -i "$SCRATCH/loaded.tar.bz2"
head -c 3000 "$SCRATCH/loaded.tar" >"$SCRATCH/cut.tar"
expect_denied "cut short" job load -i "$SCRATCH/cut.tar"
head -c 3000 /dev/urandom | expect_denied "checksum" job load
head -c 3000 "$SCRATCH/loaded.tar.gz" >"$SCRATCH/cut.tar.gz"
expect_denied "cut short" job load -i "$SCRATCH/cut.tar.gz"

# A link in the manifest's place.
mkdir "$SCRATCH/odd"
tar -C "$SCRATCH/odd" -xf "$SCRATCH/foreign.tar"
mv "$SCRATCH/odd/manifest.json" "$SCRATCH/odd/hidden.json"
ln -s hidden.json "$SCRATCH/odd/manifest.json"
tar -C "$SCRATCH/odd" -cf "$SCRATCH/odd.tar" .
expect_denied "a link or device" job load -i "$SCRATCH/odd.tar"
expect_gone foreign:1

# An operator loads what there is.
operator load -i "$SCRATCH/foreign.tar" >/dev/null
daemon image inspect foreign:1 >/dev/null
