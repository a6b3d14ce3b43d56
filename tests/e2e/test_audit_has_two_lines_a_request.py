#!/usr/bin/python3
"""Each request has a decision and a completion in the audit log, with one id, and no secret in either."""
import json
import time

from lib import ENV, eventually, expect, http, run, skip

if not ENV["TLS_ADDRESS"]:
    skip("is about quaymaster itself")


def lines(start):
    with open(ENV["AUDIT"], encoding="utf-8") as file:
        return [json.loads(line) for line in file.read().splitlines()[start:]]


start = len(lines(0))
secret = "c2VjcmV0LXdvcmQ="
http(ENV["CI_SOCKET"], "POST", "/v1.41/containers/create",
     {"Image": "busybox", "Env": ["TOKEN=" + secret], "HostConfig": {"Privileged": True}}, ["X-Registry-Auth: " + secret,
                                                                                             "Content-Type: application/json"])
http(ENV["CI_SOCKET"], "GET", "/v1.41/containers/json")
run("ci_tls", "run", "--rm", "-e", "TOKEN=" + secret, "busybox", "true")
time.sleep(0.5)
seen = lines(start)
text = json.dumps(seen)
expect(secret not in text, "a secret is in the audit log")
expect("container.create" in text and "deny" in text.lower(), f"no denied create: {text[:500]}")
by_id = {}
for line in seen:
    by_id.setdefault(line["id"], []).append(line)
pairs = [pair for pair in by_id.values() if len(pair) == 2]
expect(len(pairs) >= 6, f"only {len(pairs)} pairs of {len(seen)} lines")
alone = [pair for pair in by_id.values() if len(pair) != 2]
expect(not alone, f"not two lines: {alone[:2]}")
