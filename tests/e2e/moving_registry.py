"""A registry in front of another, whose tag moves as soon as somebody has been told where it leads.

    moving_registry.py PORT REGISTRY NAME TAG OTHER

Listens on 127.0.0.1:PORT and passes reads on to REGISTRY (host:port). Once NAME:TAG was asked for, it leads to where
NAME:OTHER does.
"""

import http.client
import http.server
import sys

port, registry, name, tag, other = sys.argv[1:]
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


def ask(method, path, headers, body=None):
    connection = http.client.HTTPConnection(registry, timeout=20)
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer, content


def move():
    manifest = ask("GET", f"/v2/{name}/manifests/{other}", {"Accept": MANIFEST})[1]
    answer = ask("PUT", f"/v2/{name}/manifests/{tag}", {"Content-Type": MANIFEST}, manifest)[0]
    assert answer.status == 201, answer.status


class Passing(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        accept = ", ".join(self.headers.get_all("Accept", ["*/*"]))
        answer, content = ask(self.command, self.path, {"Accept": accept})
        if self.path == f"/v2/{name}/manifests/{tag}":
            move()
        self.send_response(answer.status)
        for key in ("Content-Type", "Docker-Content-Digest", "Docker-Distribution-Api-Version"):
            if answer.headers[key]:
                self.send_header(key, answer.headers[key])
        self.send_header("Content-Length", answer.headers["Content-Length"] or "0")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_HEAD = do_GET

    def log_message(self, *_arguments):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), Passing).serve_forever()
