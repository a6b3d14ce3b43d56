#!/usr/bin/python3
"""The matrix of a closed world: every operation that names an object, and every other place in a request where one can be
named, with every way to name what is another tenant's or nobody's. The answer must be the one for something that is not there,
word for word; it may tell nothing of the object; and the daemon's state must be as it was."""
import re
import sys
from urllib.parse import quote

from lib import ENV, expect, http, skip
from matrix import Matrix, catalogue, fill, filtered
from worlds import DAEMON, PRIVATE, SHARED, TENANTS, Gateway, Things, forget, must, state

if not ENV["PROGRAM"]:
    skip("this is about quaymaster")

# What an operation needs to be well-formed besides the object: query, body.
NEEDS = {
    "container.archive.stat": ("path=/etc", None), "container.archive.get": ("path=/etc", None),
    "container.archive.put": ("path=/", b"\0" * 1024), "container.attach": ("stream=0&logs=1&stdout=1", None),
    "container.kill": ("signal=KILL", None), "container.rename": ("name=renamed", None),
    "container.resize": ("h=10&w=10", None), "container.stats": ("stream=0&one-shot=1", None),
    "container.logs": ("stdout=1", None), "container.update": ("", {"CpuShares": 512}),
    "container.stop": ("t=0", None), "container.restart": ("t=0", None), "container.remove": ("force=1&v=1", None),
    "container.checkpoint.create": ("", {"CheckpointID": "c"}), "exec.create": ("", {"Cmd": ["true"]}),
    "exec.start": ("", {"Detach": True}), "exec.resize": ("h=10&w=10", None), "image.tag": ("repo=mine&tag=1", None),
    "network.connect": ("", {"Container": "{own}"}), "network.disconnect": ("", {"Container": "{own}", "Force": True}),
    "volume.remove": ("force=1", None),
}
# Those that dockerd 20.10 does not know, or that end in a stream of another kind.
LEFT_OUT = {"container.attach.websocket", "image.attestations", "volume.update", "container.wait"}
KINDS = {"containers": "container", "exec": "exec", "networks": "network", "volumes": "volume"}
NOTHING = "no-such-thing-at-all"
NO_ID = "0123456789ab" * 5 + "0123"


def references(things, kind):
    """Every way to name the object of KIND, and a thing that is not there of the same look."""
    if kind == "exec":
        return [(things.exec, NO_ID)]
    if kind == "volume":
        return ways_by_name(things, things.volume_name)
    full, name = (things.container, things.container_name) if kind == "container" else (things.network, things.network_name)
    return [(full, NO_ID), (full[:12], NO_ID[:12]), (full[:7], NO_ID[:7])] + ways_by_name(things, name)


def ways_by_name(things, name):
    """As its owner calls it, and as the daemon does: networks are called otherwise than the rest."""
    wire = things.wire.replace(".", "__") if name == things.network_name else things.wire
    return [(each, NOTHING) for each in sorted({name, wire + name})]


def pathways():
    """(what, kind, request): requests that name an object in their path. A request makes (method, target, body) of a name."""
    for operation, method, template in catalogue():
        kind = KINDS.get(template.split("/")[1]) if "{" in template else None
        if kind is None or operation in LEFT_OUT:
            continue
        query, body = NEEDS.get(operation, ("", None))
        target = re.sub(r"\{(name|id)\}", "@", template).replace("{checkpoint}", "c") + ("?" + query if query else "")
        yield operation, kind, lambda name, method=method, target=target, body=body: (
            method, target.replace("@", quote(name)), body)


def created_with(**host):
    return lambda name: ("POST", "/containers/create", {
        "Image": "busybox", "HostConfig": {key: fill(value, name) for key, value in host.items()}})


def hiding_places():
    """The same for names in bodies, queries and filters (O51, O70 and O71 are about what those tell)."""
    for member in ("NetworkMode", "PidMode", "IpcMode"):
        yield "create " + member, "container", created_with(**{member: "container:@"})
    yield "create VolumesFrom", "container", created_with(VolumesFrom=["@:ro"])
    yield "create Links", "container", created_with(Links=["@:db"])
    yield "create network", "network", created_with(NetworkMode="@")
    yield "create endpoint", "network", lambda name: ("POST", "/containers/create", {
        "Image": "busybox", "HostConfig": {"NetworkMode": "none"}, "NetworkingConfig": {"EndpointsConfig": {name: {}}}})
    yield "connect", "container", lambda name: ("POST", "/networks/{net}/connect", {"Container": name})
    yield "disconnect", "container", lambda name: ("POST", "/networks/{net}/disconnect", {"Container": name})
    yield "commit", "container", lambda name: ("POST", f"/commit?container={name}&repo=stolen", {})
    yield "build", "container", lambda name: ("POST", f"/build?networkmode=container:{name}", b"\0" * 1024)
    yield "network of links", "container", lambda name: ("POST", "/networks/{net}/connect", {
        "Container": "{own}", "EndpointConfig": {"Links": [name + ":x"]}})
    for key in ("id", "name", "before", "since"):
        yield "list " + key, "container", filtered("/containers/json?all=1&filters=", key)
    yield "list network", "network", filtered("/containers/json?all=1&filters=", "network")
    yield "list volume", "volume", filtered("/containers/json?all=1&filters=", "volume")
    for key in ("id", "name"):
        yield "networks " + key, "network", filtered("/networks?filters=", key)
    yield "volumes name", "volume", filtered("/volumes?filters=", "name")


class Boxes(Matrix):
    def undo(self, answer, status):
        if status == 201 and isinstance(answer, dict) and "Id" in answer:
            http(DAEMON, "DELETE", f"/containers/{answer['Id']}?force=1")


# Of its own a tenant gets what dockerd tells.
def own_works(gateway, tenant, own):
    socket = gateway.socket(tenant)
    for name in (own.container, own.container[:12], own.container_name):
        must(socket, "GET", f"/containers/{name}/json")
        must(socket, "POST", f"/containers/{name}/pause")
        must(socket, "POST", f"/containers/{name}/unpause")
    must(socket, "GET", f"/volumes/{own.volume_name}")
    must(socket, "GET", f"/exec/{own.exec}/json")


def reach(tenancy, private):
    """(how many cases, what failed), with two tenants and what is nobody's."""
    cases, failures, nobodys = 0, [], Things(DAEMON, "nobody")
    with Gateway(tenancy=tenancy) as gateway:
        things = {tenant: Things(gateway.socket(tenant), tenant, tenant + "." if private else "") for tenant in TENANTS}
        for tenant, other in (TENANTS, TENANTS[::-1]):
            own_works(gateway, tenant, things[tenant])
            for foreign in (things[other], nobodys):
                own = {"{net}": things[tenant].network, "{own}": things[tenant].container}
                matrix = Boxes(gateway.socket(tenant), own, foreign, state)
                for places in (pathways(), hiding_places()):
                    matrix.run(places, lambda kind, foreign=foreign: references(foreign, kind))
                cases, failures = cases + matrix.count, failures + matrix.failures
        for tenant in TENANTS:
            own_works(gateway, tenant, things[tenant])
    for each in (nobodys, *things.values()):
        forget(each)
    return cases, failures


def main():
    for tenancy, private in ((SHARED, False), (PRIVATE, True)):
        cases, failures = reach(tenancy, private)
        for line in failures[:40]:
            print(line, file=sys.stderr)
        print(cases, "cases,", len(failures), "failed;", "names of their own" if private else "common names")
        expect(cases >= 600, f"only {cases} cases")
        expect(not failures, "a world is not closed")


main()
