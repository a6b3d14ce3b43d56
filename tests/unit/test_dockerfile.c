/* Which images a Dockerfile names, and which Dockerfiles cannot be told for certain. */
#include "policy/dockerfile.h"

#include "policy/arena.h"
#include "policy/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { ARENA_BYTES = 8 << 20 };

/* "1 alpine, 3 COPY debian, 4 x PLATFORM"; or the error. */
static const char *told(struct arena *arena, const struct dockerfile *dockerfile)
{
	const char *text = "";

	for (size_t i = 0; i < dockerfile->count; i++) {
		const struct dockerfile_image *image = &dockerfile->list[i];

		text = arena_format(arena, "%s%s%u %s%s%s", text, i > 0 ? ", " : "", image->line,
		                    image->copied ? "COPY " : "", image->text,
		                    image->platform ? " PLATFORM" : "");
	}
	return text;
}

static const char *read_as(struct arena *arena, const char *text, const char *arguments)
{
	json_t *given = arguments != NULL ? json_loads(arguments, 0, NULL) : NULL;
	struct dockerfile dockerfile;
	struct error error = {.text = ""};
	bool fine = dockerfile_read(arena, text, strlen(text), given, &dockerfile, &error);
	const char *result = fine ? told(arena, &dockerfile) : arena_string(arena, error.text);

	assert_true(fine == (error.text[0] == '\0'));
	json_decref(given);
	return result;
}

struct row {
	const char *text, *told;
};

static void expect(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct arena *arena = arena_new(ARENA_BYTES);
		const char *result = read_as(arena, rows[i].text, NULL);

		if (strstr(result, rows[i].told) == NULL ||
		    (rows[i].told[0] == '\0') != (result[0] == '\0'))
			fail_msg("%s\n-> %s\nnot %s", rows[i].text, result, rows[i].told);
		arena_free(arena);
	}
}

#define EXPECT(rows) expect(rows, sizeof(rows) / sizeof *(rows))

static void images_are_found(void **state)
{
	static const struct row rows[] = {
		{"FROM alpine", "1 alpine"},
		{"from alpine", "1 alpine"},
		{"  \tFROM\t alpine \t\n", "1 alpine"},
		{"\xef\xbb\xbf"
	     "FROM alpine",
	     "1 alpine"},
		{"FROM alpine\r\nRUN true\r\n", "1 alpine"},
		{"FROM alpine AS a\nFROM a\nFROM A as b\nFROM debian", "1 alpine, 4 debian"},
		{"FROM scratch", ""},
		{"FROM Scratch", "1 Scratch"},
		{"FROM --platform=linux/arm64 alpine", "1 alpine PLATFORM"},
		{"FROM alpine\nFROM --platform=$X alpine", "1 alpine PLATFORM"},
		{"FROM a\nCOPY --from=b /x /y", "1 a, 2 COPY b"},
		{"FROM a\nCOPY --from=0 /x /y", "1 a"},
		{"FROM a\nCOPY --from=99999999999999999999 /x /y", "1 a, 2 COPY 99999999999999999999"},
		{"FROM a\nCOPY --from=+1 /x /y", "1 a, 2 COPY +1"},
		{"FROM a AS b\nCOPY --from=b /x /y", "1 a, 2 COPY b"},
		{"FROM a AS b\nFROM c\nCOPY --from=B /x /y", "1 a, 2 c"},
		{"FROM a\nCOPY --chown=1 --from=b /x /y", "1 a, 2 COPY b"},
		{"FROM a\nCOPY /x --from=b /y", "1 a"},
		{"FROM a\nCOPY --from= /x /y", "1 a"},
		{"FROM a\nADD --from=b /x /y", "1 a"},
		{"FROM a\nONBUILD COPY --from=b /x /y", "1 a, 2 COPY b"},
		{"FROM a\nONBUILD RUN true", "1 a"},
		{"FROM a\nCOPY [\"x\", \"y\"]", "1 a"},
		{"FROM a\nRUN echo \xc3\xa9", "1 a"},
		{"FROM a\nCOPY \xc3\xa0 /y", "1 a"},
		{"FROM a\nENV X=y\nUSER x\nCMD [\"sh\"]\nEXPOSE 80\nLABEL a=b\nSTOPSIGNAL 9\nVOLUME /x\n"
	     "WORKDIR /x\nSHELL [\"sh\"]\nMAINTAINER me\nENTRYPOINT x\nHEALTHCHECK NONE",
	     "1 a"},
	};

	(void)state;
	EXPECT(rows);
}

