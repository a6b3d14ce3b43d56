#!/bin/sh
# Runs quaymaster with policy R before a recording upstream, in the foreground.
#
#   serve.sh PROGRAM DIRECTORY PKI [ADDRESS]
#
# DIRECTORY gets p.sock (the front); be.sock there is the upstream. PKI holds server.pem, server.key, ca.pem, ca.crl.
set -eu
here=$(dirname "$0")
[ $# -ge 3 ] || { sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 2; }
program=$1
directory=$(realpath "$2")
pki=$(realpath "$3")
address=${4:-127.0.0.1:2376}

sed -e "s|@FRONT@|$directory/p.sock|; s|@BACKEND@|$directory/be.sock|; s|@AUDIT@|$directory/audit.log|" \
	-e "s|@PKI@|$pki|; s|@ADDRESS@|$address|" -e "s|@PKI@|$pki|g" "$here/policy_r.conf" >"$directory/policy_r.conf"
exec "$program" run --config "$directory/policy_r.conf"
