#!/bin/bash
# A swarm of one node: services are judged as the containers of their tasks, and what they name goes on by id.
# O00 O01 O04 O12 of tests/differentials.tsv.
. "${0%/*}/lib.sh"
needs_quaymaster

cd "$SCRATCH"
cat >deployer.conf <<END
upstream = { socket = "$DAEMON_SOCKET"; };
listeners = ( { name = "deployer"; socket = "$PWD/d.sock"; mode = "0600"; } );
clients = ( { policy = "deployer"; } );
policies = {
	deployer = {
		extends = "ci";
		operations = { allow = ["system.*", "service.*", "task.list", "node.list", "secret.*", "network.*", "image.inspect", "distribution.inspect"]; };
		network = { drivers = ["overlay"]; };
		container = { limits = { memory = "64M"; pids = 50; ulimits = { nofile = 256; }; }; };
		service = { replicas = 2; secrets = ["app-*"]; };
	};
};
END

"$PROGRAM" run --config deployer.conf 2>run.log &
pid=$!
trap 'daemon swarm leave --force >/dev/null 2>&1 || true; kill $pid; wait $pid || true' EXIT
deployer() { "$DOCKER" -H "unix://$PWD/d.sock" "$@"; }
eventually test -S d.sock
daemon swarm init --advertise-addr 127.0.0.1 --listen-addr 127.0.0.1:0 >/dev/null || skip "this daemon cannot be a swarm"

service() { deployer service "$1" --detach "${@:2}"; }
printf key | deployer secret create app-key - >/dev/null
printf key | deployer secret create root-key - >/dev/null
service create --name plain --replicas 2 --secret app-key busybox sleep 60 >/dev/null 2>&1
expect_equal "the secret is named by its id" "$(deployer secret ls -q --filter name=app-key)" \
	"$(deployer service inspect plain -f '{{(index .Spec.TaskTemplate.ContainerSpec.Secrets 0).SecretID}}')"
expect_equal "its limits" "67108864 50 [nofile=256:256]" "$(deployer service inspect plain -f \
	'{{with .Spec.TaskTemplate}}{{.Resources.Limits.MemoryBytes}} {{.Resources.Limits.Pids}} {{.ContainerSpec.Ulimits}}{{end}}')"
service update --replicas 1 --env-add A=b plain
expect_contains "update" "A=b" "$(deployer service inspect plain)"
service rollback plain

create() { service create "$@" busybox sleep 60; }
expect_denied "container.binds" create --mount type=bind,source=/,target=/host
expect_denied "container.capabilities" create --cap-add SYS_ADMIN
answer=$(curl -s --unix-socket d.sock -H 'Content-Type: application/json' http://docker/services/create -d \
	'{"Name":"h","TaskTemplate":{"ContainerSpec":{"Image":"busybox"},"Networks":[{"Target":"host"}]}}')
expect_contains "the host's network" container.network_modes "$answer"
expect_denied "service.secrets" create --secret root-key
expect_denied "service.replicas" create --replicas 3
expect_denied "service.modes" create --mode global
expect_denied "service.constraints" create --constraint node.role==manager
expect_denied "container.log_drivers" create --log-driver syslog
expect_denied "container.limits.memory" create --limit-memory 65m
expect_denied "container.limits.pids" service update --limit-pids 51 plain
expect_denied "container.capabilities" service update --cap-add SYS_ADMIN plain
expect_equal "services" plain "$(daemon service ls --format '{{.Name}}')"
deployer service rm plain >/dev/null
