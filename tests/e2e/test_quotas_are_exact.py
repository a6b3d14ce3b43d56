#!/usr/bin/python3
"""A tenant never has more than its quota, and gets all of it: under a race, of two instances on one daemon, and when one of
them is killed in the middle."""
import json
import time

from lib import ENV, connect, expect, http, run, skip

if not ENV["PROGRAM"]:
    skip("is about quaymaster itself")

from quotas import Instance, create, expect_clean, files_of_quotas, of_tenant, race, refused, remove_all  # pylint: disable=wrong-import-position

MOST, RACERS = 10, 200
TENANTS = {"race": "counted", "pair": "counted", "kill": "counted", "sums": "sums", "fast": "fast", "open": "counted"}

POLICIES = f"""
policies = {{
    counted = {{ extends = "ci"; operations = {{ allow = ["*"]; }}; tenancy = {{ shared = {{ images = ["busybox"]; }}; }};
        container = {{ trust_existing = false; }};
        quota = {{ containers = {MOST}; }}; }};
    sums = {{ extends = "counted"; container = {{ limits = {{ memory = "1G"; cpus = 2.0; pids = 100; }}; }};
        quota = {{ containers = 100; running = 1; memory = "256M"; cpus = 1.5; pids = 100; ports = 2; volumes = 2;
                   execs = 2; streams = 1; }}; }};
    fast = {{ extends = "counted"; quota = {{ requests = {{ per_second = 1; burst = 5; }}; connections = 2; }}; }};
}};
"""


def race_to_create(instances, tenant, count=RACERS, during=lambda: None):
    return race(count, lambda number: create(instances[number % len(instances)], tenant), during)


def expect_exactly(tenant, answers, refused=True):
    found = len(of_tenant(tenant))
    expect(found == MOST, f"{tenant}: {found} containers, and {answers}")
    if refused:
        expect(answers == {201: MOST, 403: RACERS - MOST}, f"{tenant}: {answers}")


first, second = (Instance(name, POLICIES, TENANTS) for name in ["first", "second"])

began = time.monotonic()
counts, answers = race_to_create([first], "race")
expect_exactly("race", counts)
print(f"one instance, {RACERS} creates: {counts} in {time.monotonic() - began:.1f} s")
message = next(value["message"] for status, value in answers if status == 403)
print(message)
expect(f"quota: the tenant 'race' may have {MOST} containers, has {MOST} and asks for 1 more" in message, message)
expect("quota.containers); remove some first" in message, message)

# What has gone counts no more, and what others have never did.
run("daemon", "rm", of_tenant("race")[0]["Id"])
expect(create(second, "race")[0] == 201, "a place came free")
refused(create(first, "race"), 403, "may have 10 containers")

began = time.monotonic()
counts, _ = race_to_create([first, second], "pair")
expect_exactly("pair", counts)
print(f"two instances, {RACERS} creates: {counts} in {time.monotonic() - began:.1f} s")

# Nobody gets more by hanging up.
remove_all("race")


def create_and_leave(number):
    body = json.dumps({"Image": "busybox", "Cmd": ["sleep", "100"], "HostConfig": {"NetworkMode": "none"}})
    with connect([first, second][number % 2].socket("race")) as connection:
        connection.sendall(f"POST /v1.41/containers/create HTTP/1.1\r\nHost: docker\r\nContent-Type: application/json\r\n"
                           f"Content-Length: {len(body)}\r\n\r\n{body}".encode())
        time.sleep(number % 10 / 200)
    return 0, ""


race(RACERS, create_and_leave)
left = len(of_tenant("race"))
expect(left <= MOST, f"{left} containers of clients that have left")
counts, _ = race_to_create([first, second], "race", 40)
expect_exactly("race", counts, refused=False)
print(f"{RACERS} clients that leave: {left} there, and then {counts}")

for delay in [0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.06, 0.1]:
    remove_all("kill")

    def killer():
        time.sleep(delay)
        first.kill()

    began = time.monotonic()
    counts, answers = race_to_create([first, second], "kill", during=killer)
    print(f"killed after {delay} s: {dict(counts)} in {time.monotonic() - began:.1f} s, {len(of_tenant('kill'))} there")
    first.start()
    # Both together fill it up, and no more.
    counts, _ = race_to_create([first, second], "kill", 40)
    expect_exactly("kill", counts, refused=False)

# Sums, and what runs.
MEGABYTE = 1 << 20
answer = create(first, "sums", Memory=200 * MEGABYTE, NanoCpus=1000000000, PidsLimit=50)
expect(answer[0] == 201, f"{answer}")
one = answer[1]["Id"]
refused(create(first, "sums", Memory=100 * MEGABYTE, NanoCpus=100000000, PidsLimit=10), 403,
        "may have 256M of memory in its containers, has 200M and asks for 100M more")
refused(create(second, "sums", Memory=10 * MEGABYTE, NanoCpus=600000000, PidsLimit=10), 403,
        "may have 1.500 CPUs in its containers, has 1 and asks for 0.600 more")
refused(create(second, "sums", Memory=10 * MEGABYTE, NanoCpus=100000000, PidsLimit=60), 403,
        "100 processes in its containers, has 50 and asks for 60 more")
answer = create(first, "sums", Memory=10 * MEGABYTE, NanoCpus=100000000, PidsLimit=10)
expect(answer[0] == 201, f"{answer}")
two = answer[1]["Id"]
sums = first.socket("sums")
refused(http(sums, "POST", f"/v1.41/containers/{one}/update", {"Memory": 210 * MEGABYTE}), 403,
        "an update gives a container no more memory than it was made with")
status, value = http(sums, "POST", f"/v1.41/containers/{one}/update", {"Memory": 190 * MEGABYTE, "MemorySwap": 200 * MEGABYTE})
expect(status == 200 or "quota" not in str(value), f"{status} {value}")
expect(http(sums, "POST", f"/v1.41/containers/{one}/start")[0] == 204, "starts")
refused(http(second.socket("sums"), "POST", f"/v1.41/containers/{two}/start"), 403,
        "may have 1 running containers, has 1 and asks for 1 more")
expect(http(sums, "POST", f"/v1.41/containers/{one}/restart?t=0")[0] == 204, "what runs may be restarted")
for _ in range(2):
    status, value = http(sums, "POST", f"/v1.41/containers/{one}/exec", {"Cmd": ["true"]})
    expect(status == 201, f"{status} {value}")
refused(http(sums, "POST", f"/v1.41/containers/{one}/exec", {"Cmd": ["true"]}), 403, "may have 2 execs")
for name in ["a", "b"]:
    expect(http(sums, "POST", "/v1.41/volumes/create", {"Name": "quota-" + name})[0] == 201, "volume")
refused(http(sums, "POST", "/v1.41/volumes/create", {"Name": "quota-c"}), 403, "may have 2 volumes, has 2")
http(sums, "POST", f"/v1.41/containers/{one}/kill")

# How fast, and how many at a time.
statuses = [http(first.socket("fast"), "GET", "/v1.41/_ping")[0] for _ in range(8)]
expect(statuses[:5] == [200] * 5 and statuses[5] == 429, f"{statuses}")
refused(http(first.socket("fast"), "GET", "/v1.41/version"), 429, "may make 1 requests a second, 5 at once")

for tenant in TENANTS:
    remove_all(tenant)
for name in ["a", "b"]:
    run("daemon", "volume", "rm", "quota-" + name)
expect(len(files_of_quotas()) == 2, f"files are left: {files_of_quotas()}")
expect_clean(first, second)
