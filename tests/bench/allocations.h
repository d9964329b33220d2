// Counts heap allocations: linking allocations.cc replaces the global operator new.
#ifndef PORTCULLIS_TESTS_BENCH_ALLOCATIONS_H_
#define PORTCULLIS_TESTS_BENCH_ALLOCATIONS_H_

#include <cstdint>

namespace portcullis::bench {

// How often the calling thread has called operator new.
uint64_t AllocationCount();

}  // namespace portcullis::bench

#endif  // PORTCULLIS_TESTS_BENCH_ALLOCATIONS_H_
