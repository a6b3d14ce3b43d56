#!/usr/bin/python3
"""Out of descriptors, connections or memory: who waits for nothing goes first, who asks for something is served or told that it cannot be,
nothing that is under way is cut, and nothing dies. Afterwards all is as it was."""
import os
import resource
import socket
import threading

from gateway import Gateway
from lib import SCRATCH, eventually, expect, run, serving

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../build/quaymaster")
SOCKET = SCRATCH + "/ours.sock"
CONFIGURATION = f'listeners = ( {{ name = "ours"; socket = "{SOCKET}"; mode = "0600"; }} );\n' \
    'clients = ( { policy = "ci"; } );\nlimits = { connections = %d; };\n'


def connect(seconds=10):
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(seconds)
    connection.connect(SOCKET)
    return connection


def status(connection, request=b"GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n"):
    """Of the answer's head; 0: cut."""
    try:
        connection.sendall(request)
        head = connection.recv(4096)
    except OSError:
        return 0
    return int(head.split()[1]) if head else 0


def stream():
    connection = connect()
    return connection, status(connection, b"GET /containers/e2e-ticking/logs?follow=1&stdout=1 HTTP/1.1\r\nHost: x\r\n\r\n")


def served(count, what):
    """COUNT clients come, one after the other, are answered, and stay."""
    clients, answers = [], []
    for _ in range(count):
        clients.append(connect())
        answers.append(status(clients[-1]))
    expect(answers == [200] * count, f"{what}: {answers}")
    return clients


run("ci", "run", "-d", "--name", "e2e-ticking", "busybox", "sh", "-c", "while echo tick; do sleep 0.2; done")
gateway = Gateway(CONFIGURATION % 4096, program=PROGRAM, workers=1)
served(3, "at first")
pid, before = serving(gateway.process.pid), gateway.descriptors()
resource.prlimit(pid, resource.RLIMIT_NOFILE, (before + 40, before + 40))

# Many that are kept for another request.
kept = served(120, "with kept connections")
streams = [stream() for _ in range(12)]
expect(all(answer == 200 for _, answer in streams), f"streams: {[answer for _, answer in streams]}")
kept += served(60, "beside streams")
# More than there can be: each is served, told so, or waits; those that are there go on.
crowd = [connect(1) for _ in range(60)]
threads = [threading.Thread(target=status, args=(client, b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n"), daemon=True)
           for client in crowd]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join(30)
for connection, _ in streams:
    expect(b"tick" in connection.recv(65536), "a stream does not go on")
for connection in crowd + kept + [connection for connection, _ in streams]:
    connection.close()
eventually("it serves as before", lambda: status(connect()) == 200)
eventually("as many descriptors as before", lambda: gateway.descriptors() <= before + 4)
expect(serving(gateway.process.pid) == pid, "it has died: " + gateway.log_text()[-2000:])

# Memory: bodies that are collected whole, and no room for them.
with open(f"/proc/{pid}/statm", encoding="ascii") as file:
    size = int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
resource.prlimit(pid, resource.RLIMIT_AS, (size + (8 << 20), size + (8 << 20)))
body = b'{"Image":"busybox","Env":["' + b"x" * 3000000 + b'"]}'
request = (b"POST /containers/create HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)) + body
answers = []
threads = [threading.Thread(target=lambda: answers.append(status(connect(30), request)), daemon=True) for _ in range(12)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join(60)
expect(len(answers) == 12 and set(answers) <= {0, 201, 400, 413, 500, 503}, f"answers: {answers}")
expect(serving(gateway.process.pid) == pid, "it has died: " + gateway.log_text()[-2000:])
eventually("it serves without memory to spare", lambda: status(connect()) == 200)
print("answers without memory:", sorted(answers))
gateway.stop()

# limits.connections: one that waits for nothing makes room.
gateway = Gateway(CONFIGURATION % 10, program=PROGRAM, workers=1)
served(40, "at the limit of connections")
held = [stream() for _ in range(10)]
expect(all(answer == 200 for _, answer in held), f"streams: {[answer for _, answer in held]}")
expect(status(connect()) == 0, "more than limits.connections are in use")
expect(b"tick" in held[0][0].recv(65536), "a stream was cut for another client")
gateway.stop()
run("daemon", "rm", "-f", "e2e-ticking")
