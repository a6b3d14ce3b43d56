#!/usr/bin/python3
"""A tenant that may only make containers anew as they were (rules.md, `recreate`) inspects, removes and creates as an updater does,
with common names and with names of its own: neither seals nor the names that the daemon has come between."""
from lib import ENV, expect, http, skip
from worlds import DAEMON, PRIVATE, SHARED, TENANTS, Gateway, must

if not ENV["PROGRAM"]:
    skip("this is about quaymaster")

RULES = """rules = ( { on = "container.create"; when = "not recreate"; effect = "deny"; message = "nothing new"; } );"""


def make(socket, tenant):
    must(socket, "POST", "/networks/create", {"Name": tenant + "-lan", "Internal": True})
    must(socket, "POST", "/containers/create?name=" + tenant + "-app", {
        "Image": "busybox", "Cmd": ["sleep", "600"], "Labels": {"l": "1"}, "StopSignal": "KILL",
        "HostConfig": {"NetworkMode": tenant + "-lan", "Binds": [tenant + "-data:/data"]}})


def body_of(told):
    """What an updater makes of an inspection."""
    network = {name: {"Aliases": each["Aliases"]} for name, each in told["NetworkSettings"]["Networks"].items()}
    config = {key: value for key, value in told["Config"].items() if key != "Hostname"}
    host = {key: value for key, value in told["HostConfig"].items() if key not in ("MaskedPaths", "ReadonlyPaths")}
    return {**config, "HostConfig": host, "NetworkingConfig": {"EndpointsConfig": network}}


def make_anew(socket, name):
    body = body_of(must(socket, "GET", f"/containers/{name}/json"))
    for how in ("there", "gone"):
        status, answer = http(socket, "POST", f"/containers/create?name={name}", {**body, "Cmd": ["sleep", "601"]})
        expect(status == 403 and "nothing new" in str(answer), f"{how}: another one is made: {status} {answer}")
        if how == "there":
            must(socket, "DELETE", f"/containers/{name}")
    must(socket, "POST", f"/containers/create?name={name}", body)
    must(socket, "POST", f"/containers/{name}/start")
    must(socket, "DELETE", f"/containers/{name}?force=1")


def main():
    for tenancy in (SHARED, PRIVATE):
        with Gateway(tenancy=tenancy) as gateway:
            for tenant in TENANTS:
                make(gateway.socket(tenant), tenant)
        with Gateway(tenancy=tenancy, more=RULES) as gateway:
            for tenant in TENANTS:
                make_anew(gateway.socket(tenant), tenant + "-app")
                must(gateway.socket(tenant), "DELETE", f"/networks/{tenant}-lan")
                must(gateway.socket(tenant), "DELETE", f"/volumes/{tenant}-data")
    expect(not must(DAEMON, "GET", "/containers/json?all=1"), "containers are left")


main()
