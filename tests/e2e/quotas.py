"""For the tests about quotas: quaymasters of the test's own that share a state directory, and races between their clients."""
import atexit
import collections
import http.client
import io
import json
import os
import signal
import socket
import subprocess
import tarfile
import threading
import urllib.parse

from lib import ENV, SCRATCH, eventually, expect, http as ask

DAEMON, STATE = ENV["DAEMON_SOCKET"], SCRATCH + "/state"
API = "/v1.41"


class Instance:
    """One process; TENANTS says which policy of POLICIES each of them has."""

    def __init__(self, name, policies, tenants, workers=2):
        self.name, self.policies, self.tenants, self.workers = name, policies, tenants, workers
        self.folder = f"{SCRATCH}/{name}"
        os.makedirs(self.folder, exist_ok=True)
        os.makedirs(STATE, mode=0o700, exist_ok=True)
        self.start()
        atexit.register(self.kill)

    def socket(self, tenant):
        return f"{self.folder}/{tenant}"

    def start(self):
        listeners = ",".join(f'{{ name = "{t}"; socket = "{self.socket(t)}"; mode = "0600"; }}' for t in self.tenants)
        clients = ",".join(f'{{ listener = "{tenant}"; policy = "{policy}"; tenant = "{tenant}"; }}'
                           for tenant, policy in self.tenants.items())
        with open(self.folder + "/conf", "w") as file:
            file.write(f'upstream = {{ socket = "{DAEMON}"; }}; workers = {self.workers}; state = "{STATE}";\n'
                       f"listeners = ({listeners}); clients = ({clients});\n" + self.policies)
        self.log = open(self.folder + "/log", "w+")
        self.process = subprocess.Popen([ENV["PROGRAM"], "run", "--config", self.folder + "/conf"], stderr=self.log,
                                        env={"LSAN_OPTIONS": "detect_leaks=0", **ENV})
        eventually("ready", lambda: " ready\n" in open(self.folder + "/log").read())

    def kill(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()


def of_tenant(tenant, kind="containers/json?all=1&"):
    """What the daemon has of the tenant: containers, "volumes?" or "networks?"."""
    filters = json.dumps({"label": [f"quaymaster.tenant={tenant}"]}).replace('"', "%22").replace(" ", "")
    found = ask(DAEMON, "GET", f"{API}/{kind}filters={filters}")[1]
    return (found["Volumes"] or []) if kind == "volumes?" else found


def held_by(tenant):
    """The images that the tenant holds."""
    return [image for image in ask(DAEMON, "GET", f"{API}/images/json")[1]
            if any(tag.startswith(f"quaymaster.invalid/{tenant}/held:") for tag in image["RepoTags"] or [])]


def create(instance, tenant, name=None, **host):
    """A container: the status, and the answer."""
    named = f"?name={name}" if name else ""
    try:
        return ask(instance.socket(tenant), "POST", f"{API}/containers/create{named}",
                   {"Image": "busybox", "Cmd": ["sleep", "100"], "HostConfig": {"NetworkMode": "none", **host}})
    except OSError:
        return 0, ""


def remove_all(tenant):
    for container in of_tenant(tenant):
        ask(DAEMON, "DELETE", f"{API}/containers/{container['Id']}?force=1&v=1")


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("docker", timeout=60)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def archive(content):
    """A tar archive of one file."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as tar:
        member = tarfile.TarInfo("content")
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    return data.getvalue()


def send(path, target, body):
    """POSTs an archive. The status, or 0 when the answer was cut or told of an error; and the answer."""
    connection = UnixConnection(path)
    try:
        connection.request("POST", API + target, body, {"Content-Type": "application/x-tar"})
        answer = connection.getresponse()
        text = answer.read().decode(errors="replace")
        return (answer.status if answer.status != 200 or '"error"' not in text else 0), text
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        connection.close()


def import_image(instance, tenant, name, content):
    target = "/images/create?fromSrc=-&" + urllib.parse.urlencode({"repo": name, "tag": "1"})
    return send(instance.socket(tenant), target, archive(content))


def race(count, one, during=lambda: None):
    """Calls ONE with each number at a time. How many of each status there are, and the answers."""
    answers, threads = [], []
    for number in range(count):
        threads.append(threading.Thread(target=lambda n=number: answers.append(one(n))))
    for thread in threads:
        thread.start()
    during()
    for thread in threads:
        thread.join()
    return collections.Counter(status for status, _ in answers), answers


def refused(answer, status, *texts):
    message = answer[1]["message"] if isinstance(answer[1], dict) else answer[1]
    expect(answer[0] == status, f"{answer} is no {status}")
    for text in texts:
        expect(text in message, f"'{text}' is not in {answer}")


def serve_registry():
    """docker-registry on loopback: its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    with open(SCRATCH + "/registry.yml", "w") as file:
        file.write("version: 0.1\nlog: { level: warn }\n"
                   f"storage: {{ filesystem: {{ rootdirectory: {SCRATCH}/registry }} }}\nhttp: {{ addr: \"{address}\" }}\n")
    process = subprocess.Popen(["docker-registry", "serve", SCRATCH + "/registry.yml"], stdout=subprocess.DEVNULL,
                               stderr=open(SCRATCH + "/registry.log", "w"))
    atexit.register(process.kill)

    def answers():
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", int(address.split(":")[1]))) == 0
    eventually("registry", answers)
    return address


def expect_clean(*instances):
    """No sanitizer has said anything."""
    for instance in instances:
        expect("Sanitizer" not in open(instance.folder + "/log").read(), f"see {instance.folder}/log")


def files_of_quotas():
    return sorted(os.listdir(STATE + "/quota"))
