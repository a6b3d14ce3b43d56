#!/bin/sh
# libpolicy.a must not be able to reach the world: none of these may be among its undefined symbols.
set -eu
library=$1
impure='open|open64|openat|creat|read|write|pread|pwrite|close|socket|connect|send|recv|ioctl|fcntl'
impure="$impure|fopen|fopen64|fread|fwrite|fputs|printf|puts|perror|stdin|stdout|stderr"
impure="$impure|getenv|secure_getenv|environ|setenv|system|popen|fork|execv|execve|abort_handler|signal|sigaction"
impure="$impure|time|clock|clock_gettime|gettimeofday|localtime|localtime_r|gmtime|gmtime_r|rand|random|getrandom"
impure="$impure|config_read_file|json_load_file|json_loadf|json_dump_file|json_dumpf|json_loadfd|json_dumpfd"
impure="$impure|(pthread|event|evbuffer|bufferevent|SSL|X509|EVP|BIO)_.*"
if nm --undefined-only "$library" | awk -v impure="^($impure)\$" '
	/^[^ ].*:$/ { object = $1 }
	$1 == "U" && sub(/@.*/, "", $2) + 1 && $2 ~ impure { print "  " object " " $2; found = 1 }
	END { exit !found }'
then
	echo "  $library calls what the policy engine must not"
	exit 1
fi
