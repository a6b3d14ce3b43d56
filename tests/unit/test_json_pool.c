/* The memory of JSON trees: kept blocks come again, whoever freed them, and what is freed twice is found out. */
#include "proxy/json_pool.h"

#include <jansson.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static bool installed;
static json_malloc_t take;
static json_free_t give;

/* Where a sanitizer looks on, jansson's blocks must be malloc's own. */
static void sanitizers_see_every_block(void **state)
{
	(void)state;
	assert_true(installed == (take != malloc));
	assert_true(installed == (give != free));
}

static void a_freed_block_comes_again(void **state)
{
	static const size_t sizes[] = {1, 8, 24, 31, 32, 33, 72, 128, 256, 479, 480};

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		char *first = take(sizes[i]), *second;

		assert_non_null(first);
		memset(first, 0xa5, sizes[i]);
		give(first);
		second = take(sizes[i]);
		assert_true(!installed || second == first);
		assert_int_equal((uintptr_t)second % 16, 0);
		memset(second, 0x5a, sizes[i]);
		give(second);
	}
	give(NULL);
}

/* Many at once, of every size, each with its own bytes. */
static void blocks_do_not_overlap(void **state)
{
	enum { BLOCKS = 3000 };
	static unsigned char *blocks[BLOCKS];

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < BLOCKS; i++) {
			blocks[i] = take(i);
			assert_non_null(blocks[i]);
			memset(blocks[i], (int)(i & 0xff), i);
		}
		for (size_t i = 0; i < BLOCKS; i++) {
			for (size_t k = 0; k < i; k += 7)
				assert_int_equal(blocks[i][k], i & 0xff);
			give(blocks[i]);
		}
	}
}

static void what_is_too_large_is_refused(void **state)
{
	(void)state;
	if (!installed) {
		assert_ptr_equal(give, free);
		return;
	}
	assert_null(take(SIZE_MAX));
}

static void *free_there(void *tree)
{
	json_decref(tree);
	json_pool_drain();
	return NULL;
}

static void a_tree_may_be_freed_by_another_thread(void **state)
{
	json_t *tree = json_pack("{s:[s,i,b,{s:s}]}", "a", "b", 1, 1, "c", "d");
	pthread_t thread;

	(void)state;
	assert_non_null(tree);
	assert_int_equal(pthread_create(&thread, NULL, free_there, tree), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
}

/* In a process of its own, which is to die of it. */
static void freeing_twice_is_found_out(void **state)
{
	int status = 0;
	pid_t child;

	(void)state;
	if (!installed) { /* the sanitizer finds it */
		assert_ptr_equal(give, free);
		return;
	}
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		void *block = take(40);

		close(STDERR_FILENO);
		give(block);
		give(block);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sanitizers_see_every_block),
		cmocka_unit_test(a_freed_block_comes_again),
		cmocka_unit_test(blocks_do_not_overlap),
		cmocka_unit_test(what_is_too_large_is_refused),
		cmocka_unit_test(a_tree_may_be_freed_by_another_thread),
		cmocka_unit_test(freeing_twice_is_found_out),
	};
	int failed;

	installed = json_pool_install();
	json_get_alloc_funcs(&take, &give);
	failed = cmocka_run_group_tests_name("json_pool", tests, NULL, NULL);
	json_pool_drain();
	return failed;
}
