#!/bin/bash
# --privileged as a runtime, profiles by their digests, and a user namespace that the daemon does not have.
. "${0%/*}/lib.sh"
needs_quaymaster

cd "$SCRATCH"
sandbox=io.containerd.runc.v2 # stands for one: every daemon has it
printf '{\n\t"defaultAction": "SCMP_ACT_ALLOW"\n}\n' >profile.json
printf '{ "defaultAction": "SCMP_ACT_LOG" }' >other.json
digest=$(printf '{"defaultAction":"SCMP_ACT_ALLOW"}' | sha256sum | cut -d' ' -f1)
cat >job.conf <<END
upstream = { socket = "$DAEMON_SOCKET"; };
listeners = (
	{ name = "job"; socket = "$PWD/job.sock"; mode = "0600"; },
	{ name = "forced"; socket = "$PWD/forced.sock"; mode = "0600"; },
	{ name = "namespaced"; socket = "$PWD/namespaced.sock"; mode = "0600"; }
);
clients = (
	{ listener = "job"; policy = "job"; },
	{ listener = "forced"; policy = "forced"; },
	{ listener = "namespaced"; policy = "namespaced"; }
);
policies = {
	job = {
		extends = "ci";
		container = {
			privileged = "runtime:$sandbox";
			runtime = { allow = ["runc"]; };
			security = { seccomp = { allow = ["sha256:$digest"]; }; };
		};
	};
	forced = { extends = "ci"; container = { runtime = { allow = []; default = "$sandbox"; }; }; };
	namespaced = { extends = "ci"; container = { user_namespace = "required"; }; };
};
END

"$PROGRAM" run --config job.conf 2>run.log &
pid=$!
trap 'kill $pid; wait $pid || true' EXIT
job() { "$DOCKER" -H "unix://$PWD/job.sock" "$@"; }
forced() { "$DOCKER" -H "unix://$PWD/forced.sock" "$@"; }
namespaced() { "$DOCKER" -H "unix://$PWD/namespaced.sock" "$@"; }
eventually test -S namespaced.sock

made_as() { daemon inspect -f '{{.HostConfig.Privileged}} {{.HostConfig.Runtime}}' "$1"; }

job run -d --name sandboxed --network none --privileged busybox sleep 600 >/dev/null
expect_equal "a privileged request" "false $sandbox" "$(made_as sandboxed)"
expect_equal "its masked paths" true "$(daemon inspect -f '{{gt (len .HostConfig.MaskedPaths) 0}}' sandboxed)"
expect_equal "a privileged exec" inside "$(job exec --privileged sandboxed echo inside)"
expect_denied "not '$sandbox'" job create --privileged --runtime runc busybox true
expect_denied "container.binds" job create --privileged -v /etc:/host busybox true
job run -d --name plain --network none busybox sleep 600 >/dev/null
expect_equal "another request" "false runc" "$(made_as plain)"
expect_denied "exec.privileged" job exec --privileged plain true

forced run -d --name chosen --network none busybox sleep 600 >/dev/null
expect_equal "a runtime that is written in" "false $sandbox" "$(made_as chosen)"
forced exec chosen true
expect_denied "Runtime is 'runc'" forced create --runtime runc busybox true
expect_denied "Runtime is 'runc'" forced exec plain true
expect_denied "build.daemon_defaults" forced build -q - <<<'FROM busybox'

job create --name profiled --security-opt seccomp=profile.json busybox true >/dev/null
expect_contains "its profile" SCMP_ACT_ALLOW "$(daemon inspect -f '{{.HostConfig.SecurityOpt}}' profiled)"
expect_denied "sha256:$(printf '{"defaultAction":"SCMP_ACT_LOG"}' | sha256sum | cut -d' ' -f1)" \
	job create --security-opt seccomp=other.json busybox true

case $(daemon info -f '{{.SecurityOptions}}') in
*name=userns* | *name=rootless*) namespaced create --name own busybox true >/dev/null ;;
*) expect_denied "have dockerd started with --userns-remap" namespaced create busybox true ;;
esac
