#!/usr/bin/python3
"""Sockets passed as systemd passes them: LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES, from descriptor 3 on."""
import os
import signal
import socket
import subprocess

from lib import ENV, SCRATCH, eventually, expect, http, skip

if not ENV["PROGRAM"]:
    skip("this is about quaymaster")

path, config = SCRATCH + "/passed.sock", SCRATCH + "/passed.conf"
with open(config, "w", encoding="ascii") as file:
    file.write(f'upstream = {{ socket = "{ENV["DAEMON_SOCKET"]}"; }};\n'
               'listeners = ( { systemd = "jobs"; } );\nclients = ( { policy = "ci"; } );\n')
with socket.socket(socket.AF_UNIX) as listener:
    listener.bind(path)
    listener.listen(8)
    child = os.fork()
    if child == 0:
        os.dup2(listener.fileno(), 3)
        os.set_inheritable(3, True)  # dup2 of 3 onto itself leaves it as it was
        os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1", LISTEN_FDNAMES="jobs")
        os.execv(ENV["PROGRAM"], [ENV["PROGRAM"], "run", "--config", config])
try:
    eventually("an answer on the passed socket", lambda: http(path, "GET", "/_ping")[0] == 200)
    status, answer = http(path, "POST", "/containers/create", {"Image": "busybox", "HostConfig": {"Privileged": True}})
    expect(status == 403 and "Privileged" in answer["message"], f"not refused: {status} {answer}")
finally:
    os.kill(child, signal.SIGTERM)
    _, ended = os.waitpid(child, 0)
expect(ended == 0, f"quaymaster ended with {ended}")
expect(os.path.exists(path), "the passed socket's path is not quaymaster's to remove")

# Without being passed anything it says what is missing.
done = subprocess.run([ENV["PROGRAM"], "run", "--config", config], capture_output=True, text=True, check=False)
expect(done.returncode == 1 and "jobs" in done.stderr, f"unclear: {done.stderr}")
