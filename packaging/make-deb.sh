#!/bin/sh
# Builds the Debian package from what is committed, or, outside of git, from the files that are here: make-deb.sh FOLDER
# Needs what Build-Depends in packaging/debian/control names, which dpkg-buildpackage checks.
set -eu
cd "$(dirname "$0")/.."

folder=$(mkdir -p "$1" && cd "$1" && pwd)
version=$(sed -n '1s/.*(\(.*\)).*/\1/p' packaging/debian/changelog)
source=$folder/quaymaster-$version

rm -rf "$source"
mkdir -p "$source"
if git rev-parse --git-dir >/dev/null 2>&1; then
	git archive HEAD | tar -x -C "$source"
else
	tar -c --exclude=./build . | tar -x -C "$source"
fi
cp -r packaging/debian "$source/debian"
(cd "$source" && dpkg-buildpackage --build=binary --no-sign) >"$folder/build.log" 2>&1 || {
	tail -40 "$folder/build.log" >&2
	exit 1
}
ls "$folder"/quaymaster_"$version"_*.deb
