#!/usr/bin/python3
"""DOCKER_HOST=ssh://, with quaymaster dial-stdio as the key's forced command: the docker CLI works as far as the policy goes, streams and
standard input with it, and ssh gives nothing else."""
import getpass
import os
import shutil
import socket
import subprocess

from lib import ENV, SCRATCH, eventually, expect, skip

if not ENV["PROGRAM"]:
    skip("is about quaymaster itself")
SSHD = shutil.which("sshd", path=os.environ["PATH"] + ":/usr/sbin")
if not SSHD or not shutil.which("ssh"):
    raise SystemExit("this needs openssh-server: packaging/install-packages.sh test")

home, user = SCRATCH + "/home", getpass.getuser()
os.makedirs(home + "/bin")
for key in ("host", "client"):
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{home}/{key}"], check=True)
with open(home + "/client.pub", encoding="ascii") as public, open(home + "/keys", "w", encoding="ascii") as keys:
    keys.write(f'restrict,command="{ENV["PROGRAM"]} dial-stdio --socket {ENV["CI_SOCKET"]}" {public.read()}')
with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
with open(home + "/sshd.conf", "w", encoding="ascii") as file:
    file.write(f"ListenAddress 127.0.0.1\nPort {port}\nHostKey {home}/host\nAuthorizedKeysFile {home}/keys\n"
               "StrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin prohibit-password\n"
               f"PidFile none\nMaxStartups 100\n")
# The docker CLI runs `ssh`, and does not let options through.
with open(home + "/bin/ssh", "w", encoding="ascii") as file:
    file.write(f'#!/bin/sh\nexec {shutil.which("ssh")} -F none -i {home}/client -o BatchMode=yes -o StrictHostKeyChecking=no '
               f'-o UserKnownHostsFile=/dev/null -o LogLevel=ERROR "$@"\n')
os.chmod(home + "/bin/ssh", 0o755)
if os.getuid() == 0:
    os.makedirs("/run/sshd", exist_ok=True)

environment = {**ENV, "PATH": home + "/bin:" + ENV["PATH"], "DOCKER_HOST": f"ssh://{user}@127.0.0.1:{port}"}
environment.pop("DOCKER_TLS_VERIFY", None)


def docker(*arguments, text=""):
    return subprocess.run([ENV["DOCKER"], *arguments], env=environment, input=text, capture_output=True, text=True,
                          check=False, timeout=60)


def ssh(*command):
    return subprocess.run([home + "/bin/ssh", "-p", str(port), f"{user}@127.0.0.1", *command], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False, timeout=60)


def listens():
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


with open(home + "/sshd.log", "w", encoding="ascii") as log, \
        subprocess.Popen([SSHD, "-D", "-e", "-f", home + "/sshd.conf"], stderr=log) as sshd:
    try:
        eventually("sshd listens", listens)
        done = docker("run", "--rm", "-i", "busybox", "cat", text="through and back\n")
        with open(home + "/sshd.log", encoding="ascii") as file:
            expect(done.returncode == 0 and done.stdout == "through and back\n", f"no way there: {done} {file.read()}")
        done = docker("run", "--rm", "--privileged", "busybox", "true")
        expect(done.returncode != 0 and "Privileged" in done.stderr, f"not refused: {done}")
        done = docker("run", "--rm", "busybox", "sh", "-c", "head -c 3000000 /dev/zero")
        expect(done.returncode == 0 and len(done.stdout) == 3000000, f"{len(done.stdout)} bytes of 3000000")
        for command in (("id",), ("docker", "ps"), ("sh", "-c", "id #system dial-stdio-")):
            done = ssh(*command)
            expect(done.returncode == 1 and "uid=" not in done.stdout and "only the Docker API" in done.stderr,
                   f"{command}: {done}")
    finally:
        sshd.terminate()
