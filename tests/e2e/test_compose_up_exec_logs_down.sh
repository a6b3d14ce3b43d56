#!/bin/bash
. "${0%/*}/lib.sh"
# The docker command's own compose where it has one.
if "$DOCKER" compose version >"$SCRATCH/version" 2>&1; then
	compose=("$DOCKER" compose)
elif [ -x /usr/bin/docker-compose ]; then
	compose=(/usr/bin/docker-compose)
else
	skip "no compose"
fi

mkdir "$SCRATCH/project"
cat >"$SCRATCH/project/docker-compose.yml" <<'END'
version: "3.7"
services:
  server:
    image: busybox
    command: sh -c 'mkdir /w; echo page >/w/p; echo serving; httpd -f -p 80 -h /w'
    stop_grace_period: 1s
    volumes: ["data:/data"]
  client:
    image: busybox
    command: sh -c 'until wget -q -O - http://server/p; do sleep 0.2; done; sleep 600'
    stop_grace_period: 1s
    depends_on: [server]
volumes:
  data: {}
END
cd "$SCRATCH/project"
logs_have_page() { compose_as "$1" logs client 2>&1 | grep -q page; }

compose_as() {
	local client=$1
	shift
	case $client in
	*_tls)
		[ -n "$TLS_ADDRESS" ] || { compose_as "${client%_tls}" "$@"; return; }
		DOCKER_HOST=tcp://$TLS_ADDRESS DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=$CLIENTS/${client%_tls} \
			"${compose[@]}" -p e2e "$@"
		;;
	admin) DOCKER_HOST=unix://$ADMIN_SOCKET "${compose[@]}" -p e2e "$@" ;;
	ci) DOCKER_HOST=unix://$CI_SOCKET "${compose[@]}" -p e2e "$@" ;;
	esac
}

for client in admin ci_tls; do # compose is slow; every way in is tested by the rest
	compose_as "$client" up -d
	eventually logs_have_page "$client"
	expect_equal "$client exec" page "$(compose_as "$client" exec -T server cat /w/p)"
	expect_contains "$client ps" Up "$(compose_as "$client" ps)"
	compose_as "$client" down -v
	expect_equal "$client leaves" "" "$(daemon ps -aq --filter label=com.docker.compose.project=e2e)"
done
