#!/usr/bin/python3
"""A CRL that names a client's certificate cuts that client's streams, by SIGHUP or by itself; another client's go on. The
revoked one gets in no more, and resumes no session of before."""
import os
import socket
import ssl
import subprocess
import time

from gateway import Gateway, Watched
from lib import ENV, SCRATCH, eventually, expect, read_all, run

AUTHORITY = SCRATCH + "/authority"


def openssl(*words):
    subprocess.run(["openssl", *words], check=True, capture_output=True, cwd=AUTHORITY)


def make_authority():
    """An authority with a list of what it has revoked, two clients and a server."""
    os.mkdir(AUTHORITY)
    for name, text in (("index.txt", ""), ("crlnumber", "01\n"), ("serial", "10\n"), ("ca.conf", f"""
[ca]
default_ca = here
[here]
database = {AUTHORITY}/index.txt
serial = {AUTHORITY}/serial
crlnumber = {AUTHORITY}/crlnumber
new_certs_dir = {AUTHORITY}
certificate = {AUTHORITY}/ca.pem
private_key = {AUTHORITY}/ca.key
default_md = sha256
default_days = 1
default_crl_days = 1
policy = any
[any]
commonName = supplied
[server]
subjectAltName = IP:127.0.0.1
extendedKeyUsage = serverAuth
keyUsage = digitalSignature
[client]
extendedKeyUsage = clientAuth
keyUsage = digitalSignature
[req]
distinguished_name = name
[name]
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
""")):
        with open(f"{AUTHORITY}/{name}", "w") as file:
            file.write(text)
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "1",
            "-subj", "/CN=authority", "-config", "ca.conf", "-extensions", "root")
    for name, usage in (("server", "server"), ("one", "client"), ("two", "client")):
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr",
                "-subj", f"/CN={name}", "-config", "ca.conf")
        openssl("ca", "-batch", "-config", "ca.conf", "-in", f"{name}.csr", "-out", f"{name}.pem",
                "-extensions", usage, "-notext")


def write_list(*revoked):
    for name in revoked:
        openssl("ca", "-config", "ca.conf", "-revoke", f"{name}.pem")
    openssl("ca", "-config", "ca.conf", "-gencrl", "-out", "new.crl")
    os.rename(AUTHORITY + "/new.crl", AUTHORITY + "/list.crl")


def configuration(crl):
    return f'''listeners = ( {{ name = "tls"; address = "127.0.0.1:{free}";
    tls = {{ certificate = "{AUTHORITY}/server.pem"; key = "{AUTHORITY}/server.key"; client_ca = "{AUTHORITY}/ca.pem"; {crl} }};
}} );
clients = ( {{ certificate = {{ common_name = "*"; }}; policy = "ci"; }} );
'''


def docker(name, *words):
    return [ENV["DOCKER"], "-H", f"tcp://127.0.0.1:{free}", "--tlsverify", "--tlscacert", AUTHORITY + "/ca.pem",
            "--tlscert", f"{AUTHORITY}/{name}.pem", "--tlskey", f"{AUTHORITY}/{name}.key", *words]


class Client:
    """Pings over TLS, and resumes the session that it was given."""

    def __init__(self, name, version):
        self.context = ssl.create_default_context(cafile=AUTHORITY + "/ca.pem")
        self.context.load_cert_chain(f"{AUTHORITY}/{name}.pem", f"{AUTHORITY}/{name}.key")
        self.context.minimum_version = self.context.maximum_version = version
        self.session = None

    def ping(self):
        """Whether a ping was answered, and by a resumed session."""
        with socket.create_connection(("127.0.0.1", free), timeout=10) as plain:
            try:
                with self.context.wrap_socket(plain, server_hostname="127.0.0.1", session=self.session) as stream:
                    stream.sendall(b"GET /_ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                    answered = b" 200 " in read_all(stream)
                    self.session = stream.session if answered else self.session
                    resumed = stream.session_reused
                    stream.unwrap()  # OpenSSL forgets the session of a connection that was cut
                    return answered, resumed
            except OSError:
                return False, False


make_authority()
with socket.socket() as chooser:
    chooser.bind(("127.0.0.1", 0))
    free = chooser.getsockname()[1]
gateway = Gateway(configuration(""))
run("ci", "run", "-d", "--name", "e2e-ticking", "busybox", "sh", "-c", "while sleep 0.2; do echo tick; done")

# By SIGHUP: the list is new in the configuration. TLS 1.2 and 1.3 resume in ways of their own.
resumers = [Client("one", version) for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)]
for client in resumers:
    expect((seen := client.ping()) == (True, False), f"a first ping: {seen}")
    expect(client.ping() == (True, True), "no session is resumed, and the test says nothing")
one, two = (Watched(docker(name, "logs", "-f", "e2e-ticking")) for name in ("one", "two"))
attached = Watched(docker("one", "attach", "--no-stdin", "e2e-ticking"))
for watched in (one, two, attached):
    watched.says("tick")
write_list("one")
began = time.monotonic()
gateway.reload(configuration(f'crl = "{AUTHORITY}/list.crl";'))
one.ends()
attached.ends()
print(f"cut within {time.monotonic() - began:.2f} s")
expect(two.lives(), "the other client was cut, too")
for line in gateway.events("revoked"):
    expect(line["certificate"]["common_name"] == "one" and "certificate revoked" in line["reason"], f"told: {line}")
expect({"container.logs", "container.attach"} <= {line.get("operation") for line in gateway.events("revoked")},
       "not all of it is told")
for client in resumers:
    expect(client.ping() == (False, False), "a revoked certificate got in by a session of before")
expect(Client("two", ssl.TLSVersion.TLSv1_3).ping()[0], "the other client gets in no more")
said = len(two.output)
eventually("more of the other client's stream", lambda: len(two.output) > said)

# By itself: the list has another name in it. A session that this very context has given is resumed no more, either.
resumer = Client("two", ssl.TLSVersion.TLSv1_3)
expect(resumer.ping() == (True, False) and resumer.ping() == (True, True), "the other client resumes nothing")
write_list("two")
two.ends(10)
expect(resumer.ping() == (False, False), "the other client got in by a session of before")
expect(gateway.stop() == 0, "it did not end well")
