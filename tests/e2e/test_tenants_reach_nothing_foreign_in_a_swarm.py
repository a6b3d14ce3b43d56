#!/usr/bin/python3
"""The matrix of a closed world for what a swarm has: every operation on services, tasks, secrets, configs and networks, and every
other place in a request where one can be named, with every way to name what is another tenant's or nobody's (matrix.py). Nodes,
the swarm itself and plugins are no tenant's. An operation of the catalogue without a case here is a failure."""
import re
import sys
import time
from urllib.parse import quote

from lib import ENV, eventually, expect, http, skip
from matrix import Matrix, catalogue, fill, filtered
from swarms import RULES, SwarmThings, begin, kind_of, leave, state
from worlds import DAEMON, PRIVATE, SHARED, TENANTS, Gateway, must

if not ENV["PROGRAM"]:
    skip("this is about quaymaster")

# What an operation needs to be well-formed besides the object: query, body.
NEEDS = {
    "service.update": ("version=7", {"Name": "x", "TaskTemplate": {"ContainerSpec": {"Image": "busybox"}}}),
    "service.logs": ("stdout=1", None), "task.logs": ("stdout=1", None),
    "secret.update": ("version=7", {"Name": "x"}), "config.update": ("version=7", {"Name": "x"}),
    "network.connect": ("", {"Container": "{own}"}), "network.disconnect": ("", {"Container": "{own}", "Force": True}),
    "node.update": ("version=7", {"Availability": "drain"}),
}
KINDS = ("service", "task", "secret", "config", "network")
NOBODYS = ("node", "swarm", "plugin")
LISTS = {"service.list", "task.list", "secret.list", "config.list", "network.list"}
MADE = {"service.create", "secret.create", "config.create", "network.create"} # in hiding_places(), and by SwarmThings
ELSEWHERE = {"network.prune"} # test_tenants_see_their_own.py


def pathways():
    """(what, kind, request): requests that name an object in their path."""
    for operation, method, template in catalogue():
        kind = operation.split(".")[0]
        if kind not in KINDS + NOBODYS:
            continue
        if kind_of(template) is None and kind not in NOBODYS:
            expect(operation in LISTS | MADE | ELSEWHERE, f"{operation}: there is no case of it")
            continue
        query, body = NEEDS.get(operation, ("", None))
        target = re.sub(r"\{(name|id)\}", "@", template) + ("?" + query if query else "")
        yield operation, kind, lambda name, method=method, target=target, body=body: (
            method, target.replace("@", quote(name)), body)


def specification(container=None, task=None, **top):
    return {"Name": "thief", "TaskTemplate": {
        "ContainerSpec": {"Image": "busybox", "Command": ["sleep", "600"], **(container or {})}, **(task or {})}, **top}


def bodies():
    """(what, kind, a service's specification with @ for a name)."""
    file = {"Name": "x", "UID": "0", "GID": "0", "Mode": 292}
    for name in ("@", "x"):
        yield "Secrets", "secret", specification({"Secrets": [{"SecretID": "@", "SecretName": name, "File": file}]})
        yield "Configs", "config", specification({"Configs": [{"ConfigID": "@", "ConfigName": name, "File": file}]})
    yield "CredentialSpec", "config", specification({"Privileges": {"CredentialSpec": {"Config": "@"}}})
    yield "Networks", "network", specification(task={"Networks": [{"Target": "@"}]})
    yield "Networks at the top", "network", specification(Networks=[{"Target": "@"}])
    yield "NetworkAttachmentSpec", "container", specification(task={"NetworkAttachmentSpec": {"ContainerID": "@"}})
    yield "Constraints", "node", specification(task={"Placement": {"Constraints": ["node.id == @"]}})


def hiding_places():
    for what, kind, body in bodies():
        yield "create " + what, kind, lambda name, body=body: ("POST", "/services/create", fill(body, name))
        yield "update " + what, kind, lambda name, body=body: ("POST", "/services/{service}/update?version=1", fill(body, name))
    yield "container's network", "network", lambda name: ("POST", "/containers/create", {
        "Image": "busybox", "HostConfig": {"NetworkMode": name}})
    yield "container's endpoint", "network", lambda name: ("POST", "/containers/create", {
        "Image": "busybox", "HostConfig": {"NetworkMode": "none"}, "NetworkingConfig": {"EndpointsConfig": {name: {}}}})
    yield "network from another", "network", lambda name: ("POST", "/networks/create", {
        "Name": "thief", "ConfigFrom": {"Network": name}})
    for path, kind in (("services", "service"), ("secrets", "secret"), ("configs", "config"), ("networks", "network"),
                       ("tasks", "task")):
        for key in ("id", "name"):
            yield f"{path} by {key}", kind, filtered(f"/{path}?filters=", key)
    yield "tasks by service", "service", filtered("/tasks?filters=", "service")
    yield "tasks by node", "node", filtered("/tasks?filters=", "node")
    yield "containers by network", "network", filtered("/containers/json?all=1&filters=", "network")
    for label, kind in (("service.name", "service"), ("service.id", "service"), ("task.id", "task")):
        yield "containers by " + label, kind, lambda name, label=label: (
            "GET", "/containers/json?all=1&filters=" + quote('{"label":["com.docker.swarm.%s=%s"]}' % (label, name)), None)
    for kind in ("service", "secret", "config", "network", "node"):
        yield "events of " + kind, kind, filtered(f"/events?since=1&until={int(time.time())}&filters=", kind)


