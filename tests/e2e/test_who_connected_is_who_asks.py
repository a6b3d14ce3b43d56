#!/usr/bin/python3
"""A connection is whose process connected: not whoever holds its descriptor later, and nobody's once that process had ended before
it was looked at, be its number another's by then."""
import os
import signal
import subprocess
import time

from gateway import Gateway
from lib import ENV, SCRATCH, docker, eventually, expect, run, serving, skip

if os.geteuid() != 0:
    skip("needs to see into other users' processes")
if not ENV["DAEMON_DIR"]:
    skip("needs a daemon on this host")

JOBS = SCRATCH + "/jobs"
SOCKET = JOBS + "/docker.sock"
os.mkdir(JOBS)
os.mkdir(SCRATCH + "/state", 0o700)

# What a process does with a connection, in any image: asks over it; asks in a child once it has ended itself; asks as another
# program; hands it to whoever takes it; takes one, and asks over that.
TRICK = r"""
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int open_socket(const char *path, int listens)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strncpy(address.sun_path, path, sizeof address.sun_path - 1);
	if (listens ? bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 1) != 0
	            : connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
		exit(3);
	return fd;
}

static int ask(int fd)
{
	char text[4096] = "";
	size_t len = 0;
	ssize_t got;

	dprintf(fd, "GET /containers/json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
	while (len < sizeof text - 1 && (got = read(fd, text + len, sizeof text - 1 - len)) > 0)
		len += (size_t)got;
	printf("%.3s\n", len > 12 ? text + 9 : "???");
	return 0;
}

static struct msghdr message(struct iovec *byte, char *control, size_t size)
{
	return (struct msghdr){.msg_iov = byte, .msg_iovlen = 1, .msg_control = control, .msg_controllen = size};
}

static int hand_over(int fd, int to)
{
	char control[CMSG_SPACE(sizeof fd)] = "";
	struct iovec byte = {"x", 1};
	struct msghdr sent = message(&byte, control, sizeof control);
	struct cmsghdr *header = CMSG_FIRSTHDR(&sent);

	*header = (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof fd)};
	memcpy(CMSG_DATA(header), &fd, sizeof fd);
	if (sendmsg(to, &sent, 0) != 1)
		return 4;
	return read(to, control, 1) == 0 ? 0 : 5; /* until it was used */
}

static int take_over(int from)
{
	int fd, peer = accept(from, NULL, NULL);
	char control[CMSG_SPACE(sizeof fd)], got;
	struct iovec byte = {&got, 1};
	struct msghdr received = message(&byte, control, sizeof control);

	if (recvmsg(peer, &received, 0) != 1)
		return 6;
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&received)), sizeof fd);
	return ask(fd);
}

int main(int argc, char **argv)
{
	const char *what = argv[1];
	int fd;

	setvbuf(stdout, NULL, _IONBF, 0);
	if (strcmp(what, "over") == 0)
		return ask(9);
	fd = open_socket(argv[2], strcmp(what, "take") == 0);
	if (strcmp(what, "take") == 0)
		return take_over(fd);
	if (strcmp(what, "ended") == 0) {
		printf("%d\n", (int)getpid());
		if (fork() != 0)
			_exit(0);
		return ask(fd);
	}
	usleep(500000); /* long enough to be looked at */
	if (strcmp(what, "fork") == 0 && fork() != 0)
		_exit(0);
	if (strcmp(what, "fork") == 0)
		usleep(500000); /* the parent has ended by then */
	if (strcmp(what, "exec") == 0) {
		dup2(fd, 9);
		execl(argv[0], argv[0], "over", NULL);
	}
	return strcmp(what, "hand") == 0 ? hand_over(fd, open_socket(argv[3], 0)) : ask(fd);
}
"""
with open(SCRATCH + "/trick.c", "w") as file:
    file.write(TRICK)
if subprocess.run(["gcc", "-static", "-O1", "-w", "-o", JOBS + "/trick", SCRATCH + "/trick.c"], check=False).returncode != 0:
    skip("no static C library")

