"""A swarm of one node, and what a tenant has there: what the tests of tenants that share one share."""
import json
import re
import subprocess
from urllib.parse import quote

from lib import ENV, eventually, expect, http, skip
from worlds import DAEMON, must

RULES = ('service = { secrets = ["*"]; configs = ["*"]; }; '
         'network = { drivers = ["bridge", "overlay"]; attachable = true; };')


def begin():
    status, answer = http(DAEMON, "POST", "/swarm/init", {"AdvertiseAddr": "127.0.0.1", "ListenAddr": "127.0.0.1:0"})
    if status != 200:
        skip(f"this daemon cannot be a swarm: {answer}")
    return answer


def leave():
    must(DAEMON, "POST", "/swarm/leave?force=1", want=(200,))
    eventually("all tasks are gone", lambda: not must(DAEMON, "GET", "/containers/json?all=1"), seconds=30)


def docker(socket, *words, check=True, text=None):
    """The docker command of whoever has SOCKET."""
    done = subprocess.run([ENV["DOCKER"], "-H", "unix://" + socket, *words], capture_output=True, text=True, timeout=60,
                          input=text, check=False)
    expect(not check or done.returncode == 0, f"{socket}: docker {' '.join(words)}: {done.stdout}{done.stderr}")
    return done.stdout.strip() if check else done.stdout + done.stderr


def tasks_of(socket, service):
    return http(socket, "GET", "/tasks?filters=" + quote('{"service":["%s"]}' % service))[1]


def running(socket, service):
    """The running tasks of SERVICE, once there are any."""
    def found():
        return [task for task in tasks_of(socket, service) if task["Status"]["State"] == "running"]
    eventually(f"a task of {service} runs", found, seconds=40)
    return found()


class SwarmThings:
    """One of each kind of a swarm's objects, made through SOCKET under names that begin with PREFIX; the daemon has WIRE before
    those of secrets and configs, and DNS_WIRE before those that must be names in DNS."""

    def __init__(self, socket, prefix, wire="", dns_wire=""):
        self.prefix, self.wire, self.dns_wire = prefix, wire, dns_wire
        self.names = {kind: f"{prefix}-{kind}" for kind in ("service", "secret", "config", "network")}
        self.network = must(socket, "POST", "/networks/create", {
            "Name": self.names["network"], "Driver": "overlay", "Attachable": True})["Id"]
        self.secret = must(socket, "POST", "/secrets/create", {"Name": self.names["secret"], "Data": "eA=="})["ID"]
        self.config = must(socket, "POST", "/configs/create", {"Name": self.names["config"], "Data": "eA=="})["ID"]
        self.service = must(socket, "POST", "/services/create", self.specification())["ID"]
        task = running(socket, self.service)[0]
        self.task, self.container = task["ID"], task["Status"]["ContainerStatus"]["ContainerID"]

    def specification(self, **more):
        file = {"Name": "x", "UID": "0", "GID": "0", "Mode": 292}
        container = {
            "Image": "busybox", "Command": ["sleep", "600"], "Env": [f"SECRET={self.prefix}-value"], "StopSignal": "KILL",
            "Secrets": [{"SecretID": self.secret, "SecretName": self.names["secret"], "File": file}],
            "Configs": [{"ConfigID": self.config, "ConfigName": self.names["config"], "File": file}]}
        return {"Name": self.names["service"],
                "TaskTemplate": {"ContainerSpec": {**container, **more}, "Networks": [{"Target": self.network}]}}

    def markers(self):
        """What nobody else may come to see."""
        ids = [self.network, self.secret, self.config, self.service, self.task, self.container]
        return ids + [each[:12] for each in ids] + list(self.names.values()) + [self.prefix + "-value"]

    def ways(self, kind):
        """Every way to name the object of KIND, each with what is not there and looks like it."""
        full, name = getattr(self, kind), self.names.get(kind)
        missing = "".join(map(turned, full))
        known = [(full, missing), (full[:12], missing[:12]), (full[:7], missing[:7])]
        if name is None: # a task's is its service's with more behind it
            short = f"{self.names['service']}.1."
            return known + [(before + full, before + missing) for before in sorted({short, self.dns_wire + short})]
        before = self.dns_wire if kind in ("service", "network") else self.wire
        return known + [(each, "no-such-thing-at-all") for each in sorted({name, before + name})]


def turned(digit):
    """Another digit of an id, of the same look."""
    return chr((ord(digit) - ord("a") + 13) % 26 + ord("a")) if digit.isalpha() else digit


def state(things):
    """What the daemon holds of THINGS, without what changes by itself."""
    held = [http(DAEMON, "GET", f"/{kind}s/{getattr(things, kind)}")[1] for kind in ("service", "secret", "config", "network")]
    task = http(DAEMON, "GET", f"/tasks/{things.task}")[1]
    for each in held:
        for key in ("UpdateStatus", "Containers", "Peers"):
            each.pop(key, None)
    return json.dumps(held + [task.get("Spec"), task.get("DesiredState")], sort_keys=True)


def kind_of(template):
    """The kind of object that a path names, or None."""
    named = re.match(r"/(service|task|secret|config|network|node|plugin)s/\{(?:name|id)\}", template)
    return named.group(1) if named else None
