#!/usr/bin/python3
"""Two tenants of one swarm, each with names of its own: the same services, secrets, configs, networks and volumes at once, by
`docker service` and by `docker stack deploy`, each as if it were alone."""
import json

from lib import ENV, SCRATCH, eventually, expect, http, skip
from swarms import RULES, begin, docker, leave, running
from worlds import DAEMON, TENANTS, Gateway, must

if not ENV["PROGRAM"]:
    skip("this is about quaymaster")

STACK = """
version: "3.8"
services:
  web:
    image: busybox
    command: sh -c "echo {tenant} >/data/who; sleep 600"
    secrets: [ key ]
    configs: [ conf ]
    volumes: [ "data:/data" ]
  db:
    image: busybox
    command: sleep 600
volumes:
  data: {{}}
secrets:
  key: {{ file: {folder}/{tenant}.key }}
configs:
  conf: {{ file: {folder}/{tenant}.key }}
"""
PRIVATE = 'tenancy = { names = "private"; shared = { images = ["busybox"]; networks = ["common"]; }; };'


def finds(socket, container, name):
    return "Address:" in docker(socket, "exec", container, "nslookup", name, check=False).partition("answer")[2]


def by_hand(sockets):
    """Names that both have, wherever a command names or tells one."""
    for tenant, socket in sockets.items():
        docker(socket, "network", "create", "-d", "overlay", "lan")
        docker(socket, "secret", "create", "key", "-", text=tenant)
        docker(socket, "config", "create", "conf", "-", text=tenant)
        docker(socket, "service", "create", "--detach", "--name", "web", "--network", "lan", "--secret", "key", "--config", "conf",
               "--mount", "type=volume,source=data,target=/data", "busybox", "sh", "-c", "echo up; exec sleep 600")
        docker(socket, "service", "create", "--detach", "--name", "api", "--network", "name=lan,alias=backend", "busybox", "sleep", "600")
    for tenant, socket in sockets.items():
        task = running(socket, "web")[0]
        box = task["Status"]["ContainerStatus"]["ContainerID"]
        running(socket, "api")
        told = docker(socket, "service", "ls", "--format", "{{.Name}}").split()
        expect(sorted(told) == ["api", "web"], f"service ls tells {told}")
        expect(docker(socket, "service", "ls", "-q", "--filter", "name=we") != "", "no service is found by its name's beginning")
        expect(docker(socket, "service", "ps", "web", "--format", "{{.Name}}") == "web.1", "the task has another name")
        expect(docker(socket, "secret", "ls", "--format", "{{.Name}}") == "key", "the secret has another name")
        expect(docker(socket, "config", "ls", "--format", "{{.Name}}") == "conf", "the config has another name")
        expect(docker(socket, "exec", box, "cat", "/run/secrets/key") == tenant, "the secret is another's")
        name = f"web.1.{task['ID']}"
        expect(docker(socket, "ps", "--format", "{{.Names}}", "--filter", "name=^web") == name, "the container has another name")
        expect(docker(socket, "exec", name, "cat", "/conf") == tenant, "a container is not found by its task's name")
        expect(docker(socket, "inspect", "-f", '{{index .Config.Labels "com.docker.swarm.service.name"}}', box) == "web", "a label")
        for other in ("web", "api", "backend", "tasks.api"):
            expect(finds(socket, box, other), f"{tenant}: {other} is not resolved")
        expect("up" in docker(socket, "service", "logs", "--raw", "web"), "there are no logs")
        everything = docker(socket, "service", "inspect", "web") + docker(socket, "inspect", task["ID"]) + docker(socket, "inspect", box) \
            + docker(socket, "network", "inspect", "-v", "lan") + docker(socket, "volume", "ls", "-q")
        for mark in TENANTS:
            expect(mark + "__" not in everything and mark + ".data\"" not in everything and mark + ".key" not in everything, everything)
    alpha, beta = sockets["alpha"], sockets["beta"]
    expect(finds(alpha, name_of(alpha, "web"), "web"), "web is found")
    # Taken where it is one's own, changed and removed there alone.
    told = docker(alpha, "service", "create", "--detach", "--name", "web", "busybox", check=False)
    expect("service web already exists" in told, told)
    told = docker(alpha, "secret", "create", "key", "-", text="x", check=False)
    expect("secret key already exists" in told, told)
    docker(alpha, "service", "update", "--detach", "--replicas", "2", "--env-add", "A=b", "web")
    eventually("two tasks", lambda: len(running(alpha, "web")) == 2, seconds=40)
    docker(alpha, "service", "rollback", "--detach", "web")
    expect(json.loads(docker(alpha, "service", "inspect", "web"))[0]["Spec"]["Name"] == "web", "a rollback has another name")
    names = sorted(each["Spec"]["Name"] for each in must(DAEMON, "GET", "/services"))
    expect(names == ["alpha__api", "alpha__web", "beta__api", "beta__web"], names)
    told = docker(alpha, "service", "create", "--detach", "--name", "w" * 57, "busybox", check=False)
    expect("it has at most 56 characters" in told, told)
    told = {event["Actor"]["Attributes"].get("name") for event in events(alpha) if event["Type"] == "service"}
    expect(told == {"web", "api"}, f"events tell of {told}")
    told = docker(alpha, "events", "--since", "10m", "--until", "0s", "--filter", "service=api", "--format", "{{.Actor.Attributes.name}}")
    expect(told and all(name.split(".")[0] == "api" for name in told.split()), f"events of one service tell of {told}")
    expect(docker(alpha, "ps", "-q", "--filter", "network=lan") != "", "no container is found by its network")
    expect(docker(alpha, "ps", "-q", "--filter", "volume=data") != "", "no container is found by its volume")
    docker(alpha, "service", "rm", "web", "api")
    docker(alpha, "secret", "rm", "key")
    docker(alpha, "config", "rm", "conf")
    expect(docker(beta, "service", "ps", "web", "-q") != "", "another's went with it")
    docker(beta, "service", "rm", "web", "api")
    docker(beta, "secret", "rm", "key")
    docker(beta, "config", "rm", "conf")
    for socket in sockets.values():
        eventually("the network is free", lambda socket=socket: http(socket, "DELETE", "/networks/lan")[0] == 204, seconds=40)


