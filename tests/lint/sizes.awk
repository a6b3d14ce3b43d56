# Files over 500 lines and functions over 60. A file whose first comment has the words "table file", and a
# function right under a comment with the word "table", may be longer: data is read down, not followed.

function file_ends() {
	if (!table_file && last_line > 500)
		offence("the file has " last_line " lines (limit 500)")
}

function offence(text) {
	print "  " file ": " text
	offences++
}

FNR == 1 {
	if (NR > 1)
		file_ends()
	file = FILENAME
	table_file = about_table = start = 0
}

FNR <= 8 && /table file/ { table_file = 1 }
/^(\/\*| \*).*table/ { about_table = 1 }
/^[a-zA-Z].*\(/ { name = $0; sub(/\(.*/, "", name); sub(/.*[ *]/, "", name) }
/^\{/ { start = FNR }
/^\}/ {
	if (start && !about_table && FNR - start - 1 > 60)
		offence(name "() has " FNR - start - 1 " lines (limit 60)")
	start = about_table = 0
}
{ last_line = FNR }

END {
	file_ends()
	exit offences > 0
}
