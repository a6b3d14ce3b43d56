#!/usr/bin/python3
"""Whatever a quota is of, a race of two quaymasters on one daemon leaves as much as there may be, and no more."""
import subprocess
import time

from lib import ENV, expect, http, run, skip

if not ENV["PROGRAM"]:
    skip("is about quaymaster itself")

from quotas import (API, Instance, create, expect_clean, files_of_quotas, held_by, import_image, of_tenant, race,  # pylint: disable=wrong-import-position
                    refused, remove_all, send)

MEGABYTE = 1 << 20
LIMITS = {"running": "running = 3", "memory": 'memory = "100M"', "ports": "ports = 4", "volumes": "volumes = 5",
          "networks": "networks = 3", "images": "images = 4"}
POLICIES = """
policies = {
    open = { extends = "ci"; operations = { allow = ["*"]; }; tenancy = { shared = { images = ["busybox"]; }; };
        container = { trust_existing = false; limits = { memory = "1G"; }; }; };
""" + "".join(f'{name} = {{ extends = "open"; quota = {{ {limit}; }}; }};\n' for name, limit in LIMITS.items()) + "};\n"

instances = [Instance(name, POLICIES, {name: name for name in LIMITS}) for name in ["first", "second"]]


def side(number):
    return instances[number % 2]


def exact(kind, most, counts, found, allowed, began):
    print(f"{kind}: {dict(counts)} in {time.monotonic() - began:.1f} s, {found} there")
    expect(found == most, f"{kind}: {found} instead of {most}: {counts}")
    expect(counts[allowed] == most, f"{kind}: {counts}")
    expect(set(counts) <= {allowed, 403, 429}, f"{kind}: {counts}")


# What runs.
made = [create(side(number), "running")[1]["Id"] for number in range(12)]
began = time.monotonic()
counts, _ = race(12, lambda n: http(side(n).socket("running"), "POST", f"{API}/containers/{made[n]}/start"))
running = [container for container in of_tenant("running") if container["State"] == "running"]
exact("running", 3, counts, len(running), 204, began)

# Sums.
began = time.monotonic()
counts, _ = race(60, lambda n: create(side(n), "memory", Memory=10 * MEGABYTE))
exact("memory", 10, counts, len(of_tenant("memory")), 201, began)
began = time.monotonic()
ports = {f"{port}/tcp": [{"HostIp": "127.0.0.1", "HostPort": ""}] for port in [80, 81]}
counts, _ = race(30, lambda n: create(side(n), "ports", NetworkMode="bridge", PortBindings=ports))
exact("ports", 2, counts, len(of_tenant("ports")), 201, began)

# Volumes, by themselves and with containers; networks.
began = time.monotonic()
counts, _ = race(60, lambda n: http(side(n).socket("volumes"), "POST", f"{API}/volumes/create", {"Name": f"quota-v{n}"}))
exact("volumes", 5, counts, len(of_tenant("volumes", "volumes?")), 201, began)
for volume in of_tenant("volumes", "volumes?"):
    run("daemon", "volume", "rm", volume["Name"])
began = time.monotonic()
counts, _ = race(20, lambda n: create(side(n), "volumes", Mounts=[{"Type": "volume", "Target": "/v"}]))
exact("volumes of containers", 5, counts, len(of_tenant("volumes", "volumes?")), 201, began)
began = time.monotonic()
counts, _ = race(20, lambda n: http(side(n).socket("networks"), "POST", f"{API}/networks/create", {"Name": f"quota-n{n}"}))
exact("networks", 3, counts, len(of_tenant("networks", "networks?")), 201, began)

# Images: as many as a race lets in at once; then it is full.
began = time.monotonic()
counts, answers = race(30, lambda n: import_image(side(n), "images", f"quota/i{n}", b"%d" % n))
exact("images", 4, counts, len(held_by("images")), 200, began)
images = instances[0].socket("images")
refused(import_image(instances[1], "images", "quota/more", b"more"), 403,
        "the tenant 'images' may have 4 images, has 4 and asks for 1 more", "quota.images); remove some first")
one = next(tag for image in held_by("images") for tag in image["RepoTags"] if tag.startswith("quota/"))
expect(http(images, "POST", f"{API}/images/{one}/tag?repo=quota/again&tag=1")[0] == 201, "another name of one of them")
refused(http(images, "POST", f"{API}/images/busybox/tag?repo=quota/busybox&tag=1"), 403, "may have 4 images, has 4")
expect(len(held_by("images")) == 4, "still four")

# A load asks for as many as its archive has.
saved = [tag for image in held_by("images") for tag in image["RepoTags"] if tag.startswith("quota/i") and tag != one][:3]
tar = subprocess.run([ENV["DOCKER"], "-H", "unix://" + ENV["DAEMON_SOCKET"], "save", *saved], check=True,
                     capture_output=True).stdout
for tag in saved:
    status, value = http(images, "DELETE", f"{API}/images/{tag}")
    expect(status == 200, f"{status} {value}")
left = len(held_by("images"))
print(f"{left} images are left")
for number in range(left, 2):
    expect(import_image(instances[0], "images", f"quota/j{number}", b"j%d" % number)[0] == 200, "one more")
before = len(held_by("images"))
refused(send(images, "/images/load", tar), 403, f"may have 4 images, has {before} and asks for 3 more")
expect(len(held_by("images")) == before, "nothing of it is held")
names = [tag for image in held_by("images") for tag in image["RepoTags"] if tag.startswith("quota/")]
while len(held_by("images")) > 1:
    name = names.pop()
    status, value = http(images, "DELETE", f"{API}/images/{name}")
    expect(status == 200, f"{name}: {status} {value}")
status, text = send(instances[1].socket("images"), "/images/load", tar)
expect(status == 200, f"{status} {text}")
expect(len(held_by("images")) == 4, f"{[image['RepoTags'] for image in held_by('images')]}")

for tenant in LIMITS:
    remove_all(tenant)
for network in of_tenant("networks", "networks?"):
    run("daemon", "network", "rm", network["Id"])
for image in held_by("images"):
    run("daemon", "rmi", "-f", *image["RepoTags"])
expect(len(files_of_quotas()) == 2, f"files are left: {files_of_quotas()}")
expect_clean(*instances)
