#!/usr/bin/python3
"""200 reloads while clients ask without a pause, over kept and fresh connections, with and without TLS, and while a stream
runs: no request is lost, the stream is whole, and no descriptor is left behind."""
import http.client
import socket
import ssl
import threading

from gateway import Gateway
from lib import ENV, SCRATCH, eventually, expect, http as ask, run

RELOADS, CLIENTS_EACH = 200, 2
SOCKET, EXTRA = SCRATCH + "/ours.sock", SCRATCH + "/extra.sock"
with socket.socket() as chooser:
    chooser.bind(("127.0.0.1", 0))
    PORT = chooser.getsockname()[1]
LISTENERS = f'''{{ name = "ours"; socket = "{SOCKET}"; mode = "0600"; }},
    {{ name = "tls"; address = "127.0.0.1:{PORT}"; tls = {{ directory = "{ENV["CERTS"]}"; }}; }}'''
CLIENTS = '''clients = ( { listener = "ours"; policy = "%s"; }, { certificate = { common_name = "ci"; }; policy = "%s"; } );
policies = { other = { extends = "ci"; container = { privileged = false; }; }; };
'''
CONFIGURATIONS = [f"listeners = ( {LISTENERS} );\n" + CLIENTS % ("ci", "ci"),
                  f'listeners = ( {LISTENERS}, {{ socket = "{EXTRA}"; mode = "0600"; }} );\n' + CLIENTS % ("other", "ci"),
                  "limits = { head_ms = 9000; };\n" + f"listeners = ( {LISTENERS} );\n" + CLIENTS % ("ci", "other")]


class Plain(http.client.HTTPConnection):
    def __init__(self):
        super().__init__("docker", timeout=30)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(30)
        self.sock.connect(SOCKET)


class Secure(http.client.HTTPSConnection):
    def __init__(self):
        folder = ENV["CLIENTS"] + "/ci"
        context = ssl.create_default_context(cafile=folder + "/ca.pem")
        context.load_cert_chain(folder + "/cert.pem", folder + "/key.pem")
        super().__init__("127.0.0.1", PORT, timeout=30, context=context)


class Asker(threading.Thread):
    """Asks for what is read, looked up and streamed, until told to stop."""
    TARGETS = ("/_ping", "/info", "/containers/e2e-quiet/json", "/containers/e2e-quiet/logs?stdout=1", "/containers/json")

    def __init__(self, kind, keeps):
        super().__init__(daemon=True)
        self.kind, self.keeps, self.asked, self.trouble, self.stopping = kind, keeps, 0, None, False

    def run(self):
        connection = self.kind()
        try:
            while not self.stopping:
                connection.request("GET", self.TARGETS[self.asked % len(self.TARGETS)])
                answer = connection.getresponse()
                answer.read()
                if answer.status != 200:
                    raise OSError(f"{answer.status} to {self.TARGETS[self.asked % len(self.TARGETS)]}")
                self.asked += 1
                if not self.keeps:
                    connection.close()
        except (OSError, http.client.HTTPException) as error:
            self.trouble = f"{self.kind.__name__} {'kept' if self.keeps else 'fresh'}, {self.asked}: {error!r}"
        connection.close()


run("ci", "run", "--name", "e2e-quiet", "busybox", "echo", "hello")
gateway = Gateway(CONFIGURATIONS[0])
expect(ask(SOCKET, "GET", "/_ping")[0] == 200, "it does not serve")
eventually("the daemon's anchor", lambda: ask(SOCKET, "GET", "/info")[0] == 200)
askers = [Asker(kind, keeps) for kind in (Plain, Secure) for keeps in (True, False) for _ in range(CLIENTS_EACH)]
for asker in askers:
    asker.start()
stream = Plain()
stream.request("GET", "/events?filters={%22type%22:[%22volume%22]}")
for number in range(RELOADS):
    gateway.reload(CONFIGURATIONS[(number + 1) % len(CONFIGURATIONS)])
    expect(not any(asker.trouble for asker in askers), str([asker.trouble for asker in askers if asker.trouble]))
for asker in askers:
    asker.stopping = True
for asker in askers:
    asker.join(60)
expect(not any(asker.trouble or asker.is_alive() for asker in askers), str([asker.trouble for asker in askers]))
print("requests:", sum(asker.asked for asker in askers))
run("daemon", "volume", "create", "e2e-seen")
answer = stream.getresponse()
expect(b"e2e-seen" in answer.readline(), "the stream is not the one that it was")
stream.close()
answer.close()
expect(not gateway.events("revoked"), f"something was revoked: {gateway.events('revoked')[:3]}")

# Everything idle goes, but the daemon's anchors and what its pool keeps.
gateway.reload(CONFIGURATIONS[0])
before = gateway.descriptors()
for number in range(20):
    gateway.reload(CONFIGURATIONS[(number + 1) % len(CONFIGURATIONS)])
gateway.reload(CONFIGURATIONS[0])
eventually("as many descriptors as before", lambda: gateway.descriptors() <= before)
expect(gateway.stop() == 0, "it did not end well: " + gateway.log_text()[-2000:])
