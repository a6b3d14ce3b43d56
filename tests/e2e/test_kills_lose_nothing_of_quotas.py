#!/usr/bin/python3
"""A quaymaster that is killed at any moment, while its tenants create, pull and remove, leaves nothing that is nobody's, no lock and
no count: what there is afterwards is what the daemon has."""
import random
import threading
import time
import urllib.parse

from lib import ENV, expect, http, run, skip

if not ENV["PROGRAM"]:
    skip("is about quaymaster itself")

from quotas import (API, DAEMON, Instance, archive, create, expect_clean, files_of_quotas, held_by, import_image,  # pylint: disable=wrong-import-position
                    of_tenant, race, refused, remove_all, send, serve_registry)

KILLS, MOST = 32, {"containers": 8, "volumes": 6, "images": 5}
POLICIES = f"""
policies = {{ mixed = {{ extends = "ci"; operations = {{ allow = ["*"]; }}; tenancy = {{ shared = {{ images = ["busybox"]; }}; }};
    container = {{ trust_existing = false; }};
    quota = {{ containers = {MOST["containers"]}; volumes = {MOST["volumes"]}; images = {MOST["images"]}; }}; }}; }};
"""
TENANT = "killed"
chance = random.Random("quaymaster")
registry = serve_registry()
pulled = [f"{registry}/killed/p{number}" for number in range(4)]
for number, repository in enumerate(pulled):
    status, text = send(DAEMON, "/images/create?fromSrc=-&" + urllib.parse.urlencode({"repo": repository, "tag": "1"}),
                        archive(b"pull %d" % number))
    expect(status == 200, f"{status} {text}")
    run("daemon", "push", "-q", repository + ":1")
    run("daemon", "rmi", repository + ":1")
first, second = (Instance(name, POLICIES, {TENANT: "mixed"}) for name in ["first", "second"])


def own(instance, kind):
    """What the tenant is told that it has."""
    status, value = http(instance.socket(TENANT), "GET", f"{API}/{kind}")
    if status != 200:
        raise OSError(f"{kind}: {status} {value}")
    return value


def is_made(tag):
    return tag.startswith("killed/") or "/killed/" in tag


def pull(instance, repository):
    return send(instance.socket(TENANT), "/images/create?" + urllib.parse.urlencode({"fromImage": repository, "tag": "1"}), b"")


def names_of_nobody():
    """Of images that nobody holds, whether they came by a pull or not."""
    return [tag for image in http(DAEMON, "GET", f"{API}/images/json")[1] for tag in image["RepoTags"] or []
            if is_made(tag) and not any(held.startswith("quaymaster.invalid/") for held in image["RepoTags"])]


def work(instance, number, ending):
    """One client: makes and removes what comes to it, until it is told to stop."""
    dice, made = random.Random(f"{number} {chance.random()}"), 0
    socket = instance.socket(TENANT)
    while not ending.is_set():
        made += 1
        name = f"killed-{number}-{made}-{dice.randrange(10**9)}"
        try:
            act = dice.randrange(7)
            if act == 0:
                create(instance, TENANT, name, Mounts=[{"Type": "volume", "Target": "/v"}])
            elif act == 1:
                http(socket, "POST", f"{API}/volumes/create", {"Name": name})
            elif act == 2:
                import_image(instance, TENANT, "killed/" + name, name.encode())
            elif act == 3:
                for container in own(instance, "containers/json?all=1")[:2]:
                    http(socket, "DELETE", f"{API}/containers/{container['Id']}?force=1&v=1")
            elif act == 4:
                for volume in (own(instance, "volumes")["Volumes"] or [])[:2]:
                    http(socket, "DELETE", f"{API}/volumes/{volume['Name']}")
            elif act == 5:
                pull(instance, dice.choice(pulled))
            else:
                for image in own(instance, "images/json")[:2]:
                    for tag in image["RepoTags"] or []:
                        if is_made(tag):
                            http(socket, "DELETE", f"{API}/images/{tag}")
        except (OSError, ValueError, TypeError, KeyError):
            time.sleep(0.01)


def counts():
    return {"containers": len(of_tenant(TENANT)), "volumes": len(of_tenant(TENANT, "volumes?")),
            "images": len(held_by(TENANT))}


