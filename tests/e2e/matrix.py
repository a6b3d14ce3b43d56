"""The matrix of a closed world, be it of containers or of a swarm: the operations of the catalogue, ways to fill in names, and the
one comparison that counts. What is another's must be answered for word for word as what is not there, nothing of it may be told,
and the daemon's state must stay as it was."""
import os
import re
from urllib.parse import quote

from lib import expect, fail, http


def catalogue():
    """(operation, method, template) of each operation, from the operations' own page."""
    page = os.path.join(os.environ["E2E"], "../../docs/operations.md")
    with open(page, encoding="utf-8") as file:
        found = re.findall(r"^\| `([a-z.]+)` \| `([A-Z]+) (/[^`]*)`", file.read(), re.M)
    expect(len(found) > 100, f"only {len(found)} operations in the catalogue")
    return found


def fill(value, name):
    """VALUE with NAME in place of every @."""
    if isinstance(value, str):
        return value.replace("@", name)
    if isinstance(value, list):
        return [fill(each, name) for each in value]
    return {key: fill(each, name) for key, each in value.items()} if isinstance(value, dict) else value


def filtered(target, key):
    """A GET whose filter KEY is the name."""
    return lambda name: ("GET", target + quote('{"%s":["%s"]}' % (key, name)), None)


class Matrix:
    """Cases of one tenant against what is FOREIGN. A request makes (method, target, body) of a name; OWN fills in what is the
    tenant's, a dictionary of what stands for it; STATE tells what the daemon holds."""

    def __init__(self, socket, own, foreign, state):
        self.socket, self.own, self.foreign, self.state = socket, own, foreign, state
        self.count, self.failures = 0, []

    def put_own(self, value):
        if isinstance(value, str):
            for word, own in self.own.items():
                value = value.replace(word, own)
            return value
        if isinstance(value, list):
            return [self.put_own(each) for each in value]
        return {key: self.put_own(each) for key, each in value.items()} if isinstance(value, dict) else value

    def ask(self, request, name):
        method, target, body = request(name)
        status, answer = http(self.socket, method, self.put_own(target), self.put_own(body))
        return status, answer, re.sub(re.escape(name), "(it)", str(answer))

    def undo(self, answer, status):
        """Removes what a request made after all."""

    def try_one(self, what, request, name, nothing):
        before = self.state(self.foreign)
        status, answer, told = self.ask(request, name)
        self.undo(answer, status)
        want, made, words = self.ask(request, nothing)
        self.undo(made, want)
        self.count += 1
        here = f"{what} of {self.foreign.prefix}'s {name}: {status} {answer}"
        markers = [marker for marker in self.foreign.markers() if marker not in name and name not in marker]
        if status != want or told != words:
            self.failures.append(f"{here}: but {want} {words} of what is not there")
        elif any(marker in str(answer) for marker in markers):
            self.failures.append(f"{here}: tells of it")
        if self.state(self.foreign) != before:
            fail(f"{here}: the daemon's state has changed")

    def run(self, places, references):
        """All PLACES, (what, kind, request) each, with all (name, what is not there) that REFERENCES(kind) gives."""
        for what, kind, request in places:
            for name, nothing in references(kind):
                self.try_one(what, request, name, nothing)
        return self
