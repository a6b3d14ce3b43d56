"""A quaymaster of a test's own, whose configuration changes while it runs."""
import atexit
import json
import os
import signal
import subprocess
import threading
import time

from lib import ENV, SCRATCH, eventually, expect, skip, serving

if not ENV["PROGRAM"]:
    skip("is about quaymaster itself")


class Gateway:
    """One that runs; CONFIGURATION is everything but upstream, workers and audit."""

    def __init__(self, configuration, program=ENV["PROGRAM"], workers=2, audit="required = true;"):
        self.file, self.audit, self.workers = SCRATCH + "/gateway.conf", SCRATCH + "/gateway.audit", workers
        self.audit_settings = audit
        self.write(configuration)
        self.log = open(SCRATCH + "/gateway.log", "w+")
        with open(SCRATCH + "/leaks", "w") as file:
            file.write("leak:libconfig\n")  # 1.5 forgets its string buffer where a file has a mistake
        self.process = subprocess.Popen([program, "run", "--config", self.file], stderr=self.log,
                                        env={"LSAN_OPTIONS": f"suppressions={SCRATCH}/leaks:print_suppressions=0",
                                             **ENV})
        atexit.register(self.stop)
        self.wait_for_log(" ready\n")

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(timeout=60)

    def write(self, configuration):
        with open(self.file + ".new", "w") as file:
            file.write(f'upstream = {{ socket = "{ENV["DAEMON_SOCKET"]}"; }};\nworkers = {self.workers};\n'
                       f'audit = {{ file = "{self.audit}"; {self.audit_settings} }};\n' + configuration)
        os.rename(self.file + ".new", self.file)

    def log_text(self):
        with open(SCRATCH + "/gateway.log") as file:
            return file.read()

    def wait_for_log(self, text, begin=0):
        eventually(f"'{text}' in the log", lambda: text in self.log_text()[begin:])

    def reload(self, configuration=None, expected="is in force"):
        """Puts CONFIGURATION in place and waits until the log says that it was taken, or was not."""
        begin = len(self.log_text())
        if configuration is not None:
            self.write(configuration)
        self.process.send_signal(signal.SIGHUP)
        self.wait_for_log(expected, begin)
        return self.log_text()[begin:]

    def events(self, kind):
        time.sleep(0.3)  # what waits for nothing is written a moment later
        with open(self.audit) as file:
            return [line for line in map(json.loads, file) if line["event"] == kind]

    def descriptors(self):
        return len(os.listdir(f"/proc/{serving(self.process.pid)}/fd"))


class Watched:
    """A command that runs on, and what it has said."""

    def __init__(self, command):
        self.command, self.output = command, b""
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        stdin=subprocess.DEVNULL)
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()
        atexit.register(self.stop)

    def read(self):
        while piece := os.read(self.process.stdout.fileno(), 65536):
            self.output += piece

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()

    def lives(self):
        return self.process.poll() is None

    def says(self, text):
        eventually(f"'{text}' of {self.command[-3:]}", lambda: text in self.output.decode("utf-8", "replace"))

    def ends(self, seconds=3):
        deadline = time.monotonic() + seconds
        while self.lives():
            expect(time.monotonic() < deadline, f"{self.command} was not cut")
            time.sleep(0.05)
