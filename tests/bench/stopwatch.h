/* Time for benchmarks. */
#ifndef QUAYMASTER_TESTS_BENCH_STOPWATCH_H
#define QUAYMASTER_TESTS_BENCH_STOPWATCH_H

#include <stddef.h>

/* CPU that this thread has had. */
double stopwatch_microseconds(void);
/* Sorts TIMES. */
double stopwatch_median(double *times, size_t count);

#endif
