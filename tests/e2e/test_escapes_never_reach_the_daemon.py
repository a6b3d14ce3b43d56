#!/usr/bin/python3
"""A daemon that only records has received nothing of any attempt but quaymaster's own look-ups."""
import json
import re
import sys

from escapes import attempts, smuggled
from lib import ENV, exchange, expect, fail, http

LOOKUP = re.compile(r"(GET|HEAD) (/v1\.\d+)?/(_ping|version|(containers|images|exec)/[^/?]+/json|(volumes|networks)/[^/?]+) HTTP/1\.1\r\n")
# What may be in front of a hidden request, and is answered.
INNOCENT = re.compile(r"(GET (/v1\.\d+)?/(_ping|containers/json)|POST (/v1\.\d+)?/containers/[0-9a-z-]+/(wait|attach))\b")


def recording():
    with open(ENV["RECORDING"], encoding="utf-8") as file:
        return [json.loads(line) for line in file]


if ENV["PROGRAM"] == "":
    print("skipped: is about quaymaster itself")
    sys.exit(77)

start = len(recording())
count = 0
for _, request in attempts():
    exchange(ENV["RECORDED_CI_SOCKET"], request, finish=True)
    count += 1
forbidden = [entry for entry in recording()[start:] if not LOOKUP.fullmatch(entry["first"]) or entry["body"]]
start = len(recording())
for _, request in smuggled():
    exchange(ENV["RECORDED_CI_SOCKET"], request, finish=True)
    count += 1
for entry in recording()[start:]:
    if not (LOOKUP.fullmatch(entry["first"]) or INNOCENT.match(entry["first"])) or "rivileged" in entry["body"]:
        forbidden.append(entry)
for entry in forbidden:
    print(json.dumps(entry)[:400], file=sys.stderr)
if forbidden:
    fail(f"the daemon received {len(forbidden)} requests that it must not")

# The recorder does see what is let through, else all this would show nothing.
start = len(recording())
status, _ = http(ENV["RECORDED_ADMIN_SOCKET"], "POST", "/v1.41/containers/create",
                 {"Image": "busybox", "HostConfig": {"Privileged": True}})
expect(status == 201, f"admin's privileged container: {status}")
expect(any("Privileged" in entry["body"] for entry in recording()[start:]), "the recorder saw no create of admin's")
print(f"{count} attempts, none reached the daemon")