began = time.monotonic()
for kill in range(KILLS):
    victim = chance.choice([first, second])
    ending = threading.Event()
    clients = [threading.Thread(target=work, args=(instance, number, ending))
               for number, instance in enumerate([first, first, first, second, second, second])]
    for client in clients:
        client.start()
    time.sleep(chance.uniform(0.02, 0.5))
    victim.kill()
    time.sleep(chance.uniform(0, 0.2))
    ending.set()
    for client in clients:
        client.join()
    victim.start()
    now = counts()
    expect(all(now[kind] <= MOST[kind] for kind in MOST), f"after kill {kill}: {now}")
print(f"{KILLS} kills in {time.monotonic() - began:.1f} s, then {counts()}")

# Each of them is the tenant's, and can be had by it.
for container in http(DAEMON, "GET", f"{API}/containers/json?all=1")[1]:
    if any(name.startswith("/killed-") for name in container["Names"]):
        expect(container["Labels"].get("quaymaster.tenant") == TENANT, f"nobody's: {container}")
for volume in http(DAEMON, "GET", f"{API}/volumes")[1]["Volumes"] or []:
    if volume["Name"].startswith("killed-"):
        expect((volume["Labels"] or {}).get("quaymaster.tenant") == TENANT, f"nobody's: {volume}")
for instance in [first, second]:
    expect({c["Id"] for c in own(instance, "containers/json?all=1")} == {c["Id"] for c in of_tenant(TENANT)}, "containers")
    expect({v["Name"] for v in own(instance, "volumes")["Volumes"] or []} ==
           {v["Name"] for v in of_tenant(TENANT, "volumes?")}, "volumes")
    told = {image["Id"] for image in own(instance, "images/json") if "busybox:latest" not in (image["RepoTags"] or [])}
    expect(told == {image["Id"] for image in held_by(TENANT)}, f"images: {told}")
# What was made is held, by whoever counts next; what was pulled, by the next pull.
refused(import_image(first, TENANT, "killed/x", b"x"), 403) if len(held_by(TENANT)) == MOST["images"] else \
    import_image(first, TENANT, "killed/x", b"x")
unheld = names_of_nobody()
print(f"named and nobody's: {unheld}")
expect(all(tag.startswith(registry) for tag in unheld), f"{unheld}")
for image in own(first, "images/json"):
    for tag in image["RepoTags"] or []:
        if is_made(tag):
            status, value = http(second.socket(TENANT), "DELETE", f"{API}/images/{tag}")
            expect(status == 200, f"{tag}: {status} {value}")
for tag in unheld:
    status, text = pull(second, tag[:-len(":1")])
    expect(status == 200, f"{tag}: {status} {text}")
expect(names_of_nobody() == [], f"{names_of_nobody()}")

# It gets what is left, and no more; and nothing that a dead one had under way is in its way.
there = counts()
began = time.monotonic()
statuses, _ = race(20, lambda n: create([first, second][n % 2], TENANT, f"killed-last-{n}"))
expect(statuses == {201: MOST["containers"] - there["containers"], 403: 20 - MOST["containers"] + there["containers"]} or
       there["containers"] == MOST["containers"], f"{there}: {statuses}")
expect(len(of_tenant(TENANT)) == MOST["containers"], f"{len(of_tenant(TENANT))} containers")
print(f"filled up in {time.monotonic() - began:.1f} s")
while len(held_by(TENANT)) < MOST["images"]:
    status, text = import_image(first, TENANT, f"killed/last-{len(held_by(TENANT))}", str(len(held_by(TENANT))).encode())
    expect(status == 200, f"{status} {text}")
refused(import_image(second, TENANT, "killed/more", b"more"), 403, "may have 5 images, has 5")
for image in own(first, "images/json"):
    for tag in image["RepoTags"] or []:
        if is_made(tag):
            status, value = http(second.socket(TENANT), "DELETE", f"{API}/images/{tag}")
            expect(status == 200, f"{tag}: {status} {value}")
for image in held_by(TENANT):
    status, value = http(first.socket(TENANT), "DELETE", f"{API}/images/{image['Id']}")
    expect(status == 200, f"{image['RepoTags']}: {status} {value}")
expect(held_by(TENANT) == [], "each image that was held can be removed")
remove_all(TENANT)
for volume in of_tenant(TENANT, "volumes?"):
    run("daemon", "volume", "rm", volume["Name"])
expect(len(files_of_quotas()) == 2, f"files are left: {files_of_quotas()}")
expect_clean(first, second)
