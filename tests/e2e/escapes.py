"""Ways out of a container, and around whoever judges requests: each is a raw request that dockerd would take in
some version or configuration, and that policy `ci` must stop.

`attempts()` yields (name, bytes). The targets they name are made by test_escapes_are_stopped.py straight at the
daemon, as if someone with the right to had made them before:

    esc-plain       a plain container, running
    esc-privileged  --privileged, only created
    esc-socket      has the daemon's socket, running
    esc-bind        has the host's /, running
    esc-hostnet, esc-hostpid, esc-hostipc, esc-hostuts, esc-capable: as they say, running
    esc-disguise    a volume of driver local whose options make it a bind of /etc
"""
import json

HOST = ["Host: docker"]
JSON = ["Content-Type: application/json"]
FORM = ["Content-Type: application/x-www-form-urlencoded"]
TAR = ["Content-Type: application/x-tar"]
DANGEROUS_CONTAINERS = ["esc-privileged", "esc-socket", "esc-bind", "esc-hostnet", "esc-hostpid", "esc-hostipc",
                        "esc-hostuts", "esc-capable"]


def request(method, target, body=b"", headers=(), version="HTTP/1.1", length=True):
    if not isinstance(body, bytes):
        body = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    lines = [f"{method} {target} {version}", *HOST, "Connection: close", *headers]
    if length and (body or method in ("POST", "PUT")):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def create(body, target="/v1.41/containers/create", headers=JSON):
    return request("POST", target, body, headers)


def container(host_config=None, **top):
    return {"Image": "busybox", "Cmd": ["true"], "HostConfig": host_config or {}, **top}


PRIVILEGED = json.dumps(container({"Privileged": True}))

# --- What a new container may not be --------------------------------------------------------------------