gateway = Gateway(f'''state = "{SCRATCH}/state";
listeners = ( {{ name = "jobs"; socket = "{SOCKET}"; mode = "0666"; }} );
clients = (
    {{ container_label = "ci.job=*"; policy = "read-only"; tenant = "job-$1"; }},
    {{ container = "none"; policy = "admin"; }}
);
''')
worker = serving(gateway.process.pid)


def job(number, command, *words):
    """The command of docker for a job in a container, whose first process outlives what it starts."""
    return docker("daemon") + ["run", "--rm", "--network", "none", "-v", JOBS + ":/jobs", "--label", f"ci.job={number}",
                               *words, "busybox", "sh", "-c", command + "; sleep 1.5"]


def output(command):
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False).stdout.split()


def begin(command):
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def last():
    return gateway.events("decision")[-1]


def expect_job(what, number, said):
    expect(said and said[-1] == "200", f"{what}: {said}")
    expect(last().get("tenant") == f"job-{number}", f"{what}: {last()}")


def expect_ended(what, said):
    line = last()
    expect(said and said[-1] == "403", f"{what}: {said}")
    expect("tenant" not in line and "policy" not in line and "ended" in line["container"]["unknown"], f"{what}: {line}")


def wait_for(path):
    eventually(path, lambda: os.path.exists(path))


# Whose it is stays, whatever becomes of the process.
expect_job("itself", 42, output(job(42, "/jobs/trick ask /jobs/docker.sock")))
expect_job("another program", 42, output(job(42, "/jobs/trick exec /jobs/docker.sock")))
expect_job("its child, once it has ended", 42, output(job(42, "/jobs/trick fork /jobs/docker.sock")))

# Handed over: to another job, to a process of the host, and from one of these to a job.
taker = begin(job(7, "/jobs/trick take /jobs/a.sock"))
wait_for(JOBS + "/a.sock")
output(job(42, "/jobs/trick hand /jobs/docker.sock /jobs/a.sock"))
expect_job("in another job's hands", 42, taker.communicate(timeout=60)[0].split())
taker = begin([JOBS + "/trick", "take", JOBS + "/b.sock"])
wait_for(JOBS + "/b.sock")
output(job(42, "/jobs/trick hand /jobs/docker.sock /jobs/b.sock"))
expect_job("in the host's hands", 42, taker.communicate(timeout=60)[0].split())
taker = begin(job(7, "/jobs/trick take /jobs/c.sock"))
wait_for(JOBS + "/c.sock")
output([JOBS + "/trick", "hand", SOCKET, JOBS + "/c.sock"])
expect(taker.communicate(timeout=60)[0].split() == ["200"] and last()["policy"] == "admin" and "tenant" not in last(),
       f"the host's, in a job's hands: {last()}")


def stands_still():
    states = []
    for task in os.listdir(f"/proc/{worker}/task"):
        with open(f"/proc/{worker}/task/{task}/stat") as file:
            states.append(file.read().rsplit(")", 1)[1].split()[0])
    return set(states) == {"T"}


def ended_early(command, meanwhile=None):
    """Runs a client that ends before quaymaster, which stands still, can look at it; its child asks."""
    os.kill(worker, signal.SIGSTOP)
    eventually("its standstill", stands_still)
    try:
        client = begin(command)
        number = int(client.stdout.readline())
        if meanwhile:
            eventually("its end", lambda: client.poll() is not None or not os.path.exists(f"/proc/{number}"))
        held = meanwhile(number) if meanwhile else None
        time.sleep(0.3)
    finally:
        os.kill(worker, signal.SIGCONT)
    said = client.communicate(timeout=60)[0].split()
    if held:
        held.kill()
        held.wait()
    return said


