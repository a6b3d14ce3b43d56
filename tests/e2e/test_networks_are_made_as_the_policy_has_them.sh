#!/bin/bash
# What is forced on a network is there when the daemon is asked, and addresses stay within the list.
. "${0%/*}/lib.sh"
. "${0%/*}/reach.sh"

start_reach '
	network = {
		subnets = ["172.30.0.0/16"];
		force_options = ["com.docker.network.driver.mtu=1400"];
		internal = true;
		ipv6 = false;
	};'

told() { daemon network inspect -f "$2" "$1"; }
job network create e2e-forced >/dev/null
expect_equal "internal" true "$(told e2e-forced '{{.Internal}}')"
expect_equal "MTU" 1400 "$(told e2e-forced '{{index .Options "com.docker.network.driver.mtu"}}')"
job network create --opt com.docker.network.driver.mtu=9000 --subnet 172.30.9.0/24 --gateway 172.30.9.1 e2e-own >/dev/null
expect_equal "MTU" 1400 "$(told e2e-own '{{index .Options "com.docker.network.driver.mtu"}}')"
expect_equal "subnet" 172.30.9.0/24 "$(told e2e-own '{{(index .IPAM.Config 0).Subnet}}')"
expect_denied "network.subnets" job network create --subnet 10.99.0.0/24 e2e-outside
answer=$(curl -s --unix-socket "$reach_folder/job.sock" -H 'Content-Type: application/json' http://docker/networks/create -d \
	'{"Name":"e2e-outside","IPAM":{"Config":[{"Subnet":"172.30.8.0/24","Gateway":"10.0.0.1"}]}}')
expect_contains "a gateway" "Gateway is '10.0.0.1'" "$answer"
expect_denied "network.ipv6" job network create --ipv6 e2e-six
expect_denied "network.options" job network create --opt com.docker.network.bridge.name=lo e2e-lo

# It works as a network: a container has the address that it asked for, and the MTU.
seen=$(job run --rm --network e2e-own --ip 172.30.9.77 busybox ip addr show dev eth0)
expect_contains "the address" 172.30.9.77/24 "$seen"
expect_contains "the MTU" "mtu 1400" "$seen"

# One that was made past the policy is not joined.
daemon network create --subnet 10.98.0.0/24 e2e-open >/dev/null
expect_denied "Internal is false" job run --rm --network e2e-open busybox true
id=$(job create busybox)
expect_denied "Internal is false" job network connect e2e-open "$id"
expect_denied "network.subnets" job network connect --ip 10.98.0.9 e2e-own "$id"
job network connect --ip 172.30.9.9 e2e-own "$id"
