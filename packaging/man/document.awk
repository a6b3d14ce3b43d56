# Makes of a document of docs/ the markdown of a manual page: its title becomes NAME, its headings go up by one, and each row
# of a table becomes an entry of a definition list, since terminals are too narrow for columns of text.
#   awk -v page=NAME -v summary=TEXT -f document.awk

/^```/ { in_code = !in_code }
in_code { print; next }

/^# / && !titled { titled = 1; print "# NAME\n\n" page " - " summary "\n\n# DESCRIPTION"; next }
/^##+ / { sub(/^#/, "") }

/^\|/ { table_row(); next }
{ columns = 0; print }

function table_row(    cells, count, i) {
	gsub(/\\\|/, "\001") # a bar that is text
	sub(/^\| */, ""); sub(/ *\|$/, "")
	count = split($0, cells, / *\| */)
	for (i = 1; i <= count; i++) gsub(/\001/, "|", cells[i])
	if (columns == 0) { # the headings
		columns = count
		separator = ""
		for (i = 1; i <= count; i++) heading[i] = cells[i]
	} else if ($0 !~ /^[-: |]+$/)
		entry(cells, count)
}

function entry(cells, count,    i, text) {
	for (i = 2; i < count; i++)
		if (cells[i] != "") text = text (text == "" ? "" : "; ") heading[i] ": " cells[i]
	text = (count > 2 && text != "" ? "(" text ") " : "") (count > 1 ? cells[count] : "")
	print separator cells[1] "\n: " (text == "" ? "see above" : text)
	separator = "\n"
}
