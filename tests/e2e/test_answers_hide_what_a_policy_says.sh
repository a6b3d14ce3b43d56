#!/bin/bash
# What a policy hides is in no answer of a real daemon's, to a client with a tenant and to one without; and clients, the docker command
# among them, read these answers as ever.
. "${0%/*}/lib.sh"
needs_quaymaster

cd "$SCRATCH"
head -c 32 /dev/urandom >key
chmod 600 key
mkdir -p telltale-path
cat >hiding.conf <<END
upstream = { socket = "$DAEMON_SOCKET"; };
tenancy = { key = "$PWD/key"; };
listeners = (
	{ name = "open"; socket = "$PWD/open.sock"; mode = "0600"; },
	{ name = "tenant"; socket = "$PWD/tenant.sock"; mode = "0600"; }
);
clients = ( { listener = "open"; policy = "open"; }, { listener = "tenant"; policy = "team"; tenant = "team"; } );
policies = {
	open = { extends = "admin"; redact = { env = ["*"]; labels = ["com.secret*"]; options = ["*"]; commands = true; mounts = true;
		host = true; registries = true; secrets = true; }; };
	team = {
		extends = "ci";
		operations = { allow = ["*"]; };
		container = { binds = ( { source = "$PWD/telltale-path"; write = true; } ); };
		volume = { options = ["type", "device", "o"]; };
		tenancy = { shared = { images = ["busybox"]; }; };
		redact = { env = ["*"]; labels = ["com.secret*"]; options = ["*"]; commands = true; mounts = true; host = true; registries = true; };
	};
};
END
"$PROGRAM" check --config hiding.conf >/dev/null || fail "the configuration has mistakes"
"$PROGRAM" run --config hiding.conf 2>run.log &
pid=$!
trap 'daemon swarm leave --force >/dev/null 2>&1 || true; kill $pid; wait $pid || true' EXIT
as_open() { "$DOCKER" -H "unix://$PWD/open.sock" "$@"; }
as_tenant() { "$DOCKER" -H "unix://$PWD/tenant.sock" "$@"; }
eventually test -S tenant.sock
host=$(daemon info -f '{{.Name}}')
since=$(date +%s)

# Nothing of it in OUTPUT; and it says what it should, in the spelling that the docker command gives it here and there.
expect_hidden() { # WHAT CONTAINS OUTPUT
	local output=${3//\\u003c/<}

	case $output in *telltale*) fail "$1 tells what is hidden: $output" ;; esac
	expect_contains "$1" "$2" "${output//\\u003e/>}"
}