static void lines_are_joined_as_dockerd_does(void **state)
{
	static const struct row rows[] = {
		{"FROM \\\nalpine", "1 alpine"},
		{"FROM \\  \n  alpine", "1 alpine"},
		{"\\\nFROM alpine", "1 alpine"},
		{"FROM al\\\npine", "1 alpine"},
		{"FROM \\\n# comment\n\n  \nalpine", "1 alpine"},
		{"FROM a\nRUN x \\\nFROM b", "1 a"},
		{"FROM a\nRUN x \\\\\nFROM b", "1 a, 3 b"},
		{"FROM a\nRUN x \\\n# c \\\nFROM b", "1 a"},
		{"FROM a\n# comment \\\nFROM b", "1 a, 3 b"},
		{"FROM a\nRUN x \\", "1 a"},
		{"FROM a\nRUN x \\ y\nFROM b", "1 a, 3 b"},
		/* Another character escapes. */
		{"# escape=`\nFROM a\nRUN x `\nFROM b", "2 a"},
		{"# escape=`\nFROM a\nRUN x \\\nFROM b", "2 a, 4 b"},
		{"#escape = `  \nFROM a\nRUN x \\\nFROM b", "2 a, 4 b"},
		{"# syntax=x\n# ESCAPE=`\nFROM a\nRUN x \\\nFROM b", "3 a, 5 b"},
		{"# comment\n# escape=`\nFROM a\nRUN x \\\nFROM b", "3 a"},
		{"\n# escape=`\nFROM a\nRUN x \\\nFROM b", "3 a"},
		{"# escape\nFROM a\nRUN x \\\nFROM b", "2 a"},
		{"# check=skip=all\nFROM a\nRUN x \\\nFROM b", "2 a"},
		{"FROM a\n# escape=`\nRUN x \\\nFROM b", "1 a"},
	};

	(void)state;
	EXPECT(rows);
}

