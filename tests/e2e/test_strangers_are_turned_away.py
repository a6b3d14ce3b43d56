#!/usr/bin/python3
"""Over TLS only a client with a certificate of the right authority gets an answer, and then only if a rule names
it; TLS 1.1 and h2 are not spoken."""
import socket
import ssl
import subprocess

from lib import ENV, exchange, expect, skip

if not ENV["TLS_ADDRESS"]:
    skip("is about quaymaster itself")
host, port = ENV["TLS_ADDRESS"].split(":")
PING = b"GET /_ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


def ask(client=None, alpn=None, highest=None):
    """The answer's first line, or the reason for none."""
    context = ssl.create_default_context(cafile=ENV["CLIENTS"] + "/admin/ca.pem")
    if highest:
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.maximum_version = highest
    if alpn:
        context.set_alpn_protocols(alpn)
    if client:
        path = ENV["CLIENTS"] + "/" + client
        context.load_cert_chain(path + "/cert.pem", path + "/key.pem")
    try:
        with socket.create_connection((host, int(port)), timeout=10) as plain:
            with context.wrap_socket(plain, server_hostname="localhost") as stream:
                stream.sendall(PING)
                answer = stream.recv(4096).decode("latin-1").split("\r\n")[0]
                return answer + (f" {stream.selected_alpn_protocol()}" if alpn else "")
    except OSError as error:
        return type(error).__name__ + ": " + str(error)


expect(" 200 " in ask("admin"), f"admin: {ask('admin')}")
expect(" 200 " in ask("ci"), f"ci: {ask('ci')}")
expect(" 403 " in ask("stranger"), f"a client that no rule names: {ask('stranger')}")
expect("HTTP" not in ask(None), f"no certificate: {ask(None)}")
expect("HTTP" not in ask("foreign"), f"another authority's admin: {ask('foreign')}")
expect("HTTP" not in ask("admin", highest=ssl.TLSVersion.TLSv1_1), "TLS 1.1 was spoken")
expect(" 200 " in ask("admin", highest=ssl.TLSVersion.TLSv1_2), "TLS 1.2 was not spoken")
expect(ask("admin", alpn=["h2", "http/1.1"]).endswith("http/1.1"), "not http/1.1 of h2 and http/1.1")
expect("h2" not in ask("admin", alpn=["h2"]), "h2 was chosen")

# Plain HTTP on the TLS port, and rubbish: closed, and the next client is served as before.
with socket.create_connection((host, int(port)), timeout=10) as plain:
    plain.sendall(PING)
    try:
        answer = plain.recv(4096)
    except ConnectionResetError:
        answer = b""
    expect(b" 200 " not in answer, "plain HTTP was served")
for rubbish in (b"", b"\x16", b"\x16\x03\x01\xff\xff" + b"\0" * 100, b"\0" * 4096):
    with socket.create_connection((host, int(port)), timeout=10) as plain:
        plain.sendall(rubbish)
expect(" 200 " in ask("admin"), "nobody is served any more")

# renegotiation is refused (TLS 1.2)
done = subprocess.run(["openssl", "s_client", "-connect", ENV["TLS_ADDRESS"], "-tls1_2", "-cert",
                       ENV["CLIENTS"] + "/admin/cert.pem", "-key", ENV["CLIENTS"] + "/admin/key.pem"], input="R\nGET /_ping\n",
                      capture_output=True, text=True, timeout=20, check=False)
expect("HTTP/1.1 200" not in done.stdout, "renegotiation was allowed")
