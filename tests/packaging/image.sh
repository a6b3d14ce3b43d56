#!/bin/bash
# The container images, in containers of a private daemon that they stand before: from scratch and not as root, in the place of
# a socket proxy and of docker:dind. Ends with "image: N passed, N failed".
set -u
cd "$(dirname "$0")/../.." || exit 1

scratch=$(mktemp -d /tmp/qm-image.XXXX)
socket=$scratch/d/docker.sock
docker=(docker -H "unix://$socket")
export DOCKER_BUILDKIT=0
# shellcheck source=tests/packaging/lib.sh
. tests/packaging/lib.sh

tear_down() {
	"${docker[@]}" ps -aq | xargs -r "${docker[@]}" rm -f >/dev/null 2>&1
	tests/e2e/daemon.sh stop "$scratch/d"
	rm -rf "$scratch"
}

# Containers have no network of their own here: the host's.
serve() { # NAME ARGUMENT...
	"${docker[@]}" run -d --name "$1" --network host --health-interval 1s -v "$socket:/var/run/docker.sock" \
		--group-add "$(stat -c %g "$socket")" "${@:2}"
}

it_is_built() {
	make --no-print-directory image DOCKER="docker -H unix://$socket"
}

nothing_but_it_is_inside() {
	"${docker[@]}" create --name looked-at quaymaster
	"${docker[@]}" export looked-at | tar -t | grep -v '/$' | grep -vE '^(dev|etc|proc|sys)/|^\.dockerenv$' >"$scratch/files"
	[ "$(cat "$scratch/files")" = usr/bin/quaymaster ] || { cat "$scratch/files"; return 1; }
}

a_sidecar_reads_the_proxies_variables() {
	serve sidecar -e CONTAINERS=1 -e BIND_CONFIG=127.0.0.1:23750 quaymaster || return 1
	within_the_time docker -H tcp://127.0.0.1:23750 ps || { "${docker[@]}" logs sidecar; return 1; }
	! docker -H tcp://127.0.0.1:23750 images
}

it_is_not_root() {
	local user
	for user in $("${docker[@]}" top sidecar -o uid,pid | awk 'NR > 1 { print $1 }'); do
		[ "$user" = 10001 ] || { "${docker[@]}" top sidecar; return 1; }
	done
	[ -n "${user:-}" ]
}

is_healthy() { # NAME
	[ "$("${docker[@]}" inspect -f '{{.State.Health.Status}}' "$1")" = healthy ]
}

endpoint_docker() {
	docker -H tcp://localhost:2376 --tlsverify --tlscacert "$scratch/certs/client/ca.pem" \
		--tlscert "$scratch/certs/client/cert.pem" --tlskey "$scratch/certs/client/key.pem" "$@"
}

an_endpoint_makes_its_certificates() {
	mkdir -p "$scratch/certs/client" && chmod 1777 "$scratch/certs" "$scratch/certs/client"
	serve endpoint -v "$scratch/certs:/certs" quaymaster:endpoint || return 1
	within_the_time test -s "$scratch/certs/client/ca.pem" || { "${docker[@]}" logs endpoint; return 1; }
	[ "$(endpoint_docker run --rm --network none busybox echo hello)" = hello ]
}

its_volume_has_a_socket() {
	local path
	path=$("${docker[@]}" inspect -f '{{range .Mounts}}{{if eq .Destination "/run/quaymaster"}}{{.Source}}{{end}}{{end}}' endpoint)
	ln -s "$path" "$scratch/volume" # a socket's path is short
	[ "$(docker -H "unix://$scratch/volume/docker.sock" run --rm --network none busybox echo hello)" = hello ]
}

nobody_is_privileged_by_it() {
	! endpoint_docker run --rm --privileged --network none busybox true 2>"$scratch/told" && grep -q Privileged "$scratch/told"
}

it_ends_when_it_is_told_to() {
	local begun=$SECONDS
	"${docker[@]}" stop -t 20 endpoint sidecar && [ $((SECONDS - begun)) -lt 15 ] &&
		[ "$("${docker[@]}" inspect -f '{{.State.ExitCode}}' endpoint)" = 0 ]
}

trap tear_down EXIT
tests/e2e/daemon.sh start "$scratch/d" || { echo "image: 0 passed, 1 failed"; exit 1; }
check it_is_built it_is_built
check nothing_but_it_is_inside nothing_but_it_is_inside
check a_sidecar_reads_the_proxies_variables a_sidecar_reads_the_proxies_variables
check it_is_not_root it_is_not_root
check a_sidecar_is_healthy within_the_time is_healthy sidecar
check an_endpoint_makes_its_certificates an_endpoint_makes_its_certificates
check an_endpoint_is_healthy within_the_time is_healthy endpoint
check its_volume_has_a_socket its_volume_has_a_socket
check nobody_is_privileged_by_it nobody_is_privileged_by_it
check it_ends_when_it_is_told_to it_ends_when_it_is_told_to

finish image
