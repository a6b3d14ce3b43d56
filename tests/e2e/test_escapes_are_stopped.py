#!/usr/bin/python3
"""Every attempt of escapes.py is refused under `ci`, and the daemon itself is as it was before.

With ESCAPES=show it tells instead what the daemon (--program none) answers to each, which is how the list is
kept honest: most must be something that dockerd would do."""
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor

from escapes import attempts, smuggled
from lib import ENV, exchange, expect, fail, http, parse, run

DAEMON, CI = ENV["DAEMON_SOCKET"], ENV["CI_SOCKET"]

TARGETS = {
    "esc-privileged": ["create", "--privileged"],
    "esc-socket": ["run", "-d", "-v", DAEMON + ":/var/run/docker.sock"],
    "esc-bind": ["run", "-d", "-v", "/:/host"],
    "esc-hostnet": ["run", "-d", "--network", "host"],
    "esc-hostpid": ["run", "-d", "--pid", "host"],
    "esc-hostipc": ["run", "-d", "--ipc", "host"],
    "esc-hostuts": ["run", "-d", "--uts", "host"],
    "esc-capable": ["run", "-d", "--cap-add", "SYS_ADMIN"],
}


def make_targets():
    run("ci", "run", "-d", "--name", "esc-plain", "busybox", "sleep", "600")
    for name, words in TARGETS.items():
        run("daemon", *words, "--name", name, "busybox", "sleep", "600")
    run("daemon", "volume", "create", "-o", "type=none", "-o", "o=bind", "-o", "device=/etc", "esc-disguise")


def get(path):
    status, value = http(DAEMON, "GET", path)
    expect(status in (200, 503), f"{path}: {status} {value}")
    return value


def state():
    """All that an attempt could change at the daemon, as text that can be compared."""
    containers = []
    for entry in get("/v1.41/containers/json?all=1"):
        full = get(f"/v1.41/containers/{entry['Id']}/json")
        containers.append({key: full[key] for key in ("Id", "Name", "HostConfig", "Mounts", "ExecIDs", "RestartCount")}
                          | {"state": full["State"]["Status"], "started": full["State"]["StartedAt"],
                             "networks": sorted(full["NetworkSettings"]["Networks"]),
                             "changes": get(f"/v1.41/containers/{entry['Id']}/changes")})
    found = {
        "containers": sorted(containers, key=lambda container: container["Id"]),
        "volumes": sorted((v["Name"], v["Driver"], json.dumps(v["Options"])) for v in get("/v1.41/volumes")["Volumes"]),
        "networks": sorted((n["Name"], n["Driver"], json.dumps(n["Options"])) for n in get("/v1.41/networks")),
        "images": sorted((i["Id"], json.dumps(i["RepoTags"])) for i in get("/v1.41/images/json?all=1")),
        "plugins": get("/v1.41/plugins"),
        "swarm": get("/v1.41/info")["Swarm"]["LocalNodeState"],
        "host": os.path.exists("/escaped-new"),
    }
    return json.dumps(found, indent=1, sort_keys=True).splitlines()


def try_one(attempt):
    name, request = attempt
    return name, parse(exchange(CI, request, finish=ENV["PROGRAM"] != ""))


def privileged_exec_made_by_another():
    """An exec that someone else created with privileges must not be started by ci."""
    _, made = http(DAEMON, "POST", "/v1.41/containers/esc-plain/exec", {"Cmd": ["touch", "/escaped"], "Privileged": True})
    return "start of a privileged exec", (f"POST /v1.41/exec/{made['Id']}/start HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                                          "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}").encode()


make_targets()
tried = list(attempts())
if ENV["PROGRAM"] == "":
    if ENV.get("ESCAPES") == "show":
        for result in map(try_one, tried):
            print(result[1][0], result[0], str(result[1][1])[:100], sep="\t")
    print("skipped: is about quaymaster itself")
    sys.exit(77)

tried.append(privileged_exec_made_by_another())
before = state()
with ThreadPoolExecutor(4) as pool:
    results = list(pool.map(try_one, tried))
for name, request in smuggled():
    exchange(CI, request, finish=True)
after = state()

bad = 0
for name, (status, value) in results:
    # Closing without an answer is a refusal too, but only of what is hardly HTTP.
    if not 400 <= status < 500 and not (status in (0, 501, 505) and value in (b"", "") or status in (501, 505)):
        print(f"not refused: {name}: {status} {str(value)[:200]}", file=sys.stderr)
        bad += 1
    elif status == 403 and not (isinstance(value, dict) and value.get("message")):
        print(f"refused without a message: {name}: {value}", file=sys.stderr)
        bad += 1
if before != after:
    import difflib
    print("\n".join(difflib.unified_diff(before, after, "before", "after", lineterm="", n=4)), file=sys.stderr)
    bad += 1
if bad:
    fail(f"{bad} of {len(results)} attempts")
print(f"{len(results)} attempts stopped, the daemon is as it was")
