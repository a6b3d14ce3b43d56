#!/usr/bin/python3
"""A configuration that cannot be used is told with its file and line, and all stays as it was; one that can be used in
part tells what needs a restart. Listeners come and go, and those that stay keep their sockets."""
import os

from gateway import Gateway, Watched
from lib import ENV, SCRATCH, expect, http, run

ONE, TWO = SCRATCH + "/one.sock", SCRATCH + "/two.sock"
FILE = SCRATCH + "/gateway.conf"


def listeners(*paths):
    return "listeners = (" + ", ".join(f'{{ socket = "{path}"; mode = "0600"; }}' for path in paths) + ");\n"


FINE = listeners(ONE) + 'clients = ( { policy = "ci"; } );\n'
gateway = Gateway(FINE)
socket_file = os.stat(ONE).st_ino
run("ci", "run", "-d", "--name", "e2e-ticking", "busybox", "sh", "-c", "while sleep 0.2; do echo tick; done")
logs = Watched([ENV["DOCKER"], "-H", "unix://" + ONE, "logs", "-f", "e2e-ticking"])
logs.says("tick")

for broken, told in (
        (listeners(ONE) + 'clients = ( { policy = "cj"; } );\n', FILE + ":5: "),
        (listeners(ONE) + 'clients = ( { policy = "ci" } \n', FILE + ":"),
        (FINE + "policies = { own = { extends = \"ci\"; container = { privilegd = true; }; }; };\n", FILE + ":6: "),
        (listeners(ONE, "/no/such/place/x.sock") + 'clients = ( { policy = "ci"; } );\n', "/no/such/place"),
        (listeners(ONE) + 'listeners2 = ();\n', FILE + ":5: "),
        (listeners(ONE, TWO) + 'listeners = ();\n', FILE + ":5: ")):
    log = gateway.reload(broken, "the configuration stays as it was")
    expect(told in log, f"no '{told}' in {log}")
    expect(not os.path.exists(TWO), "half of it is in force")
    expect(http(ONE, "GET", "/_ping") == (200, "OK"), "it does not serve as before")
    expect(logs.lives(), "a stream was cut for nothing")
with open(FILE) as file:
    text = file.read()
with open(FILE, "w") as file:
    file.write(text.split("\n", 1)[1].replace("listeners = ();\n", 'clients = ( { policy = "ci"; } );\n'))
    file.write('upstream = { socket = "/another/docker.sock"; };\n')
log = gateway.reload(expected="the configuration stays as it was")
expect("upstream has changed" in log and not os.path.exists(TWO), f"another upstream: {log}")

# One listener more, one less; settings that need a restart are told, and the rest is in force.
gateway.reload(listeners(ONE, TWO) + 'clients = ( { policy = "ci"; } );\n')
expect(http(TWO, "GET", "/_ping") == (200, "OK"), "the new listener does not serve")
expect(os.stat(ONE).st_ino == socket_file and logs.lives(), "the old listener is another one")
log = gateway.reload(listeners(ONE) + 'limits = { body_budget = "1M"; };\nstate = "/var/lib/quaymaster";\n'
                     'clients = ( { policy = "read-only"; } );\n')
for told in ("limits.body_budget has changed: this needs a restart", "state has changed: this needs a restart",
             "no longer listening on " + TWO):
    expect(told in log, f"no '{told}' in {log}")
expect(not os.path.exists(TWO), "the listener that has gone is still there")
expect(http(ONE, "POST", "/volumes/prune")[0] == 403, "the new policy is not in force")
logs.ends()
log = gateway.reload(listeners(ONE) + "clients = ();\n")
expect("WARNING" in log.upper() and "there are no client rules" in log, f"a remark at the start is none at a reload: {log}")
expect(os.stat(ONE).st_ino == socket_file, "the old listener is another one")
expect(gateway.stop() == 0, "it did not end well")
expect(not os.path.exists(ONE), "the listener's file is left behind")
