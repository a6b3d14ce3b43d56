# Checks every #include "..." of the files given against tests/lint/layers.txt (the first argument), and that
# policy/ and certs/ stay to themselves. Prints each offence; exits 1 when there was one.

function offence(text) {
	printf "%s:%d: %s\n", FILENAME, FNR, text
	offences++
}

function module_of(path) {
	sub(/^.*\//, "", path)
	sub(/\.[ch]$/, "", path)
	return path
}

# Sets LAYER and FAMILY of a module; an exact name wins over a pattern such as cmd_*.
function place(module,    i, prefix) {
	layer = 0
	if (module in layer_of) {
		layer = layer_of[module]
		family = family_of[module]
		return
	}
	for (i = 1; i <= patterns; i++) {
		prefix = pattern[i]
		if (index(module, prefix) == 1) {
			layer = layer_of[prefix "*"]
			family = family_of[prefix "*"]
			return
		}
	}
}

FNR == NR {
	if (/^#/ || NF == 0)
		next
	depth++
	for (i = 1; i <= NF; i++) {
		count = split($i, member, "+")
		for (j = 1; j <= count; j++) {
			layer_of[member[j]] = depth
			family_of[member[j]] = depth "." i
			if (sub(/\*$/, "", member[j]))
				pattern[++patterns] = member[j]
		}
	}
	next
}

FNR == 1 {
	home = FILENAME
	sub(/\/.*/, "", home)
	if (home == "proxy") {
		place(module_of(FILENAME))
		own_layer = layer
		own_family = family
		if (!layer)
			offence("module has no line in tests/lint/layers.txt")
	}
}

/^#[ \t]*include[ \t]*"/ {
	split($0, quoted, "\"")
	target = quoted[2]
	if (target !~ /^(policy|certs|proxy)\/[a-z0-9_]+\.h$/) {
		offence("\"" target "\" is no path from the repository's root")
	} else if (home == "policy" && target !~ /^policy\//) {
		offence("policy/ includes " target)
	} else if (home == "certs" && target !~ /^(certs\/|policy\/(error|text)\.h$)/) {
		offence("certs/ includes " target)
	} else if (home == "proxy" && target ~ /^proxy\//) {
		place(module_of(target))
		if (layer < own_layer)
			offence("includes " target ", which is above it")
		else if (layer == own_layer && family != own_family)
			offence("includes " target ", which is beside it")
	} else if (home == "proxy" && target ~ /^certs\// && own_layer != 1) {
		offence("only main and cmd_* may include " target)
	}
	next
}

# The engine knows no descriptor, clock, environment, thread, loop or TLS: not even their headers. Of arpa/inet.h it
# has the reading and printing of addresses; purity.sh looks for the rest.
home == "policy" && /^#[ \t]*include[ \t]*</ {
	if ($0 !~ /<(arpa\/inet|assert|ctype|errno|limits|stdalign|stdarg|stdbool|stddef|stdint|stdio|stdlib|string|strings|inttypes|jansson|libconfig|float|math)\.h>/)
		offence("policy/ includes " $2)
}

home == "certs" && /<event2?\// {
	offence("certs/ includes " $2)
}

END {
	exit offences > 0
}
