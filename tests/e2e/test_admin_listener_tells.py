#!/usr/bin/python3
"""The admin listener's metrics count what happened, without a client's words for labels; health, readiness and status are told, also by
the commands, and top draws itself anew on a terminal."""
import json
import re
import subprocess

from gateway import Gateway, Watched
from lib import ENV, SCRATCH, Terminal, eventually, expect, http

SOCKET, ADMIN = SCRATCH + "/told.sock", SCRATCH + "/admin.sock"
gateway = Gateway(f"""
admin = {{ socket = "{ADMIN}"; }};
metrics = {{ tenants = true; }};
listeners = ( {{ name = "told"; socket = "{SOCKET}"; mode = "0600"; }} );
clients = ( {{ listener = "told"; policy = "mine"; tenant = "team"; }} );
policies = {{ mine = {{ extends = "ci"; tenancy = {{ open = true; }}; }}; }};
""")


def command(*words, status=0):
    done = subprocess.run([ENV["PROGRAM"], *words], capture_output=True, text=True, timeout=30, check=False)
    expect(done.returncode == status, f"{words}: {done.returncode} {done.stdout}{done.stderr}")
    return done.stdout


LINE = re.compile(r'quaymaster_[a-z_]+(\{[a-z_]+="([^"\\\n]|\\[\\"n])*"(,[a-z_]+="([^"\\\n]|\\[\\"n])*")*\})? [-+0-9.e]+(Inf)?')


def metrics():
    status, page = http(ADMIN, "GET", "/metrics")
    expect(status == 200, f"{status} {page}")
    values = {}
    for line in page.splitlines():
        if not line.startswith("#"):
            expect(LINE.fullmatch(line), f"malformed: {line}")
            name, _, value = line.rpartition(" ")
            expect(name not in values, f"twice: {name}")
            values[name] = float(value)
    return values, page


http(SOCKET, "GET", "/v1.41/containers/json")
http(SOCKET, "GET", "/v1.41/containers/sesame/json")
http(SOCKET, "GET", "/sesame?open=sesame")
status, _ = http(SOCKET, "POST", "/v1.41/containers/create?name=sesame",
                 {"Image": "busybox", "Labels": {"sesame": "sesame"}, "HostConfig": {"Privileged": True}})
expect(status == 403, f"privileged: {status}")
values, page = metrics()
expect("sesame" not in page, "a client's words are labels")
expect(values['quaymaster_http_requests_total{decision="allow",listener="told",method="GET",policy="mine",'
              'route="/containers/json",status="2xx"}'] == 1, page)
expect(values['quaymaster_http_denied_requests_total{listener="told",policy="mine",reason_code="container.privileged",'
              'route="/containers/create"}'] == 1, page)
expect(values["quaymaster_upstream_api_up"] == 1 and values["quaymaster_audit_up"] == 1, page)
expect(values['quaymaster_tenant_requests_total{tenant="team",decision="deny"}'] == 2, page)
expect(values['quaymaster_http_request_duration_seconds_count{method="GET",route="/containers/json"}'] == 1, page)

# A stream is under way as long as it is.
events = Watched([ENV["DOCKER"], "-H", "unix://" + SOCKET, "events"])
UNDER_WAY = 'quaymaster_inflight_requests{method="GET",route="/events"}'
eventually("a stream under way", lambda: metrics()[0].get(UNDER_WAY) == 1)
events.stop()
eventually("its end", lambda: metrics()[0].get(UNDER_WAY) == 0)

# Health, readiness, status.
expect(http(ADMIN, "GET", "/healthz") == (200, {"healthy": True}), "healthz")
expect(http(ADMIN, "GET", "/readyz") == (200, {"ready": True}), "readyz")
expect("healthy" in command("healthcheck", "--config", gateway.file), "healthcheck")
command("healthcheck", "--ready", "--admin", ADMIN)
command("healthcheck", "--admin", SCRATCH + "/nothing", status=1)
expect(json.loads(command("status", "--json", "--admin", ADMIN))["daemon"] == {"up": True}, "status --json")
told = command("status", "--config", gateway.file)
for part in ("daemon       answers", "denied       2", "container.privileged mine /containers/create told", "team"):
    expect(part in told, f"no '{part}' in {told}")
told = command("top", "--count", "2", "--interval", "1", "--admin", ADMIN)
expect(told.count("daemon       answers") == 2 and "/s" in told and "\033" not in told, told)
terminal = Terminal([ENV["PROGRAM"], "top", "-n", "2", "-i", "1", "--admin", ADMIN])
terminal.read_until("\033[H\033[2J")
terminal.read_until("\033[H\033[2J")
terminal.read_until("daemon       answers")
expect(terminal.finish() == 0, "top ended badly")

# A reload is counted, be it taken or not.
gateway.reload()
gateway.reload("nonsense = true;", expected="stays as it was")
values, page = metrics()
expect(values['quaymaster_config_reload_total{result="taken"}'] == 1, page)
gateway.stop()
command("healthcheck", "--admin", ADMIN, status=1)