HOST_CONFIGS = {
    "privileged": {"Privileged": True},
    "bind of the root": {"Binds": ["/:/host"]},
    "bind, read-only": {"Binds": ["/etc:/host:ro"]},
    "bind of the daemon's socket": {"Binds": ["/var/run/docker.sock:/var/run/docker.sock"]},
    "bind with dots": {"Binds": ["/tmp/../:/host"]},
    "bind, propagating": {"Binds": ["/:/host:rshared"]},
    "bind of a directory that is not there": {"Binds": ["/escaped-new:/host"]},
    "bind behind a volume": {"Binds": ["esc-safe:/v", "/:/host"]},
    "bind mount": {"Mounts": [{"Type": "bind", "Source": "/", "Target": "/host"}]},
    "bind mount, read-only": {"Mounts": [{"Type": "bind", "Source": "/etc", "Target": "/host", "ReadOnly": True}]},
    "bind mount, propagating": {"Mounts": [{"Type": "bind", "Source": "/", "Target": "/host",
                                            "BindOptions": {"Propagation": "rshared"}}]},
    "bind mount that creates": {"Mounts": [{"Type": "bind", "Source": "/escaped-new", "Target": "/host",
                                            "BindOptions": {"CreateMountpoint": True}}]},
    "named pipe": {"Mounts": [{"Type": "npipe", "Source": "/", "Target": "/host"}]},
    "mount of no type": {"Mounts": [{"Source": "/", "Target": "/host"}]},
    "mount of an unknown type": {"Mounts": [{"Type": "BIND", "Source": "/", "Target": "/host"}]},
    "image mount of anything": {"Mounts": [{"Type": "cluster", "Source": "esc", "Target": "/host"}]},
    "volume that is a bind": {"Mounts": [{"Type": "volume", "Source": "esc-new", "Target": "/host", "VolumeOptions": {
        "DriverConfig": {"Name": "local", "Options": {"type": "none", "o": "bind", "device": "/"}}}}]},
    "volume that is a block device": {"Mounts": [{"Type": "volume", "Target": "/host", "VolumeOptions": {
        "DriverConfig": {"Options": {"type": "ext4", "device": "/dev/vda"}}}}]},
    "volume on a server": {"Mounts": [{"Type": "volume", "Target": "/host", "VolumeOptions": {
        "DriverConfig": {"Options": {"type": "nfs", "o": "addr=127.0.0.1", "device": ":/"}}}}]},
    "volume of another driver": {"Mounts": [{"Type": "volume", "Target": "/host", "VolumeOptions": {
        "DriverConfig": {"Name": "vieux/sshfs"}}}]},
    "existing disguised volume": {"Binds": ["esc-disguise:/host"]},
    "existing disguised volume as mount": {"Mounts": [{"Type": "volume", "Source": "esc-disguise", "Target": "/h"}]},
    "volume driver": {"Binds": ["esc-other:/host"], "VolumeDriver": "vieux/sshfs"},
    "volumes of a container with a bind": {"VolumesFrom": ["esc-bind"]},
    "volumes of one with the socket": {"VolumesFrom": ["esc-socket:ro"]},
    "host network": {"NetworkMode": "host"},
    "host pid": {"PidMode": "host"},
    "host ipc": {"IpcMode": "host"},
    "host uts": {"UTSMode": "host"},
    "host users": {"UsernsMode": "host"},
    "host cgroups": {"CgroupnsMode": "host"},
    "network of one on the host's": {"NetworkMode": "container:esc-hostnet"},
    "pids of one on the host's": {"PidMode": "container:esc-hostpid"},
    "ipc of one on the host's": {"IpcMode": "container:esc-hostipc"},
    "network of nobody yet": {"NetworkMode": "container:esc-later"},
    "cgroup of another": {"Cgroup": "container:esc-plain"},
    "all capabilities": {"CapAdd": ["ALL"]},
    "all capabilities, small": {"CapAdd": ["all"]},
    "one capability": {"CapAdd": ["SYS_ADMIN"]},
    "one capability, long name": {"CapAdd": ["CAP_SYS_MODULE"]},
    "one capability, small": {"CapAdd": ["cap_sys_ptrace"]},
    "one capability among others": {"CapAdd": ["CHOWN", "DAC_READ_SEARCH"]},
    "capability as a string": {"CapAdd": "ALL"},
    "capabilities of engine 19.03": {"Capabilities": ["CAP_SYS_ADMIN"]},
    "disk": {"Devices": [{"PathOnHost": "/dev/vda", "PathInContainer": "/dev/d", "CgroupPermissions": "rwm"}]},
    "all devices": {"Devices": [{"PathOnHost": "/dev", "PathInContainer": "/dev/host"}]},
    "device with dots": {"Devices": [{"PathOnHost": "/dev/../dev/mem"}]},
    "device rule": {"DeviceCgroupRules": ["a *:* rwm"]},
    "device rule for one": {"DeviceCgroupRules": ["b 254:0 rw"]},
    "gpu": {"DeviceRequests": [{"Driver": "nvidia", "Count": -1, "Capabilities": [["gpu"]]}]},
    "cdi device": {"DeviceRequests": [{"Driver": "cdi", "DeviceIDs": ["vendor.com/class=any"]}]},
    "no seccomp": {"SecurityOpt": ["seccomp=unconfined"]},
    "no seccomp, colon": {"SecurityOpt": ["seccomp:unconfined"]},
    "own seccomp": {"SecurityOpt": ['seccomp={"defaultAction":"SCMP_ACT_ALLOW"}']},
    "no apparmor": {"SecurityOpt": ["apparmor=unconfined"]},
    "no labels": {"SecurityOpt": ["label=disable"]},
    "no labels, colon": {"SecurityOpt": ["label:disable"]},
    "no labels, bare": {"SecurityOpt": ["disable"]},
    "another label": {"SecurityOpt": ["label=type:spc_t"]},
    "new privileges": {"SecurityOpt": ["no-new-privileges=false"]},
    "writable cgroups": {"SecurityOpt": ["writable-cgroups=true"]},
    "unmasked paths": {"MaskedPaths": []},
    "writable proc": {"ReadonlyPaths": []},
    "kernel setting": {"Sysctls": {"kernel.core_pattern": "|/escape"}},
    "kernel setting behind a good one": {"Sysctls": {"net.core.somaxconn": "5", "kernel.shm_rmid_forced": "1"}},
    "another runtime": {"Runtime": "io.containerd.kata.v2"},
    "runtime by path": {"Runtime": "/bin/sh"},
    "cgroup parent": {"CgroupParent": "/../../escape"},
    "cgroup parent, plain": {"CgroupParent": "/system.slice"},
    "log driver": {"LogConfig": {"Type": "syslog", "Config": {"syslog-address": "unix:///var/run/docker.sock"}}},
    "log driver with a host file": {"LogConfig": {"Type": "splunk", "Config": {"splunk-capath": "/etc/shadow"}}},
    "annotation": {"Annotations": {"run.oci.hooks.stdout": "/x"}},
    "realtime": {"CpuRealtimeRuntime": 950000},
    "block device weight": {"BlkioWeightDevice": [{"Path": "/dev/vda", "Weight": 10}]},
    "unkillable": {"OomScoreAdj": -1000},
    "unknown property": {"FutureEscape": True},
}

