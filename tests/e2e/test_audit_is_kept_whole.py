#!/usr/bin/python3
"""The audit log's file is rotated while running, its chain holds over that and a restart, verify finds what was done to it, and
without a disk nothing passes until there is one again."""
import os
import resource
import signal
import subprocess

from gateway import Gateway
from lib import ENV, SCRATCH, eventually, expect, http, serving

SOCKET = SCRATCH + "/audited.sock"
SETTINGS = f"""
listeners = ( {{ name = "audited"; socket = "{SOCKET}"; mode = "0600"; }} );
clients = ( {{ listener = "audited"; policy = "ci"; }} );
"""
LOG = SCRATCH + "/gateway.audit"


def ask(count=3):
    for _ in range(count):
        status, _ = http(SOCKET, "GET", "/v1.41/containers/json")
        expect(status == 200, f"status {status}")


def verify(*files):
    done = subprocess.run([ENV["PROGRAM"], "audit", "verify", *files], capture_output=True, text=True, timeout=30, check=False)
    return done.returncode, done.stdout + done.stderr


gateway = Gateway(SETTINGS, audit="required = true; chain = true; sync = true;")
ask()
for number, sign in ((1, signal.SIGUSR1), (2, signal.SIGHUP)):
    os.rename(LOG, f"{LOG}.{number}")
    gateway.process.send_signal(sign)
    eventually("a new file", lambda: os.path.exists(LOG) and os.path.getsize(LOG) > 0)
    ask()
gateway.stop()
gateway = Gateway(SETTINGS, audit="required = true; chain = true; sync = true;")
ask()

# A disk that is full: no request passes, and all is well again by itself.
limits = resource.prlimit(serving(gateway.process.pid), resource.RLIMIT_FSIZE)
resource.prlimit(serving(gateway.process.pid), resource.RLIMIT_FSIZE, (10, limits[1]))
status, value = http(SOCKET, "GET", "/v1.41/containers/json")
expect(status == 503 and "audit log" in str(value), f"{status} {value}")
expect(gateway.process.poll() is None, "it died of a full disk")
resource.prlimit(serving(gateway.process.pid), resource.RLIMIT_FSIZE, limits)
eventually("service", lambda: http(SOCKET, "GET", "/v1.41/containers/json")[0] == 200)
gateway.stop()

files = [LOG + ".1", LOG + ".2", LOG]
status, told = verify(*files)
expect(status == 0 and "the chain holds" in told, told)
expect(verify(files[1], files[2])[0] == 0, "two files of three do not hold")
status, told = verify(files[0], files[2])
expect(status == 1 and f"{LOG}:1: " in told and "missing" in told, told)
status, told = verify(files[1], files[0])
expect(status == 1 and "another chain" in told, told)
with open(LOG) as file:
    lines = file.read().splitlines()
for name, forged, line in (("changed", lines[:2] + [lines[2].replace("allow", "deny").replace("200", "201")] + lines[3:], 3),
                           ("cut", lines[:2] + lines[3:], 3),
                           ("reordered", [lines[0], lines[2], lines[1]] + lines[3:], 2)):
    with open(f"{SCRATCH}/{name}", "w") as file:
        file.write("\n".join(forged) + "\n")
    status, told = verify(*files[:2], f"{SCRATCH}/{name}")
    expect(status == 1 and f"{SCRATCH}/{name}:{line}: " in told, f"{name}: {told}")
