#!/bin/bash
# The same commands give the same output, errors and exit codes through quaymaster with `admin` as straight at
# the daemon. What differs from one run to the next anyway (ids, times) is made the same first.
. "${0%/*}/lib.sh"

mkdir "$SCRATCH/context"
printf 'FROM busybox\nRUN echo built\nCMD echo hi\n' >"$SCRATCH/context/Dockerfile"
echo content >"$SCRATCH/file"

commands() { # each line is one docker command, run in this order
	cat <<'END'
version -f {{.Server.Version}}-{{.Server.APIVersion}}-{{.Server.MinAPIVersion}}
info -f {{.Driver}}-{{.CgroupDriver}}-{{.OSType}}
images busybox:latest
run --rm busybox echo hello
run --rm busybox sh -c exit\ 3
run --rm 127.0.0.1:1/no-such-image:none true
run --name bad/name busybox true
run --rm busybox no-such-command
run -d --name e2e-same --label a=b busybox sleep 600
run -d --name e2e-same busybox true
ps --no-trunc --filter name=e2e-same --format {{.Names}}-{{.Image}}-{{.Labels}}
exec e2e-same echo in
exec e2e-same sh -c exit\ 9
exec e2e-same no-such-command
exec -u nobody e2e-same id
inspect -f {{.HostConfig.NetworkMode}}-{{.Config.Cmd}} e2e-same
inspect e2e-nothing
logs e2e-same
logs e2e-nothing
top e2e-same -o pid,comm
port e2e-same
cp SCRATCH/file e2e-same:/file
exec e2e-same cat /file
cp e2e-same:/nothing SCRATCH/out
diff e2e-same
rename e2e-same e2e-other
update --memory 32m --memory-swap 32m e2e-other
update --memory 1 e2e-other
pause e2e-other
exec e2e-other true
unpause e2e-other
kill -s NONE e2e-other
kill e2e-other
wait e2e-other
start e2e-other
stop -t 0 e2e-other
rm e2e-other
rm e2e-other
create --name e2e-created --privileged --pid host --network host -v /etc:/h busybox true
inspect -f {{.HostConfig.Privileged}}-{{.HostConfig.PidMode}}-{{.HostConfig.Binds}} e2e-created
commit -m words e2e-created e2e-same:committed
history -q e2e-same:committed
image inspect -f {{.Comment}}-{{.Config.Cmd}} e2e-same:committed
rm e2e-created
build --no-cache -t e2e-same:built SCRATCH/context
build SCRATCH/nothing
run --rm e2e-same:built
tag e2e-same:built e2e-same:tagged
rmi e2e-same:tagged
rmi e2e-same:built
rmi e2e-same:committed
rmi e2e-same:nothing
network create --label a=b e2e-same
network create --driver no-such-driver e2e-other
network inspect -f {{.Driver}}-{{.Labels}} e2e-same
network rm e2e-same
network rm e2e-same
volume create --label a=b e2e-same
volume create --driver no-such-driver e2e-other
volume inspect -f {{.Driver}}-{{.Labels}} e2e-same
volume ls --filter name=e2e-same
volume rm e2e-same
volume rm e2e-same
plugin ls
node ls
service ls
swarm join-token worker
container prune -f --filter label=e2e=none
END
}

normalise() { # CLIENT
	sed -E -e "s/e2e-${1//_/-}-/e2e-/g" -e 's/[0-9a-f]{64}/ID/g; s/\b[0-9a-f]{12}\b/SHORT/g; s/sha256:[0-9a-f]+/SHA/g' \
		-e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]+( [+-]?[0-9]{4}( UTC)?|Z)?/TIME/g' \
		-e 's/(Less than a|About a|[0-9]+) (second|minute|hour)s?( ago)?/AGO/g; s/AGO +/AGO /g' \
		-e '/^(Sending build context|Total reclaimed)/d; /error waiting for container: context canceled/d' -e 's/[0-9.]+ ?[kKM]?B/SIZE/g' -e 's/[ \t]+/ /g' \
		-e 's/^[0-9]+ (sleep|sh)$/PID \1/'
}

transcript() { # CLIENT
	local line words_line word words status files=$SCRATCH/$1.last
	commands | while read -r line; do
		words_line=${line//SCRATCH/$SCRATCH}
		words_line=${words_line//e2e-/e2e-${1//_/-}-}
		words=()
		while IFS= read -r word; do words+=("$word"); done < <(eval "printf '%s\n' $(printf '%s' "$words_line" | sed 's/[{}]/\\&/g')")
		status=0
		printf '$ %s\n' "$line"
		$1 "${words[@]}" </dev/null >"$files.out" 2>"$files.err" || status=$?
		normalise "$1" <"$files.out"
		normalise "$1" <"$files.err" | sed 's/^/! /'
		echo "= $status"
	done
}

pids=""
for client in daemon admin admin_tls; do
	transcript $client >"$SCRATCH/$client.txt" &
	pids="$pids $!"
done
for pid in $pids; do wait "$pid"; done
for client in admin admin_tls; do
	diff -u "$SCRATCH/daemon.txt" "$SCRATCH/$client.txt" || fail "$client differs from the daemon"
done
echo "$(commands | wc -l) commands alike"