# Spellings of one property that dockerd takes for the same.
SPELLINGS = [
    '"privileged":true', '"PRIVILEGED":true', '"pRiViLeGeD":true', '"\\u0050rivileged":true',
    '"bind\u017f":["/:/h"]', '"Bind\\u017f":["/:/h"]', '"BINDS":["/:/h"]', '"binds":["\\u002f:/h"]',
    '"Networ\u212aMode":"host"', '"Networ\\u212aMode":"host"', '"networkmode":"ho\\u0073t"',
    '"\u017fecurityOpt":["seccomp=unconfined"]', '"Ma\u017f\u212aedPaths":[]', '"u\u017fern\u017fMode":"host"',
    '"Device\u017f":[{"PathOnHo\u017ft":"/dev/mem"}]', '"devices":[{"pathonhost":"/dev/mem"}]',
    '"Mounts":[{"type":"bind","source":"/","target":"/h"}]', '"mount\u017f":[{"Type":"bind","\u017fource":"/","Target":"/h"}]',
    '"pidmode":"host"', '"volume\u017fFrom":["esc-bind"]', '"capadd":["ALL"]', '"CAPADD":["all"]',
]

# Objects that a careless reader reads otherwise than dockerd.
DOCUMENTS = {
    "twice, merged": '"HostConfig":{"Privileged":true},"HostConfig":{"Memory":8388608}',
    "twice, other case": '"HostConfig":{},"hostconfig":{"Privileged":true}',
    "twice, long s": '"HostConfig":{},"Ho\u017ftConfig":{"Privileged":true}',
    "scalar twice": '"HostConfig":{"Privileged":false,"Privileged":true}',
    "scalar twice, other way": '"HostConfig":{"Privileged":true,"Privileged":false}',
    "then null": '"HostConfig":{"Privileged":true,"Privileged":null}',
    "stale slice element": '"HostConfig":{"Binds":["/:/h"],"Binds":[null]}',
    "stale mount": '"HostConfig":{"Mounts":[{"Type":"bind","Source":"/","Target":"/x"}],"Mounts":[{"Target":"/y"}]}',
    "stale device": '"HostConfig":{"Devices":[{"PathOnHost":"/dev/mem"}],"Devices":[{}]}',
    "resurrected element": '"HostConfig":{"Binds":["/:/h","/etc:/e"],"Binds":[],"Binds":[null,null]}',
    "top level, none below": '"Privileged":true',
    "top level, null below": '"HostConfig":null,"Privileged":true',
    "top level binds": '"HostConfig":null,"Binds":["/:/h"]',
    "top level mounts": '"Mounts":[{"Type":"bind","Source":"/","Target":"/h"}]',
    "top level pid": '"PidMode":"host","HostConfig":null',
    "top level, other case": '"hoſtconfig":null,"CAPADD":["ALL"]',
    "top level driver": '"HostConfig":{"Binds":["esc-v:/v"]},"VolumeDriver":"vieux/sshfs"',
    "cpuset": '"HostConfig":{},"Cpuset":"0"',
    "unknown at the top": '"HostConfig":{},"Escape":1',
    "endpoint of the host network": '"HostConfig":{"NetworkMode":"none"},"NetworkingConfig":{"EndpointsConfig":{"host":{}}}',
}

