#!/bin/bash
# What the docker command prints when ci is refused: the property, its value, and the line of the policy.
. "${0%/*}/lib.sh"
needs_quaymaster

for client in ci ci_tls; do
	expect_denied Privileged $client run --rm --privileged busybox true
	expect_denied "preset ci:" $client run --rm --privileged busybox true
	expect_denied "/etc" $client run --rm -v /etc:/host busybox true
	expect_denied "SYS_ADMIN" $client run --rm --cap-add SYS_ADMIN busybox true
	expect_denied "host" $client run --rm --network host busybox true
	expect_denied "PidMode" $client run --rm --pid host busybox true
	expect_denied "/dev/mem" $client run --rm --device /dev/mem busybox true
	expect_denied "seccomp" $client run --rm --security-opt seccomp=unconfined busybox true
	expect_denied "device" $client volume create -o type=none -o o=bind -o device=/ e2e-bind
	expect_denied "macvlan" $client network create -d macvlan e2e-lan
	expect_denied "swarm" $client swarm init --advertise-addr 127.0.0.1
done
expect_status 125 ci run --rm --privileged busybox true 2>/dev/null
