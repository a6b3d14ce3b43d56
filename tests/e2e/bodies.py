"""Bodies of container creates, made up from what dockerd reads and from the ways in which two readers of the same
JSON may disagree. Each comes from its number and the seed alone, so that one can be had again."""
import json
import random



class Object(list):
    """A JSON object as pairs, so that a key may be there twice."""


class Raw(str):
    """Text that goes out as it is."""


def text_of(value):
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, Object):
        return "{" + ",".join(f"{text_of(key)}:{text_of(member)}" for key, member in value) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(text_of, value)) + "]"
    return json.dumps(value, ensure_ascii=True)


WORDS = ["", "a", "web", "host", "none", "private", "shareable", "default", "bridge", "container:peer", "container:gone",
         "runc", "unconfined", "0", "/", "/etc", "/tmp", "data", "true", "\u017f", "x\u0000y", "\ufffd", " host", "HOST"]
NUMBERS = [0, 1, -1, 2, 64, 1024, 8388608, 67108864, 10 ** 9, 2 ** 31, 2 ** 63 - 1, -2 ** 63]

# Property: how to make a value. A list is one of several; a callable makes one.
CONTAINER = {
    "Hostname": WORDS, "Domainname": WORDS, "User": ["", "0", "nobody", "1:1", "root"], "Tty": [True, False],
    "OpenStdin": [True, False], "StdinOnce": [True, False], "AttachStdout": [True, False],
    "Env": [[], ["A=b"], ["A=b", "A=c"], ["A"]], "Cmd": [["true"], ["sh", "-c", "true"], "true", []],
    "Entrypoint": [[], ["sh"], None, ""], "Image": ["busybox", "busybox:latest", "docker.io/library/busybox"],
    "WorkingDir": ["", "/", "/tmp", "/x/../y"], "Labels": [{}, {"a": "b"}, {"A": "1", "a": "2"}, {"": ""}],
    "Volumes": [{}, {"/v": {}}, {"/v": {}, "/w": {}}], "ExposedPorts": [{}, {"80/tcp": {}}, {"53/udp": {}}],
    "StopSignal": ["", "TERM", "9"], "StopTimeout": [None, 0, 5, -1], "NetworkDisabled": [True, False],
    "Shell": [["/bin/sh", "-c"], None], "OnBuild": [None, []], "ArgsEscaped": [False],
    "Healthcheck": [{"Test": ["CMD", "true"], "Interval": 10 ** 9}, {"Test": ["NONE"]}, None],
}
HOST = {
    "Privileged": [True, False, False], "Binds": [[], ["/etc:/x:ro"], ["data:/v"], ["/tmp/../etc:/x"], ["data:/v:nocopy"]],
    "NetworkMode": WORDS, "PidMode": WORDS, "IpcMode": WORDS, "UTSMode": ["", "host"], "UsernsMode": ["", "host"],
    "CgroupnsMode": ["", "private", "host"], "CapAdd": [[], ["CHOWN"], ["SYS_ADMIN"], ["cap_net_raw"], ["ALL"], None, "CHOWN"],
    "CapDrop": [[], ["ALL"], ["CHOWN"]], "Memory": NUMBERS, "MemorySwap": NUMBERS, "MemoryReservation": NUMBERS,
    "NanoCpus": NUMBERS, "CpuShares": NUMBERS, "CpuQuota": NUMBERS, "CpuPeriod": [0, 1000, 100000], "CpusetCpus": ["", "0", "0-1"],
    "PidsLimit": [None, 0, -1, 10], "OomKillDisable": [None, True, False], "OomScoreAdj": [0, 10, -500, 1000],
    "ShmSize": [0, 1048576, 67108864], "ReadonlyRootfs": [True, False], "Init": [None, True, False],
    "AutoRemove": [False], "RestartPolicy": [{"Name": ""}, {"Name": "no"}, {"Name": "always"},
                                             {"Name": "on-failure", "MaximumRetryCount": 3}],
    "SecurityOpt": [[], ["no-new-privileges"], ["label=disable"], ["apparmor=unconfined"], ["seccomp=unconfined"],
                    ["no-new-privileges:false"], ["systempaths=unconfined"]],
    "MaskedPaths": [None, [], ["/proc/kcore"]], "ReadonlyPaths": [None, [], ["/proc/sys"]],
    "Sysctls": [{}, {"net.ipv4.ip_forward": "1"}, {"kernel.shmmax": "1"}],
    "Devices": [[], [{"PathOnHost": "/dev/null", "PathInContainer": "/dev/x", "CgroupPermissions": "rwm"}]],
    "DeviceCgroupRules": [[], ["c 1:3 mr"], None], "DeviceRequests": [[], None], "Dns": [[], ["10.0.0.1"]],
    "ExtraHosts": [[], ["a:10.0.0.1"]], "GroupAdd": [[], ["1"]], "Links": [[], None], "VolumesFrom": [[], ["peer"], ["peer:ro"], None],
    "Tmpfs": [{}, {"/t": "size=1m"}], "Ulimits": [[], [{"Name": "nofile", "Soft": 10, "Hard": 20}]],
    "PortBindings": [{}, {"80/tcp": [{"HostIp": "", "HostPort": "0"}]}], "PublishAllPorts": [True, False],
    "LogConfig": [{"Type": "", "Config": {}}, {"Type": "json-file", "Config": {"max-size": "1m"}}, {"Type": "none"}],
    "CgroupParent": ["", "/x"], "Runtime": ["", "runc", "evil"], "VolumeDriver": ["", "local"],
    "Mounts": [[], [{"Type": "tmpfs", "Target": "/t"}], [{"Type": "volume", "Source": "data", "Target": "/v"}],
               [{"Type": "bind", "Source": "/etc", "Target": "/x", "ReadOnly": True}], [{"Type": "volume", "Target": "/v"}]],
    "ConsoleSize": [[0, 0], [24, 80]], "Isolation": ["", "default"], "ContainerIDFile": ["", "x"], "StorageOpt": [{}, None],
    "BlkioWeight": [0, 500], "KernelMemory": [0], "KernelMemoryTCP": [0], "MemorySwappiness": [None, -1, 0, 60],
}
# A null among Ulimits makes dockerd 20.10 hold a container's lock for ever: nothing that it may be sent itself.
OFF_TYPES = [None, True, 0, 1.5, "x", [], {}, [None], {"a": None}, "true", -0.0]


