#!/bin/bash
# A ceiling below the daemon's newest API version: clients negotiate down to it, work with it, and get no further.
. "${0%/*}/lib.sh"
. "${0%/*}/api.sh"

start_api "$DAEMON_SOCKET" 'ceiling = "1.38";'

# The docker command goes by the ping.
expect_equal "the client's version" 1.38 "$(through version -f '{{.Client.APIVersion}}')"
expect_equal "the server's version" 1.38 "$(through version -f '{{.Server.APIVersion}}')"
expect_equal "the oldest" 1.24 "$(through version -f '{{.Server.MinAPIVersion}}')"
expect_equal "the engine's own" 1.38 \
	"$(through version -f '{{range .Server.Components}}{{if eq .Name "Engine"}}{{.Details.ApiVersion}}{{end}}{{end}}')"
expect_equal "run" hello "$(through run --rm --network none busybox:latest echo hello)"
through ps -a >/dev/null
through images >/dev/null
expect_contains "too new" "client version 1.41 is too new. Maximum supported API version is 1.38" \
	"$(DOCKER_API_VERSION=1.41 "$DOCKER" -H "$API" ps 2>&1 || true)"
DOCKER_API_VERSION=1.30 "$DOCKER" -H "$API" ps >/dev/null

# python-docker goes by GET /version.
expect_equal "python-docker" "1.38 hello" "$(/usr/bin/python3 - "$API" <<'END'
import sys
import docker
client = docker.DockerClient(sys.argv[1], version="auto")
print(client.api._version, client.containers.run("busybox", "echo hello", remove=True, network_mode="none").decode().strip())
END
)"

# Others look at the headers, or do not look at all.
for target in /_ping /version /v1.38/info /containers/json; do
	expect_contains "$target" "Api-Version: 1.38" "$(curl -s -i --unix-socket "$SCRATCH/api.sock" "http://docker$target")"
done
expect_contains "HEAD /_ping" "Api-Version: 1.38" "$(curl -s -I --unix-socket "$SCRATCH/api.sock" http://docker/_ping)"
expect_equal "too new" 400 "$(status_of "$SCRATCH/api.sock" GET /v1.39/info)"
expect_equal "just right" 200 "$(status_of "$SCRATCH/api.sock" GET /v1.38/info)"

# Without a ceiling, and with one that the daemon does not reach, it says what it is.
newest=$(daemon version -f '{{.Server.APIVersion}}')
start_api "$DAEMON_SOCKET" 'ceiling = "1.56";'
expect_equal "no cap" "$newest" "$(through version -f '{{.Server.APIVersion}}')"
expect_equal "the daemon's own words" "$(curl -s --unix-socket "$DAEMON_SOCKET" http://docker/version)" \
	"$(curl -s --unix-socket "$SCRATCH/api.sock" http://docker/version)"
