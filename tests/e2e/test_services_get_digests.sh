#!/bin/bash
# images.pin = "digest": a tag that a service names gets the digest that its registry has for it.
. "${0%/*}/lib.sh"
. "${0%/*}/images.sh"

publish good/app:1
make_image another
publish good/app:2 another
app=$registry/good/app
judged_by 'pin = "digest";' 'operations = { allow = ["service.*", "task.list", "node.list", "system.*"]; };'
trap 'daemon swarm leave --force >/dev/null 2>&1 || true; stop_all' EXIT
daemon swarm init --advertise-addr 127.0.0.1 --listen-addr 127.0.0.1:0 >/dev/null || skip "this daemon cannot be a swarm"

service() { job service "$1" --detach --no-resolve-image "${@:2}"; }
service_image() { daemon service inspect -f '{{.Spec.TaskTemplate.ContainerSpec.Image}}' web; }
service create --name web --replicas 0 "$app:1" >/dev/null
expect_equal "a new one" "$app:1@$(registry_digest good/app 1)" "$(service_image)"
service update --image "$app:2" web >/dev/null
expect_equal "an updated one" "$app:2@$(registry_digest good/app 2)" "$(service_image)"
service update --image "$app:1@$(registry_digest good/app 2)" web >/dev/null
expect_equal "what has a digest" "$app:1@$(registry_digest good/app 2)" "$(service_image)"
expect_denied "the registry does not tell the digest of Image" service create --name none "$app:none"
expect_denied "images.pin" service create --name none 127.0.0.1:1/app:1