AFTER_THE_VALUE = {
    "second document": '{"Image":"busybox","HostConfig":{}}' + PRIVILEGED,
    "dangerous first": PRIVILEGED + '{"Image":"busybox"}',
    "brace behind": PRIVILEGED + "}",
    "bracket behind": PRIVILEGED + "]",
    "rubbish behind": PRIVILEGED + " rubbish",
    "byte order mark": "\ufeff" + PRIVILEGED,
    "comment": PRIVILEGED[:-1] + "/* */}",
    "trailing comma": PRIVILEGED[:-1] + ",}",
    "invalid UTF-8": PRIVILEGED.replace("busybox", "busybox", 1).encode()[:-1] + b',"User":"\xff\xfe"}',
    "lone surrogate": PRIVILEGED[:-1] + ',"User":"\\ud800"}',
    "array": "[" + PRIVILEGED + "]",
    "very deep": '{"Image":"busybox","HostConfig":{"Privileged":true},"Labels":' + '{"a":' * 200 + "1" + "}" * 200 + "}",
}

# Other spellings of the path, each with a privileged container in the body.
PATHS = [
    "/containers/create", "/v1.24/containers/create", "/v1.40/containers/create", "/v1.12/containers/create",
    "/v1.23/containers/create", "/v1.41.0/containers/create", "/v1.041/containers/create", "/v01.41/containers/create",
    "/v1.41./containers/create", "/v1.41.99/containers/create", "/v1.99/containers/create", "/v9/containers/create",
    "/V1.41/containers/create", "/v1.41/%63ontainers/create", "/v1.41%2Fcontainers%2Fcreate", "/%76%31.41/containers/create",
    "//v1.41/containers/create", "/v1.41//containers/create", "/v1.41/containers//create", "/v1.41/./containers/create",
    "/v1.41/images/../containers/create", "/v1.41/%2e%2e/v1.41/containers/create", "/v1.41/containers/create/",
    "/v1.41/_ping/../containers/create", "/v1.41/containers/create%00", "/v1.41/containers/create%0a",
    "/v1.41/containers/create?name=x;name=y", "/v1.41/containers/create#", "/v1.41/containers/create?%zz",
    "/v1.41/Containers/Create", "/v1.41/containers/c\u0072eate", "http://docker/v1.41/containers/create",
    "http://elsewhere:1/v1.41/containers/create", "http:containers/create", "*", "v1.41/containers/create",
    "/v1.41/containers/json/../create", "/v1.41/containers/%252e%252e/create", "/v1.41/v1.41/containers/create",
    "/v1.41/containers\\create",
]


def of_new_containers():
    for name, host_config in HOST_CONFIGS.items():
        yield "create: " + name, create(container(host_config))
    for name in ("privileged", "bind of the root", "host pid", "all capabilities"):
        for target in ("/containers/create", "/v1.24/containers/create", "/v1.30/containers/create"):
            yield f"create at {target}: {name}", create(container(HOST_CONFIGS[name]), target)
    for spelling in SPELLINGS:
        yield "spelling: " + spelling, create('{"Image":"busybox","Cmd":["true"],"HostConfig":{' + spelling + "}}")
    for name, fields in DOCUMENTS.items():
        yield "document: " + name, create('{"Image":"busybox","Cmd":["true"],' + fields + "}")
    for name, body in AFTER_THE_VALUE.items():
        yield "document: " + name, create(body)
    for path in PATHS:
        yield "path: " + path, create(PRIVILEGED, path)


