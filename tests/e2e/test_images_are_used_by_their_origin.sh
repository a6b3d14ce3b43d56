#!/bin/bash
# images.use: a name proves nothing, a pull from a listed repository does; what was made here runs under names that
# images.produce lists.
. "${0%/*}/lib.sh"
. "${0%/*}/images.sh"

publish good/app:1
make_image evil
judged_by "use = [\"$registry/good/**\"]; produce = [\"ci/**\", \"$registry/good/mine\"];"
app=$registry/good/app:1

# What is not there is pulled and runs; docker ps still shows the name.
expect_equal "a pulled one runs" hello "$(job run --rm "$app" echo hello 2>/dev/null)"
job run -d --name keeper "$app" sleep 60 >/dev/null
expect_equal "docker ps" "$app" "$(job ps --filter name=keeper --format '{{.Image}}')"
expect_contains "what the daemon was sent" "$app@sha256:" "$(daemon inspect --format '{{.Config.Image}}' keeper)"
job exec keeper true
job rm -f keeper >/dev/null

# Somebody tags another image with the allowed name, straight at the daemon.
daemon rmi "$app" >/dev/null
daemon tag evil "$app"
expect_denied "nothing proves where that image came from" job run --rm "$app" echo hello
expect_denied "nothing proves" job create --name x "$app"
daemon run -d --cgroupns private --name foreign "$app" sleep 60 >/dev/null
expect_denied "nothing proves" job exec foreign true
expect_denied "images.use" job commit foreign ci/stolen
job stop -t 0 foreign >/dev/null
daemon rm -f foreign >/dev/null
# Pulling puts it right.
job pull -q "$app" >/dev/null
expect_equal "after a pull" hello "$(job run --rm "$app" echo hello)"

# Not by id, not by another name, not from elsewhere.
expect_denied "nothing proves" job run --rm "$(image_id evil)" true
expect_denied "images.use" job run --rm busybox true
expect_denied "images.use" job pull "$registry/evil/app:1"

# Names that are given.
expect_denied "images.produce" job tag "$app" "$registry/good/other:1"
expect_denied "images.produce" job tag "$app" busybox
expect_denied "images.use" job tag evil ci/evil
job tag "$app" ci/app:mine
expect_equal "a tag of it" hello "$(job run --rm ci/app:mine echo hello)"
job tag "$app" "$registry/good/mine:1"
expect_contains push "digest: sha256:" "$(job push "$registry/good/mine:1")"
expect_denied "images.produce" job push "$app"

# What was made from what may be used may be used, under a listed name or by its id.
container=$(job create "$app" true)
expect_denied "images.produce" job commit "$container" base
id=$(job commit "$container" ci/committed)
expect_equal "a commit" hello "$(job run --rm ci/committed echo hello)"
expect_equal "a commit by id" hello "$(job run --rm "$id" echo hello)"
id=$(job commit "$container")
expect_equal "a commit without a name" hello "$(job run --rm "$id" echo hello)"
job rm "$container" >/dev/null
job export "$(job create --name all "$app" true)" >"$SCRATCH/all.tar"
job rm all >/dev/null
expect_denied "images.produce" job import "$SCRATCH/all.tar" base
expect_denied "gets no name" job import "$SCRATCH/all.tar"
job import "$SCRATCH/all.tar" ci/imported >/dev/null
expect_equal "an import" hello "$(job run --rm ci/imported echo hello)"

# The record outlives the process.
judged_by "use = [\"$registry/good/**\"]; produce = [\"ci/**\"];"
expect_equal "after a restart" hello "$(job run --rm ci/imported echo hello)"
# And is about images, not about names: somebody tags another one so.
daemon tag evil ci/imported
expect_denied "nothing proves" job run --rm ci/imported echo hello

# Who is not asked makes what may be used as well: an operator's build, under the listed name.
printf 'FROM busybox\nLABEL by=operator\n' | operator build -q -t ci/operators - >/dev/null
expect_equal "an operator's build" hello "$(job run --rm ci/operators echo hello)"
printf 'FROM busybox\nLABEL by=daemon\n' | daemon build -q -t ci/daemons - >/dev/null
expect_denied "nothing proves" job run --rm ci/daemons echo hello