look() { # CLIENT
	local ask=$1 name=e2e-hides-$1 volume=e2e-volume-$1
	"$ask" volume create --label com.secret.v=telltale --opt type=tmpfs --opt device=tmpfs --opt o=size=1m,uid=7 "$volume" >/dev/null
	"$ask" run -d --name "$name" --network none -e PASSWORD=telltale --label com.secret.a=telltale --label shown=yes \
		--log-opt max-size=1m -v "$PWD/telltale-path:/bound" -v "$volume:/volume" --health-cmd 'echo telltale' \
		busybox sh -c 'sleep 600 # telltale' >/dev/null
	"$ask" exec "$name" sh -c ': telltale' >/dev/null
	expect_hidden "inspect" PASSWORD= "$("$ask" inspect "$name")"
	expect_hidden "inspect" '<redacted>:/bound' "$("$ask" inspect "$name")"
	expect_equal "a template" "[<redacted> yes /bound]" \
		"[$("$ask" inspect -f '{{index .Config.Labels "com.secret.a"}} {{.Config.Labels.shown}} {{range .Mounts}}{{if eq .Type "bind"}}{{.Destination}}{{end}}{{end}}' "$name")]"
	expect_hidden "a list" "$name" "$("$ask" ps -a --no-trunc --format '{{json .}}' --filter "name=$name")"
	expect_hidden "labels of a list" "com.secret.a=<redacted>" "$("$ask" ps --format '{{.Labels}}' --filter "name=$name")"
	expect_hidden "processes" PID "$("$ask" top "$name")"
	expect_hidden "volumes" "$volume" "$("$ask" volume ls --format '{{json .}}')"
	expect_hidden "a volume" "<redacted>" "$("$ask" volume inspect "$volume")"
	expect_equal "its options" "<redacted> <redacted>" "$("$ask" volume inspect -f '{{.Options.o}} {{.Mountpoint}}' "$volume")"
	expect_hidden "disk usage" "$name" "$("$ask" system df -v)"
	expect_hidden "disk usage as it is" '"Containers"' "$(curl -sS --unix-socket "${ask#as_}.sock" http://d/system/df)"
	expect_hidden "events" "exec_create: <redacted>" "$("$ask" events --since "$since" --until "$(($(date +%s) + 1))" --filter type=container)"
	expect_hidden "events" "$name" "$("$ask" events --since "$since" --until "$(($(date +%s) + 1))" --format '{{json .}}')"
	case $("$ask" info) in *"$host"*) fail "the host's name is told" ;; esac
	expect_equal "the daemon's account" "<redacted> linux" "$("$ask" info -f '{{.Name}} {{.OSType}}')"
	expect_equal "its kernel" "<redacted>" "$("$ask" version -f '{{.Server.KernelVersion}}')"
	expect_contains "an error" "No such container" "$("$ask" inspect --type container nobody 2>&1 || true)"
	# A container that is there is still judged as what it is, and works.
	expect_equal "its environment" telltale "$("$ask" exec "$name" sh -c 'echo "$PASSWORD"')"
	"$ask" rm -f "$name" >/dev/null
	"$ask" volume rm "$volume" >/dev/null
}
look as_open
look as_tenant

# Steps of an image.
printf 'FROM busybox\nARG TOKEN=telltale\nENV TOKEN=$TOKEN\nLABEL com.secret.i=telltale\nRUN true\n' >Dockerfile
DOCKER_BUILDKIT=0 daemon build -q -t e2e-steps . >/dev/null 2>&1
expect_hidden "an image" "TOKEN=<redacted>" "$(as_open image inspect e2e-steps)"
expect_hidden "its history" "<redacted>" "$(as_open history --no-trunc e2e-steps)"
expect_hidden "images" e2e-steps "$(as_open image ls --format '{{json .}}')"
daemon rmi -f e2e-steps >/dev/null

daemon swarm init --advertise-addr 127.0.0.1 --listen-addr 127.0.0.1:0 >/dev/null || skip "this daemon cannot be a swarm"
token=$(daemon swarm join-token -q worker)
expect_equal "a join token" "<redacted>" "$(as_open swarm join-token -q worker)"
case $(as_open swarm ca 2>&1 || true)$(curl -sS --unix-socket open.sock http://d/swarm) in
*"$token"* | *BEGIN*) fail "the swarm's keys are told" ;;
esac
printf telltale | daemon config create e2e-config - >/dev/null
expect_contains "a config" "<redacted>" "$(as_open config inspect --pretty e2e-config)"
expect_hidden "a config" e2e-config "$(as_open config inspect e2e-config)"
daemon service create --detach --name e2e-service --replicas 1 --config source=e2e-config,target=/telltale -e PASSWORD=telltale \
	--label com.secret.s=telltale --container-label com.secret.c=telltale busybox sleep 600 >/dev/null
expect_hidden "a service" e2e-service "$(as_open service inspect e2e-service)"
expect_hidden "a service" "PASSWORD=<redacted>" "$(as_open service inspect e2e-service)"
eventually sh -c "[ -n \"\$('$DOCKER' -H unix://$DAEMON_SOCKET service ps -q e2e-service)\" ]"
expect_hidden "tasks" e2e-service "$(as_open service ps --no-trunc e2e-service)"
expect_hidden "a task" "PASSWORD=<redacted>" "$(as_open inspect "$(daemon service ps -q e2e-service | head -n 1)")"
expect_equal "a node" "<redacted>" "$(as_open node inspect -f '{{.Description.Hostname}}' self)"
daemon service rm e2e-service >/dev/null
