#!/bin/bash
# quaymaster explain: what the real docker command would ask for, judged without a daemon; and what the daemon's own
# objects are, where it is told to ask.
. "${0%/*}/lib.sh"
needs_quaymaster

explained() { # STATUS COMMAND...: its output is in $told
	local expected=$1 status=0
	shift
	told=$(TMPDIR=$SCRATCH "$PROGRAM" explain "$@" 2>"$SCRATCH/err") || status=$?
	[ "$status" = "$expected" ] || fail "'explain $*' ended with $status, not $expected: $told $(cat "$SCRATCH/err")"
}

operations() { # the operations in $told, in order; older commands ask for the daemon's version of itself first
	printf '%s\n' "$told" | sed -nE 's/^([a-z.]+) is (allowed|denied).*/\1/p' | grep -v '^system.info$' | tr '\n' ' ' | sed 's/ $//'
}

before=$(daemon ps -aq | sort)

# A privileged run: what is denied, where, and what would allow it.
explained 1 -c "$WORK/main.conf" --as listener:ci -- "$DOCKER" run --rm --privileged -v /etc:/host busybox true
expect_contains "the verdict" "container.create is denied by policy 'ci'" "$told"
expect_contains "the client rule" "which the client rule at $WORK/main.conf:" "$told"
expect_contains "the first reason" "container.privileged: HostConfig.Privileged is true" "$told"
expect_contains "the second" "container.binds: HostConfig.Binds: '/etc'" "$told"
expect_contains "the remedy" "privileged = true;" "$told"
expect_contains "what would follow" "container.start is allowed" "$told"

# The remedy is a configuration: with it the same command is allowed.
{
	printf '%s\n' "$told" | sed -n '/^how to allow it/,/^$/p' | sed -n '/policies = {/,$p'
	echo 'clients = ( { policy = "my-ci"; } );'
} >"$SCRATCH/wider.conf"
explained 0 -c "$SCRATCH/wider.conf" --as policy:my-ci -- "$DOCKER" run --rm --privileged -v /etc:/host busybox true

# Each command makes all the requests that it would make.
check() { # OPERATIONS COMMAND...
	local expected=$1
	shift
	explained 0 --as policy:admin -- "$DOCKER" "$@"
	expect_equal "docker $*" "$expected" "$(operations)"
}
mkdir -p "$SCRATCH/context"
echo 'FROM busybox' >"$SCRATCH/context/Dockerfile"
check "system.ping container.create container.attach container.wait container.start" run --rm busybox true
check "system.ping container.list" ps
check "system.ping image.pull" pull busybox
check "system.ping build.classic" build -q "$SCRATCH/context"
check "system.ping volume.create" volume create v
check "system.ping network.create" network create n
check "system.ping container.inspect exec.create exec.start exec.inspect" exec web true
check "system.ping container.archive.get" cp web:/x "$SCRATCH/copied"
check "system.ping container.archive.stat container.archive.put" cp "$SCRATCH/context" web:/x

# Nothing was done, and nothing is left.
expect_equal "containers" "$before" "$(daemon ps -aq | sort)"
expect_equal "what is left" "" "$(find "$SCRATCH" -name 'quaymaster-explain-*')"
explained 1 --as policy:admin --timeout 1 -- sleep 60
expect_equal "what is left" "" "$(find "$SCRATCH" -name 'quaymaster-explain-*')"

# The daemon's own objects, when it is asked.
id=$(daemon create --cgroupns private --name e2e-explained busybox true)
privileged=$(daemon create --name e2e-explained-too --privileged busybox true)
explained 0 -c "$WORK/main.conf" --as listener:ci --live 'POST /containers/e2e-explained/start'
expect_contains "the id" "/containers/$id/start" "$told"
explained 1 -c "$WORK/main.conf" --as listener:ci --live "POST /containers/$privileged/start"
expect_contains "the reason" "HostConfig.Privileged is true" "$told"
explained 1 -c "$WORK/main.conf" --as listener:ci --live 'POST /containers/e2e-nobody/start'
expect_contains "the answer" "No such container: e2e-nobody" "$told"
daemon rm e2e-explained e2e-explained-too >/dev/null
