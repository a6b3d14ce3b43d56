#!/usr/bin/python3
# marked: tsan
"""docker run -it under a pty: echo, a prompt, control characters, and the exit code."""
from lib import EVERYONE, Terminal, docker, expect

for client in EVERYONE:
    terminal = Terminal(docker(client) + ["run", "--rm", "-it", "busybox", "sh"])
    terminal.read_until("# ")
    terminal.type("echo $((6*7))-answer\n")
    terminal.read_until("42-answer")
    terminal.type("sh -c 'echo $((8*8))-asleep; sleep 100'\n")
    terminal.read_until("64-asleep")
    terminal.type("\x03")  # interrupts the sleep, not the docker command
    terminal.read_until("# ")
    terminal.type("exit 4\n")
    expect(terminal.finish() == 4, f"{client}: wrong exit code")
