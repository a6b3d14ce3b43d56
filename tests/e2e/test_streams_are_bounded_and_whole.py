#!/usr/bin/python3
"""A quarter of a gigabyte through an exec, read slowly at first: all of it arrives, and quaymaster stays small."""
import hashlib
import os
import subprocess
import threading
import time

from lib import ENV, docker, expect, run, serving

MIB = 1 << 20
SIZE = 256 * MIB
PIECE = os.urandom(MIB)


def memory():
    """Resident bytes of quaymaster; a sanitizer's shadow and quarantine make it larger than it is."""
    if not ENV["QUAYMASTER_PID"]:
        return 0
    with open(f"/proc/{serving(ENV['QUAYMASTER_PID'])}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def feed(pipe):
    for _ in range(SIZE // MIB):
        pipe.write(PIECE)
    pipe.close()


run("ci", "run", "-d", "--name", "e2e-wide", "busybox", "sleep", "600")
for client in ("ci", "ci_tls"):
    before = memory()
    process = subprocess.Popen(docker(client) + ["exec", "-i", "e2e-wide", "cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    threading.Thread(target=feed, args=(process.stdin,), daemon=True).start()
    time.sleep(2)  # meanwhile every queue fills up
    grown = memory() - before
    received, count = hashlib.sha256(), 0
    while piece := process.stdout.read(MIB):
        received.update(piece)
        count += len(piece)
    sent = hashlib.sha256()
    for _ in range(SIZE // MIB):
        sent.update(PIECE)
    expect(process.wait() == 0, f"{client}: docker exec failed")
    expect(count == SIZE and received.digest() == sent.digest(), f"{client}: {count} of {SIZE} bytes, or others")
    expect(grown < 24 * MIB, f"{client}: quaymaster grew by {grown // MIB} MiB")
    print(f"{client}: grew by {grown // 1024} KiB")
run("ci", "rm", "-f", "e2e-wide")
