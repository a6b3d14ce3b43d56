#!/bin/bash
# A port that names no address of the host gets the policy's, and others only what is listed.
. "${0%/*}/lib.sh"
. "${0%/*}/reach.sh"

start_reach '
	container = {
		ports = {
			host_addresses = ["127.0.0.1"];
			default_host_address = "127.0.0.1";
			host_ports = ["20000-29999", "ephemeral"];
		};
	};'

bindings() { daemon inspect -f '{{json .HostConfig.PortBindings}}' "$1"; }
id=$(job create -p 20080:80 -p 53/udp busybox true)
expect_equal "what the daemon has" '{"53/udp":[{"HostIp":"127.0.0.1","HostPort":""}],"80/tcp":[{"HostIp":"127.0.0.1","HostPort":"20080"}]}' "$(bindings "$id")"
id=$(job create -p 127.0.0.1:20000-20010:80 busybox true)
expect_contains "a range" '"HostIp":"127.0.0.1"' "$(bindings "$id")"
expect_denied "container.ports.host_addresses" job create -p 0.0.0.0:20080:80 busybox true
expect_denied "container.ports.host_addresses" job create -p '[::]:20080:80' busybox true
expect_denied "container.ports.host_addresses" job create -P busybox true
expect_denied "container.ports.host_ports" job create -p 80:80 busybox true
expect_denied "container.ports.host_ports" job create -p 19999-20001:80 busybox true

# And it is there, on that address alone.
job network create e2e-ports >/dev/null
id=$(job run -d --network e2e-ports -p 20081:80 busybox sh -c 'mkdir /w; echo page >/w/p; httpd -f -p 80 -h /w')
expect_equal "where it listens" 127.0.0.1:20081 "$(job port "$id" 80/tcp | head -1)"
served() { [ "$(curl -s -m 5 http://127.0.0.1:20081/p)" = page ]; }
eventually served
expect_equal "listeners" "127.0.0.1:20081" "$(ss -Hltn 'sport = :20081' | awk '{ print $4 }')"

# What was published past the policy is not started through it.
id=$(daemon create --cgroupns private -p 20082:80 busybox true)
expect_denied "is published on all addresses of the host" job start "$id"
