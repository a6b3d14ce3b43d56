#!/usr/bin/python3
"""A gibibyte each way through one attach over TLS, to a client that reads slowly, in less than 32 MiB of memory.

The upstream is an echo that answers attach as dockerd does: a real container would spend the time, not the memory.
Measured on the plain build, since a sanitizer's shadow memory is not quaymaster's."""
import os
import select
import socket
import ssl
import subprocess
import sys
import threading
import time

from lib import ENV, SCRATCH, eventually, expect, skip, serving

TOTAL = 1 << 30
LIMIT_KIB = 32 * 1024
SLOW_SECONDS = 3
BLOCK = bytes(range(256)) * 256  # 64 KiB
UPGRADED = (b"HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\n"
            b"Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n")


def echo(listener):
    connection, _ = listener.accept()
    head = b""
    while b"\r\n\r\n" not in head:
        head += connection.recv(4096)
    connection.sendall(UPGRADED)
    buffer = bytearray(1 << 18)
    while True:
        got = connection.recv_into(buffer)
        if got == 0:
            break
        connection.sendall(memoryview(buffer)[:got])
    connection.shutdown(socket.SHUT_WR)
    connection.recv(1)


def pump(client):
    """Sends and reads by turns on one thread, as a TLS connection wants it: a trickle for a while, then all it can."""
    client.setblocking(False)
    sent = received = 0
    slow_until = time.monotonic() + SLOW_SECONDS
    buffer = bytearray(1 << 18)
    while received < TOTAL:
        idle = True
        if sent < TOTAL:
            try:
                sent += client.send(BLOCK[sent % len(BLOCK):])
                idle = False
            except (ssl.SSLWantWriteError, ssl.SSLWantReadError):
                pass
        try:
            got = client.recv_into(buffer)
            expect(got > 0, f"the tunnel ended after {received} bytes")
            received += got
            idle = False
            if time.monotonic() < slow_until:
                time.sleep(0.05)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        if idle:
            select.select([client], [client] if sent < TOTAL else [], [], 1)


def peak_kib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))


program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../build/quaymaster")
if not ENV["TLS_ADDRESS"]:
    skip("this is about quaymaster")
if not os.path.exists(program):
    sys.exit("build/quaymaster is needed: make")

upstream_path, front_path = SCRATCH + "/echo.sock", SCRATCH + "/front.conf"
with socket.socket(socket.AF_UNIX) as upstream, socket.socket() as probe:
    upstream.bind(upstream_path)
    upstream.listen(1)
    threading.Thread(target=echo, args=(upstream,), daemon=True).start()
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
    probe.close()
    with open(front_path, "w", encoding="ascii") as config:
        config.write(f'upstream = {{ socket = "{upstream_path}"; engine = "any"; api_version = "1.41"; }};\n'
                     f'listeners = ( {{ address = "127.0.0.1:{port}"; tls = {{ directory = "{ENV["CERTS"]}"; }}; }} );\n'
                     'clients = ( { policy = "admin"; } );\nworkers = 1;\n')
    with subprocess.Popen([program, "run", "--config", front_path]) as quaymaster:
        certificates = ENV["CLIENTS"] + "/admin/"
        context = ssl.create_default_context(cafile=certificates + "ca.pem")
        context.load_cert_chain(certificates + "cert.pem", certificates + "key.pem")

        def answers():
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return True
            except OSError:
                return False

        eventually("quaymaster listens", answers)
        with context.wrap_socket(socket.create_connection(("127.0.0.1", port)), server_hostname="localhost") as client:
            client.sendall(b"POST /v1.41/containers/c/attach?stream=1&stdin=1&stdout=1 HTTP/1.1\r\nHost: x\r\n"
                           b"Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n")
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += client.recv(1)
            expect(b" 101 " in head, f"no upgrade: {head}")
            begun = time.monotonic()
            pump(client)
        peak = peak_kib(serving(quaymaster.pid))
        print(f"{TOTAL >> 20} MiB each way in {time.monotonic() - begun:.1f} s, peak {peak} KiB")
        quaymaster.terminate()
    expect(peak < LIMIT_KIB, f"quaymaster needed {peak} KiB")
