#!/bin/bash
# A volume that is a mount is judged by what it mounts, when it is made and again when it is used.
. "${0%/*}/lib.sh"
. "${0%/*}/reach.sh"

host=$SCRATCH/host
mkdir -p "$host/work/sub" "$host/other"
start_reach "
	container = { binds = ( { source = \"$host/work\"; write = true; } ); };
	volume = {
		nfs = ( { server = \"10.0.0.5\"; path = \"/exports/ci\"; write = true; } );
		tmpfs_size = \"8M\";
	};"

nfs() { # NAME ADDRESS PATH
	job volume create -o type=nfs -o o="addr=$2,rw,nfsvers=4,soft" -o device=":$3" "$1"
}
expect_equal "NFS" e2e-nfs "$(nfs e2e-nfs 10.0.0.5 /exports/ci)"
expect_denied "volume.nfs" nfs e2e-nfs2 10.0.0.6 /exports/ci
expect_denied "volume.nfs" nfs e2e-nfs2 10.0.0.5 /exports/other
expect_denied "below a directory that clients write" nfs e2e-nfs2 10.0.0.5 /exports/ci/x
expect_denied "mountaddr" job volume create -o type=nfs -o o=addr=10.0.0.5,mountaddr=10.9.9.9 -o device=:/exports/ci e2e-nfs2
expect_denied "volume.options" job volume create -o type=ext4 -o device=/dev/sda1 e2e-disk

bind() { # NAME PATH
	job volume create -o type=none -o o=bind -o device="$2" "$1"
}
expect_equal "a bind" e2e-work "$(bind e2e-work "$host/work")"
job run --rm --network none -v e2e-work:/w busybox touch /w/made
[ -e "$host/work/made" ] || fail "the volume is no bind of the folder"
expect_denied "is a path of the host" bind e2e-other "$host/other"
expect_denied "below a directory that clients write" bind e2e-other "$host/work/sub"
expect_denied "socket" bind e2e-other /

job volume create -o type=tmpfs -o o=size=4m -o device=tmpfs e2e-tmpfs >/dev/null
expect_contains "tmpfs" "4.0M" "$(job run --rm --network none -v e2e-tmpfs:/t busybox df -h /t)"
expect_denied "volume.tmpfs_size" job volume create -o type=tmpfs -o o=size=9m -o device=tmpfs e2e-tmpfs2
expect_denied "without a size" job volume create -o type=tmpfs -o device=tmpfs e2e-tmpfs2

# What somebody else has made is judged as what it is, by whatever name it comes.
daemon volume create -o type=none -o o=bind -o device="$host/other" e2e-theirs >/dev/null
expect_denied "volume 'e2e-theirs'" job volume create e2e-theirs
expect_denied "volume 'e2e-theirs'" job run --rm --network none -v e2e-theirs:/t busybox true
expect_denied "volume 'e2e-theirs'" job run --rm --network none --mount type=volume,src=e2e-theirs,dst=/t busybox true
id=$(daemon create --cgroupns private --network none -v e2e-theirs:/t busybox true)
expect_denied "volume 'e2e-theirs'" job start "$id"
