/* What ten and ten thousand rules cost. */
#ifndef QUAYMASTER_TESTS_BENCH_SCALE_H
#define QUAYMASTER_TESTS_BENCH_SCALE_H

void bench_scale(void);

#endif