def take_number(number):
    """A process of the host's that has NUMBER."""
    for _ in range(200):
        with open("/proc/sys/kernel/ns_last_pid", "w") as file:
            file.write(str(number - 1))
        held = subprocess.Popen(["sleep", "60"])
        if held.pid == number:
            return held
        held.kill()
        held.wait()
    raise SystemExit("FAILED: the number is never given again")


# Before it was looked at: nobody knows whose it is, least of all the host's, which is what the number says now.
expect_ended("a job that had ended", ended_early(job(42, "/jobs/trick ended /jobs/docker.sock")))
expect_ended("the host's that had ended", ended_early([JOBS + "/trick", "ended", SOCKET]))
if os.path.exists("/proc/sys/kernel/ns_last_pid"):
    expect_ended("a job, whose number is the host's now",
                 ended_early(job(42, "/jobs/trick ended /jobs/docker.sock", "--pid", "host"), take_number))
    expect_ended("the host's, whose number is another's now", ended_early([JOBS + "/trick", "ended", SOCKET], take_number))
else:
    print("this kernel gives no number again on demand: that part was left out")


# What a container makes below its own cgroup is its own, as a daemon inside of it does, though it be called as another's.
def hierarchies():
    """Where each hierarchy of cgroups is mounted, by what /proc/PID/cgroup calls it."""
    with open("/proc/self/mountinfo") as file:
        mounts = [line.split() for line in file]
    found = {}
    for words in mounts:
        kind, options = words[words.index("-") + 1], words[-1].split(",")
        if kind == "cgroup2":
            found[""] = words[4]
        elif kind == "cgroup":
            found.update({option: words[4] for option in options})
    return found


def enter(folder):
    """Makes the cgroup, and its parents, and moves this process there."""
    made = ""
    for part in folder.strip("/").split("/"):
        above, made = made, made + "/" + part
        if not os.path.exists(made):
            os.mkdir(made)
            for name in ("cpuset.cpus", "cpuset.mems"):
                if os.path.exists(f"{made}/{name}") and os.path.exists(f"{above}/{name}"):
                    with open(f"{above}/{name}") as source, open(f"{made}/{name}", "w") as target:
                        target.write(source.read())
    with open(made + "/cgroup.procs", "w") as file:
        file.write("0")


def cgroups_of(process):
    """The folders of the cgroups that PROCESS is in."""
    mounts = hierarchies()
    with open(f"/proc/{process}/cgroup") as file:
        places = [line.rstrip("\n").split(":", 2)[1:] for line in file]
    return [mounts[names.split(",")[-1]] + path for names, path in places]


def ask_below(process, below):
    """What a process is told that is below the cgroups of PROCESS."""
    folders = cgroups_of(process)
    read_end, write_end = os.pipe()
    if os.fork() == 0:
        for folder in folders:
            enter(folder + below)
        os.dup2(write_end, 1)
        os.execv(JOBS + "/trick", ["trick", "ask", SOCKET])
    os.close(write_end)
    with os.fdopen(read_end) as said:
        words = said.read().split()
    os.wait()
    return words


outer, other = (run("daemon", "run", "-d", "--network", "none", "--label", f"ci.job={number}", "busybox", "sleep", "600")
                for number in (42, 7))
process = run("daemon", "inspect", "-f", "{{.State.Pid}}", outer)
places = [folder for folder in cgroups_of(process) if outer in folder]
expect_job("below a container", 42, ask_below(process, "/inside"))
expect_job("in a container of a container's", 42, ask_below(process, f"/docker/{other}"))
expect_job("right below", 42, ask_below(process, f"/{other}"))
expect(last()["container"]["id"] == outer, f"another container: {last()}")
run("daemon", "rm", "-f", outer, other)
for place in places: # what is below is in the daemon's way
    for folder, _, _ in os.walk(place, topdown=False):
        os.rmdir(folder)
expect(output([JOBS + "/trick", "ask", SOCKET]) == ["200"] and last()["policy"] == "admin", f"the host: {last()}")
expect(gateway.stop() == 0, "it did not end well")
