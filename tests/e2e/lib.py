"""What the end-to-end tests in Python share. tests/e2e/run has exported where everything is."""
import fcntl
import json
import os
import pty
import select
import socket
import struct
import subprocess
import sys
import termios
import time

ENV = os.environ
WORK, SCRATCH = ENV["WORK"], ENV["SCRATCH"]


def fail(text):
    print("FAILED:", text, file=sys.stderr)
    sys.exit(1)


def skip(text):
    print("skipped:", text)
    sys.exit(77)


def expect(condition, text):
    if not condition:
        fail(text)


def docker(client):
    """The docker command's first words for a client: daemon, admin, ci, read_only, admin_tls, ci_tls."""
    if client.endswith("_tls") and ENV["TLS_ADDRESS"]:
        certificates = ENV["CLIENTS"] + "/" + client[:-len("_tls")]
        return [ENV["DOCKER"], "-H", "tcp://" + ENV["TLS_ADDRESS"], "--tlsverify",
                "--tlscacert", certificates + "/ca.pem", "--tlscert", certificates + "/cert.pem",
                "--tlskey", certificates + "/key.pem"]
    sockets = {"daemon": "DAEMON_SOCKET", "admin": "ADMIN_SOCKET", "ci": "CI_SOCKET", "read_only": "READ_ONLY_SOCKET",
               "admin_tls": "DAEMON_SOCKET", "ci_tls": "DAEMON_SOCKET"}
    return [ENV["DOCKER"], "-H", "unix://" + ENV[sockets[client]]]


EVERYONE = ["admin", "ci", "admin_tls", "ci_tls"]


def run(client, *words, check=True):
    done = subprocess.run(docker(client) + list(words), capture_output=True, text=True, timeout=60, check=False)
    if check and done.returncode != 0:
        fail(f"{client}: docker {' '.join(words)}: {done.stdout}{done.stderr}")
    return done.stdout.strip()


def connect(path):
    """A connection to a Unix socket, or to (host, port)."""
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(15)
    connection.connect(path)
    return connection


def read_all(connection):
    """All that comes until the other side finishes, or resets."""
    data = b""
    try:
        while True:
            piece = connection.recv(65536)
            if not piece:
                return data
            data += piece
    except (ConnectionResetError, socket.timeout):
        return data


def exchange(path, request, finish=False):
    """Sends bytes, returns all that comes back until the end."""
    with connect(path) as connection:
        try:
            connection.sendall(request)
            if finish:
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        return read_all(connection)


def http(path, method, target, body=None, headers=()):
    """One well-formed request on a fresh connection: (status, JSON value or text)."""
    lines = [f"{method} {target} HTTP/1.1", "Host: docker", "Connection: close", *headers]
    data = b""
    if body is not None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        lines += [f"Content-Length: {len(data)}"]
        if not any(line.lower().startswith("content-type:") for line in headers):
            lines += ["Content-Type: application/json"]
    answer = exchange(path, "\r\n".join(lines).encode() + b"\r\n\r\n" + data)
    return parse(answer)


def parse(answer):
    """(status, value) of an answer's bytes; status 0 when there is none."""
    if not answer.startswith(b"HTTP/1."):
        return 0, answer
    head, _, body = answer.partition(b"\r\n\r\n")
    if b"transfer-encoding: chunked" in head.lower():
        body = dechunk(body)
    try:
        return int(head.split()[1]), json.loads(body)
    except ValueError:
        return int(head.split()[1]), body.decode("utf-8", "replace")


def dechunk(data):
    out = b""
    while data:
        size, _, rest = data.partition(b"\r\n")
        if not size or int(size, 16) == 0:
            break
        out += rest[:int(size, 16)]
        data = rest[int(size, 16) + 2:]
    return out


def eventually(what, condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        expect(time.monotonic() < deadline, "never: " + what)
        time.sleep(0.1)


def serving(pid):
    """The process that serves, of the quaymaster whose supervisor is PID."""
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return int(file.read().split()[0])


def set_size(terminal, rows, columns):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


class Terminal:
    """A command under a pty, as a person would run it."""

    def __init__(self, command, rows=24, columns=80):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            set_size(0, rows, columns)
            os.execvp(command[0], command)
        self.seen = ""

    def resize(self, rows, columns):
        set_size(self.fd, rows, columns)

    def type(self, text):
        os.write(self.fd, text.encode())

    def read_until(self, text, seconds=20):
        deadline = time.monotonic() + seconds
        while text not in self.seen:
            if not self._read(max(0, deadline - time.monotonic())):
                fail(f"no {text!r} on the terminal, only {self.seen!r}")
        before, _, self.seen = self.seen.partition(text)
        return before

    def _read(self, seconds):
        ready, _, _ = select.select([self.fd], [], [], seconds)
        try:
            piece = os.read(self.fd, 4096) if ready else b""
        except OSError:
            piece = b""
        self.seen += piece.decode("utf-8", "replace")
        return bool(piece)

    def finish(self):
        """The exit code, after reading the rest."""
        while self._read(20):
            pass
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        return os.waitstatus_to_exitcode(status)
