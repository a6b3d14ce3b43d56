#!/usr/bin/python3
"""A daemon that does nothing but write down what it is asked: one JSON line a request, with every byte of it.

    recorder.py SOCKET FILE [MINIMUM]

It answers as dockerd 20.10 answers the questions that quaymaster itself asks (ping, version, inspects), 201 with
an id to creates, 200 and {} to all else. Framing is read as loosely as can be, so that what a proxy lets through
is seen even where it is malformed: that is what the recording is for. With a MINIMUM ("1.40") it is as picky about API
versions as dockerd 29 is.
"""
import json
import os
import re
import socketserver
import sys
import threading

LOCK = threading.Lock()
ID = "c0ffee" + "0" * 58
MINIMUM = sys.argv[3] if len(sys.argv) > 3 else "1.12"

PLAIN = {
    "Id": ID, "Name": "/plain", "State": {"Status": "running", "Running": True}, "Mounts": [],
    "Image": "sha256:" + ID, "Config": {"Image": "busybox", "User": "", "Labels": {}},
    "HostConfig": {"Binds": None, "NetworkMode": "default", "Privileged": False, "PidMode": "", "IpcMode": "private",
                   "UTSMode": "", "UsernsMode": "", "CapAdd": None, "Devices": [], "SecurityOpt": None,
                   "MaskedPaths": ["/proc/kcore"], "ReadonlyPaths": ["/proc/sys"], "CgroupnsMode": "private"},
    "NetworkSettings": {"Networks": {}},
}


def privileged():
    container = json.loads(json.dumps(PLAIN))
    container["Id"] = "bad" + ID[3:]
    container["Name"] = "/privileged"
    container["HostConfig"]["Privileged"] = True
    return container


def is_too_old(path):
    version = re.match(r"/v1\.(\d+)/", path)
    return version is not None and int(version.group(1)) < int(MINIMUM[2:])


def answer(method, path):
    """The status and JSON value for a request."""
    if is_too_old(path):
        return 400, {"message": f"client version is too old. Minimum supported API version is {MINIMUM}"}
    path = re.sub(r"^/v[0-9.]+", "", path.split("?")[0])
    if path == "/version":
        return 200, {"Version": "20.10.24", "ApiVersion": "1.41", "MinAPIVersion": MINIMUM, "Os": "linux",
                     "Arch": "amd64", "Components": [{"Name": "Engine", "Version": "20.10.24",
                                                      "Details": {"ApiVersion": "1.41", "MinAPIVersion": MINIMUM}}]}
    if method == "GET" and path == "/containers/json":
        return 200, []
    if method == "GET" and path.endswith("/json"):
        kind, _, name = path[1:-5].partition("/")
        if kind == "containers" and name in ("esc-plain", PLAIN["Id"]):
            return 200, PLAIN
        if kind == "containers" and (name.startswith("esc-") or name == privileged()["Id"]):
            return 200, privileged()
        if kind == "images" and name:
            return 200, {"Id": "sha256:" + ID, "RepoTags": ["busybox:latest"], "Config": {}}
        if kind == "exec" and name:
            return 200, {"ID": name, "ContainerID": PLAIN["Id"], "Running": False,
                         "ProcessConfig": {"privileged": False, "user": "", "tty": False}}
        return 404, {"message": "No such object: " + name}
    if method == "POST" and path.endswith(("/create", "/exec", "/commit")):
        return 201, {"Id": ID, "Warnings": []}
    return 200, {}


class Recorder(socketserver.StreamRequestHandler):
    def body(self, headers):
        if "chunked" in headers.get("transfer-encoding", "").lower():
            return self.chunked()
        length = re.match(r"\s*\+?(\d+)", headers.get("content-length", "0"))
        return self.rfile.read(int(length.group(1)) if length else 0)

    def chunked(self):
        body = b""
        while True:
            line = self.rfile.readline()
            size = re.match(rb"\s*(?:0x)?([0-9a-fA-F]+)", line)
            if size is None:
                return body
            if int(size.group(1), 16) == 0:
                while self.rfile.readline().strip():
                    pass
                return body
            body += self.rfile.read(int(size.group(1), 16))
            self.rfile.readline()

    def handle(self):
        while self.exchange():
            pass

    def exchange(self):
        first = self.rfile.readline()
        if not first:
            return False
        lines, headers = [], {}
        for line in iter(self.rfile.readline, b""):
            if not line.strip():
                break
            lines.append(line.decode("latin-1"))
            name, _, value = line.decode("latin-1").partition(":")
            headers.setdefault(name.strip().lower(), value.strip())
        body = self.body(headers)
        self.write_down(first.decode("latin-1"), lines, body.decode("latin-1"))
        return self.reply(first.decode("latin-1").split())

    def write_down(self, first, lines, body):
        with LOCK, open(sys.argv[2], "a", encoding="utf-8") as file:
            json.dump({"first": first, "headers": lines, "body": body}, file)
            file.write("\n")

    def reply(self, words):
        method, path = (words + ["", ""])[:2]
        if re.sub(r"^/v[0-9.]+", "", path) == "/_ping" and not is_too_old(path):
            status, body, kind = 200, b"OK", "text/plain; charset=utf-8"
        else:
            status, value = answer(method, path)
            body, kind = json.dumps(value).encode(), "application/json"
        head = (f"HTTP/1.1 {status} X\r\nApi-Version: 1.41\r\nServer: Docker/20.10.24 (linux)\r\nOstype: linux\r\n"
                f"Docker-Experimental: false\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n")
        try:
            self.wfile.write(head.encode() + (b"" if method == "HEAD" else body))
        except OSError:
            return False
        return True


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 64


if __name__ == "__main__":
    open(sys.argv[2], "w", encoding="utf-8").close()
    if os.path.exists(sys.argv[1]):
        os.unlink(sys.argv[1])
    Server(sys.argv[1], Recorder).serve_forever()
