#!/bin/bash
# docker build under images.use: the Dockerfile is looked for in the context while that is sent, and what it is built
# from is judged before the context's end reaches the builder.
. "${0%/*}/lib.sh"
. "${0%/*}/images.sh"

publish good/base:1
make_image evil
base=$registry/good/base:1
judged_by "use = [\"$registry/good/**\"]; produce = [\"ci/**\"];"
context=$SCRATCH/context
mkdir -p "$context/sub"

dockerfile() { printf '%b' "$*" >"$context/Dockerfile"; }
build() { job build -t "${NAME:-ci/app}" "$@" "$context"; }

# The builder pulls what is not there, and the result runs: by its name and by its id.
dockerfile "FROM $base\nRUN echo built >/built\n"
expect_contains "a build" "Successfully tagged" "$(build)"
expect_equal "what was built" built "$(job run --rm ci/app cat /built)"
expect_equal "by its id" built "$(job run --rm "$(image_id ci/app)" cat /built)"
expect_equal "from what was built" hello \
	"$(dockerfile 'FROM ci/app\nENV X=y\n'; NAME=ci/child build >/dev/null; job run --rm ci/child echo hello)"
id=$(dockerfile "FROM $base\nLABEL a=b\n"; job build -q "$context")
expect_equal "quiet, without a name" hello "$(job run --rm "$id" echo hello)"

# What is not listed is no base, whatever it is called, and nothing of it is built.
before=$(daemon images -aq | sort -u | wc -l)
for from in evil busybox "$(image_id evil)" "$base AS one\nFROM evil" "$base\nCOPY --from=evil /bin/busybox /x" \
	"$base\nONBUILD COPY --from=evil /bin/busybox /x"; do
	dockerfile "FROM $from\nRUN true\n"
	expect_denied "the Dockerfile's line" build
done
daemon tag evil ci/stolen
dockerfile 'FROM ci/stolen\n'
expect_denied "nothing proves" build
dockerfile "ARG BASE=$base\nFROM \$BASE\n"
expect_denied "'evil'" build --build-arg BASE=evil
expect_equal "nothing was built" "$before" "$(daemon images -aq | sort -u | wc -l)"
build >/dev/null
dockerfile "FROM $base\n"
NAME=other expect_denied "images.produce" build
expect_denied "cachefrom is 'evil'" build --cache-from evil

# A cut context leaves the builder with nothing: no container, no image, no directory.
expect_equal "containers" "" "$(daemon ps -aq)"
! ls "$DAEMON_DIR"/data/tmp/docker-builder* >/dev/null 2>&1 || fail "the builder keeps a context"

# Wherever the Dockerfile is: elsewhere, under another name, last in the archive, compressed, from standard input.
printf 'FROM evil\n' >"$context/sub/Other"
expect_denied "'evil'" build -f "$context/sub/Other"
printf 'FROM %s\nRUN true\n' "$base" >"$context/sub/Other"
build -f "$context/sub/Other" >/dev/null
dockerfile 'FROM evil\n'
head -c 300000 /dev/urandom >"$context/large"
tar -C "$context" -cf "$SCRATCH/last.tar" large Dockerfile
gzip -k "$SCRATCH/last.tar"
expect_denied "'evil'" job build -t ci/app - <"$SCRATCH/last.tar"
expect_denied "'evil'" job build -t ci/app - <"$SCRATCH/last.tar.gz"
expect_denied "'evil'" job build -t ci/app - <"$context/Dockerfile"
dockerfile "FROM $base\nRUN true\n"
tar -C "$context" -czf "$SCRATCH/fine.tar.gz" .
job build -t ci/app - <"$SCRATCH/fine.tar.gz" >/dev/null
job build -t ci/app - <"$context/Dockerfile" >/dev/null
mv "$context/Dockerfile" "$context/dockerfile"
build -f "$context/dockerfile" >/dev/null
tar -C "$context" -cf "$SCRATCH/lower.tar" dockerfile
job build -t ci/app - <"$SCRATCH/lower.tar" >/dev/null

# Tricks with the archive: a link in its place, a way around through a link, the file twice, more behind the end.
rm -rf "$context"
mkdir "$context"
printf 'FROM evil\n' >"$context/real"
ln -s real "$context/Dockerfile"
tar -C "$context" -cf "$SCRATCH/link.tar" .
expect_denied "something else than a file" job build -t ci/app - <"$SCRATCH/link.tar"
/usr/bin/python3 - "$SCRATCH" "$base" <<'END'
import io, sys, tarfile
scratch, base = sys.argv[1:]
good, evil = b"FROM %s\nRUN true\n" % base.encode(), b"FROM evil\n"

def entry(archive, name, content=b"", link=None):
    info = tarfile.TarInfo(name)
    if link is None:
        info.size = len(content)
    else:
        info.type, info.linkname = tarfile.SYMTYPE, link
    archive.addfile(info, io.BytesIO(content))

def write(name, *entries):
    with tarfile.open(f"{scratch}/{name}.tar", "w", format=tarfile.USTAR_FORMAT) as archive:
        for one in entries:
            entry(archive, *one)

write("around", ("Dockerfile", good), ("d", b"", "."), ("d/Dockerfile", evil))
write("twice", ("Dockerfile", good), ("./Dockerfile", evil))
write("good", ("Dockerfile", good))
write("evil", ("Dockerfile", evil))
END
expect_denied "leads through a link" job build -t ci/app - <"$SCRATCH/around.tar"
expect_denied "twice" job build -t ci/app - <"$SCRATCH/twice.tar"
expect_denied "'evil'" job build -t ci/app - <"$SCRATCH/evil.tar"
job build -t ci/app - <"$SCRATCH/good.tar" >/dev/null
printf 'FROM %s\nRUN cat <<%s\nx\n%s\n' "$base" END END |
	expect_denied "a here-document" job build -t ci/app -

# An operator may build from anything, and what comes of it has a listed name.
operator build -q -t ci/operators - <"$SCRATCH/evil.tar" >/dev/null
expect_equal "an operator's build" hello "$(job run --rm ci/operators echo hello)"
