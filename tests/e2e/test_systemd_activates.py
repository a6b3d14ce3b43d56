#!/usr/bin/python3
"""Started by systemd-socket-activate at the first connection, which waits for it; the socket outlives an upgrade, a death of the process that
serves, and the service."""
import os
import shutil
import signal
import subprocess

from lib import ENV, SCRATCH, eventually, expect, http, serving, skip

if not ENV["PROGRAM"]:
    skip("this is about quaymaster")
ACTIVATE = shutil.which("systemd-socket-activate")
if not ACTIVATE:
    raise SystemExit("this needs systemd-socket-activate, of systemd")

path, config, log_path = SCRATCH + "/activated.sock", SCRATCH + "/activated.conf", SCRATCH + "/activated.log"
with open(config, "w", encoding="ascii") as file:
    file.write(f'upstream = {{ socket = "{ENV["DAEMON_SOCKET"]}"; }};\n'
               'listeners = ( { systemd = "jobs"; } );\nclients = ( { policy = "ci"; } );\n')


def log_text():
    with open(log_path, encoding="ascii") as file:
        return file.read()


def serves():
    return http(path, "GET", "/_ping")[0] == 200


with open(log_path, "w", encoding="ascii") as log, \
        subprocess.Popen([ACTIVATE, "--listen", path, "--fdname", "jobs", ENV["PROGRAM"], "run", "--config", config],
                         stderr=log, env=ENV) as service:
    try:
        eventually("the socket", lambda: os.path.exists(path))
        expect("ready" not in log_text(), "it runs before anybody came")
        expect(serves(), "the first client is not served")
        before = serving(service.pid)
        service.send_signal(signal.SIGUSR2)
        eventually("an upgrade", lambda: log_text().count(" ready\n") == 2)
        expect(serves(), "it does not serve after an upgrade")
        eventually("the process before has ended", lambda: serving(service.pid) != before)
        os.kill(serving(service.pid), signal.SIGKILL)
        expect(serves(), "who came in between was not served")
        service.send_signal(signal.SIGHUP)
        eventually("a reload", lambda: "is in force" in log_text())
        expect(serves(), "it does not serve after a reload")
    finally:
        service.terminate()
        ended = service.wait(30)
expect(ended == 0, f"quaymaster ended with {ended}: {log_text()}")
expect(os.path.exists(path), "the socket's path is not quaymaster's to remove")
