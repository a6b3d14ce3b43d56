#!/usr/bin/python3
"""Two tenants with the same names at once, each by docker and docker-compose as if it were alone."""
import json
import os
import subprocess

from lib import ENV, SCRATCH, eventually, expect, http, skip
from worlds import DAEMON, TENANTS, Gateway, must

if not ENV["PROGRAM"]:
    skip("this is about quaymaster")

PROJECT = """
version: "2.4"
services:
  db:
    image: busybox
    command: sh -c "echo {tenant} >/data/who; sleep 600"
    stop_signal: KILL
    volumes: [ "data:/data" ]
  web:
    image: busybox
    command: sh -c "sleep 600"
    stop_signal: KILL
    depends_on: [ db ]
networks:
  default: {{ internal: true }}
volumes:
  data: {{}}
"""


def docker(gateway, tenant, *words, check=True):
    done = subprocess.run([ENV["DOCKER"], "-H", "unix://" + gateway.socket(tenant), *words], capture_output=True, text=True,
                          timeout=60, check=False)
    expect(not check or done.returncode == 0, f"{tenant}: docker {' '.join(words)}: {done.stdout}{done.stderr}")
    return done.stdout.strip()


def compose(gateway, tenant, *words):
    folder = f"{SCRATCH}/{tenant}/project"
    os.makedirs(folder, exist_ok=True)
    with open(folder + "/docker-compose.yml", "w", encoding="ascii") as file:
        file.write(PROJECT.format(tenant=tenant))
    done = subprocess.run(["docker-compose", *words], cwd=folder, capture_output=True, text=True, timeout=120, check=False,
                          env=dict(os.environ, DOCKER_HOST="unix://" + gateway.socket(tenant)))
    expect(done.returncode == 0, f"{tenant}: docker-compose {' '.join(words)}: {done.stdout}{done.stderr}")
    return done.stdout


def plain(gateway):
    """The same names by hand."""
    for tenant in TENANTS:
        docker(gateway, tenant, "network", "create", "--internal", "lan")
        docker(gateway, tenant, "volume", "create", "data")
        docker(gateway, tenant, "run", "-d", "--stop-signal", "KILL", "--name", "db", "--network", "lan", "-v", "data:/data", "busybox",
               "sh", "-c", f"echo {tenant} >/data/who; sleep 600")
    for tenant in TENANTS:
        eventually("the file", lambda tenant=tenant: docker(gateway, tenant, "exec", "db", "cat", "/data/who", check=False) == tenant)
        expect(docker(gateway, tenant, "ps", "-a", "--format", "{{.Names}}") == "db", "ps shows another name")
        expect(docker(gateway, tenant, "ps", "-q", "--filter", "name=^db$") != "", "no container is found by its name")
        expect("lan" in docker(gateway, tenant, "network", "ls", "--format", "{{.Name}}").split(), "the network has another name")
        expect(docker(gateway, tenant, "volume", "ls", "-q").split() == ["data"], "the volume has another name")
        told = docker(gateway, tenant, "inspect", "db")
        expect(json.loads(told)[0]["Name"] == "/db", told)
        expect(list(json.loads(told)[0]["NetworkSettings"]["Networks"]) == ["lan"], told)
        expect(json.loads(told)[0]["Mounts"][0]["Name"] == "data", told)
        peer = docker(gateway, tenant, "run", "--rm", "--network", "lan", "busybox", "nslookup", "db", check=False)
        expect("Address" in peer, f"the name is not resolved: {peer}")
    names = sorted(box["Names"][0] for box in must(DAEMON, "GET", "/containers/json?all=1"))
    expect(names == ["/alpha.db", "/beta.db"], names)
    # Names are free where they are one's own, and taken where they are one's own.
    expect("is already in use" in subprocess.run(
        [ENV["DOCKER"], "-H", "unix://" + gateway.socket("alpha"), "create", "--name", "db", "busybox"],
        capture_output=True, text=True, check=False).stderr, "a taken name was given again")
    docker(gateway, "alpha", "rename", "db", "store")
    docker(gateway, "alpha", "rm", "-f", "store")
    docker(gateway, "alpha", "network", "rm", "lan")
    docker(gateway, "alpha", "volume", "rm", "data")
    expect(docker(gateway, "beta", "exec", "db", "cat", "/data/who") == "beta", "another's went with it")
    docker(gateway, "beta", "rm", "-f", "db")
    docker(gateway, "beta", "network", "prune", "-f")
    expect("data" in docker(gateway, "beta", "volume", "prune", "-f"), "a prune tells another name")


def projects(gateway):
    for tenant in TENANTS:
        compose(gateway, tenant, "up", "-d")
    for tenant in TENANTS:
        shown = compose(gateway, tenant, "ps")
        expect("project_db_1" in shown or "project-db-1" in shown, shown)
        expect(compose(gateway, tenant, "exec", "-T", "db", "cat", "/data/who").strip() == tenant, "the volume is another's")
        expect("Address" in compose(gateway, tenant, "exec", "-T", "web", "nslookup", "db"), "the service is not found")
    compose(gateway, "alpha", "down", "-v")
    expect(compose(gateway, "beta", "exec", "-T", "db", "cat", "/data/who").strip() == "beta", "another's went with it")
    compose(gateway, "beta", "down", "-v")
    for what in ("/containers/json?all=1", "/volumes"):
        _, left = http(DAEMON, "GET", what)
        expect(not (left["Volumes"] if isinstance(left, dict) else left), f"{what}: {left}")


with Gateway(tenancy='tenancy = { names = "private"; shared = { images = ["busybox"]; }; };') as everything:
    plain(everything)
    projects(everything)