def properties(random_, table, most):
    names = random_.sample(sorted(table), random_.randint(0, most))
    return Object((name, random_.choice(table[name])) for name in names)


def other_spelling(random_, name):
    """A name that Go's encoding/json takes for the same one, or nearly so."""
    ways = [name.lower(), name.upper(), name.swapcase(), name.replace("s", "\u017f").replace("k", "\u212a"),
            name.replace("S", "\u017f").replace("K", "\u212a"), name.replace("i", "\u0131"), name + " ", name + "\u0000"]
    return random_.choice(ways)


def in_another_spelling(random_, target):
    if target:
        at = random_.randrange(len(target))
        target[at] = (other_spelling(random_, target[at][0]), target[at][1])


def off_type(random_, name):
    value = random_.choice(OFF_TYPES)
    return 0 if value == [None] and name.lower().startswith("ulim") else value


def twice(random_, target):
    if target:
        key, value = random_.choice(target)
        again = random_.choice([value, None, off_type(random_, key), {}, []])
        target.insert(random_.randint(0, len(target)), (random_.choice([key, other_spelling(random_, key)]), again))


def of_another_type(random_, target):
    if target:
        at = random_.randrange(len(target))
        target[at] = (target[at][0], off_type(random_, target[at][0]))


def unknown(random_, target):
    target.append((random_.choice(["Foo", "Resources", "privileged ", "HostConfig.Privileged", "__proto__", ""]), True))


def of_the_host_at_the_top(random_, target):
    name = random_.choice(sorted(HOST))
    target.append((name, random_.choice(HOST[name])))


def odd_number(random_, target):
    name = random_.choice(["Memory", "NanoCpus", "PidsLimit", "OomScoreAdj"])
    target.append((name, Raw(random_.choice(["1e3", "1.0", "-0", "01", "9223372036854775808", "1E400", "+1", "0x10"]))))


def odd_text(random_, target):
    target.append(("Hostname", Raw(random_.choice(['"\\ud800"', '"\\u0000"', '"a\\/b"', '"\\x41"', '"\t"', "'a'", '"\\ud83d\\ude00"']))))


CHANGES = [in_another_spelling, twice, of_another_type, unknown, of_the_host_at_the_top, odd_number, odd_text]


def body(seed, number):
    """(bytes of the body, minor of the API version to send it to, whether a client would have written it so)."""
    random_ = random.Random(f"{seed}/{number}")
    top, host = properties(random_, CONTAINER, 6), properties(random_, HOST, 5)
    top = Object(pair for pair in top if pair[0] not in ("Image", "Cmd"))
    top[:0] = [("Image", random_.choice(CONTAINER["Image"])), ("Cmd", ["true"])]
    changes = random_.choice([0, 0, 1, 1, 2])
    for _ in range(changes):
        random_.choice(CHANGES)(random_, random_.choice([top, host]))
    top.insert(random_.randint(0, len(top)), ("HostConfig", host)) if random_.random() < 0.95 else None
    text, ending = text_of(top), random_.random() < 0.05
    if ending:
        text += random_.choice(["{}", "}", " ", "\n", "x", '{"HostConfig":{"Privileged":true}}'])
    return text.encode(), random_.choice([24, 25, 30, 35, 39, 40, 41]), changes == 0 and not ending
