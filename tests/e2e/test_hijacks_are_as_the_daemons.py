#!/usr/bin/python3
"""Streams of exec and attach, byte for byte as the daemon gives them: each is asked of the daemon itself and through
quaymaster, with the ids of tests/differentials.tsv (rule-H)."""
import re
import socket
import time

from lib import ENV, connect, expect, fail, http, read_all, run, skip

if not ENV["TLS_ADDRESS"]:
    skip("is about quaymaster itself")
DAEMON, OURS = ENV["DAEMON_SOCKET"], ENV["ADMIN_SOCKET"]


def talk(path, request, late=b"", finish=True):
    """Sends REQUEST and, a little later, LATE; then finishes writing, and hears the other side out."""
    with connect(path) as connection:
        connection.sendall(request)
        time.sleep(0.3)
        if late:
            connection.sendall(late)
            time.sleep(0.3)  # the end of standard input ends an attach, whatever is still to be said
        if finish:
            connection.shutdown(socket.SHUT_WR)
        return read_all(connection)


def request(target, body=None, headers=(), chunked=False, version="/v1.41"):
    lines = [f"POST {version}{target} HTTP/1.1", "Host: docker", *headers]
    if body is None:
        return "\r\n".join(lines + ["Content-Length: 0", "", ""]).encode()
    lines.append("Content-Type: application/json")
    if chunked:
        return "\r\n".join(lines + ["Transfer-Encoding: chunked", "", f"{len(body):x}", body, "0", "", ""]).encode()
    return "\r\n".join(lines + [f"Content-Length: {len(body)}", "", body]).encode()


UPGRADE = ["Connection: Upgrade", "Upgrade: tcp"]


def new_exec(words, **options):
    status, value = http(DAEMON, "POST", "/v1.41/containers/e2e-hijack/exec",
                         {"Cmd": words, "AttachStdin": True, "AttachStdout": True, "AttachStderr": True, **options})
    expect(status == 201, f"no exec: {status} {value}")
    return value["Id"]


def sound(answer):
    """What two answers must share: their first line, the headers that say how to read the rest, and the rest."""
    head, _, rest = answer.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    kept = sorted(line.lower() for line in lines[1:]
                  if line.lower().startswith((b"content-type:", b"upgrade:", b"connection: upgrade")))
    return lines[0].split(b" ")[1], kept, re.sub(rb"[0-9a-f]{64}", b"<id>", rest)


def same(name, ask, must=b""):
    """ASK is called with each socket; MUST is in what both answer."""
    theirs, ours = ask(DAEMON), ask(OURS)
    if sound(theirs) != sound(ours):
        fail(f"{name}:\n  daemon {sound(theirs)}\n  ours   {sound(ours)}")
    expect(must in ours, f"{name}: no {must} in {ours}")


def start(words, body="{}", headers=(), late=b"", chunked=False, finish=True, **options):
    """Starts a new exec of WORDS through a socket."""
    def ask(path):
        return talk(path, request(f"/exec/{new_exec(words, **options)}/start", body, headers, chunked), late, finish)
    return ask


def again(path):
    """The same exec twice."""
    name = new_exec(["echo", "hi"])
    talk(path, request(f"/exec/{name}/start", "{}"))
    return talk(path, request(f"/exec/{name}/start", "{}", UPGRADE))


def attach(query="stream=1&stdout=1&stdin=1&logs=1", headers=(), late=b"", name="e2e-attach"):
    """Attaches to a new container that says boot and then what it is told."""
    def ask(path):
        run("daemon", "run", "-d", "-i", "--name", name, "busybox", "sh", "-c", "echo boot; cat")
        answer = talk(path, request(f"/containers/{name}/attach?{query}", None, headers), late)
        run("daemon", "rm", "-f", name)
        return answer
    return ask


def attach_terminal(path):
    """A container with a terminal: what it says has no frames."""
    run("daemon", "run", "-d", "-t", "--name", "e2e-tty", "busybox", "echo", "boot")
    run("daemon", "wait", "e2e-tty")
    answer = talk(path, request("/containers/e2e-tty/attach?stdout=1&logs=1", None, UPGRADE))
    run("daemon", "rm", "-f", "e2e-tty")
    return answer


run("daemon", "run", "-d", "--name", "e2e-hijack", "busybox", "sleep", "600")
same("A01 no upgrade", start(["echo", "hi"]), b"hi\n")
same("A02 an upgrade", start(["echo", "hi"], headers=UPGRADE), b"hi\n")
same("A05 Connection alone", start(["echo", "hi"], headers=["Connection: Upgrade"]), b"hi\n")
same("A07 standard input comes late, and ends", start(["cat"], headers=UPGRADE, late=b"late\n"), b"late\n")
same("A08 a terminal at the start only", start(["echo", "hi"], '{"Tty":true}', UPGRADE), b"hi\n")
same("A09 detached", start(["true"], '{"Detach":true}', finish=False, headers=["Connection: close"]))
same("A10 an exec that is not there", lambda path: talk(path, request("/exec/" + "0" * 64 + "/start", "{}", UPGRADE)), b"404")
same("A11 a second time", again)
same("A15 a chunked body", start(["cat"], headers=UPGRADE, late=b"late\n", chunked=True), b"late\n")
same("A17 a command that is not there", start(["/nothing/here"], headers=UPGRADE))
same("A20 attach without an upgrade", attach(), b"boot\n")
same("A21 A22 attach, input comes late, and ends", attach(headers=UPGRADE, late=b"xyz\n"), b"xyz\n")
same("A23 attach to nobody", lambda path: talk(path, request("/containers/e2e-nobody/attach", None, UPGRADE)), b"404")
same("A26 attach to a terminal", attach_terminal, b"boot\r\n")

# A06, A07b: what is behind the request is lost to the daemon. Through quaymaster it waits for the daemon's answer.
early = talk(OURS, request(f"/exec/{new_exec(['cat'])}/start", "{}", UPGRADE) + b"early\n")
expect(b"early\n" in early, f"early data: {early}")
early = talk(OURS, request(f"/exec/{new_exec(['cat'])}/start", "{}", UPGRADE) + b"early\n", b"late\n")
expect(b"early\n" in early and b"late\n" in early, f"early and late data: {early}")
run("daemon", "rm", "-f", "e2e-hijack")
