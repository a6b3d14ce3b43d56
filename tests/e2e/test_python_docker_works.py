#!/usr/bin/python3
"""Debian's python3-docker, over a Unix socket and over TLS."""
import io
import tarfile

from lib import ENV, expect

import docker


def clients():
    yield "admin", docker.DockerClient("unix://" + ENV["ADMIN_SOCKET"], version="auto")
    yield "ci", docker.DockerClient("unix://" + ENV["CI_SOCKET"])
    if ENV["TLS_ADDRESS"]:
        path = ENV["CLIENTS"] + "/ci/"
        tls = docker.tls.TLSConfig(client_cert=(path + "cert.pem", path + "key.pem"), ca_cert=path + "ca.pem",
                                   verify=True)
        yield "ci over TLS", docker.DockerClient("https://" + ENV["TLS_ADDRESS"], tls=tls)


def archive(name, data):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        member = tarfile.TarInfo(name)
        member.size = len(data)
        tar.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


for who, client in clients():
    expect(client.ping(), f"{who}: ping")
    expect(client.containers.run("busybox", "echo hello", remove=True) == b"hello\n", f"{who}: run")
    container = client.containers.run("busybox", "sleep 600", detach=True, labels={"e2e": "py"})
    expect(container.exec_run("echo in").output == b"in\n", f"{who}: exec")
    demultiplexed = container.exec_run(["sh", "-c", "echo out; echo err >&2"], demux=True)
    expect(demultiplexed.output == (b"out\n", b"err\n"), f"{who}: exec, streams apart")
    expect(container.put_archive("/tmp", archive("f", b"content")), f"{who}: put_archive")
    stream, _ = container.get_archive("/tmp/f")
    data = b"".join(stream)
    expect(b"content" in data, f"{who}: get_archive")
    stats = next(container.stats(stream=True, decode=True))
    expect("memory_stats" in stats, f"{who}: stats")
    expect(client.containers.list(filters={"label": "e2e=py"})[0].id == container.id, f"{who}: list")
    raw = client.api.attach_socket(container.id, {"stdin": 1, "stdout": 1, "stream": 1})
    raw.close()
    container.remove(force=True)
    try:
        client.containers.get("e2e-nobody")
        expect(False, f"{who}: found what is not there")
    except docker.errors.NotFound as error:
        expect("No such container" in str(error), f"{who}: not the daemon's words: {error}")
    client.close()
