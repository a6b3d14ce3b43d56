#!/bin/bash
# Two tenants of a swarm of one node: each has its own services, tasks, secrets and configs, and nobody reaches another's.
# What it shows of the daemon's ways: O02 O02b O03 O03b O05 O05b (lists), O06 O07 O07b O07c O08 (whose tasks are).
. "${0%/*}/lib.sh"
. "${0%/*}/tenants.sh"
needs_quaymaster

begin_tenants 'service = { secrets = ["*"]; configs = ["*"]; }; container = { cgroup_modes = ["private", "host"]; };
	tenancy = { shared = { images = ["busybox", "with-volume"]; }; };'
trap 'daemon swarm leave --force >/dev/null 2>&1 || true; end_tenants' EXIT
daemon swarm init --advertise-addr 127.0.0.1 --listen-addr 127.0.0.1:0 >/dev/null || skip "this daemon cannot be a swarm"
make_image_with_volume
service() { "$1" service "$2" --detach "${@:3}"; }

secret=$(printf key | a secret create key-a -)
config=$(printf conf | a config create conf-a -)
printf key | b secret create key-b - >/dev/null
service a create --name web --replicas 1 --secret key-a --config conf-a --mount type=volume,target=/v \
	busybox sleep 600 >/dev/null 2>&1
service b create --name api busybox sleep 600 >/dev/null 2>&1

expect_equal "services" web "$(a service ls --format '{{.Name}}')"
expect_equal "services" api "$(b service ls --format '{{.Name}}')"
expect_equal "secrets" key-b "$(b secret ls --format '{{.Name}}')"
expect_equal "configs" "" "$(b config ls -q)"
expect_equal "no seal is told" '{} {}' "$(a service inspect web -f \
	'{{json .Spec.Labels}} {{json .Spec.TaskTemplate.ContainerSpec.Labels}}')"

# Another's are not there, by whatever name.
web=$(a service inspect web -f '{{.ID}}')
task=$(a service ps -q --no-trunc web)
for name in web "$web" "${web:0:12}"; do
	expect_denied "o such service" b service inspect "$name"
	expect_denied "o such service" b service rm "$name"
	expect_denied "o such service" service b update --replicas 0 "$name"
	expect_denied "o such" b service logs "$name"
done
expect_equal "the task" 404 "$(status_of b.sock GET "/tasks/$task")"
expect_equal "its output" 404 "$(status_of b.sock GET "/tasks/$task/logs?stdout=1")"
expect_equal "its own output" 200 "$(status_of a.sock GET "/tasks/$task/logs?stdout=1")"
for name in key-a "$secret"; do
	expect_equal "secret.inspect" 404 "$(status_of b.sock GET "/secrets/$name")"
	expect_equal "secret.remove" 404 "$(status_of b.sock DELETE "/secrets/$name")"
	expect_equal "secret.update" 404 "$(status_of b.sock POST "/secrets/$name/update?version=1" \
		-H 'Content-Type: application/json' -d '{"Name":"key-a"}')"
	expect_equal "config.inspect" 404 "$(status_of b.sock GET "/configs/${name/$secret/$config}")"
done
answer=$(curl -s --unix-socket b.sock -H 'Content-Type: application/json' http://docker/services/create -d \
	'{"Name":"thief","TaskTemplate":{"ContainerSpec":{"Image":"busybox","Secrets":[{"SecretID":"'"$secret"'","SecretName":"key-a",
	"File":{"Name":"k","UID":"0","GID":"0","Mode":292}}]}}}')
expect_contains "another's secret" "not found" "$answer"
expect_denied "volumes without a name" service b create --name v --mount type=volume,source=x,target=/v busybox true

# Its own it may change: what an update leaves alone is not made anew, and the seal stays through a rollback.
seals() { daemon service inspect web -f "{{with .Spec}}{{index .Labels \"quaymaster.tenant\"}} \
{{index .TaskTemplate.ContainerSpec.Labels \"quaymaster.seal\"}} \
{{index (index .TaskTemplate.ContainerSpec.Mounts 0).VolumeOptions.Labels \"quaymaster.tenant\"}}{{end}}"; }
before=$(seals)
expect_contains "sealed" "team-a " "$before"
is_running() { [ -n "$(a ps -q --no-trunc)" ]; }
eventually is_running
container=$(a ps -q --no-trunc)
service a update --replicas 2 web >/dev/null 2>&1
expect_equal "the tasks' seal" "$before" "$(seals)"
two_run() { [ "$(a ps -q | wc -l)" = 2 ]; }
eventually two_run
expect_contains "the task is the same" "$container" "$(a ps -q --no-trunc)"
expect_equal "the other's tasks" 1 "$(b ps -q | wc -l)"
expect_equal "its volumes" 2 "$(a volume ls -q | wc -l)"
expect_equal "entered by its tenant" key "$(a exec "$container" cat /run/secrets/key-a)"
expect_denied "o such container" b exec "$container" true
service a update --env-add A=b web >/dev/null 2>&1
service a rollback web >/dev/null 2>&1
expect_equal "after a rollback" "$before" "$(seals)"
curl -s --unix-socket a.sock -H 'Content-Type: application/json' -o answer \
	"http://docker/secrets/$secret/update?version=$(a secret inspect key-a -f '{{.Version.Index}}')" \
	-d '{"Name":"key-a","Labels":{"l":"m"}}'
expect_equal "an updated secret" "m team-a" "$(daemon secret inspect key-a -f \
	'{{.Spec.Labels.l}} {{index .Spec.Labels "quaymaster.tenant"}}')"

# Volumes that an image declares.
service a create --name declared with-volume sleep 600 >/dev/null 2>&1
declared_runs() { [ -n "$(a ps -q --filter name=declared)" ]; }
eventually declared_runs
expect_equal "filled from the image" image "$(a exec "$(a ps -q --filter name=declared)" cat /data/file)"
a volume inspect "$(a inspect -f '{{(index .Mounts 0).Name}}' "$(a ps -q --filter name=declared)")" >/dev/null

a service rm web declared >/dev/null
b service rm api >/dev/null
no_tasks() { [ -z "$(daemon ps -aq)" ]; }
eventually no_tasks
