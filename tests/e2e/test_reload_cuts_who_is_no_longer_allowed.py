#!/usr/bin/python3
"""A rule of `clients` goes away while docker events, logs -f and exec -it run: its client's are cut at once, and told
in the audit log; everybody else's go on. The same for a policy that no longer allows them."""
import time

from gateway import Gateway, Watched
from lib import ENV, SCRATCH, Terminal, expect, run

ONE, TWO = SCRATCH + "/one.sock", SCRATCH + "/two.sock"
LISTENERS = f'''listeners = (
    {{ name = "one"; socket = "{ONE}"; mode = "0600"; }},
    {{ name = "two"; socket = "{TWO}"; mode = "0600"; }}
);
'''
BOTH = LISTENERS + '''clients = (
    { listener = "one"; policy = "ci"; },
    { listener = "two"; policy = "ci"; }
);
'''
OTHER = LISTENERS + '''clients = (
    { listener = "one"; policy = "no-logs"; },
    { listener = "two"; policy = "ci"; }
);
policies = { no-logs = { extends = "ci"; operations = { deny = ["container.logs"]; }; }; };
'''
WITHOUT = LISTENERS + 'clients = ( { listener = "two"; policy = "ci"; } );\n'


def docker(path, *words):
    return [ENV["DOCKER"], "-H", "unix://" + path, *words]


class Client:
    def __init__(self, path):
        self.path = path
        self.logs = Watched(docker(path, "logs", "-f", "e2e-ticking"))
        self.events = Watched(docker(path, "events", "--filter", "type=volume"))
        self.exec = Terminal(docker(path, "exec", "-it", "e2e-ticking", "sh"))
        self.exec.read_until("# ")
        self.logs.says("tick")

    def echo(self, text):
        self.exec.type(f"echo {text} | rev\n")
        self.exec.read_until(text[::-1])
        self.exec.read_until("# ")


run("ci", "run", "-d", "--name", "e2e-ticking", "busybox", "sh", "-c", "while sleep 0.2; do echo tick; done")
gateway = Gateway(BOTH)
one, two = Client(ONE), Client(TWO)

gateway.reload()  # with nothing changed, nothing happens to anybody
for client in (one, two):
    client.echo("same")
expect(not gateway.events("revoked"), "a reload that changes nothing revoked something")

gateway.reload(OTHER)
one.logs.ends()
one.echo("going-on")
two.echo("going-on")
expect(two.logs.lives() and one.events.lives(), "more than the denied stream was cut")
revoked = gateway.events("revoked")
expect(len(revoked) == 1 and revoked[0]["operation"] == "container.logs" and revoked[0]["listener"] == "one",
       f"another policy: {revoked}")
expect("gateway.conf:" in revoked[0]["rule"], f"the rule is not told: {revoked[0]}")

gateway.reload(WITHOUT)
one.events.ends()
expect(one.exec.finish() != 0, "exec -it ended as if all were well")
time.sleep(0.5)
expect(two.logs.lives() and two.events.lives(), "the other client was cut, too")
two.echo("still-here")
run("daemon", "volume", "create", "e2e-seen")
two.events.says("e2e-seen")
said = len(two.logs.output)
time.sleep(1)
expect(len(two.logs.output) > said, "the other client's logs stand still")

revoked = {line["operation"]: line for line in gateway.events("revoked")[1:] if "operation" in line}
expect({"system.events", "exec.start"} <= set(revoked), f"not told: {revoked}")
for line in revoked.values():
    expect(line["listener"] == "one" and line["policy"] in ("ci", "no-logs") and "no rule of `clients`" in line["reason"],
           f"told otherwise: {line}")
outcomes = {line["id"]: line["outcome"] for line in gateway.events("completion")}
expect(all(outcomes.get(line["id"]) == "revoked" for line in revoked.values()), "completed otherwise")

# A command that starts now is told why.
refused = Watched(docker(ONE, "ps"))
refused.says("no rule of `clients` gives you a policy on one")
expect(gateway.stop() == 0, "it did not end well")
