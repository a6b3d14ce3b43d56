#!/bin/bash
# Two tenants of one daemon: the volumes of a tenant's containers are its own whichever way they come to be, are filled and
# removed as ever, and nobody mounts another's.
. "${0%/*}/lib.sh"
. "${0%/*}/tenants.sh"
needs_quaymaster

begin_tenants 'container = { network_modes = ["none"]; volumes_from = true; };
	tenancy = { shared = { images = ["busybox", "with-volume"]; volumes = ["common"]; }; };'
volumes_of() { "$1" volume ls -q | sort | tr '\n' ' '; }
run() { "$1" run --network none "${@:2}"; }

make_image_with_volume

# Anonymous ones, by the image, by the command line and by both.
run a --name one with-volume cat /data/file >answer
expect_equal "filled from the image" image "$(cat answer)"
expect_equal "listed" 1 "$(a volume ls -q | wc -l)"
expect_equal "for nobody else" "" "$(volumes_of b)"
anonymous=$(a volume ls -q)
expect_denied "o such volume" b volume inspect "$anonymous"
expect_denied "o such volume" b volume rm "$anonymous"
a start -a one >/dev/null
a rm -v one >/dev/null
expect_equal "removed with its container" "" "$(volumes_of a)"
run a --rm -v /v -v /data with-volume sh -c 'cat /data/file && touch /v/x' >answer
expect_equal "removed with --rm" "" "$(volumes_of a)"
run a -d --name two -v /v with-volume sleep 60 >/dev/null
expect_equal "two volumes" 2 "$(a volume ls -q | wc -l)"
run a --rm --volumes-from two busybox cat /data/file >answer
expect_equal "lent" image "$(cat answer)"
expect_equal "nothing new" 2 "$(a volume ls -q | wc -l)"
run a -d --name three --volumes-from two with-volume sleep 60 >/dev/null
expect_equal "the image's is the lent one" 2 "$(a volume ls -q | wc -l)"
a exec three cat /data/file >/dev/null
run a --rm --tmpfs /data with-volume sh -c '! cat /data/file' 2>/dev/null
a rm -f -v two three >/dev/null
expect_equal "all are gone" "" "$(volumes_of a)"

# Named ones.
run a --rm -v kept:/v busybox sh -c 'echo mine >/v/file'
expect_equal "made by a create" "kept " "$(volumes_of a)"
expect_equal "and read again" mine "$(run a --rm -v kept:/v:ro busybox cat /v/file)"
expect_equal "and by a mount" mine "$(run a --rm --mount type=volume,src=kept,dst=/v busybox cat /v/file)"
expect_denied "is taken" run b --rm -v kept:/v busybox cat /v/file
expect_denied "is taken" run b --rm --mount type=volume,src=kept,dst=/v busybox cat /v/file
expect_denied "is taken" b volume create kept
expect_equal "nothing of the seal is told" '{}' "$(a volume inspect -f '{{json .Labels}}' kept)"
expect_equal "which is there" team-a "$(daemon volume inspect -f '{{index .Labels "quaymaster.tenant"}}' kept)"

# What came to be without quaymaster, and what is shared.
daemon volume create old >/dev/null
daemon volume create common >/dev/null
expect_denied "is taken" run a -v old:/v busybox true
expect_denied "mount it read-only" run a -v common:/v busybox true
run a --rm -v common:/v:ro busybox ls /v
expect_denied "none of them makes it" a volume create common
expect_denied "shared" a volume rm common

# A container that got a foreign volume nevertheless is not started. Its labels cannot be had by a tenant: a copy of one's seal.
run a --name real busybox true
label() { daemon inspect -f "{{index .Config.Labels \"$1\"}}" real; }
daemon create --name turned --network none --cgroupns private --label "quaymaster.tenant=$(label quaymaster.tenant)" \
	--label "quaymaster.seal=$(label quaymaster.seal)" -v old:/v busybox cat /v/file >/dev/null
expect_denied "mounts the volume 'old'" a start turned
expect_denied "mounts the volume 'old'" a exec turned true
expect_denied "mounts the volume 'old'" run a --rm --volumes-from turned busybox true
a rm turned >/dev/null

# A name that another tenant's container has is told to be in use, and by nobody.
output=$(run b --name real busybox true 2>&1 || true)
expect_contains "a conflict" 'already in use by container ""' "$output"

# Of two that make one name in the same moment one gets it, and the other is not told of it.
create() { # TENANT NAME
	curl -s -o "$1.$2" -w '%{http_code}' --unix-socket "$1.sock" -H 'Content-Type: application/json' \
		http://docker/volumes/create -d "{\"Name\":\"$2\"}" >"$1.$2.status"
}
for i in $(seq 20); do
	create a "race$i" & first=$!
	create b "race$i" & second=$!
	wait "$first" "$second"
	made=$(grep -l 201 "a.race$i.status" "b.race$i.status" | wc -l)
	expect_equal "race $i: $(cat "a.race$i" "b.race$i")" 1 "$made"
	expect_contains "the loser" "taken" "$(cat "a.race$i" "b.race$i")"
done
echo "$(cat ./*.status | grep -o 409 | wc -l) were only noticed in the answer"
