#!/usr/bin/python3
"""quaymaster reload says that the configuration is in force, or each mistake with file:line, or why the one that runs did not take it; who
says anything else to its socket is hung up on."""
import os
import socket
import stat
import subprocess

from gateway import Gateway
from lib import ENV, SCRATCH, expect, http

SOCKET, CONTROL = SCRATCH + "/ours.sock", SCRATCH + "/control.sock"
CONFIGURATION = f'listeners = ( {{ name = "ours"; socket = "{SOCKET}"; mode = "0600"; }} );\n' \
    f'clients = ( {{ policy = "ci"; }} );\ncontrol = "{CONTROL}";\n'


def reload():
    done = subprocess.run([ENV["PROGRAM"], "reload", "--config", gateway.file], capture_output=True, text=True, check=False,
                          timeout=30, env={"LSAN_OPTIONS": "detect_leaks=0", **ENV})
    return done.returncode, done.stdout + done.stderr


gateway = Gateway(CONFIGURATION)
expect(stat.S_IMODE(os.lstat(CONTROL).st_mode) == 0o600, "others may ask")
for _ in range(20):
    expect(reload() == (0, "the configuration is in force\n"), f"not taken: {reload()}")
gateway.write(CONFIGURATION.replace('"ci"', '"cj"'))
status, said = reload()
expect(status == 1 and f"{gateway.file}:5: clients[0].policy: no policy is called 'cj'" in said, said)
gateway.write(CONFIGURATION.replace(SOCKET, "/no/such/folder/socket"))
status, said = reload()
expect(status == 1 and "/no/such/folder/socket: No such file or directory" in said, said)
gateway.write(CONFIGURATION.replace(f'control = "{CONTROL}";\n', ""))
status, said = reload()
expect(status == 1 and "names no socket" in said, said)
gateway.write(CONFIGURATION)

# Who does not say the word, all of it and nothing else, or says nothing, keeps nobody from asking.
begin = len(gateway.log_text())
silent = socket.socket(socket.AF_UNIX)
silent.connect(CONTROL)
for word in (b"x", b"reload", b"reload\nreload\n", b"x" * 100000):
    with socket.socket(socket.AF_UNIX) as caller:
        caller.settimeout(10)
        caller.connect(CONTROL)
        try:
            caller.sendall(word)
            expect(caller.recv(100) == b"", f"{word[:20]} is answered")
        except OSError:
            pass
expect(gateway.log_text()[begin:] == "", "something was done: " + gateway.log_text()[begin:])
expect(reload()[0] == 0, "nobody is heard any more")
expect(http(SOCKET, "GET", "/_ping")[0] == 200, "it does not serve")
expect(gateway.stop() == 0, "it did not end well: " + gateway.log_text()[-2000:])
expect(not os.path.exists(CONTROL), "the socket's file is left behind")
