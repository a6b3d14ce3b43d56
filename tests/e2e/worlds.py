"""Two tenants on one daemon, and what is nobody's: what the tests of closed worlds share."""
import json
import os
import subprocess

from lib import ENV, SCRATCH, eventually, expect, http

DAEMON = ENV["DAEMON_SOCKET"]
TENANTS = ("alpha", "beta")

PRIVATE = 'tenancy = { names = "private"; shared = { images = ["busybox"]; networks = ["common"]; volumes = ["cache"]; }; };'
SHARED = 'tenancy = { shared = { images = ["busybox"]; networks = ["common"]; volumes = ["cache"]; }; };'
CONFIGURATION = """
upstream = {{ socket = "{daemon}"; }};
workers = 2;
audit = {{ file = "{folder}/audit.log"; required = true; }};
state = "{folder}/state";
listeners = (
	{{ name = "alpha"; socket = "{folder}/alpha.sock"; mode = "0600"; }},
	{{ name = "beta"; socket = "{folder}/beta.sock"; mode = "0600"; }}
);
clients = (
	{{ listener = "alpha"; policy = "team"; tenant = "alpha"; }},
	{{ listener = "beta"; policy = "team"; tenant = "beta"; }}
);
policies = {{ team = {{
	extends = "ci";
	operations = {{ allow = ["*"]; }};
	container = {{
		network_modes = ["none", "bridge", "named", "container"]; volumes_from = true;
		pid_modes = ["container"]; ipc_modes = ["shareable", "container"]; cgroup_modes = ["private", "host"];
	}};
	{tenancy}
	{more}
}}; }};
"""


class Gateway:
    """A quaymaster of the test's own, with a socket for each tenant."""

    def __init__(self, more="", tenancy=SHARED, folder=None):
        self.folder = folder or SCRATCH + "/worlds"
        os.makedirs(self.folder + "/state", mode=0o700, exist_ok=True)
        config = self.folder + "/quaymaster.conf"
        with open(config, "w", encoding="ascii") as file:
            file.write(CONFIGURATION.format(daemon=DAEMON, folder=self.folder, more=more, tenancy=tenancy))
        with open(self.folder + "/log", "a", encoding="ascii") as log:
            self.process = subprocess.Popen([ENV["PROGRAM"], "run", "--config", config], stderr=log)
        eventually("both sockets", lambda: all(os.path.exists(self.socket(tenant)) for tenant in TENANTS))

    def socket(self, tenant):
        return f"{self.folder}/{tenant}.sock"

    def stop(self):
        self.process.terminate()
        self.process.wait(20)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def must(socket, method, target, body=None, want=(200, 201, 204)):
    status, answer = http(socket, method, target, body)
    expect(status in want, f"{method} {target}: {status} {answer}")
    return answer


def forget(things):
    must(DAEMON, "DELETE", f"/containers/{things.container}?force=1&v=1")
    must(DAEMON, "DELETE", f"/networks/{things.network}")
    must(DAEMON, "DELETE", f"/volumes/{things.wire}{things.volume_name}")


class Things:
    """One of each kind of object, made through SOCKET under names that begin with PREFIX; the daemon has WIRE before them."""

    def __init__(self, socket, prefix, wire=""):
        self.prefix, self.wire = prefix, wire
        self.container_name, self.network_name, self.volume_name = prefix + "-box", prefix + "-net", prefix + "-vol"
        self.network = must(socket, "POST", "/networks/create", {"Name": self.network_name})["Id"]
        must(socket, "POST", "/volumes/create", {"Name": self.volume_name})
        self.container = must(
            socket, "POST", f"/containers/create?name={self.container_name}",
            {"Image": "busybox", "Cmd": ["sleep", "600"], "Env": [f"SECRET={prefix}-secret"], "StopSignal": "KILL",
             "HostConfig": {"NetworkMode": "none", "IpcMode": "shareable",
                            "Mounts": [{"Type": "volume", "Source": self.volume_name, "Target": "/v"}]}})["Id"]
        must(socket, "POST", f"/containers/{self.container}/start")
        self.exec = must(socket, "POST", f"/containers/{self.container}/exec", {"Cmd": ["true"]})["Id"]

    def markers(self):
        """What nobody else may come to see."""
        return [self.container, self.container[:12], self.network, self.network[:12], self.exec, self.container_name,
                self.network_name, self.volume_name, self.prefix + "-secret"]


def state(things):
    """What the daemon holds of THINGS, without what changes by itself."""
    box = http(DAEMON, "GET", f"/containers/{things.container}/json")[1]
    net = http(DAEMON, "GET", f"/networks/{things.network}")[1]
    vol = http(DAEMON, "GET", f"/volumes/{things.wire}{things.volume_name}")[1]
    box.pop("ExecIDs", None)
    return json.dumps([box, net, vol], sort_keys=True)
