/* What it costs to cut an answer down to a tenant's world. */
#ifndef QUAYMASTER_TESTS_BENCH_ANSWERS_H
#define QUAYMASTER_TESTS_BENCH_ANSWERS_H

void bench_answers(void);

#endif
