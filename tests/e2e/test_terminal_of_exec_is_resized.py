#!/usr/bin/python3
"""docker exec -it under a pty: the size it starts with, and a resize, which comes on a second connection."""
import time

from lib import EVERYONE, Terminal, docker, expect, run


def size_inside(terminal):
    terminal.type("stty size\n")
    terminal.read_until("stty size\r\n")
    size = terminal.read_until("\r\n")
    terminal.read_until("# ")
    return size


for client in EVERYONE:
    run(client, "run", "-d", "--name", "e2e-terminal", "busybox", "sleep", "600")
    terminal = Terminal(docker(client) + ["exec", "-it", "e2e-terminal", "sh"], rows=33, columns=111)
    terminal.read_until("# ")
    time.sleep(0.5)  # docker listens for a change of size only a moment after it has started the exec
    for size in ("33 111", "44 99"):
        terminal.resize(*map(int, size.split()))
        deadline = time.monotonic() + 10
        while (seen := size_inside(terminal)) != size:
            expect(time.monotonic() < deadline, f"{client}: size is {seen}, not {size}")
            time.sleep(0.2)
    terminal.type("exit 6\n")
    expect(terminal.finish() == 6, f"{client}: wrong exit code")
    run(client, "rm", "-f", "e2e-terminal")