# --- Headers, framing and connections -------------------------------------------------------------------

def chunked(*lines, body=PRIVILEGED):
    data = body.encode()
    head = request("POST", "/v1.41/containers/create", b"", [*JSON, *lines], length=False)
    return head, f"{len(data):x}".encode(), data


def of_messages():
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "",
                 "application/json, text/plain", "application/vnd.docker+json", "application/json; a=1; a=2"):
        yield f"type: {kind!r}", create(PRIVILEGED, headers=["Content-Type: " + kind])
    yield "type: twice", create(PRIVILEGED, headers=JSON + ["Content-Type: text/plain"])
    yield "type: none", create(PRIVILEGED, headers=[])
    yield "coding: gzip in name only", create(PRIVILEGED, headers=JSON + ["Content-Encoding: gzip"])
    yield "browser: origin", create(container(), headers=JSON + ["Origin: http://evil.example"])
    yield "browser: fetch", create(container(), headers=JSON + ["Sec-Fetch-Site: cross-site"])

    head, size, data = chunked("Transfer-Encoding: chunked")
    good = head + size + b"\r\n" + data + b"\r\n0\r\n\r\n"
    yield "chunked: privileged", good
    yield "chunked: never finished", head + size + b"\r\n" + data
    yield "chunked: broken end", head + size + b"\r\n" + data + b"XX0\r\n\r\n"
    yield "chunked: 0x", head + b"0x" + size + b"\r\n" + data + b"\r\n0\r\n\r\n"
    yield "chunked: bare LF", head + size + b"\n" + data + b"\n0\n\n"
    yield "chunked: trailer", head + size + b"\r\n" + data + b"\r\n0\r\nHost: x\r\n\r\n"
    yield "chunked: plus sign", head + b"+" + size + b"\r\n" + data + b"\r\n0\r\n\r\n"
    for value in ("gzip, chunked", "identity", "xchunked", "chunked, chunked", "chunked;a", "\x0bchunked"):
        yield f"coding: {value!r}", good.replace(b"Transfer-Encoding: chunked", b"Transfer-Encoding: " + value.encode())
    yield "coding and length", good.replace(b"Transfer-Encoding: chunked", b"Content-Length: 2\r\nTransfer-Encoding: chunked")
    yield "coding twice", good.replace(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity")
    yield "coding in HTTP/1.0", good.replace(b"HTTP/1.1", b"HTTP/1.0")

    plain = create(PRIVILEGED)
    length = f"Content-Length: {len(PRIVILEGED)}".encode()
    yield "length twice", plain.replace(length, length + b"\r\nContent-Length: 2")
    yield "length list", plain.replace(length, length + b", 2")
    yield "length signed", plain.replace(length, length.replace(b": ", b": +"))
    yield "length hex", plain.replace(length, b"Content-Length: 0x%x" % len(PRIVILEGED))
    yield "folded header", plain.replace(b"Connection: close", b"X-A: b\r\n Connection: close")
    yield "space before colon", plain.replace(b"Content-Type:", b"Content-Type :")
    yield "bare LF", plain.replace(b"\r\n", b"\n", 3)
    yield "bare CR", plain.replace(b"Host: docker", b"Host: docker\rX-A: b")
    yield "NUL in a header", plain.replace(b"Host: docker", b"Host: doc\0ker")
    yield "no host", plain.replace(b"Host: docker\r\n", b"")
    yield "host twice", plain.replace(b"Host: docker", b"Host: docker\r\nHost: other")
    yield "small method", plain.replace(b"POST", b"post", 1)
    yield "method override", request("GET", "/v1.41/containers/create", PRIVILEGED, JSON + ["X-HTTP-Method-Override: POST"])
    yield "two spaces", plain.replace(b" HTTP/1.1", b"  HTTP/1.1", 1)
    yield "no version", plain.replace(b" HTTP/1.1", b"", 1)
    yield "HTTP/2.0", plain.replace(b"HTTP/1.1", b"HTTP/2.0", 1)
    yield "HTTP/1.2", plain.replace(b"HTTP/1.1", b"HTTP/1.2", 1)
    yield "HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\x04" + bytes(5)
    yield "expectation", plain.replace(b"Connection: close", b"Connection: close\r\nExpect: 200-ok")
    yield "upgrade of a create", plain.replace(b"Connection: close", b"Connection: Upgrade\r\nUpgrade: tcp")
    yield "upgrade to h2c", plain.replace(b"Connection: close", b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c")


def smuggled():
    """A harmless request in front, a create hidden behind: what comes first may be answered, what hides may not."""
    hidden = create(PRIVILEGED)
    keep = b"Connection: keep-alive"
    ping = request("GET", "/v1.41/_ping").replace(b"Connection: close", keep)
    yield "pipelined behind a ping", ping + hidden
    yield "in the body of a GET", request("GET", "/v1.41/containers/json", hidden).replace(b"Connection: close", keep)
    yield "in the body of a ping", ping.replace(keep, keep + b"\r\nContent-Length: %d" % len(hidden)) + hidden
    yield "behind a length of 0", request("POST", "/v1.41/containers/esc-plain/wait").replace(b"Connection: close", keep) + hidden
    yield "behind an attach", request("POST", "/v1.41/containers/esc-plain/attach?stream=1&stdout=1&stdin=1", b"",
                                      ["Upgrade: tcp"]).replace(b"Connection: close", b"Connection: Upgrade") + hidden
    yield "behind a refused upgrade", request("POST", "/v1.41/containers/esc-nobody/attach?stream=1", b"",
                                              ["Upgrade: tcp"]).replace(b"Connection: close", b"Connection: Upgrade") + hidden
    yield "behind both lengths", (b"POST /v1.41/containers/esc-plain/wait HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n"
                                  b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" % (len(hidden) + 5)) + hidden
    yield "behind a chunk extension", (b"POST /v1.41/containers/esc-plain/wait HTTP/1.1\r\nHost: x\r\n"
                                       b"Transfer-Encoding: chunked\r\n\r\n0;a=\nb\r\n\r\n") + hidden


# --- What exists ----------------------------------------------------------------------------------------

def of_existing_containers():
    run = {"Cmd": ["touch", "/escaped"], "AttachStdout": True}
    for name in DANGEROUS_CONTAINERS:
        yield f"exec in {name}", request("POST", f"/v1.41/containers/{name}/exec", run, JSON)
        yield f"attach to {name}", request("POST", f"/v1.41/containers/{name}/attach?stream=1&stdin=1&stdout=1", b"",
                                           ["Upgrade: tcp"]).replace(b"Connection: close", b"Connection: Upgrade")
        yield f"upload to {name}", request("PUT", f"/v1.41/containers/{name}/archive?path=/", b"\0" * 10240, TAR)
        yield f"start {name}", request("POST", f"/v1.41/containers/{name}/start")
        yield f"commit {name}", request("POST", f"/v1.41/commit?container={name}&repo=esc-committed", {}, JSON)
        yield f"update {name}", request("POST", f"/v1.41/containers/{name}/update", {"Memory": 67108864, "MemorySwap": -1}, JSON)
    for target in ("/v1.24/containers/esc-privileged/exec", "/containers/esc-socket/exec", "/v1.41/containers/%65sc-socket/exec",
                   "/v1.41/containers/esc-socket%2Fexec"):
        yield f"exec at {target}", request("POST", target, run, JSON)
    yield "start with a body", request("POST", "/v1.23/containers/esc-plain/start", {"Privileged": True}, JSON)
    yield "start with HostConfig", request("POST", "/v1.41/containers/esc-plain/start", {"HostConfig": {"Binds": ["/:/h"]}}, JSON)
    yield "restart of a privileged one", request("POST", "/v1.41/containers/esc-privileged/restart")
    yield "copy of old", request("POST", "/v1.23/containers/esc-bind/copy", {"Resource": "/host/etc/shadow"}, JSON)
    for body in ('{"Privileged":true,"Cmd":["touch","/escaped"]}', '{"privileged":true,"Cmd":["id"]}',
                 '{"Cmd":["id"],"Privileged":true,"Privileged":null}', '{"Cmd":["id"],"\\u0050rivileged":true}',
                 '{"Cmd":["id"],"Escape":true}', '{"Cmd":["id"],"Privileged":"true"}', '{"Cmd":["id"]}{"Privileged":true}'):
        yield "exec: " + body, request("POST", "/v1.41/containers/esc-plain/exec", body, JSON)
    yield "update of devices", request("POST", "/v1.41/containers/esc-plain/update",
                                       {"Devices": [{"PathOnHost": "/dev/vda"}]}, JSON)
    yield "update of realtime", request("POST", "/v1.41/containers/esc-plain/update", {"CpuRealtimeRuntime": 950000}, JSON)
    for query, body in (("rename?name=esc-r", "name=esc-escaped"), ("kill?signal=0", "signal=KILL"), ("stop?t=100", "t=0"),
                        ("resize?h=1&w=1", "h=2&w=2")):
        yield "form over query: " + query, request("POST", f"/v1.41/containers/esc-plain/{query}", body, FORM)
    yield "form over prune", request("POST", "/v1.41/containers/prune?filters=%7B%22label%22%3A%5B%22esc%3Dnone%22%5D%7D",
                                     "filters=%7B%7D", FORM)
    yield "form in an upload", request("PUT", "/v1.41/containers/esc-plain/archive?path=/tmp", "path=/", FORM)
    yield "attach by form", request("POST", "/v1.41/containers/esc-plain/attach?logs=1", "stdin=1&stream=1", FORM)
    yield "checkpoint", request("POST", "/v1.41/containers/esc-plain/checkpoints", {"CheckpointID": "c", "CheckpointDir": "/"}, JSON)
    yield "unknown parameter", request("POST", "/v1.41/containers/esc-plain/restart?escape=1")
    yield "unknown route", request("POST", "/v1.41/containers/esc-plain/escape")


# --- Volumes, networks, images, builds, the engine ------------------------------------------------------

def of_other_objects():
    for name, options in (("bind", {"type": "none", "o": "bind", "device": "/"}), ("disk", {"type": "ext4", "device": "/dev/vda"}),
                          ("nfs", {"type": "nfs", "o": "addr=127.0.0.1", "device": ":/"}),
                          ("overlay", {"type": "overlay", "o": "lowerdir=/", "device": "overlay"})):
        yield "volume: " + name, request("POST", "/v1.41/volumes/create", {"Name": "esc-v", "DriverOpts": options}, JSON)
    yield "volume: case", request("POST", "/v1.41/volumes/create",
                                  '{"Name":"esc-v","driveropts":{"type":"none","o":"bind","device":"/"}}', JSON)
    yield "volume: long s", request("POST", "/v1.41/volumes/create",
                                    '{"Name":"esc-v","DriverOpt\u017f":{"type":"none","o":"bind","device":"/"}}', JSON)
    yield "volume: driver", request("POST", "/v1.41/volumes/create", {"Name": "esc-v", "Driver": "vieux/sshfs"}, JSON)
    yield "volume: cluster", request("POST", "/v1.42/volumes/create", {"Name": "esc-v", "ClusterVolumeSpec": {}}, JSON)
    for name, body in (("macvlan", {"Driver": "macvlan", "Options": {"parent": "eth0"}}), ("ipvlan", {"Driver": "ipvlan"}),
                       ("host", {"Driver": "host"}), ("overlay", {"Driver": "overlay"}),
                       ("bridge name", {"Options": {"com.docker.network.bridge.name": "docker0"}}),
                       ("host binding", {"Options": {"com.docker.network.bridge.host_binding_ipv4": "0.0.0.0"}}),
                       ("ingress", {"Ingress": True}), ("config", {"ConfigFrom": {"Network": "host"}}),
                       ("config only", {"ConfigOnly": True})):
        yield "network: " + name, request("POST", "/v1.41/networks/create", {"Name": "esc-n", **body}, JSON)
    yield "network: connect a privileged one", request("POST", "/v1.41/networks/none/connect", {"Container": "esc-privileged"}, JSON)
    yield "network: connect to the host", request("POST", "/v1.41/networks/host/connect", {"Container": "esc-plain"}, JSON)
    for query in ("networkmode=host", "networkmode=container:esc-hostnet", "remote=http%3A%2F%2F127.0.0.1%2Fx", "remote=git%3A%2F%2Fx%2Fy",
                  "cgroupparent=%2Fescape", "version=2", "session=abc", "securityopt=seccomp%3Dunconfined", "version=2&buildid=1",
                  "outputs=%5B%7B%22Type%22%3A%22local%22%7D%5D", "networkmode=none&networkmode=host", "networkmode=host;x=1", "Networkmode=host", "n%65tworkmode=host"):
        yield "build: " + query, request("POST", "/v1.41/build?t=esc-built&" + query, b"\0" * 1024, TAR)
    yield "build: form", request("POST", "/v1.41/build?t=esc-built", "networkmode=host", FORM)
    yield "build: multipart", request("POST", "/v1.41/build?t=esc-built",
                                      '--x\r\nContent-Disposition: form-data; name="networkmode"\r\n\r\nhost\r\n--x--\r\n',
                                      ["Content-Type: multipart/form-data; boundary=x"])
    yield "image: import from a URL", request("POST", "/v1.41/images/create?fromSrc=http%3A%2F%2F127.0.0.1%3A1%2F&repo=esc-i")
    yield "image: form", request("POST", "/v1.41/images/create?fromSrc=-&repo=esc-i", "fromSrc=http%3A%2F%2F127.0.0.1%3A1%2F", FORM)
    swarm = {"ListenAddr": "127.0.0.1:2377", "AdvertiseAddr": "127.0.0.1"}
    yield "swarm: init", request("POST", "/v1.41/swarm/init", swarm, JSON)
    yield "swarm: init, no type", request("POST", "/v1.41/swarm/init", swarm)
    yield "swarm: join", request("POST", "/v1.41/swarm/join", {"RemoteAddrs": ["127.0.0.1:1"], "JoinToken": "x"}, JSON)
    yield "swarm: leave", request("POST", "/v1.41/swarm/leave?force=1")
    yield "service", request("POST", "/v1.41/services/create", {"TaskTemplate": {"ContainerSpec": {"Image": "busybox"}}}, JSON)
    yield "secret", request("POST", "/v1.41/secrets/create", {"Name": "esc", "Data": "eA=="}, JSON)
    yield "config", request("POST", "/v1.41/configs/create", {"Name": "esc", "Data": "eA=="}, JSON)
    yield "node", request("POST", "/v1.41/nodes/x/update?version=1", {"Role": "manager"}, JSON)
    yield "plugin: pull", request("POST", "/v1.41/plugins/pull?remote=127.0.0.1:1/x", [], JSON)
    yield "plugin: create", request("POST", "/v1.41/plugins/create?name=esc", b"\0" * 1024, TAR)
    yield "plugin: enable", request("POST", "/v1.41/plugins/x/enable?timeout=1")
    yield "session", request("POST", "/session", b"", ["Upgrade: h2c", "X-Docker-Expose-Session-Uuid: x"])
    yield "grpc", request("POST", "/grpc", b"", ["Upgrade: h2c"])
    yield "grpc by type", request("POST", "/moby.buildkit.v1.Control/Info", b"\0" * 5, ["Content-Type: application/grpc"])
    yield "debug", request("GET", "/debug/pprof/cmdline")
    yield "debug, versioned", request("GET", "/v1.41/debug/pprof/cmdline")


def attempts():
    yield from of_new_containers()
    yield from of_messages()
    yield from of_existing_containers()
    yield from of_other_objects()
