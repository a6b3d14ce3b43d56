#!/usr/bin/python3
"""Made-up bodies of creates (bodies.py), each sent to the daemon and through quaymaster. Under `admin` the daemon must
come to hold the same, unless quaymaster refused; under `ci` it may never hold what that policy forbids.
DIFFERENTIAL_CASES and DIFFERENTIAL_SEED choose how many, and which; `make fuzz-differential` runs 10,000."""
import os
import re
import sys

sys.path.insert(0, os.environ["E2E"])
from bodies import body  # noqa: E402
from lib import ENV, expect, fail, http  # noqa: E402

CASES = int(ENV.get("DIFFERENTIAL_CASES", "200"))
SEED = ENV.get("DIFFERENTIAL_SEED", "quaymaster")
NAME = "differential"
DAEMON, ADMIN, CI = ENV["DAEMON_SOCKET"], ENV["ADMIN_SOCKET"], ENV["CI_SOCKET"]

# What differs between any two containers.
OWN = {"Id", "Created", "Name", "ResolvConfPath", "HostnamePath", "HostsPath", "LogPath", "GraphDriver", "State",
       "NetworkSettings", "ProcessLabel", "MountLabel"}
SAFE_CAPABILITIES = {"AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE",
                     "NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"}


def create(socket, data, minor):
    """(status, answer, what the daemon holds afterwards or None); leaves nothing."""
    status, answer = http(socket, "POST", f"/v1.{minor}/containers/create?name={NAME}", data)
    if status != 201:
        return status, answer, None
    _, held = http(DAEMON, "GET", f"/containers/{answer['Id']}/json")
    removed, why = http(DAEMON, "DELETE", f"/containers/{answer['Id']}?v=1&force=1")
    expect(removed == 204, f"{data!r}: the container cannot be removed: {removed} {why}")
    return status, answer, held


def essence(held, data):
    """What the request decides of a container. One without a HostConfig is sent on with an empty one, lest an engine
    up to 26 looks for its properties elsewhere; dockerd then takes two defaults from another place."""
    if b"hostconfig" not in data.lower():
        held["HostConfig"].pop("IpcMode", None)
        for name, value in held["HostConfig"].items():  # what is empty is left out
            held["HostConfig"][name] = None if value in ([], {}) else value
        held["HostConfig"].pop("Runtime", None)
    held["HostConfig"]["ContainerIDFile"] = ""  # the docker command's own, which nobody reads; not sent on
    short = held["Id"][:12]
    kept = {key: value for key, value in held.items() if key not in OWN}
    if kept["Config"]["Hostname"] == short:
        kept["Config"]["Hostname"] = "(its id)"
    anonymous = re.compile("^[0-9a-f]{64}$")
    for mount in kept["Mounts"]:
        if anonymous.match(mount.get("Name", "")):
            mount["Name"] = mount["Source"] = "(anonymous)"
    kept["Mounts"].sort(key=lambda mount: mount["Destination"])
    return kept


def differences(one, other, path=""):
    """Where two values differ: ["HostConfig.Memory: 1, 2"]."""
    if isinstance(one, dict) and isinstance(other, dict):
        return [line for key in sorted(one.keys() | other.keys())
                for line in differences(one.get(key), other.get(key), f"{path}.{key}")]
    return [] if one == other else [f"{path}: {one!r}, {other!r}"]


def forbidden(held):
    """What of a container `ci` must have kept from it."""
    host = held["HostConfig"]
    capabilities = {name.upper().removeprefix("CAP_") for name in host["CapAdd"] or []}
    options = [option for option in host["SecurityOpt"] or []
               if not option.startswith("no-new-privileges") or "false" in option]
    checks = {
        "Privileged": host["Privileged"], "CapAdd": capabilities - SAFE_CAPABILITIES, "Devices": host["Devices"],
        "DeviceCgroupRules": host["DeviceCgroupRules"], "SecurityOpt": options, "CgroupParent": host["CgroupParent"],
        "modes": "host" in [host[mode] for mode in ("NetworkMode", "PidMode", "IpcMode", "UTSMode", "UsernsMode",
                                                    "CgroupnsMode")],
        "binds": [mount for mount in held["Mounts"] if mount["Type"] == "bind"],
        "masks": "/proc/kcore" not in (host["MaskedPaths"] or []) or "/proc/sys" not in (host["ReadonlyPaths"] or []),
        "Sysctls": [name for name in host.get("Sysctls") or {} if not name.startswith("net.")],
        "Runtime": host["Runtime"] not in ("runc", "io.containerd.runc.v2"), "OomScoreAdj": host["OomScoreAdj"] < 0,
        "log": host["LogConfig"]["Type"] not in ("json-file", "local", "none"),
    }
    return {name: found for name, found in checks.items() if found}


def compare(number, counts):
    data, minor, plain = body(SEED, number)
    what = f"case {number} of seed {SEED}, API 1.{minor}: {data!r}"
    status, answer, held = create(DAEMON, data, minor)
    through_status, through_answer, through = create(ADMIN, data, minor)
    if through is not None:
        expect(held is not None, f"{what}: only quaymaster made a container; the daemon says {answer}")
        unlike = differences(essence(held, data), essence(through, data))
        expect(not unlike, f"{what}: {unlike}")
        counts["equal"] += 1
    elif held is None:
        counts["refused by both"] += 1
    else:
        expect(400 <= through_status < 500, f"{what}: {through_status} {through_answer}")
        # Of what clients write, only NULs and what their API version does not have.
        expect(not plain or re.search("NUL character|needs API version", str(through_answer)), f"{what}: {through_answer}")
        counts["refused by quaymaster alone"] += 1
    _, _, under_ci = create(CI, data, minor)
    if under_ci is not None:
        expect(not forbidden(under_ci), f"{what}: under ci: {forbidden(under_ci)}")
        counts["allowed by ci"] += 1


def main():
    if ENV["ADMIN_SOCKET"] == DAEMON:
        print("is about quaymaster itself")
        sys.exit(77)
    status, peer = http(DAEMON, "POST", "/containers/create?name=peer", {"Image": "busybox", "Cmd": ["true"], "Volumes": {"/p": {}}})
    expect(status == 201, peer)
    counts = dict.fromkeys(["equal", "refused by both", "refused by quaymaster alone", "allowed by ci"], 0)
    for number in range(CASES):
        compare(number, counts)
        if number % 500 == 499:
            print(number + 1, counts, flush=True)
    print(CASES, "cases:", counts)
    # A comparison that compares nothing would pass.
    if counts["equal"] < CASES // 5 or counts["allowed by ci"] < CASES // 20:
        fail(f"too few containers were made: {counts}")


main()
