#!/usr/bin/python3
"""SIGUSR2 puts the program that is there now in the old one's place, again and again, while clients connect and ask: nobody is refused or
loses an answer, and a stream goes on. One that cannot serve changes nothing. A reload ends what is still served by what was."""
import os
import signal
import socket
import subprocess
import threading
import time

from gateway import Gateway
from lib import ENV, SCRATCH, eventually, expect, run

UPGRADES, CLIENTS = 6, 4
SOCKET = SCRATCH + "/ours.sock"
with socket.socket() as chooser, socket.socket() as other:
    chooser.bind(("127.0.0.1", 0))
    other.bind(("127.0.0.1", 0))
    PORT, ADMIN = chooser.getsockname()[1], other.getsockname()[1]
CONFIGURATION = f'listeners = ( {{ name = "ours"; socket = "{SOCKET}"; mode = "0600"; }}, {{ address = "127.0.0.1:{PORT}"; }} );\n' \
    f'clients = ( {{ policy = "ci"; }} );\nlimits = {{ drain_ms = 1000; }};\nadmin = {{ address = "127.0.0.1:{ADMIN}"; }};\n'


def connect(tcp):
    connection = socket.socket(socket.AF_INET if tcp else socket.AF_UNIX)
    connection.settimeout(30)
    connection.connect(("127.0.0.1", PORT) if tcp else SOCKET)
    return connection


def ask(connection):
    """Whether the connection may be used again."""
    connection.sendall(b"GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n")
    answer = b""
    while not answer.endswith(b"\r\n\r\nOK"):
        piece = connection.recv(4096)
        if not piece:
            raise OSError(f"cut after {answer}")
        answer += piece
    return b"connection: close" not in answer.lower()


class Asker(threading.Thread):
    def __init__(self, tcp, keeps):
        super().__init__(daemon=True)
        self.tcp, self.keeps, self.asked, self.trouble, self.stopping = tcp, keeps, 0, None, False

    def run(self):
        connection = None
        try:
            while not self.stopping:
                connection = connection or connect(self.tcp)
                if not ask(connection) or not self.keeps:
                    connection.close()
                    connection = None
                self.asked += 1
        except OSError as error:
            self.trouble = f"tcp {self.tcp}, kept {self.keeps}, {self.asked}: {error!r}"


def upgrade(expected=" ready\n"):
    begin = len(gateway.log_text())
    gateway.process.send_signal(signal.SIGUSR2)
    gateway.wait_for_log(expected, begin)


def is_told_to_be_healthy():
    """By the admin listener, which one process alone has at a time."""
    done = subprocess.run([ENV["PROGRAM"], "healthcheck", "--admin", f"127.0.0.1:{ADMIN}"], capture_output=True, check=False)
    return done.returncode == 0


def children():
    with open(f"/proc/{gateway.process.pid}/task/{gateway.process.pid}/children", encoding="ascii") as file:
        return [int(number) for number in file.read().split()]


gateway = Gateway(CONFIGURATION)
askers = [Asker(number % 2 == 1, number % 4 < 2) for number in range(2 * CLIENTS)]
for asker in askers:
    asker.start()
run("ci", "run", "-d", "--name", "e2e-ticking", "busybox", "sh", "-c", "while echo tick; do sleep 0.2; done")
stream = connect(False)
stream.sendall(b"GET /containers/e2e-ticking/logs?follow=1&stdout=1 HTTP/1.1\r\nHost: x\r\n\r\n")
expect(b"200 OK" in stream.recv(4096), "no stream")

first = children()[0]
for _ in range(UPGRADES):
    asked = [asker.asked for asker in askers]
    upgrade()
    eventually("every client's next answer", lambda: all(a.trouble or a.asked > n + 5 for a, n in zip(askers, asked)))
    expect(not any(asker.trouble for asker in askers), str([asker.trouble for asker in askers if asker.trouble]))
    eventually("an admin listener's answer", is_told_to_be_healthy)
eventually("those in between have ended", lambda: len(children()) == 2)
expect(children()[0] == first, "the process with the stream has ended")
for _ in range(5):
    expect(b"tick" in stream.recv(4096), "the stream does not go on")

# One that cannot serve.
gateway.write(CONFIGURATION.replace('"ci"', '"cj"'))
upgrade("does not take the configuration")
serves = children()[1]
audit, gateway.audit = gateway.audit, "/no/such/folder/audit"
gateway.write(CONFIGURATION)
upgrade("goes on\n")
expect(serves in children() and ask(connect(False)) and ask(connect(True)), "it does not go on")
gateway.audit = audit
gateway.write(CONFIGURATION)

# The first process has gone by a configuration that is not in force any more.
gateway.reload()
deadline = time.monotonic() + 10
while stream.recv(65536):
    expect(time.monotonic() < deadline, "the stream of the first process goes on after a reload")
eventually("the first process has ended", lambda: first not in children())

for asker in askers:
    asker.stopping = True
for asker in askers:
    asker.join(30)
expect(not any(asker.trouble or asker.is_alive() for asker in askers), str([asker.trouble for asker in askers]))
total = sum(asker.asked for asker in askers)
print("requests:", total)
expect(total > 200, f"only {total}")
expect(gateway.stop() == 0, "it did not end well: " + gateway.log_text()[-2000:])
expect(not os.path.exists(SOCKET), "the socket's file is left behind")
