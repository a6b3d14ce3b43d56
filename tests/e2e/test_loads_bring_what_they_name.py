#!/usr/bin/env python3
"""An archive of a tenant's images has all that they consist of: the daemon would take a layer that it has, another tenant's say,
by its digest alone."""
import gzip
import hashlib
import io
import json
import subprocess
import tarfile

from lib import ENV, SCRATCH, expect, http
from worlds import DAEMON, Gateway


def docker(socket, *arguments, stdin=None, check=True):
    done = subprocess.run([ENV["DOCKER"], "-H", f"unix://{socket}", *arguments], input=stdin, capture_output=True, check=False,
                          env={"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "DOCKER_BUILDKIT": "0", "HOME": SCRATCH})
    expect(not check or done.returncode == 0, f"docker {arguments}: {done.stderr}")
    return done


def archive(files):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def image(name, diff_ids, layers):
    """An archive in docker save's form, whose configuration names DIFF_IDS, with LAYERS (path: content) in it."""
    config = json.dumps({"architecture": "amd64", "os": "linux", "config": {"Cmd": ["/bin/cat", "/secret"]},
                         "rootfs": {"type": "layers", "diff_ids": diff_ids}}).encode()
    paths = list(layers) + ["missing/layer.tar"] * (len(diff_ids) - len(layers))
    manifest = [{"Config": sha256(config) + ".json", "RepoTags": [name], "Layers": paths}]
    return archive({sha256(config) + ".json": config, **layers, "manifest.json": json.dumps(manifest).encode()})


def load(socket, content):
    done = docker(socket, "load", stdin=content, check=False)
    return done.returncode, (done.stdout + done.stderr).decode()


with Gateway(more='build = { daemon_defaults = true; };') as gateway:
    alpha, beta = gateway.socket("alpha"), gateway.socket("beta")
    docker(alpha, "build", "-q", "-t", "private", "-", stdin=b"FROM busybox\nRUN echo of alpha alone >/secret\n")
    inspected = json.loads(docker(alpha, "image", "inspect", "private").stdout)[0]
    diff_ids = inspected["RootFS"]["Layers"]

    # By its layers' digests alone, and without any file.
    code, said = load(beta, image("stolen:1", diff_ids, {}))
    expect(code != 0 and "does not have the layer " + diff_ids[0] in said, f"a load of nothing but digests: {said}")
    # With files in the layers' places that are others.
    code, said = load(beta, image("stolen:1", diff_ids, {f"{i}/layer.tar": b"" for i in range(len(diff_ids))}))
    expect(code != 0 and "does not have the layer" in said, f"a load of other layers: {said}")
    expect(docker(beta, "image", "inspect", "stolen:1", check=False).returncode != 0, "the image is there")

    # What the daemon saves is loaded again, by its owner and by whoever was given all of it.
    saved = docker(alpha, "save", "private").stdout
    docker(alpha, "rmi", "private")
    code, said = load(alpha, saved)
    expect(code == 0, f"a load of what was saved: {said}")
    docker(alpha, "tag", "private", "given")
    given = docker(alpha, "save", "given").stdout
    docker(alpha, "rmi", "given")
    code, said = load(beta, given)
    expect(code == 0, f"a load of what was given away: {said}")
    expect(docker(beta, "run", "--rm", "given", "cat", "/secret").stdout == b"of alpha alone\n", "it does not run")
    # Compressed as a whole, and layer by layer.
    docker(beta, "rmi", "given")
    code, said = load(beta, gzip.compress(given))
    expect(code == 0, f"a compressed load: {said}")
    docker(beta, "rmi", "given")
    layers = {}
    with tarfile.open(fileobj=io.BytesIO(given)) as tar:
        files = {entry.name: tar.extractfile(entry).read() for entry in tar.getmembers() if entry.isfile() or entry.issym()}
        for number, path in enumerate(json.loads(files["manifest.json"])[0]["Layers"]):
            packed = files[path][:2] == b"\x1f\x8b"
            layers[f"{number}.tar.gz"] = files[path] if packed else gzip.compress(files[path])
    code, said = load(beta, image("given:1", diff_ids, layers))
    # containerd's store makes a manifest of it, whose digest no archive tells.
    knows_id = "driver-type" not in json.dumps(http(DAEMON, "GET", "/info")[1]["DriverStatus"])
    expect((code == 0) == knows_id, f"a load of compressed layers: {said}")
    expect("whose id the archive does not tell" in said or knows_id, f"it is not held, and why: {said}")
    if knows_id:
        expect(docker(beta, "run", "--rm", "given:1").stdout == b"of alpha alone\n", "it does not run either")

    # An id that the archive claims counts for nothing: what is held is what the daemon makes of its content.
    docker(DAEMON if not knows_id else beta, "rmi", "given:1")
    docker(alpha, "rmi", "private")
    left = [tag for found in http(DAEMON, "GET", "/images/json")[1] for tag in found.get("RepoTags") or ()]
    expect(not [tag for tag in left if "quaymaster.invalid" in tag], f"something is held: {left}")
print("archives bring what they name")
