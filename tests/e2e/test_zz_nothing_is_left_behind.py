#!/usr/bin/python3
"""After all the others: no descriptor is left over, and the sockets are still there. (Tests run by name.)"""
import os
import time

from lib import ENV, expect, http, skip, serving

if not ENV["QUAYMASTER_PID"]:
    skip("is about quaymaster itself")


def descriptors():
    return len(os.listdir(f"/proc/{serving(ENV['QUAYMASTER_PID'])}/fd"))


def settle():
    deadline = time.monotonic() + 20
    while descriptors() > 60 and time.monotonic() < deadline:
        time.sleep(0.5)
    return descriptors()


for _ in range(5):
    http(ENV["ADMIN_SOCKET"], "GET", "/_ping")
# Listeners, loops, the audit file and a few pooled connections a worker: that is all.
expect(settle() <= 60, f"{descriptors()} descriptors are open")
expect(http(ENV["CI_SOCKET"], "GET", "/_ping")[0] == 200, "ci is not served")
