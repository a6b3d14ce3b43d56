#!/usr/bin/python3
"""python-docker through a quaymaster that has only CONTAINERS=1 and POST=0, then one that may restart."""
import os
import signal
import subprocess
import socket
import time

from lib import ENV, SCRATCH, expect, skip

import docker

if not ENV["PROGRAM"]:
    skip("is about quaymaster itself")
if os.path.exists("/etc/quaymaster/quaymaster.conf"):
    skip("there is a configuration file on this machine, and it goes first")


def start(**variables):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = "127.0.0.1:%d" % free.getsockname()[1]
    with open(SCRATCH + "/log", "ab") as log:
        process = subprocess.Popen([ENV["PROGRAM"], "run"], stdout=log, stderr=log, env={
            "SOCKET_PATH": ENV["DAEMON_SOCKET"], "BIND_CONFIG": address, **variables})
    for _ in range(100):
        try:
            return process, docker.DockerClient("tcp://" + address, version="auto")
        except docker.errors.DockerException:
            time.sleep(0.1)
    expect(False, "it does not answer")


def stop(process):
    process.send_signal(signal.SIGTERM)
    expect(process.wait(30) == 0, "it did not end well")


def denied(words, call, *arguments, **named):
    try:
        call(*arguments, **named)
    except docker.errors.APIError as error:
        expect(error.status_code == 403 and words in str(error), f"not the words: {error}")
    else:
        expect(False, f"{call} was let through")


daemon = docker.DockerClient("unix://" + ENV["DAEMON_SOCKET"])
daemon.containers.run("busybox", "sleep 600", detach=True, name="py-drop-in", network_mode="none")

quaymaster, client = start(CONTAINERS="1", POST="0")
expect(client.ping(), "ping")
found = client.containers.list(filters={"name": "py-drop-in"})
expect(len(found) == 1 and found[0].status == "running", "list and inspect")
expect(found[0].logs() == b"", "logs")
expect("Titles" in found[0].top(), "top")
denied("set POST=1 to allow it", found[0].restart, timeout=0)
denied("set POST=1 to allow it", found[0].exec_run, "true")
denied("set POST=1 to allow it", client.containers.create, "busybox", "true")
denied("set IMAGES=1 to allow it", client.images.list)
client.close()
stop(quaymaster)

quaymaster, client = start(CONTAINERS="1", ALLOW_RESTARTS="1", QUAYMASTER_COMPAT="linuxserver")
container = client.containers.get("py-drop-in")
before = container.attrs["State"]["StartedAt"]
container.restart(timeout=0)
container.reload()
expect(container.attrs["State"]["StartedAt"] != before, "restart")
denied("set ALLOW_LOGS=1 to allow it", container.logs)
denied("set POST=1 to allow it", container.remove, force=True)
client.close()
stop(quaymaster)
