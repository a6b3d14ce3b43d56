#!/bin/bash
# images.pin = "digest": a tag is pulled by the digest that its registry has for it, and is the image's name all the same.
. "${0%/*}/lib.sh"
. "${0%/*}/images.sh"

# Moves TAG in the registry to where OTHER leads; the daemon hears nothing of it.
move_tag() { # NAME TAG OTHER
	curl -fs -H "Accept: $manifest_type" "http://$registry/v2/$1/manifests/$3" >"$SCRATCH/manifest"
	curl -fs -X PUT -H "Content-Type: $manifest_type" --data-binary "@$SCRATCH/manifest" \
		"http://$registry/v2/$1/manifests/$2"
}

publish good/app:1
first=$(registry_digest good/app 1)
app=$registry/good/app:1
judged_by 'pin = "digest";'

# A pull by tag is one by digest; the tag is there afterwards, and leads to it.
expect_contains "a pull by tag" "Digest: $first" "$(job pull "$app")"
expect_contains "the tag's digest" "$registry/good/app@$first" "$(daemon image inspect --format '{{.RepoDigests}}' "$app")"
expect_equal "it runs by its tag" hello "$(job run --rm "$app" echo hello)"
job create --name fixed "$app" true >/dev/null
expect_equal "what the daemon was sent" "$app@$first" "$(daemon inspect --format '{{.Config.Image}}' fixed)"
job rm fixed >/dev/null
job image inspect "$app" >/dev/null

# A run of what is not there pulls it first.
daemon rmi "$app" >/dev/null
expect_equal "a run that pulls" hello "$(job run --rm "$app" echo hello 2>/dev/null)"

# The tag is moved in the registry: what is there goes on to be used until it is pulled again.
make_image another
publish good/app:moved another
move_tag good/app 1 moved
second=$(registry_digest good/app 1)
[ "$first" != "$second" ] || fail "the tag was not moved"
job create --name fixed "$app" true >/dev/null
expect_equal "before the next pull" "$app@$first" "$(daemon inspect --format '{{.Config.Image}}' fixed)"
job rm fixed >/dev/null
job pull -q "$app" >/dev/null
job create --name fixed "$app" true >/dev/null
expect_equal "after the next pull" "$app@$second" "$(daemon inspect --format '{{.Config.Image}}' fixed)"
job rm fixed >/dev/null

# By digest as ever, and by latest: the digest says which one that is.
expect_contains "a pull by digest" "Digest: $first" "$(job pull "$registry/good/app@$first")"
publish good/app:latest
job pull -q "$registry/good/app" >/dev/null
expect_equal latest hello "$(job run --rm "$registry/good/app" echo hello)"

# What cannot be told.
expect_denied "the registry does not tell the digest of fromImage" job pull "$registry/good/app:none"
expect_denied "all tags" job pull --all-tags "$registry/good/app"
expect_denied "images.pin" job pull 127.0.0.1:1/good/app:1

# Together with a list whose patterns have tags.
publish good/app:2
judged_by "pin = \"digest\"; use = [\"$registry/good/app:2\"]; registries = [\"$registry\"];"
expect_denied "images.use" job pull "$app"
expect_denied "images.registries" job pull 127.0.0.1:1/good/app:2
expect_equal "a listed tag" hello "$(job run --rm "$registry/good/app:2" echo hello 2>/dev/null)"
expect_equal "by what the tag led to" hello "$(job run --rm "$registry/good/app@$first" echo hello)"

# A tag that is moved as soon as it has been asked for: what was told is what is pulled.
judged_by 'pin = "digest";'
moving=127.0.0.1:$(free_port)
move_tag good/app 1 2
/usr/bin/python3 "${0%/*}/moving_registry.py" "${moving#*:}" "$registry" good/app 1 moved &
started+=($!)
eventually curl -fs -o /dev/null "http://$moving/v2/"
expect_contains "a pull while the tag moves" "Digest: $first" "$(job pull "$moving/good/app:1")"
expect_equal "the tag meanwhile" "$second" "$(registry_digest good/app 1)"
expect_equal "what was pulled" "$(image_id busybox)" "$(image_id "$moving/good/app:1")"
expect_equal "it runs" hello "$(job run --rm "$moving/good/app:1" echo hello)"

# A registry that wants a login: the digest is asked for with the credentials of the pull.
locked=127.0.0.1:$(free_port)
# The password is "secret".
echo 'ci:$2b$04$FZf243k9uHoAQ7NpFizpa.ces4qdpiezVfAlVcfvEuxGjpaGPxGo6' >"$SCRATCH/htpasswd"
sed "s/$registry/$locked/" "$SCRATCH/registry.yml" >"$SCRATCH/locked.yml"
echo "auth: { htpasswd: { realm: locked, path: $SCRATCH/htpasswd } }" >>"$SCRATCH/locked.yml"
docker-registry serve "$SCRATCH/locked.yml" >"$SCRATCH/locked.log" 2>&1 &
started+=($!)
eventually curl -fs -o /dev/null -u ci:secret "http://$locked/v2/"
judged_by 'pin = "digest";'
export DOCKER_CONFIG=$SCRATCH/docker
expect_denied "the registry does not tell the digest" job pull "$locked/good/app:2"
echo secret | job login -u ci --password-stdin "$locked" >/dev/null 2>&1
job pull -q "$locked/good/app:2" >/dev/null
expect_equal "from a locked registry" hello "$(job run --rm "$locked/good/app:2" echo hello)"
unset DOCKER_CONFIG