static void arguments_before_the_first_stage_are_filled_in(void **state)
{
	static const struct {
		const char *text, *arguments, *told;
	} rows[] = {
		{"ARG X=alpine\nFROM $X", NULL, "2 alpine"},
		{"ARG X=alpine\nFROM ${X}:3", NULL, "2 alpine:3"},
		{"ARG X=alpine Y=3\nFROM $X:$Y", NULL, "2 alpine:3"},
		{"ARG X=\"alpine\"\nARG Y='3'\nFROM $X:$Y", NULL, "3 alpine:3"},
		{"ARG X=a\nARG Y=$X/b\nFROM $Y", NULL, "3 a/b"},
		{"ARG X=a\nARG X=b\nFROM $X", NULL, "3 b"},
		{"ARG X=a\nARG X\nFROM $X", NULL, "is FROM nothing"},
		{"ARG X=a\nARG X\nFROM x$X", NULL, "3 x"},
		{"ARG X\nFROM x$X", NULL, "2 x"},
		{"FROM x$X", NULL, "1 x"},
		{"FROM $X", NULL, "is FROM nothing"},
		{"ARG X=a\nFROM $X", "{\"X\":\"b\"}", "2 b"},
		{"ARG X\nFROM $X", "{\"X\":\"b\"}", "2 b"},
		{"FROM x$X", "{\"X\":\"b\"}", "1 x"},
		{"ARG X=a\nFROM $X", "{\"X\":null}", "2 a"},
		{"ARG X=a\nFROM $X", "{\"X\":\"$Y\"}", "2 $Y"},
		{"ARG X=a\nFROM ${X:-b}", NULL, "2 a"},
		{"ARG X\nFROM ${X:-b}", NULL, "2 b"},
		{"ARG X=a\nFROM ${X:+b}", NULL, "2 b"},
		{"ARG X\nFROM x${X:+b}", NULL, "2 x"},
		{"ARG X=\nFROM ${X:-b}", NULL, "2 b"},
		{"FROM ${HTTP_PROXY}", "{\"HTTP_PROXY\":\"p\"}", "1 p"},
		{"FROM x$ALL_PROXY", "{\"ALL_PROXY\":\"p\"}", "whose value cannot be told"},
		{"FROM x$ALL_PROXY", NULL, "1 x"},
		{"FROM a\nARG X=b\nFROM x$X", NULL, "1 a, 3 x"},
		{"ARG X=a AS\nFROM $X AS b\nFROM b", NULL, "2 a"},
		/* What a shell would look at further is not told. */
		{"FROM ${X-b}", NULL, "cannot be told for certain"},
		{"FROM ${X#b}", NULL, "cannot be told for certain"},
		{"FROM ${X:?b}", NULL, "cannot be told for certain"},
		{"FROM ${X:-$Y}", NULL, "cannot be told for certain"},
		{"FROM ${X", NULL, "cannot be told for certain"},
		{"FROM $", NULL, "cannot be told for certain"},
		{"FROM $1", NULL, "cannot be told for certain"},
		{"FROM $$", NULL, "cannot be told for certain"},
		{"FROM a*b", NULL, "cannot be told for certain"},
		{"ARG X=a\\b\nFROM $X", NULL, "whose value cannot be told"},
		{"ARG X=a\"b\"\nFROM $X", NULL, "whose value cannot be told"},
		{"ARG X=${Y#a}\nFROM $X", NULL, "whose value cannot be told"},
		{"ARG X=a Y=$X\nFROM $Y", NULL, "whose value cannot be told"},
		{"ARG X='$Y'\nFROM $X", NULL, "whose value cannot be told"},
		{"ARG X=\"a b\"\nFROM x$Y", NULL, "whose value cannot be told"},
		{"ARG $X=a\nFROM x$Y", NULL, "whose value cannot be told"},
		{"ARG X=a\\b\nFROM $X", "{\"X\":\"c\"}", "whose value cannot be told"},
		/* Where none is used that is no harm. */
		{"ARG X=\"a b\"\nFROM x", NULL, "2 x"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct arena *arena = arena_new(ARENA_BYTES);
		const char *result = read_as(arena, rows[i].text, rows[i].arguments);

		if (strstr(result, rows[i].told) == NULL)
			fail_msg("%s\n-> %s\nnot %s", rows[i].text, result, rows[i].told);
		arena_free(arena);
	}
}

static void what_could_be_read_otherwise_is_refused(void **state)
{
	static const struct row rows[] = {
		{"", "has no FROM"},
		{"\n\n", "has no FROM"},
		{"ARG X", "has no FROM"},
		{"RUN x\nFROM a", "line 1 comes before the first FROM"},
		{"FROM a\nrunn x", "line 2 begins with no instruction"},
		{"FROM a\nR\xc5\xaa"
	     "N x",
	     "begins with no instruction"},
		{"FROM a\n\\", "begins with no instruction"},
		{"FROM", "a FROM that is none"},
		{"FROM a b", "a FROM that is none"},
		{"FROM a AS", "a FROM that is none"},
		{"FROM a AS b c", "a FROM that is none"},
		{"FROM a IN b", "a FROM that is none"},
		{"FROM a AS 1b", "a FROM that is none"},
		{"FROM a AS b!", "a FROM that is none"},
		{"FROM --x a", "a FROM that is none"},
		{"FROM -- a", "a FROM that is none"},
		{"FROM --platform=x --platform=y a", "a FROM that is none"},
		{"FROM \"a\"", "quotes or odd letters"},
		{"FROM a AS 'b'", "quotes or odd letters"},
		{"FROM a\xc2\xa0", "quotes or odd letters"},
		{"FROM `a`", "quotes or odd letters"},
		{"FROM a\rRUN x", "a control character"},
		{"FROM a\r\r\nRUN x", "a control character"},
		{"FROM a\r", "a control character"},
		{"FROM a\vb", "a control character"},
		{"FROM a\f", "a control character"},
	};

	(void)state;
	EXPECT(rows);
}

static void what_engines_read_differently_is_refused(void **state)
{
	static const struct row rows[] = {
		{"\xc2\xa0"
	     "FROM a",
	     "white space that is none"},
		{"\xe2\x80\x83# c\nFROM a", "white space that is none"},
		{"FROM a\nRUN x \\\n\xc2\x85# c\nFROM b", "white space that is none"},
		{"FROM a\nRUN x \\\n\xe3\x80\x80\nFROM b", "white space that is none"},
		{"#\xc2\xa0"
	     "escape=`\nFROM a",
	     "white space that is none"},
		{"# escape=`\n# escape=\\\nFROM a", "a directive twice"},
		{"# syntax=a\n# syntax=b\nFROM a", "a directive twice"},
		{"# escape=x\nFROM a", "an escape that is none"},
		{"# escape=``\nFROM a", "an escape that is none"},
		{"# check=skip=all\n# escape=`\nFROM a", "not every engine heeds"},
		{"FROM a\nCOPY --\"from\"=b /x /y", "quotes or odd letters"},
		{"FROM a\nCOPY --f\\rom=b /x /y", "quotes or odd letters"},
		{"FROM a\nCOPY --chown=\xc3\xa0 --from=b /x /y", "quotes or odd letters"},
		{"FROM a\nCOPY \xa0--from=b /x /y", "odd letters"},
		{"FROM a\nCOPY \x85 x /y", "odd letters"},
		{"FROM a\nCOPY --from=$X /x /y", "a variable in --from"},
		{"FROM a\nONBUILD FROM b", "a trigger that is none"},
		{"FROM a\nONBUILD ONBUILD RUN x", "a trigger that is none"},
		{"FROM a\nONBUILD x", "a trigger that is none"},
		{"FROM a\nRUN cat <<EOF\nx\nEOF", "a here-document"},
		{"FROM a\nRUN <<EOF\nx\nEOF", "a here-document"},
		{"FROM a\nRUN x 3<<-'EOF'\nx\nEOF", "a here-document"},
		{"FROM a\nCOPY <<EOF /x\nEOF", "a here-document"},
		{"FROM a\nADD <<EOF /x\nEOF", "a here-document"},
		{"FROM a\nONBUILD COPY <<EOF /x\nEOF", "a here-document"},
		{"FROM a\nRUN x ${y:-<<EOF}", "a here-document"},
		{"FROM a\nRUN x\xc2\xa0<<EOF", "a here-document"},
		{"FROM a\nRUN x <<<y z <<EOF", "a here-document"},
	};

	(void)state;
	EXPECT(rows);
}

static void shifts_and_here_strings_are_no_here_documents(void **state)
{
	static const struct row rows[] = {
		{"FROM a\nRUN echo $((1<<3)) $((x<<y))", "1 a"},
		{"FROM a\nRUN cat <<<x", "1 a"},
		{"FROM a\nENV X=<<EOF", "1 a"},
		{"FROM a\nCMD cat <<EOF", "1 a"},
	};

	(void)state;
	EXPECT(rows);
}

static void bounds_are_kept(void **state)
{
	static char text[300000];
	struct arena *arena = arena_new(ARENA_BYTES);
	size_t used = 0;

	(void)state;
	for (unsigned i = 0; i <= DOCKERFILE_IMAGES_MAX; i++)
		used += (size_t)snprintf(text + used, sizeof text - used, "FROM a%u\n", i);
	assert_non_null(strstr(read_as(arena, text, NULL), "too many images"));
	used = 0;
	for (unsigned i = 0; i <= DOCKERFILE_STAGES_MAX + 1; i++)
		used += (size_t)snprintf(text + used, sizeof text - used, "FROM a\n");
	assert_non_null(strstr(read_as(arena, text, NULL), "too many stages"));
	used = 0;
	for (unsigned i = 0; i <= 256; i++)
		used += (size_t)snprintf(text + used, sizeof text - used, "ARG A%u\n", i);
	assert_non_null(strstr(read_as(arena, text, NULL), "too many arguments"));
	memset(text, 'x', 70000);
	text[70000] = '\0';
	assert_non_null(strstr(read_as(arena, text, NULL), "is too long"));
	arena_free(arena);

	arena = arena_new(2000);
	assert_non_null(strstr(read_as(arena, "FROM a", NULL), "memory"));
	arena_free(arena);
}

static void a_nul_is_a_control_character(void **state)
{
	struct arena *arena = arena_new(ARENA_BYTES);
	struct dockerfile dockerfile;
	struct error error;

	(void)state;
	assert_false(dockerfile_read(arena, "FROM a\0b\nFROM c", 16, NULL, &dockerfile, &error));
	assert_non_null(strstr(error.text, "control character"));
	arena_free(arena);
}

static void triggers_are_instructions_of_their_own(void **state)
{
	static const struct row rows[] = {
		{"RUN x", ""},
		{"COPY . /x", ""},
		{"COPY --from=b /x /y", "1 COPY b"},
		{"copy --from=0 /x /y", ""},
		{"# escape=`\nCOPY --from=b /x /y", "2 COPY b"},
		{"COPY \\\n--from=b /x /y", "1 COPY b"},
		{"FROM b", "a trigger that is none"},
		{"x", "a trigger that is none"},
		{"COPY --\"from\"=b /x /y", "quotes or odd letters"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct arena *arena = arena_new(ARENA_BYTES);
		struct dockerfile dockerfile = {.count = 0};
		struct error error;
		const char *result = dockerfile_read_trigger(arena, rows[i].text, &dockerfile, &error)
		                         ? told(arena, &dockerfile)
		                         : error.text;

		if (strstr(result, rows[i].told) == NULL)
			fail_msg("%s -> %s", rows[i].text, result);
		arena_free(arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(images_are_found),
		cmocka_unit_test(lines_are_joined_as_dockerd_does),
		cmocka_unit_test(arguments_before_the_first_stage_are_filled_in),
		cmocka_unit_test(what_could_be_read_otherwise_is_refused),
		cmocka_unit_test(what_engines_read_differently_is_refused),
		cmocka_unit_test(shifts_and_here_strings_are_no_here_documents),
		cmocka_unit_test(bounds_are_kept),
		cmocka_unit_test(a_nul_is_a_control_character),
		cmocka_unit_test(triggers_are_instructions_of_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
