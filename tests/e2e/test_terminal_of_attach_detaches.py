#!/usr/bin/python3
"""docker attach to a container with a terminal, and leaving it with control-p control-q: it goes on running."""
from lib import EVERYONE, Terminal, docker, expect, run

for client in EVERYONE:
    run(client, "run", "-dit", "--name", "e2e-attach", "busybox", "sh")
    terminal = Terminal(docker(client) + ["attach", "e2e-attach"])
    terminal.type("echo $((40+2))-attached\n")
    terminal.read_until("42-attached")
    terminal.type("\x10\x11")
    terminal.read_until("read escape sequence")
    terminal.finish()
    expect(run("daemon", "inspect", "-f", "{{.State.Running}}", "e2e-attach") == "true", f"{client}: it ended")
    run(client, "rm", "-f", "e2e-attach")
