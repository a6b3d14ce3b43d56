#!/usr/bin/python3
"""Forms that the RFC allows: HTTP/1.0, HEAD, Expect, chunked bodies, pipelining, keep-alive, byte by byte."""
import time

from escapes import JSON, request
from lib import ENV, connect, exchange, expect, http, parse

SOCKET = ENV["ADMIN_SOCKET"]


def answer_of(data):
    return parse(exchange(SOCKET, data))


status, value = answer_of(b"GET /_ping HTTP/1.0\r\n\r\n")
expect((status, value) == (200, "OK"), f"HTTP/1.0: {status} {value}")

head = exchange(SOCKET, request("HEAD", "/_ping"))
expect(head.startswith(b"HTTP/1.1 200") and head.endswith(b"\r\n\r\n"), f"HEAD: {head}")

body = b'{"Name":"e2e-forms"}'
sent = [b"POST /v1.41/volumes/create HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n", b"5\r\n" + body[:5] + b"\r\n", b"%x\r\n" % (len(body) - 5) + body[5:] + b"\r\n",
        b"0\r\n\r\n"]
with connect(SOCKET) as connection:
    for piece in sent:
        connection.sendall(piece)
        time.sleep(0.1)
    status, value = parse(connection.makefile("rb").read())
expect(status == 201 and value["Name"] == "e2e-forms", f"chunked: {status} {value}")

with connect(SOCKET) as connection:
    connection.sendall(b"POST /v1.41/volumes/create HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
                       b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body))
    go_on = connection.recv(100)
    expect(go_on.startswith(b"HTTP/1.1 100 "), f"Expect: {go_on}")
    connection.sendall(body)
    status, value = parse(connection.makefile("rb").read())
expect(status == 201, f"after 100: {status} {value}")
http(SOCKET, "DELETE", "/v1.41/volumes/e2e-forms")

one = b"GET /v1.41/containers/e2e-nobody/json HTTP/1.1\r\nHost: x\r\n\r\n"
data = exchange(SOCKET, one * 9 + request("GET", "/_ping"))
expect(data.count(b"HTTP/1.1 404") == 9 and data.endswith(b"OK"), f"pipelined: {data[-300:]}")

with connect(SOCKET) as connection:
    for byte in request("GET", "/_ping"):
        connection.sendall(bytes([byte]))
    expect(connection.makefile("rb").read().endswith(b"OK"), "byte by byte")

with connect(SOCKET) as connection:
    file = connection.makefile("rb")
    for turn in range(50):
        connection.sendall(b"GET /v1.41/version HTTP/1.1\r\nHost: x\r\n\r\n")
        expect(file.readline().startswith(b"HTTP/1.1 200"), f"keep-alive, turn {turn}")
        headers = dict(line.decode().strip().lower().split(": ", 1) for line in iter(file.readline, b"\r\n"))
        if "content-length" in headers:
            file.read(int(headers["content-length"]))
        else:
            while (size := int(file.readline(), 16)):
                file.read(size + 2)
            file.readline()