class Swarm(Matrix):
    def undo(self, answer, status):
        if status != 201 or not isinstance(answer, dict):
            return
        if "ID" in answer:
            http(DAEMON, "DELETE", f"/services/{answer['ID']}")
        for path in ("containers", "networks"):
            if "Id" in answer:
                http(DAEMON, "DELETE", f"/{path}/{answer['Id']}")


def references(node, things):
    """The ways to name an object of a kind."""
    def of(kind):
        if kind == "swarm":
            return [("no name", "none")]
        if kind == "plugin":
            return [("local", "missing")]
        if kind == "node":
            hostname = must(DAEMON, "GET", f"/nodes/{node}")["Description"]["Hostname"]
            return [(node, "z" * 25), (node[:12], "z" * 12), (hostname, "no-such-thing-at-all")]
        if kind == "container":
            return [(things.container, "0123456789ab" * 5 + "0123")]
        return things.ways(kind)
    return of


def own_works(socket, own, others):
    """Of its own a tenant gets what dockerd tells, and lists have that alone."""
    for kind in KINDS:
        for name, _ in own.ways(kind)[:1] + own.ways(kind)[3:4]: # by id, and by its own name
            must(socket, "GET", f"/{kind}s/{name}")
        listed = str(must(socket, "GET", f"/{kind}s"))
        expect(getattr(own, kind) in listed, f"{kind}s: the tenant's own is not in {listed}")
        expect(not any(marker in listed for other in others for marker in other.markers()), f"{kind}s: another's is in {listed}")
    expect(tasks_by(socket, own.names["service"]) == [own.task], "the service's task is not found by the service's name")
    expect(http(socket, "GET", f"/services/{own.service}/logs?stdout=1")[0] == 200, "its own logs are refused")


def tasks_by(socket, service):
    return [task["ID"] for task in must(socket, "GET", "/tasks?filters=" + quote('{"service":["%s"]}' % service))]


def forget(things):
    must(DAEMON, "DELETE", f"/services/{things.service}", want=(200,))
    for kind in ("secret", "config"):
        must(DAEMON, "DELETE", f"/{kind}s/{getattr(things, kind)}")
    eventually("the network is free", lambda: http(DAEMON, "DELETE", f"/networks/{things.network}")[0] == 204, seconds=40)


def shared_stays(socket, own, private):
    """A shared network of the swarm's is joined and looked at, tells of nobody, and nobody changes it."""
    told = must(socket, "GET", "/networks/common?verbose=1")
    expect(not told.get("Peers") and not told.get("Services"), f"a shared network tells {told}")
    expect(http(socket, "DELETE", "/networks/common")[0] == 403, "a shared network was removed")
    made = must(socket, "POST", "/services/create", specification(task={"Networks": [{"Target": "common"}]}))["ID"]
    must(socket, "DELETE", f"/services/{made}", want=(200,))
    expect(private or http(socket, "POST", "/services/create", specification(
        {"Mounts": [{"Type": "volume", "Source": own.names["service"], "Target": "/v"}]}))[0] == 403, "a volume has a name")


def reach(node, tenancy, private):
    cases, failures, nobodys = 0, [], SwarmThings(DAEMON, "nobody")
    with Gateway(tenancy=tenancy, more=RULES) as gateway:
        things = {tenant: SwarmThings(gateway.socket(tenant), tenant, *((tenant + ".", tenant + "__") if private else ()))
                  for tenant in TENANTS}
        for tenant, other in (TENANTS, TENANTS[::-1]):
            own, socket = things[tenant], gateway.socket(tenant)
            own_works(socket, own, (things[other], nobodys))
            shared_stays(socket, own, private)
            for foreign in (things[other], nobodys):
                matrix = Swarm(socket, {"{own}": own.container, "{service}": own.service}, foreign, state)
                for places in (pathways(), hiding_places()):
                    matrix.run(places, references(node, foreign))
                cases, failures = cases + matrix.count, failures + [f"{tenant}: {line}" for line in matrix.failures]
            own_works(socket, own, (things[other], nobodys))
    for each in (nobodys, *things.values()):
        forget(each)
    return cases, failures


def main():
    node = begin()
    try:
        must(DAEMON, "POST", "/networks/create", {"Name": "common", "Driver": "overlay", "Attachable": True})
        for tenancy, private in ((SHARED, False), (PRIVATE, True)):
            cases, failures = reach(node, tenancy, private)
            for line in failures[:40]:
                print(line, file=sys.stderr)
            print(cases, "cases,", len(failures), "failed;", "names of their own" if private else "common names")
            expect(cases >= 600, f"only {cases} cases")
            expect(not failures, "a world is not closed")
    finally:
        leave()


main()
