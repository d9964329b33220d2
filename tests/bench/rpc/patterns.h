// Questions that take long to answer, though they are short.
#ifndef PORTCULLIS_TESTS_BENCH_RPC_PATTERNS_H_
#define PORTCULLIS_TESTS_BENCH_RPC_PATTERNS_H_

#include <vector>

#include "tests/bench/rpc/client.h"
#include "tests/bench/rpc/policy_files.h"

namespace portcullis::bench {

// A user whose statements are all about every action, and about resources by patterns that begin
// and end with a star: no index says which of them apply.
std::vector<PolicyFile> PatternFiles();

// BatchAuthorize about that user and `count` objects, which the last pattern allows.
Questions AboutPatterns(int count);

}  // namespace portcullis::bench

#endif  // PORTCULLIS_TESTS_BENCH_RPC_PATTERNS_H_
