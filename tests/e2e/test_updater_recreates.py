#!/usr/bin/python3
"""An updater, as watchtower is one, may make containers anew as they were, from another image of the same name; and
nothing else. It inspects, stops, removes and creates, and leaves out what the old image gave."""
import copy
import os
import signal
import subprocess

from lib import ENV, SCRATCH, eventually, expect, http, run, skip

if not ENV["TLS_ADDRESS"]:
    skip("is about quaymaster itself")

SOCKET = SCRATCH + "/updater.sock"
CONFIG = SCRATCH + "/updater.conf"
with open(CONFIG, "w", encoding="utf-8") as file:
    file.write(f"""
upstream = {{ socket = "{ENV['DAEMON_SOCKET']}"; }};
workers = 2;
listeners = ( {{ name = "updater"; socket = "{SOCKET}"; mode = "0600"; }} );
clients = ( {{ policy = "updater"; }} );
policies = {{ updater = {{
    unrestricted = true;
    operations = {{ allow = ["container.list", "container.inspect", "image.inspect"]; }};
    rules = (
        {{ on = ["container.stop", "container.remove", "container.rename", "container.start"];
           when = "target.label.update = yes"; effect = "allow"; }},
        {{ on = "container.create"; when = "recreate and any label.update = yes"; effect = "allow"; }}
    );
}}; }};
""")
with open(SCRATCH + "/updater.log", "w", encoding="utf-8") as log:
    program = subprocess.Popen([ENV["PROGRAM"], "run", "--config", CONFIG], stdout=log, stderr=log)


def ask(method, target, body=None):
    return http(SOCKET, method, "/v1.41" + target, body)


def allowed(method, target, body=None):
    status, answer = ask(method, target, body)
    expect(status < 300, f"{method} {target}: {status} {answer}")
    return answer


def denied(part, method, target, body=None):
    status, answer = ask(method, target, body)
    expect(status == 403 and part in str(answer), f"{method} {target}: {status} {answer}")


def without(values, image):
    return {key: value for key, value in (values or {}).items() if (image or {}).get(key) != value}


def new_body(container, image):
    """What watchtower makes of an inspection."""
    config, given = copy.deepcopy(container["Config"]), image["Config"]
    for name in ["WorkingDir", "User"]:
        if config.get(name) == given.get(name):
            config[name] = ""
    if config.get("Entrypoint") == given.get("Entrypoint"):
        config["Entrypoint"] = None
        if config.get("Cmd") == given.get("Cmd"):
            config["Cmd"] = None
    config["Env"] = [value for value in config["Env"] if value not in (given.get("Env") or [])]
    config["Labels"] = without(config["Labels"], given.get("Labels"))
    config["Volumes"] = without(config["Volumes"], given.get("Volumes"))
    config["ExposedPorts"] = without(config.get("ExposedPorts"), given.get("ExposedPorts"))
    for port in container["HostConfig"].get("PortBindings") or {}:
        config["ExposedPorts"][port] = {}
    networks = container["NetworkSettings"]["Networks"]
    first = copy.deepcopy(dict(list(networks.items())[:1]))
    for endpoint in first.values():
        endpoint["Aliases"] = [alias for alias in endpoint["Aliases"] or [] if alias != container["Id"][:12]]
    return {**config, "HostConfig": container["HostConfig"], "NetworkingConfig": {"EndpointsConfig": first}}


def look(name):
    container = allowed("GET", f"/containers/{name}/json")
    return container, new_body(container, allowed("GET", f"/images/{container['Image']}/json"))


def update(name):
    before, body = look(name)
    allowed("POST", f"/containers/{name}/stop?t=0")
    allowed("DELETE", f"/containers/{name}?v=0")
    created = allowed("POST", f"/containers/create?name={name}", body)
    allowed("POST", f"/containers/{created['Id']}/start")
    after = allowed("GET", f"/containers/{name}/json")
    expect(after["Id"] != before["Id"], "it is the old one")
    for part in ["Env", "Cmd", "Labels", "User", "ExposedPorts", "Volumes", "WorkingDir"]:
        expect(after["Config"].get(part) == before["Config"].get(part), f"{part} is another: {after['Config']}")
    for part in ["Binds", "Memory", "NetworkMode", "PortBindings", "RestartPolicy", "Privileged", "PidMode"]:
        expect(after["HostConfig"].get(part) == before["HostConfig"].get(part), f"{part} is another")


CONTAINERS = {
    "plain": [],
    "full": ["-e", "A=1", "--label", "more=1", "-v", "e2e-data:/d", "--tmpfs", "/t", "--memory", "64m", "--restart",
             "on-failure:3", "--hostname", "h", "-u", "7", "-w", "/tmp", "--cap-add", "NET_ADMIN", "--pid", "host",
             "--ulimit", "nofile=99:99", "--log-opt", "max-size=1m"],
    "networked": ["--network", "e2e-lan", "--network-alias", "alias"],
}

try:
    eventually("ready", lambda: os.path.exists(SOCKET))
    run("daemon", "network", "create", "e2e-lan")
    for name, options in CONTAINERS.items():
        run("daemon", "run", "-d", "--name", "e2e-" + name, "--label", "update=yes", *options, "busybox", "sleep", "600")
        update("e2e-" + name)
        update("e2e-" + name)  # and again, what it made itself
    run("daemon", "run", "-d", "--name", "e2e-foreign", "busybox", "sleep", "600")

    # Portainer's order: the old one is renamed, and goes at the end.
    _, body = look("e2e-full")
    allowed("POST", "/containers/e2e-full/rename?name=e2e-full-old")
    for part, change in {
            "Cmd differs": {"Cmd": ["sh"]},
            "Env differs": {"Env": body["Env"] + ["LD_PRELOAD=/x"]},
            "User differs": {"User": "0"},
            "Image differs": {"Image": "alpine"},
            "Privileged differs": {"HostConfig": {**body["HostConfig"], "Privileged": True}},
            "Binds differs": {"HostConfig": {**body["HostConfig"], "Binds": ["/:/host"]}},
            "MaskedPaths differs": {"HostConfig": {**body["HostConfig"], "MaskedPaths": []}},
    }.items():
        denied(part, "POST", "/containers/create?name=e2e-full", {**body, **change})
    denied("no container had that name", "POST", "/containers/create?name=e2e-another", body)
    allowed("POST", "/containers/create?name=e2e-full", body)
    allowed("DELETE", "/containers/e2e-full-old?force=1")

    denied("does not allow container.remove", "DELETE", "/containers/e2e-foreign?force=1")
    denied("does not allow container.stop", "POST", "/containers/e2e-foreign/stop")
    denied("does not allow container.kill", "POST", "/containers/e2e-plain/kill")
finally:
    program.send_signal(signal.SIGTERM)
    program.wait()
    for name in [*CONTAINERS, "foreign"]:
        run("daemon", "rm", "-f", "-v", "e2e-" + name, check=False)
    run("daemon", "rm", "-f", "-v", "e2e-full-old", check=False)
    run("daemon", "network", "rm", "e2e-lan", check=False)
    run("daemon", "volume", "rm", "-f", "e2e-data", check=False)
