#!/usr/bin/python3
"""What is not HTTP/1.1 as RFC 9112 has it gets a Docker-shaped 400-class answer and a closed connection, and the
daemon hears nothing of it."""
import json

from escapes import create, request
from lib import ENV, exchange, expect, parse, skip

if not ENV["TLS_ADDRESS"]:
    skip("is about quaymaster itself")
SOCKET = ENV["RECORDED_ADMIN_SOCKET"]  # who may do all, so that nothing but the form is a reason


def recorded():
    with open(ENV["RECORDING"], encoding="utf-8") as file:
        return [line for line in map(json.loads, file) if not line["first"].startswith("GET /_ping")
                and "/version " not in line["first"]]


body = '{"Image":"busybox","HostConfig":{}}'
good = create(body)
length = f"Content-Length: {len(body)}".encode()
ping = request("GET", "/v1.41/containers/json")
BROKEN = {
    "both framings": good.replace(length, length + b"\r\nTransfer-Encoding: chunked"),
    "two lengths": good.replace(length, length + b"\r\n" + length + b"1"),
    "two equal lengths": good.replace(length, length + b"\r\n" + length),
    "length list": good.replace(length, length + b", 2"),
    "negative length": good.replace(length, b"Content-Length: -1"),
    "huge length": good.replace(length, b"Content-Length: 99999999999999999999999"),
    "folded": ping.replace(b"Connection", b"X: a\r\n b\r\nConnection"),
    "space before colon": ping.replace(b"Host:", b"Host :"),
    "bare LF": ping.replace(b"\r\n", b"\n"),
    "bare CR": ping.replace(b"docker\r\n", b"doc\rker\r\n"),
    "NUL": ping.replace(b"docker\r\n", b"doc\0ker\r\n"),
    "no name": ping.replace(b"Connection", b": x\r\nConnection"),
    "name with space": ping.replace(b"Connection", b"A B: x\r\nConnection"),
    "unknown coding": good.replace(length, b"Transfer-Encoding: gzip"),
    "chunked not last": good.replace(length, b"Transfer-Encoding: chunked, gzip"),
    "no host": ping.replace(b"Host: docker\r\n", b""),
    "two hosts": ping.replace(b"Host: docker", b"Host: a\r\nHost: b"),
    "absolute form": ping.replace(b"/v1.41", b"http://docker/v1.41", 1),
    "authority form": ping.replace(b"GET /v1.41/containers/json", b"CONNECT docker:80"),
    "two slashes": ping.replace(b"/containers", b"//containers"),
    "dots": ping.replace(b"/containers", b"/x/../containers"),
    "encoded slash": ping.replace(b"/containers/json", b"/containers%2Fjson"),
    "bad escape": ping.replace(b"/containers/json", b"/containers/%zz/json"),
    "encoded NUL": ping.replace(b"/containers/json", b"/containers/a%00/json"),
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/0.9": b"GET /_ping\r\n\r\n",
    "HTTP/3": ping.replace(b"HTTP/1.1", b"HTTP/3.0"),
    "a long line": ping.replace(b"docker\r\n", b"d" * 70000 + b"\r\n"),
    "many headers": ping.replace(b"docker\r\n", b"docker\r\n" + b"A: b\r\n" * 200),
    "form body": request("POST", "/v1.41/containers/prune", "filters={}", ["Content-Type: application/x-www-form-urlencoded"]),
    "multipart body": request("POST", "/v1.41/build", "--x--", ["Content-Type: multipart/form-data; boundary=x"]),
    "cross-site": ping.replace(b"Connection", b"Origin: http://evil.example\r\nConnection"),
    "fetch metadata": ping.replace(b"Connection", b"Sec-Fetch-Mode: cors\r\nConnection"),
    "lone text": b"hello\r\n\r\n",
    "TLS hello on a plain socket": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64) + b"\r\n\r\n",
    "chunk size": good.replace(length, b"Transfer-Encoding: chunked")[:-len(body)] + b"zz\r\n" + body.encode() + b"\r\n0\r\n\r\n",
    "endless chunk line": good.replace(length, b"Transfer-Encoding: chunked")[:-len(body)] + b"1" * 5000,
    "chunk without CRLF": good.replace(length, b"Transfer-Encoding: chunked")[:-len(body)]
                          + f"{len(body):x}\r\n{body}0\r\n\r\n".encode(),
}

before = len(recorded())
for name, data in BROKEN.items():
    status, value = parse(exchange(SOCKET, data, finish=True))
    expect(400 <= status < 500 or status in (501, 505), f"{name}: {status} {value}")
    expect(isinstance(value, dict) and isinstance(value.get("message"), str), f"{name}: not in Docker's form: {value}")
expect(len(recorded()) == before, f"the daemon heard: {recorded()[before:]}")

# The same connection, sound, works: the reasons above were the reasons.
expect(parse(exchange(SOCKET, good))[0] == 201, "a sound create was refused")
expect(parse(exchange(SOCKET, ping))[0] in (200, 404), "a sound list was refused")
print(f"{len(BROKEN)} refused")
