#!/bin/bash
# Makes the manual pages: those of section 1 of what `quaymaster --help` and `quaymaster COMMAND --help` say, those of
# sections 5 and 7 of docs/*.md, so that no page can say anything else than the program and the documents do.
#   pages.sh PROGRAM FOLDER
# Needs help2man and lowdown. SOURCE_DATE_EPOCH, where set, is the date on the pages.
set -euo pipefail
cd "$(dirname "$0")/../.."

program=$1 folder=$2
version=$("$program" version)
version=${version#quaymaster }
date=$(date -u -d "@${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}" +%Y-%m-%d)

for tool in help2man lowdown; do
	command -v $tool >/dev/null || { echo "$0: $tool is missing: apt-get install $tool" >&2; exit 1; }
done
mkdir -p "$folder"

# document, page, section, and its line for whatis
documents='
configuration	quaymaster.conf	5	the configuration of quaymaster
policy-tests	quaymaster-policy-tests	5	policies as tables of requests and verdicts
architecture	quaymaster-architecture	7	how quaymaster is built
'
# Every other document is a page of section 7, named after it; its first heading is its line.
for document in docs/*.md; do
	name=$(basename "$document" .md)
	grep -q "^$name	" <<<"$documents" || [ "$name" = changelog ] ||
		documents+="$name	quaymaster-$name	7	$(sed -n '1s/^# //p' "$document")"$'\n'
done

command_names() {
	"$program" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z][a-z-]*\) .*/\1/p'
}

summary_of() { # COMMAND
	"$program" --help | sed -n "/^Commands:/,/^\$/s/^  $1  *//p"
}

of_help() { # PAGE SUMMARY COMMAND...
	local page=$1 summary=$2
	shift 2
	help2man --no-info --section=1 --locale=C.UTF-8 --version-string="$version" --name="$summary" \
		--include=packaging/man/see-also.h2m --source="quaymaster $version" "$program${*:+ $*}" >"$folder/$page.1"
}

# help2man takes the page's title from the first line that the program prints; this makes it the page's own.
titled() { # PAGE
	local upper
	upper=$(tr '[:lower:]' '[:upper:]' <<<"$1")
	sed -i -e "s/^\.TH .*/.TH \"$upper\" \"1\" \"$date\" \"quaymaster $version\" \"User Commands\"/" \
		-e "/^\.SH NAME/{n;s/^[^\\\\]*/$1 /}" "$folder/$1.1"
}

links() { # [text](document.md) becomes the page's name, in bold
	local rules=() name page section
	while IFS=$'\t' read -r name page section _; do
		[ -z "$name" ] || rules+=(-e "s/\[[^]]*\]($name\.md\(#[^)]*\)\?)/**$page**($section)/g")
	done <<<"$documents"
	sed "${rules[@]}"
}

of_document() { # DOCUMENT PAGE SECTION SUMMARY
	links <"docs/$1.md" | awk -v page="$2" -v summary="$4" -f packaging/man/document.awk |
		lowdown -s -T man -M title="$2" -M section="$3" -M date="$date" -M source="quaymaster $version" |
		sed -e 's/\\fC/\\fB/g' -e '/^\.S[HS]/{n;n;/^\.[LP]P$/d}' >"$folder/$2.$3" # no second typeface: literals are bold
}

of_help quaymaster "stands between Docker clients and the Docker daemon, and judges"
titled quaymaster
for command in $(command_names); do
	[ "$command" != version ] || continue
	of_help "quaymaster-$command" "$(summary_of "$command")" "$command"
	titled "quaymaster-$command"
done
while IFS=$'\t' read -r document page section summary; do
	[ -z "$document" ] || of_document "$document" "$page" "$section" "$summary"
done <<<"$documents"
