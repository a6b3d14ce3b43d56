#!/usr/bin/python3
"""Rules that go by a Unix user or group: once the system has that name no more, a reload cuts who came by it, and tells so in the
audit log. Whoever has the number under another name gets nothing."""
import os
import shutil
import tempfile

from gateway import Gateway, Watched
from lib import ENV, SCRATCH, expect, run, skip

if os.geteuid() != 0:
    skip("needs to be several users")

OPEN = tempfile.mkdtemp(prefix="qm-users.")  # where every user gets to
os.chmod(OPEN, 0o755)
SOCKET = OPEN + "/docker.sock"
ONE, TWO, THREE = (54321, 54321), (54322, 54330), (54323, 54323)
NAMES = {"passwd": {"root": "0:0", "e2e-one": "54321:54321", "e2e-two": "54322:54330", "e2e-three": "54323:54323"},
         "group": {"root": "0", "e2e-one": "54321", "e2e-team": "54330"}}


def write(file, without=(), **more):
    """The system's FILE, as quaymaster sees it: the same file all along, with other lines."""
    names = {name: numbers for name, numbers in NAMES[file].items() if name not in without} | more
    with open(f"{SCRATCH}/{file}", "w") as out:
        for name, numbers in names.items():
            out.write(f"{name}:x:{numbers}::/:/bin/sh\n" if file == "passwd" else f"{name}:x:{numbers}:\n")


write("passwd")
write("group")
wrapper = SCRATCH + "/wrapper"
with open(wrapper, "w") as script:
    script.write(f'''#!/bin/sh
exec unshare --mount sh -c 'mount --bind {SCRATCH}/passwd /etc/passwd && mount --bind {SCRATCH}/group /etc/group &&
	exec "$0" "$@"' {ENV["PROGRAM"]} "$@"
''')
os.chmod(wrapper, 0o755)
gateway = Gateway(f'''listeners = ( {{ name = "all"; socket = "{SOCKET}"; mode = "0666"; }} );
clients = (
    {{ user = "e2e-one"; policy = "ci"; }},
    {{ group = "e2e-team"; policy = "ci"; }},
    {{ uid = {THREE[0]}; policy = "ci"; }}
);
''', program=wrapper)


def docker(who, *words):
    return ["setpriv", "--reuid", str(who[0]), "--regid", str(who[1]), "--clear-groups", "env", "HOME=/nonexistent",
            ENV["DOCKER"], "-H", "unix://" + SOCKET, *words]


def watch(who):
    stream = Watched(docker(who, "events", "--filter", "type=volume"))
    return stream


def sees(streams, name):
    run("daemon", "volume", "create", name)
    for stream in streams:
        stream.says(name)
    run("daemon", "volume", "rm", name)


def revoked():
    return [(line["peer"]["uid"], line["operation"], line["reason"]) for line in gateway.events("revoked")]


def is_refused(who):
    stream = Watched(docker(who, "ps"))
    stream.says("no rule of `clients` gives you a policy")


one, two, three = map(watch, (ONE, TWO, THREE))
for stream in (one, two, three):
    stream.thread.join(0.5)
sees((one, two, three), "e2e-all")
gateway.reload()
expect(not revoked(), f"a reload with the same users: {revoked()}")

write("passwd", without=("e2e-one",))
gateway.reload()
one.ends()
expect(len(revoked()) == 1 and revoked()[0][:2] == (ONE[0], "system.events") and "no rule of `clients`" in revoked()[0][2],
       f"a removed user: {revoked()}")
sees((two, three), "e2e-two-and-three")
is_refused(ONE)

write("passwd", without=("e2e-one",), mallory="54321:54321")
is_refused(ONE)

write("group", without=("e2e-team",), **{"e2e-others": "54330"})
gateway.reload()
two.ends()
expect([entry[0] for entry in revoked()] == [ONE[0], TWO[0]], f"a renamed group: {revoked()}")
sees((three,), "e2e-three")
is_refused(TWO)

write("passwd")
write("group")
for who in (ONE, TWO):
    Watched(docker(who, "ps", "--format", "{{.ID}} there")).ends(10)
stream = watch(ONE)
stream.thread.join(0.5)
sees((stream, three), "e2e-back")
expect(gateway.stop() == 0, "it did not end well")
shutil.rmtree(OPEN)
