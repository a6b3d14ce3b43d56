#!/bin/bash
# The Debian package, as who installs it finds it: without faults, in a system of its own (an overlay over this one, gone at the
# end), with a service that starts from its default configuration behind a socket as systemd passes it.
#   deb.sh FOLDER        where `make deb` left the package
# Needs root, and Docker's daemon as docker.io has it. Ends with "deb: N passed, N failed".
set -u
cd "$(dirname "$0")/../.." || exit 1

package=$(realpath "$1"/quaymaster_*.deb)
daemon='' service=''
scratch=$(mktemp -d)
system=$scratch/system
# shellcheck source=tests/packaging/lib.sh
. tests/packaging/lib.sh

end_processes() {
	local process
	for process in $service $daemon; do
		kill "$process" 2>/dev/null
		wait "$process" 2>/dev/null
	done
	service="" daemon=""
}

tear_down() {
	end_processes
	awk -v top="$scratch" 'index($2, top) == 1 { print $2 }' /proc/mounts | tac | xargs -r -n 1 umount && rmdir "$scratch"
}

set_up() {
	mount -t tmpfs tmpfs "$scratch" && mkdir -p "$scratch"/{upper,work,system} &&
		mount -t overlay -o "lowerdir=/,upperdir=$scratch/upper,workdir=$scratch/work" overlay "$system" &&
		mount --bind /dev "$system/dev" && mount -t proc proc "$system/proc"
	# Nothing of the machine's own gateway and daemon is in the way.
	rm -rf "$system"/run/* "$system"/etc/quaymaster "$system"/tmp/*
	mkdir -p "$system/run/lock"
	cp "$package" "$system/tmp/quaymaster.deb"
}

# Before a command: in that system.
in_system=(env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive chroot "$system")

within() { # COMMAND...
	"${in_system[@]}" "$@"
}

lintian_finds_no_fault() {
	local said
	said=$(lintian --fail-on error,warning "$package" 2>&1) || { echo "$said"; return 1; }
}

it_installs() {
	within dpkg -i /tmp/quaymaster.deb
}

mode_is() { # MODE OWNER:GROUP PATH
	local is
	is=$(within stat -c '%a %U:%G' "$3")
	[ "$is" = "$1 $2" ] || { echo "$3 is $is"; return 1; }
}

nobody_else_reads_its_files() {
	mode_is 750 root:quaymaster /etc/quaymaster &&
		mode_is 640 root:quaymaster /etc/quaymaster/quaymaster.conf &&
		mode_is 700 quaymaster:quaymaster /var/lib/quaymaster &&
		mode_is 700 quaymaster:quaymaster /var/log/quaymaster
}

its_configurations_have_no_mistake() {
	within setpriv --reuid=quaymaster --regid=quaymaster --init-groups \
		quaymaster check --config /etc/quaymaster/quaymaster.conf &&
		within setpriv --reuid=quaymaster --regid=quaymaster --init-groups \
			quaymaster check --config /etc/quaymaster/users.conf
}

its_units_are_sound() {
	local said unit
	for unit in quaymaster.service quaymaster.socket quaymaster-tls.socket quaymaster@alice.service quaymaster@alice.socket; do
		said=$(within systemd-analyze verify --man=yes "/lib/systemd/system/$unit" 2>&1 | grep -i quaymaster)
		[ -z "$said" ] || { echo "$said"; return 1; }
	done
}

its_service_is_closed() {
	local said unit
	for unit in quaymaster.service quaymaster@alice.service; do
		said=$(within systemd-analyze security --offline=yes --threshold=15 "/lib/systemd/system/$unit" 2>&1) ||
			{ tail -1 <<<"$said"; return 1; }
	done
}

# What the daemon is asked by clients of the group, over the socket that systemd holds.
ask() { # PATH
	within setpriv --reuid=nobody --regid=quaymaster-clients --clear-groups \
		curl -sS --unix-socket /run/quaymaster/docker.sock "http://docker$1"
}

it_serves() {
	mkdir -p "$scratch/docker"
	dockerd --data-root="$scratch/docker/data" --exec-root="$scratch/docker/exec" --pidfile="$scratch/docker/pid" \
		--host="unix://$system/run/docker.sock" --bridge=none --iptables=false --storage-driver=vfs >"$scratch/dockerd.log" 2>&1 &
	daemon=$!
	within_the_time curl -sf --unix-socket "$system/run/docker.sock" http://docker/_ping || return 1
	# As the units have it: the socket is the clients', the service is in group docker.
	"${in_system[@]}" systemd-socket-activate --listen=/run/quaymaster/docker.sock --fdname=docker \
		setpriv --regid=quaymaster --reuid=quaymaster --groups="$(within getent group docker | cut -d: -f3)" \
		/usr/bin/quaymaster run >"$scratch/service.log" 2>&1 &
	service=$!
	within_the_time test -S "$system/run/quaymaster/docker.sock" || return 1
	within chown root:quaymaster-clients /run/quaymaster/docker.sock
	within chmod 660 /run/quaymaster/docker.sock
	within_the_time ask /_ping || { cat "$scratch/service.log"; return 1; }
	[ "$(ask /_ping)" = OK ]
}

who_is_not_of_the_group_does_not_get_in() {
	! within setpriv --reuid=nobody --regid=nogroup --clear-groups \
		curl -sS --unix-socket /run/quaymaster/docker.sock http://docker/_ping
}

its_default_gives_no_host_away() {
	local said
	said=$(within setpriv --reuid=nobody --regid=quaymaster-clients --clear-groups curl -sS -H 'Content-Type: application/json' \
		--unix-socket /run/quaymaster/docker.sock -d '{"Image": "busybox", "HostConfig": {"Privileged": true}}' \
		http://docker/containers/create)
	grep -q Privileged <<<"$said" || { echo "$said"; return 1; }
}

an_upgrade_keeps_what_was_changed() {
	within sed -i '1s/^/# mine\n/' /etc/quaymaster/quaymaster.conf
	within dpkg -i /tmp/quaymaster.deb && within grep -q '^# mine' /etc/quaymaster/quaymaster.conf &&
		mode_is 640 root:quaymaster /etc/quaymaster/quaymaster.conf
}

a_purge_leaves_nothing() {
	end_processes
	within dpkg --purge quaymaster || return 1
	for left in /etc/quaymaster /var/lib/quaymaster /var/log/quaymaster /usr/bin/quaymaster; do
		[ ! -e "$system$left" ] || { echo "$left is left"; return 1; }
	done
}

set_up || { umount "$system" "$scratch"; echo "deb: 0 passed, 1 failed"; exit 1; }
trap tear_down EXIT
for test in lintian_finds_no_fault it_installs nobody_else_reads_its_files its_configurations_have_no_mistake its_units_are_sound \
	its_service_is_closed it_serves who_is_not_of_the_group_does_not_get_in its_default_gives_no_host_away \
	an_upgrade_keeps_what_was_changed a_purge_leaves_nothing; do
	check $test $test
done

finish deb
