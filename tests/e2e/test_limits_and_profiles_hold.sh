#!/bin/bash
# Limits and security rules of a policy, on what the daemon holds afterwards and what the kernel says inside.
. "${0%/*}/lib.sh"
needs_quaymaster

cd "$SCRATCH"
cat >job.conf <<END
upstream = { socket = "$DAEMON_SOCKET"; };
listeners = (
	{ name = "job"; socket = "$PWD/job.sock"; mode = "0600"; },
	{ name = "clamped"; socket = "$PWD/clamped.sock"; mode = "0600"; },
	{ name = "strict"; socket = "$PWD/strict.sock"; mode = "0600"; }
);
clients = (
	{ listener = "job"; policy = "job"; },
	{ listener = "clamped"; policy = "clamped"; },
	{ listener = "strict"; policy = "strict"; }
);
policies = {
	job = {
		extends = "ci";
		build = { daemon_defaults = true; };
		container = {
			security = { no_new_privileges = true; };
			limits = {
				memory = { max = "128M"; default = "64M"; };
				memory_swap = "128M";
				cpus = { max = 1.0; default = 0.5; };
				cpu_shares = 512;
				pids = { max = 100; default = 50; };
				shm = "16M";
				tmpfs = "4M";
				ulimits = { nofile = 256; core = 0; };
				restart = ["no", "on-failure:3"];
				stop_timeout = 20;
				log = { size = "1M"; files = 2; };
			};
		};
	};
	clamped = { extends = "job"; container = { limits = { over = "clamp"; }; }; };
	strict = { extends = "job"; build = { daemon_defaults = false; }; };
};
END

"$PROGRAM" run --config job.conf 2>run.log &
pid=$!
trap 'kill $pid; wait $pid || true' EXIT
job() { "$DOCKER" -H "unix://$PWD/job.sock" "$@"; }
clamped() { "$DOCKER" -H "unix://$PWD/clamped.sock" "$@"; }
strict() { "$DOCKER" -H "unix://$PWD/strict.sock" "$@"; }
eventually test -S strict.sock

held() { daemon inspect -f "{{.HostConfig.$2}}" "$1"; }
MiB=1048576

# Soft and hard limits are the same in what is looked at from inside: runc's own runtime raises one to the other, now
# and then, on the way to an exec.

# What a request does not say is written in.
job run -d --name plain --network none busybox sleep 600 >/dev/null
expect_equal Memory $((64 * MiB)) "$(held plain Memory)"
expect_equal MemorySwap $((128 * MiB)) "$(held plain MemorySwap)"
expect_equal NanoCpus 500000000 "$(held plain NanoCpus)"
expect_equal CpuShares 512 "$(held plain CpuShares)"
expect_equal PidsLimit 50 "$(held plain PidsLimit)"
expect_equal ShmSize $((16 * MiB)) "$(held plain ShmSize)"
expect_equal log "json-file map[max-file:2 max-size:1048576]" \
	"$(daemon inspect -f '{{.HostConfig.LogConfig.Type}} {{.HostConfig.LogConfig.Config}}' plain)"
expect_equal SecurityOpt "[no-new-privileges=true]" "$(held plain SecurityOpt)"
expect_equal "open files" 256 "$(job exec plain sh -c 'ulimit -n')"
expect_equal "core files" 0 "$(job exec plain sh -c 'ulimit -c')"
expect_equal "no new privileges" 1 "$(job exec plain sh -c 'sed -n "s/^NoNewPrivs:.//p" /proc/self/status')"

# What is asked for counts up to the cap.
job run -d --name asked --network none -m 100m --cpus 1 --pids-limit 100 --ulimit nofile=200:200 \
	--restart on-failure:3 --stop-timeout 20 --log-opt max-size=500k busybox sleep 600 >/dev/null
