# shellcheck shell=bash
# Two tenants, team-a and team-b, of a quaymaster of the test's own. After lib.sh: `begin_tenants 'SETTINGS OF THEIR POLICY'`; then `a`
# and `b` are docker as each of them, by a.sock and b.sock in $SCRATCH, where the test is from then on.

begin_tenants() { # SETTINGS
	cd "$SCRATCH"
	head -c 32 /dev/urandom >key
	chmod 600 key
	cat >tenants.conf <<END
upstream = { socket = "$DAEMON_SOCKET"; };
tenancy = { key = "$PWD/key"; };
listeners = ( { name = "a"; socket = "$PWD/a.sock"; mode = "0600"; }, { name = "b"; socket = "$PWD/b.sock"; mode = "0600"; } );
clients = (
	{ listener = "a"; policy = "team"; tenant = "team-a"; },
	{ listener = "b"; policy = "team"; tenant = "team-b"; }
);
policies = { team = { extends = "ci"; operations = { allow = ["*"]; }; $1 }; };
END
	"$PROGRAM" run --config tenants.conf 2>run.log &
	tenants_pid=$!
	trap end_tenants EXIT
	eventually test -S b.sock
}

# Also what is left of a test that failed; one that has more to clear away calls it from a trap of its own.
end_tenants() {
	kill "$tenants_pid" && wait "$tenants_pid" || true
}

a() { "$DOCKER" -H "unix://$SCRATCH/a.sock" "$@"; }
b() { "$DOCKER" -H "unix://$SCRATCH/b.sock" "$@"; }

# An image that declares a volume, and has a file where that goes.
make_image_with_volume() {
	daemon run --name filled --network none busybox sh -c 'mkdir /data && echo image >/data/file' >/dev/null
	daemon commit --change 'VOLUME /data' filled with-volume >/dev/null
	daemon rm filled >/dev/null
}
