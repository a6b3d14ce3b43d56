#!/usr/bin/python3
"""With `init`, `run` makes the certificates of docker:dind's layout itself, and docker finds its way by them. What ends soon is signed
afresh. `certs revoke` cuts who has the certificate, by itself; a list that is lost lets nobody in again."""
import os
import socket
import subprocess
import time

from gateway import Gateway, Watched
from lib import ENV, SCRATCH, eventually, expect, run

CERTS = SCRATCH + "/certs"


def quaymaster(*words):
    return subprocess.run([ENV["PROGRAM"], *words], check=True, capture_output=True, text=True).stdout


def docker(folder, *words):
    return [ENV["DOCKER"], "-H", f"tcp://localhost:{port}", "--tlsverify", "--tlscacert", f"{folder}/ca.pem",
            "--tlscert", f"{folder}/cert.pem", "--tlskey", f"{folder}/key.pem", *words]


def gets_in(folder):
    return subprocess.run(docker(folder, "version"), capture_output=True, check=False).returncode == 0


def shown():
    """The certificate that the port shows."""
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-CAfile", f"{CERTS}/server/ca.pem"],
                          capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    return done.stdout[done.stdout.find("-----BEGIN"):done.stdout.find("-----END")]


def let_the_servers_end(days):
    subprocess.run(["openssl", "x509", "-req", "-in", f"{CERTS}/server/csr.pem", "-CA", f"{CERTS}/ca/cert.pem", "-CAkey",
                    f"{CERTS}/ca/key.pem", "-days", str(days), "-extfile", f"{CERTS}/server/openssl.cnf", "-extensions",
                    "x509_exts", "-out", f"{CERTS}/server/ending.pem"], check=True, capture_output=True)
    os.rename(f"{CERTS}/server/ending.pem", f"{CERTS}/server/cert.pem")


def lasts(days):
    return subprocess.run(["openssl", "x509", "-in", f"{CERTS}/server/cert.pem", "-noout", "-checkend",
                           str(days * 86400)], capture_output=True, check=False).returncode == 0


with socket.socket() as chooser:
    chooser.bind(("127.0.0.1", 0))
    port = chooser.getsockname()[1]
CONFIGURATION = f'''listeners = ( {{ name = "tls"; address = "127.0.0.1:{port}"; tls = {{ directory = "{CERTS}"; init = true; }}; }} );
clients = ( {{ certificate = {{ common_name = "*"; }}; policy = "ci"; }} );
'''

# From nothing to a client that gets in.
gateway = Gateway(CONFIGURATION)
eventually("the sign for clients", lambda: os.path.exists(f"{CERTS}/client/ca.pem"))
expect(gets_in(f"{CERTS}/client"), "the client's certificate does not let it in")

# What ends soon is signed afresh, at the latest at a reload, and shown without a restart.
let_the_servers_end(10)
expect(not lasts(20), "the test's certificate does not end")
eventually("the ending certificate on the port", lambda: shown() in open(f"{CERTS}/server/cert.pem").read())
gateway.reload()
gateway.wait_for_log("signed afresh")
expect(lasts(800), "the certificate was not renewed")
eventually("the new certificate on the port", lambda: shown() in open(f"{CERTS}/server/cert.pem").read())
expect(gets_in(f"{CERTS}/client"), "the client does not believe the new certificate")

# Revoked: the one is cut, the other is not.
for name in ("one", "two"):
    quaymaster("certs", "client", "--directory", CERTS, "--common-name", name, "--output", f"{SCRATCH}/{name}")
run("ci", "run", "-d", "--name", "e2e-ticking", "busybox", "sh", "-c", "while sleep 0.2; do echo tick; done")
one, two = (Watched(docker(f"{SCRATCH}/{name}", "logs", "-f", "e2e-ticking")) for name in ("one", "two"))
for watched in (one, two):
    watched.says("tick")
said = quaymaster("certs", "revoke", "--directory", CERTS, f"{SCRATCH}/one/cert.pem")
expect("revoked" in said, f"said: {said}")
one.ends()
expect(two.lives(), "the other client was cut, too")
expect(not gets_in(f"{SCRATCH}/one"), "a revoked client gets in")
expect(gets_in(f"{SCRATCH}/two"), "another client does not get in")
expect(any(line["certificate"]["common_name"] == "one" for line in gateway.events("revoked")), "the audit log has no word of it")

# A list that is lost: what is in force stays, and a start is refused.
os.rename(f"{CERTS}/server/crl.pem", f"{CERTS}/lost.pem")
end = time.monotonic() + 6  # longer than the time between two looks at the files
while time.monotonic() < end:
    expect(not gets_in(f"{SCRATCH}/one"), "a revoked client gets in when its list is lost")
expect(gateway.stop() == 0, "it does not end well")
without = CONFIGURATION.replace("init = true; ", "")
gateway.write(without)
done = subprocess.run([ENV["PROGRAM"], "run", "--config", gateway.file], capture_output=True, text=True, timeout=60, check=False)
expect(done.returncode == 1 and "crl.pem" in done.stderr, f"it starts without its list: {done.stderr}")
