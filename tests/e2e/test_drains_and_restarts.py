#!/usr/bin/python3
"""The life of the process: what serves is started again when it dies; SIGTERM lets what is under way end, and takes nobody in;
a deadline, and a second SIGTERM, cut it; the service manager is told all the way."""
import os
import signal
import socket
import threading
import time

from gateway import Gateway
from lib import ENV, SCRATCH, eventually, expect, http, run, serving

SOCKET, NOTIFY = SCRATCH + "/ours.sock", SCRATCH + "/notify.sock"
CONFIGURATION = f'listeners = ( {{ name = "ours"; socket = "{SOCKET}"; mode = "0600"; }} );\n' \
    'clients = ( { policy = "ci"; } );\nlimits = { drain_ms = %d; };\n'


class Manager:
    """Hears what a service manager would be told."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(NOTIFY)
        self.heard = []
        threading.Thread(target=self.hear, daemon=True).start()

    def hear(self):
        while True:
            self.heard.append(self.socket.recv(4096).decode("ascii").split("\n"))

    def count(self, assignment):
        return sum(assignment in message for message in self.heard)


def stream():
    """A stream of the container's output that is under way, as its raw connection."""
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(30)
    connection.connect(SOCKET)
    connection.sendall(b"GET /containers/e2e-ticking/logs?follow=1&stdout=1 HTTP/1.1\r\nHost: x\r\n\r\n")
    expect(b"200 OK" in connection.recv(4096), "no logs")
    return connection


def read_all(connection):
    data = b""
    while piece := connection.recv(65536):
        data += piece
    return data


def refused():
    try:
        http(SOCKET, "GET", "/_ping")
        return False
    except OSError:
        return True


manager = Manager()
ENV["NOTIFY_SOCKET"], ENV["WATCHDOG_USEC"] = NOTIFY, "1000000"
gateway = Gateway(CONFIGURATION % 20000)
eventually("READY=1", lambda: manager.count("READY=1") == 1)
eventually("WATCHDOG=1", lambda: manager.count("WATCHDOG=1") >= 3)

# A process that hangs is not alive, whatever its supervisor does.
os.kill(serving(gateway.process.pid), signal.SIGSTOP)
time.sleep(0.5)
before = manager.count("WATCHDOG=1")
time.sleep(1.5)
expect(manager.count("WATCHDOG=1") <= before + 1, "a stopped process is said to be alive")
os.kill(serving(gateway.process.pid), signal.SIGCONT)

for number in range(2):
    begin, died = len(gateway.log_text()), serving(gateway.process.pid)
    os.kill(died, signal.SIGABRT if number else signal.SIGKILL)
    gateway.wait_for_log("ready again", begin)
    expect(serving(gateway.process.pid) != died, "it is the same process")
    expect("killed by signal" in gateway.log_text()[begin:], "its death is not told")
    expect(http(SOCKET, "GET", "/_ping")[0] == 200, "it does not serve again")

gateway.reload()
eventually("RELOADING=1, then READY=1",
           lambda: manager.count("RELOADING=1") == 1 and "READY=1" in manager.heard[-1] + manager.heard[-2])
expect(any(line.startswith("MONOTONIC_USEC=") for message in manager.heard for line in message), "no clock")

# What is under way ends by itself, and nobody else gets in.
run("ci", "run", "-d", "--name", "e2e-ticking", "busybox", "sh", "-c", "echo begun; sleep 4; echo ended")
connection = stream()
idle = socket.socket(socket.AF_UNIX)
idle.connect(SOCKET)
idle.sendall(b"GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n")
idle.settimeout(3)
expect(b"200 OK" in idle.recv(4096), "no answer")
begun = time.monotonic()
gateway.process.send_signal(signal.SIGTERM)
eventually("STOPPING=1", lambda: manager.count("STOPPING=1") == 1)
eventually("nobody gets in", refused, 2)
while idle.recv(4096):
    pass
expect(b"ended" in read_all(connection), "the stream was cut")
expect(gateway.process.wait(10) == 0, "it did not end well: " + gateway.log_text()[-2000:])
expect(time.monotonic() - begun < 15, "it waited for more than what was under way")

# A deadline, and a second signal.
run("daemon", "rm", "-f", "e2e-ticking")
for drain, signals, least, most in ((1500, 1, 1.4, 8), (60000, 2, 0, 8)):
    gateway = Gateway(CONFIGURATION % drain)
    run("ci", "run", "-d", "--name", "e2e-ticking", "busybox", "sh", "-c", "echo begun; sleep 300")
    connection = stream()
    begun = time.monotonic()
    for _ in range(signals):
        gateway.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
    expect(gateway.process.wait(20) == 0, "it did not end well: " + gateway.log_text()[-2000:])
    expect(least <= time.monotonic() - begun < most, f"it took {time.monotonic() - begun:.1f} s")
    run("daemon", "rm", "-f", "e2e-ticking")
expect(not os.path.exists(SOCKET), "the socket's file is left behind")
