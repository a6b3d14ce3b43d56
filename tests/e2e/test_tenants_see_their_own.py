#!/usr/bin/python3
"""What a tenant is told: lists, inspections, usage, counts and events hold its own objects alone, and none of quaymaster's labels."""
import json
import socket
import threading

from lib import ENV, eventually, expect, http, skip
from worlds import DAEMON, TENANTS, Gateway, Things, must

if not ENV["PROGRAM"]:
    skip("this is about quaymaster")

LISTS = ("/containers/json?all=1", "/networks", "/volumes", "/images/json", "/system/df", "/info", "/v1.24/networks",
         "/v1.24/containers/json?all=1&size=1")


class Follower(threading.Thread):
    """Events as they come to a tenant."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.text = ""
        self.connection = socket.socket(socket.AF_UNIX)
        self.connection.connect(path)
        self.connection.sendall(b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
        self.start()
        eventually("the stream of events", lambda: "200 OK" in self.text)

    def run(self):
        while True:
            try:
                more = self.connection.recv(65536)
            except OSError:
                return
            if not more:
                return
            self.text += more.decode("utf-8", "replace")

    def stop(self):
        self.connection.shutdown(socket.SHUT_RDWR)
        self.join(10)
        self.connection.close()


def text_of(path, target):
    return json.dumps(must(path, "GET", target))


def check_lists(gateway, worlds):
    for tenant, other in (TENANTS, TENANTS[::-1]):
        for target in LISTS:
            text = text_of(gateway.socket(tenant), target)
            expect("quaymaster." not in text, f"{target} of {tenant} shows labels: {text}")
            for marker in worlds[other].markers():
                expect(marker not in text, f"{target} of {tenant} tells of {marker}: {text}")
        own = worlds[tenant]
        expect(own.container in text_of(gateway.socket(tenant), LISTS[0]), f"{tenant} misses its container")
        expect(own.network in text_of(gateway.socket(tenant), "/networks"), f"{tenant} misses its network")
        expect(own.volume_name in text_of(gateway.socket(tenant), "/volumes"), f"{tenant} misses its volume")
        expect(own.container in text_of(gateway.socket(tenant), "/system/df"), f"{tenant} misses its usage")


def check_counts(gateway):
    """Each has one container, which runs; the daemon has both."""
    for tenant in TENANTS:
        info = must(gateway.socket(tenant), "GET", "/info")
        counts = [info[key] for key in ("Containers", "ContainersRunning", "ContainersPaused", "ContainersStopped")]
        expect(counts == [1, 1, 0, 0], f"{tenant} counts {counts}")
    expect(must(DAEMON, "GET", "/info")["Containers"] >= 2, "the daemon counts its own")


def check_networks(gateway, worlds):
    """On a network that everybody has each sees its own."""
    for tenant in TENANTS:
        found = must(gateway.socket(tenant), "GET", "/networks/none")["Containers"]
        expect(list(found) == [worlds[tenant].container], f"{tenant} sees {list(found)}")
    expect(len(must(DAEMON, "GET", "/networks/none")["Containers"]) >= 2, "both are there")


def check_events(gateway, worlds):
    """What happens to old and new things of one is told to that one, from the first to the last."""
    followers = {tenant: Follower(gateway.socket(tenant)) for tenant in TENANTS}
    things = worlds["alpha"]
    made = Things(gateway.socket("alpha"), "late")
    for one in (made, things):
        path = gateway.socket("alpha")
        must(path, "DELETE", f"/containers/{one.container}?force=1")
        must(path, "DELETE", f"/networks/{one.network}")
        must(path, "DELETE", f"/volumes/{one.volume_name}")
    for one in (made, things):
        eventually("the volume's end", lambda: any(
            '"destroy"' in line and f'"{one.volume_name}"' in line for line in followers["alpha"].text.splitlines()))
        eventually("the network's end", lambda: any(
            '"destroy"' in line and one.network in line for line in followers["alpha"].text.splitlines()))
    eventually("the new volume", lambda: any(
        '"create"' in line and made.volume_name in line for line in followers["alpha"].text.splitlines()))
    for tenant in TENANTS:
        followers[tenant].stop()
        expect("quaymaster." not in followers[tenant].text, f"{tenant} is told labels: {followers[tenant].text}")
    for marker in made.markers() + things.markers():
        expect(marker not in followers["beta"].text, f"beta is told of {marker}")


def tag(path, name):
    must(path, "POST", f"/images/busybox/tag?repo={name}&tag=1")


def names(path, query):
    return sorted(name for image in must(path, "GET", "/images/json" + query) for name in image["RepoTags"])


def check_images(gateway):
    """One image under names of two tenants: each is told of its own, and finds them by what docker images NAME asks for."""
    alpha, beta = (gateway.socket(tenant) for tenant in TENANTS)
    tag(alpha, "tools/old-alpha")
    tag(beta, "tools/old-beta")
    followers = {tenant: Follower(gateway.socket(tenant)) for tenant in TENANTS}
    tag(beta, "tools/new-beta")
    tag(alpha, "tools/new-alpha")
    eventually("the tag", lambda: "tools/new-alpha:1" in followers["alpha"].text)
    eventually("the other's tag", lambda: "tools/new-beta:1" in followers["beta"].text)
    expect(names(alpha, '?filters={"reference":["tools/*"]}') == ["tools/new-alpha:1", "tools/old-alpha:1"], "by a pattern")
    expect(names(beta, '?filters={"reference":["tools/*"]}') == ["tools/new-beta:1", "tools/old-beta:1"], "by a pattern, too")
    expect(names(alpha, '?filters={"reference":["tools/new-alpha"]}') == ["tools/new-alpha:1"], "by a name")
    expect(names(alpha, '?filters={"reference":["tools/new-beta"]}') == [], "by another's name")
    expect("busybox:latest" in names(alpha, '?filters={"reference":["busy*"]}'), "what is shared")
    for path, name in ((alpha, "alpha"), (beta, "beta")):
        for age in "old", "new":
            must(path, "DELETE", f"/images/tools/{age}-{name}:1")
    tag(alpha, "tools/last")
    eventually("the last one", lambda: "tools/last:1" in followers["alpha"].text)
    must(alpha, "DELETE", "/images/tools/last:1")
    for tenant, other in (TENANTS, TENANTS[::-1]):
        followers[tenant].stop()
        text = followers[tenant].text
        expect(f"-{other}" not in text and "quaymaster" not in text, f"{tenant} is told of other names: {text}")


def check_prunes(gateway, worlds):
    """What one prunes is its own."""
    other = must(gateway.socket("alpha"), "POST", "/volumes/create", {"Name": "alpha-kept"})["Name"]
    must(gateway.socket("beta"), "POST", "/networks/create", {"Name": "beta-spare"})
    answer = must(gateway.socket("beta"), "POST", "/networks/prune")
    expect(answer["NetworksDeleted"] is not None and "beta-spare" in answer["NetworksDeleted"], f"{answer}")
    must(gateway.socket("beta"), "POST", "/volumes/prune")
    must(DAEMON, "GET", f"/volumes/{other}")
    must(gateway.socket("alpha"), "DELETE", f"/volumes/{other}")


def remove(things):
    http(DAEMON, "DELETE", f"/containers/{things.container}?force=1&v=1")
    http(DAEMON, "DELETE", f"/networks/{things.network}")
    http(DAEMON, "DELETE", f"/volumes/{things.volume_name}")


def main():
    with Gateway() as gateway:
        worlds = {tenant: Things(gateway.socket(tenant), tenant) for tenant in TENANTS}
        try:
            check_lists(gateway, worlds)
            check_counts(gateway)
            check_networks(gateway, worlds)
            check_events(gateway, worlds)
            check_images(gateway)
            check_prunes(gateway, worlds)
        finally:
            for things in worlds.values():
                remove(things)


main()
