#!/usr/bin/python3
"""A network that two tenants share: one has a container there that others find by its name, and the other must not be found in its
place, be it by an alias, a host name, an address, or by a service of a swarm's."""
import re

from lib import ENV, eventually, expect, http, skip
from swarms import RULES, begin, docker, leave, running
from worlds import DAEMON, PRIVATE, SHARED, TENANTS, Gateway, must

if not ENV["PROGRAM"]:
    skip("this is about quaymaster")


def addresses(socket, box, name):
    """What NAME is resolved to in the container BOX."""
    told = docker(socket, "exec", box, "nslookup", name, check=False)
    expect("Server:" in told or "timed out" in told, f"nslookup {name} in {box}: {told}")
    return re.findall(r"^Address: ([0-9.]+)$", told, re.M)


def create(socket, name, network="common", **more):
    endpoint = more.pop("endpoint", {})
    status, answer = http(socket, "POST", f"/containers/create?name={name}", {
        "Image": "busybox", "Cmd": ["sleep", "600"], "StopSignal": "KILL", "HostConfig": {"NetworkMode": network},
        "NetworkingConfig": {"EndpointsConfig": {network: endpoint}}, **more})
    if status == 201:
        must(socket, "POST", f"/containers/{answer['Id']}/start")
    return status, answer


def refused(answer):
    expect(answer[0] == 403 and "could be another" in str(answer[1]), f"not refused: {answer}")


def common_names(gateway):
    alpha, beta = (gateway.socket(tenant) for tenant in TENANTS)
    for name in ("db", "client"):
        expect(create(alpha, name)[0] == 201, name)
    where = addresses(alpha, "client", "db")
    expect(len(where) == 1, f"db is at {where}")
    refused(create(beta, "thief", Hostname="db"))
    refused(create(beta, "thief", endpoint={"Aliases": ["db"]}))
    refused(create(beta, "thief", endpoint={"IPAMConfig": {"IPv4Address": where[0]}}))
    expect(create(beta, "thief", network="none", Hostname="db")[0] == 201, "a host name is refused elsewhere")
    refused(http(beta, "POST", "/networks/common/connect", {"Container": "thief"}))
    must(beta, "DELETE", "/containers/thief?force=1")
    expect(create(beta, "thief", network="none")[0] == 201, "thief")
    refused(http(beta, "POST", "/networks/common/connect", {"Container": "thief", "EndpointConfig": {"Aliases": ["db"]}}))
    status, answer = create(beta, "DB")
    expect(status == 403 and "small letters" in str(answer), f"a name is another's in capitals: {status} {answer}")
    expect(create(beta, "honest")[0] == 201, "a container without a choice is refused")
    expect(addresses(alpha, "client", "db") == where, "db is somewhere else")
    expect(http(beta, "POST", "/containers/honest/rename?name=Db")[0] == 403, "a rename takes a name")
    expect(addresses(alpha, "client", "honest"), "a shared network keeps them apart")
    for socket, names in ((alpha, ("db", "client")), (beta, ("thief", "honest"))):
        for name in names:
            must(socket, "DELETE", f"/containers/{name}?force=1")


def private_names(gateway):
    alpha, beta = (gateway.socket(tenant) for tenant in TENANTS)
    expect(create(alpha, "client")[0] == create(alpha, "db", endpoint={"Aliases": ["store"]})[0] == 201, "alpha's")
    where = addresses(alpha, "client", "alpha.db")
    expect(len(where) == 1 and addresses(alpha, "client", "alpha.store") == where, f"alpha.db is at {where}")
    expect(create(beta, "db", endpoint={"Aliases": ["store", "alpha.db"]})[0] == 201, "beta's")
    refused(create(beta, "thief", Hostname="alpha.db"))
    expect(addresses(alpha, "client", "alpha.db") == where == addresses(alpha, "client", "alpha.store"), "alpha.db is elsewhere")
    told = must(beta, "GET", "/containers/db/json")["NetworkSettings"]["Networks"]["common"]["Aliases"]
    expect("store" in told and "alpha.db" in told, f"the aliases are told as {told}")
    for socket, name in ((alpha, "client"), (alpha, "db"), (beta, "db")):
        must(socket, "DELETE", f"/containers/{name}?force=1")


def in_a_swarm(gateway):
    """A service is found by its name; no alias and no container of another's is."""
    alpha, beta = (gateway.socket(tenant) for tenant in TENANTS)
    specification = {"Name": "web", "TaskTemplate": {"ContainerSpec": {"Image": "busybox", "Command": ["sleep", "600"]},
                                                     "Networks": [{"Target": "over"}]}}
    service = must(alpha, "POST", "/services/create", specification)["ID"]
    box = running(alpha, service)[0]["Status"]["ContainerStatus"]["ContainerID"]
    where = addresses(alpha, box, "web")
    expect(len(where) == 1, f"web is at {where}")
    specification["Name"] = "thief"
    specification["TaskTemplate"]["Networks"][0]["Aliases"] = ["web"]
    refused(http(beta, "POST", "/services/create", specification))
    status, answer = create(beta, "web", network="over")
    expect(status == 403 and "shared among tenants and" in str(answer), f"a container takes a service's name: {status} {answer}")
    expect(addresses(alpha, box, "web") == where, "web is somewhere else")
    must(alpha, "DELETE", f"/services/{service}", want=(200,))
    eventually("its task is gone", lambda: not must(DAEMON, "GET", "/containers/json?all=1"), seconds=40)


def in_a_swarm_with_private_names(gateway):
    alpha, beta = (gateway.socket(tenant) for tenant in TENANTS)
    services = {}
    for socket in (alpha, beta):
        services[socket] = must(socket, "POST", "/services/create", {
            "Name": "web", "TaskTemplate": {"ContainerSpec": {"Image": "busybox", "Command": ["sleep", "600"]},
                                            "Networks": [{"Target": "over", "Aliases": ["front"]}]}})["ID"]
    box = running(alpha, services[alpha])[0]["Status"]["ContainerStatus"]["ContainerID"]
    running(beta, services[beta])
    places = {name: addresses(alpha, box, name) for name in ("alpha__web", "beta__web", "alpha.front", "beta.front", "front", "web")}
    expect(len(places["alpha__web"]) == 1 and places["alpha__web"] == places["alpha.front"] != places["beta__web"], places)
    expect(places["beta__web"] == places["beta.front"] and not places["front"] and not places["web"], places)
    for socket, service in services.items():
        must(socket, "DELETE", f"/services/{service}", want=(200,))


def main():
    network = {"Name": "common", "Internal": True, "IPAM": {"Config": [{"Subnet": "10.123.0.0/24"}]}}
    must(DAEMON, "POST", "/networks/create", network)
    for tenancy, shown in ((SHARED, common_names), (PRIVATE, private_names)):
        with Gateway(tenancy=tenancy) as gateway:
            shown(gateway)
    must(DAEMON, "DELETE", "/networks/common")
    begin()
    try:
        must(DAEMON, "POST", "/networks/create", {"Name": "over", "Driver": "overlay", "Attachable": True})
        for tenancy, shown in ((SHARED, in_a_swarm), (PRIVATE, in_a_swarm_with_private_names)):
            with Gateway(tenancy=tenancy.replace('"common"', '"over"'), more=RULES) as gateway:
                shown(gateway)
    finally:
        leave()


main()
