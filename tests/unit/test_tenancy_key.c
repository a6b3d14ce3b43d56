/* The key's file: made once, kept, and refused where others could have read it. */
#include "policy/error.h"
#include "policy/seal.h"
#include "proxy/tenancy_key.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/tenancy-key-XXXXXX";
static char path[PATH_MAX];

static int set_up(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof path, "%s/tenancy.key", folder);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(folder);
}

static void write_key(size_t len, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	for (size_t i = 0; i < len; i++)
		assert_int_equal(write(fd, "k", 1), 1);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void a_missing_key_is_made_once(void **state)
{
	struct seal_key first, second;
	struct error error;
	struct stat status;

	(void)state;
	assert_false(tenancy_key_read(NULL, folder, false, &first, &error));
	assert_true(tenancy_key_read(NULL, folder, true, &first, &error));
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	assert_int_equal(status.st_size, SEAL_KEY_MIN);
	assert_int_equal(status.st_nlink, 1);
	assert_true(tenancy_key_read(NULL, folder, true, &second, &error));
	assert_memory_equal(&first.inner.state, &second.inner.state, sizeof first.inner.state);
	assert_true(tenancy_key_read(path, NULL, true, &second, &error));
	assert_memory_equal(&first.outer.state, &second.outer.state, sizeof first.outer.state);
}

static void what_is_no_key_is_told(void **state)
{
	struct seal_key key;
	struct error error;

	(void)state;
	write_key(SEAL_KEY_MIN - 1, 0600);
	assert_false(tenancy_key_read(path, NULL, true, &key, &error));
	assert_non_null(strstr(error.text, "has 31 bytes"));
	write_key(SEAL_KEY_MIN, 0640);
	assert_false(tenancy_key_read(path, NULL, true, &key, &error));
	assert_non_null(strstr(error.text, "chmod it to 0600"));
	write_key(SEAL_KEY_MAX + 1, 0600);
	assert_false(tenancy_key_read(NULL, folder, true, &key, &error));
	write_key(SEAL_KEY_MAX, 0600);
	assert_true(tenancy_key_read(NULL, folder, true, &key, &error));
	assert_false(tenancy_key_read(folder, NULL, true, &key, &error));
	assert_non_null(strstr(error.text, "no regular file"));
	assert_false(tenancy_key_read("/nowhere/key", NULL, true, &key, &error));
	assert_false(tenancy_key_read(NULL, "/nowhere", true, &key, &error));
	assert_false(tenancy_key_read(NULL, NULL, true, &key, &error));
}

/* In two containers with one state folder both makers may have our number. */
static void what_another_maker_writes_is_left_alone(void **state)
{
	char other[PATH_MAX];
	struct seal_key key;
	struct error error;

	(void)state;
	snprintf(other, sizeof other, "%.*s.%ld", PATH_MAX - 32, path, (long)getpid());
	close(open(other, O_WRONLY | O_CREAT | O_EXCL, 0600));
	assert_true(tenancy_key_read(NULL, folder, true, &key, &error));
	assert_int_equal(unlink(other), 0);
	assert_int_equal(unlink(path), 0);
}

enum { MAKERS = 24, ROUNDS = 8 };

/* Waits until START ends, and tells FOUND the key that it comes to. */
static void race(const int start[2], int found)
{
	struct seal_key key;
	struct error error;
	char nothing;

	close(start[1]);
	if (read(start[0], &nothing, 1) == 0 && tenancy_key_read(NULL, folder, true, &key, &error) &&
	    write(found, &key.inner.state, sizeof key.inner.state) == sizeof key.inner.state)
		_exit(0);
	_exit(1);
}

static size_t count_files(void)
{
	DIR *listing = opendir(folder);
	size_t count = 0;

	while (readdir(listing) != NULL)
		count++;
	closedir(listing);
	return count - 2; /* "." and ".." */
}

static void one_round(void)
{
	struct seal_key first, other;
	int start[2], found[2], status;

	assert_int_equal(pipe(start), 0);
	assert_int_equal(pipe(found), 0);
	for (int i = 0; i < MAKERS; i++) {
		pid_t child = fork();

		assert_true(child >= 0);
		if (child == 0)
			race(start, found[1]);
	}
	close(start[1]);
	for (int i = 0; i < MAKERS; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	for (int i = 0; i < MAKERS; i++) {
		struct seal_key *key = i == 0 ? &first : &other;
		const ssize_t size = sizeof key->inner.state;

		assert_int_equal(read(found[0], &key->inner.state, sizeof key->inner.state), size);
		assert_memory_equal(&first.inner.state, &key->inner.state, sizeof key->inner.state);
	}
	close(start[0]);
	close(found[0]);
	close(found[1]);
	assert_int_equal(count_files(), 1);
	assert_int_equal(unlink(path), 0);
}

static void who_starts_at_once_agrees_on_one(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS; i++)
		one_round();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_another_maker_writes_is_left_alone, set_up, NULL),
		cmocka_unit_test(who_starts_at_once_agrees_on_one),
		cmocka_unit_test(a_missing_key_is_made_once),
		cmocka_unit_test_setup_teardown(what_is_no_key_is_told, NULL, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