def name_of(socket, service):
    return running(socket, service)[0]["Status"]["ContainerStatus"]["ContainerID"]


def events(socket):
    told = docker(socket, "events", "--since", "10m", "--until", "0s", "--format", "{{json .}}")
    return [json.loads(line) for line in told.splitlines()]


def stacks(sockets):
    for tenant in sockets:
        with open(f"{SCRATCH}/{tenant}.key", "w", encoding="ascii") as file:
            file.write(tenant)
        with open(f"{SCRATCH}/{tenant}.yml", "w", encoding="ascii") as file:
            file.write(STACK.format(tenant=tenant, folder=SCRATCH))
    for tenant, socket in sockets.items():
        docker(socket, "stack", "deploy", "-c", f"{SCRATCH}/{tenant}.yml", "st")
    for tenant, socket in sockets.items():
        box = name_of(socket, "st_web")
        running(socket, "st_db")
        for file in ("/run/secrets/key", "/conf", "/data/who"):
            eventually(file, lambda file=file, socket=socket, box=box, tenant=tenant: docker(
                socket, "exec", box, "cat", file, check=False).strip() == tenant, seconds=20)
        for name in ("db", "st_db", "web"):
            expect(finds(socket, box, name), f"{tenant}: {name} is not resolved")
        expect(docker(socket, "stack", "ls", "--format", "{{.Name}} {{.Services}}") == "st 2", "another stack")
        expect(sorted(docker(socket, "stack", "ps", "st", "--format", "{{.Name}}").split()) == ["st_db.1", "st_web.1"], "its tasks")
        docker(socket, "stack", "deploy", "-c", f"{SCRATCH}/{tenant}.yml", "st") # and once more, as it is
        expect(name_of(socket, "st_web") == box, "an update without a change makes tasks anew")
    docker(sockets["alpha"], "stack", "rm", "st")
    expect(docker(sockets["beta"], "stack", "services", "-q", "st") != "", "another's went with it")
    expect(docker(sockets["alpha"], "service", "ls", "-q") == "", "services stay")
    docker(sockets["beta"], "stack", "rm", "st")


def main():
    begin()
    try:
        with Gateway(tenancy=PRIVATE, more=RULES) as gateway:
            sockets = {tenant: gateway.socket(tenant) for tenant in TENANTS}
            by_hand(sockets)
            stacks(sockets)
    finally:
        leave()


main()
