#!/bin/sh
# Installs the Debian 12 packages for the purposes named: build, manual, package, run, daemon, test. Quick when all are there.
set -eu

build="gcc libc6-dev make pkg-config libevent-dev libssl-dev libhttp-parser-dev libconfig-dev libjansson-dev
	libseccomp-dev zlib1g-dev"
# A dockerd of our own, and an image for it. docker.io brings the docker command.
daemon="docker.io busybox-static ca-certificates iptables procps curl"
run="curl"
manual="help2man lowdown python3"
package="debhelper dpkg-dev lintian"
test="clang clang-format clang-tidy libclang-rt-14-dev llvm cppcheck shellcheck codespell valgrind lcov
	libcmocka-dev binutils iproute2 curl openssl socat python3 python3-docker docker-compose docker-registry nodejs
	openssh-server openssh-client systemd
	$manual $package man-db mandoc groff bsdextrautils fish zsh"
# Debian's npm is a package of its own; others' nodejs brings it along.
command -v npm >/dev/null || test="$test npm"

wanted=""
for purpose; do
	case $purpose in
	build) wanted="$wanted $build" ;;
	manual) wanted="$wanted $manual" ;;
	package) wanted="$wanted $package" ;;
	run) wanted="$wanted $run" ;;
	daemon) wanted="$wanted $daemon" ;;
	test) wanted="$wanted $daemon $test" ;;
	*) echo "usage: $0 build|manual|package|run|daemon|test ..." >&2; exit 2 ;;
	esac
done

installed() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

missing=""
for package in $wanted; do
	installed "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

echo "  installing$missing"
[ "$(id -u)" = 0 ] || { echo "$0: needs root to install them" >&2; exit 1; }
export DEBIAN_FRONTEND=noninteractive

# The distribution's service would start a second dockerd beside ours: keep it from starting.
deny_start=/usr/sbin/policy-rc.d
made_deny_start=""
if [ ! -e $deny_start ]; then
	printf '#!/bin/sh\nexit 101\n' >$deny_start
	chmod 755 $deny_start
	made_deny_start=1
fi
trap '[ -z "$made_deny_start" ] || rm -f $deny_start' EXIT

install() {
	# shellcheck disable=SC2086 # a list of packages
	apt-get install -y -qq -t bookworm --no-install-recommends $missing >build/install.log 2>&1
}

mkdir -p build
install || { apt-get update -qq && install; } || { tail -20 build/install.log >&2; exit 1; }