expect_equal Memory $((100 * MiB)) "$(held asked Memory)"
expect_equal MemorySwap $((128 * MiB)) "$(held asked MemorySwap)"
expect_equal "open files" 200 "$(job exec asked sh -c 'ulimit -n')"
create() { job create "$@" busybox true; }
expect_denied "HostConfig.Memory is 200M, and the most is 128M" create -m 200m
expect_denied "container.limits.memory_swap" create -m 100m --memory-swap -1
expect_denied "container.limits.cpus" create --cpus 1.5
expect_denied "container.limits.cpus" create --cpu-quota 200000
expect_denied "container.limits.cpu_shares" create --cpu-shares 1024
expect_denied "container.limits.pids" create --pids-limit -1
expect_denied "container.limits.shm" create --shm-size 17m
expect_denied "container.limits.tmpfs" create --tmpfs /t:size=5m
expect_denied "container.limits.tmpfs" create --mount type=tmpfs,target=/t,tmpfs-size=5m
expect_denied "container.limits.ulimits" create --ulimit nofile=1024
expect_denied "container.limits.ulimits" create --ulimit memlock=-1
expect_denied "container.limits.restart" create --restart always
expect_denied "container.limits.stop_timeout" create --stop-timeout 60
expect_denied "container.limits.log.size" create --log-opt max-size=2m
expect_denied "container.security.no_new_privileges" create --security-opt no-new-privileges=false
expect_denied "container.security.seccomp.allow" create --security-opt seccomp=unconfined
size=$(job run --rm --network none --tmpfs /t busybox df -k /t | awk 'END { print $2 }')
expect_equal "a tmpfs" 4096 "$size"

# A change lifts nothing.
update() { job update "$@" plain; }
update -m 100m >/dev/null
expect_equal "a smaller change" $((100 * MiB)) "$(held plain Memory)"
expect_denied "container.limits.memory" update -m 200m
expect_denied "container.limits.memory_swap" update --memory-swap -1
expect_denied "container.limits.cpus" update --cpus 2
expect_denied "container.limits.cpus" update --cpu-quota -1
expect_denied "container.limits.cpus" update --cpu-period 1000
expect_denied "container.limits.pids" update --pids-limit -1
expect_denied "container.limits.restart" update --restart always
expect_equal Memory $((100 * MiB)) "$(held plain Memory)"
expect_equal PidsLimit 50 "$(held plain PidsLimit)"
expect_equal RestartPolicy "{no 0}" "$(held plain RestartPolicy)"

# Clamped, a request gets the most there is.
clamped run -d --name cut --network none -m 1g --memory-swap -1 --cpus 2 --pids-limit -1 --ulimit nofile=9999 \
	--restart always --shm-size 1g busybox sleep 600 >/dev/null
expect_equal Memory $((128 * MiB)) "$(held cut Memory)"
expect_equal MemorySwap $((128 * MiB)) "$(held cut MemorySwap)"
expect_equal NanoCpus 1000000000 "$(held cut NanoCpus)"
expect_equal PidsLimit 100 "$(held cut PidsLimit)"
expect_equal RestartPolicy "{on-failure 3}" "$(held cut RestartPolicy)"
clamped update --pids-limit -1 cut >/dev/null
expect_equal "PidsLimit, changed" 100 "$(held cut PidsLimit)"

# A build's containers have the same, as far as a build has words for it.
mkdir context
cat >context/Dockerfile <<'END'
FROM busybox
RUN ulimit -n >/files; cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max >/memory 2>/dev/null || true
END
job build -q --network none -t e2e-limits context >/dev/null
expect_equal "a build's open files" 256 "$(job run --rm --network none e2e-limits cat /files)"
expect_equal "a build's memory" $((64 * MiB)) "$(job run --rm --network none e2e-limits cat /memory)"
expect_denied "memory is 200M, and the most is 128M" job build -q -m 200m context
expect_denied "cpuquota is -1" job build -q --cpu-quota -1 context
expect_denied "container.limits.ulimits" job build -q --ulimit nofile=1024 context
expect_denied "build.daemon_defaults" strict build -q context

# What somebody else made without is not entered.
daemon run -d --name foreign --network none --cgroupns private busybox sleep 600 >/dev/null
expect_denied "SecurityOpt lacks 'no-new-privileges'" job exec foreign true
job rm -f plain asked cut foreign >/dev/null
