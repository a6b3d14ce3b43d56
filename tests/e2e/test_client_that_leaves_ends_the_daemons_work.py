#!/usr/bin/python3
"""A client that goes away from an endless stream ends it at the daemon too: no connection is left there."""
import subprocess
import time

from lib import ENV, connect, eventually, expect, run


def connections():
    """Established connections of the daemon's socket, from the kernel's list."""
    listing = subprocess.run(["ss", "-xH", "state", "connected", "src", ENV["DAEMON_SOCKET"]], capture_output=True,
                             text=True, check=True).stdout
    return len(listing.splitlines())


run("daemon", "run", "-d", "--name", "e2e-talker", "busybox", "sh", "-c", "while :; do echo talk; sleep 0.2; done")
targets = ["/v1.41/events", "/v1.41/containers/e2e-talker/logs?follow=1&stdout=1",
           "/v1.41/containers/e2e-talker/stats", "POST /v1.41/containers/e2e-talker/wait"]
for target in targets:
    method, _, path = target.rpartition(" ")
    clients = [connect(ENV["ADMIN_SOCKET"]) for _ in range(20)]
    for client in clients:
        client.sendall(f"{method or 'GET'} {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    eventually(f"20 streams of {target}", lambda: connections() >= 20)
    time.sleep(0.5)
    for client in clients:
        client.close()
    # Pooled connections may stay, a few of them; twenty streams may not.
    eventually(f"{target} ended at the daemon", lambda: connections() <= 8)
run("daemon", "rm", "-f", "e2e-talker")
