// Many questions in one call.
#ifndef PORTCULLIS_TESTS_BENCH_RPC_BATCH_H_
#define PORTCULLIS_TESTS_BENCH_RPC_BATCH_H_

#include "tests/bench/rpc/client.h"

namespace portcullis::bench {

// BatchAuthorize about one user of UserFiles() and `count` objects, all of which the user may read;
// of those that are `denied`, every other one is somebody else's.
Questions AboutObjects(int count, bool denied = false);

}  // namespace portcullis::bench

#endif  // PORTCULLIS_TESTS_BENCH_RPC_BATCH_H_
