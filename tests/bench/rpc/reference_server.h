// The least that a server of Authorize could do.
#ifndef PORTCULLIS_TESTS_BENCH_RPC_REFERENCE_SERVER_H_
#define PORTCULLIS_TESTS_BENCH_RPC_REFERENCE_SERVER_H_

#include <string>

namespace portcullis::bench {

// Serves Authorize with a constant answer of the usual size: one completion queue, one thread.
// Never returns; writes a port file like portcullisd's once it serves.
[[noreturn]] void ServeReference(const std::string& port_file);

}  // namespace portcullis::bench

#endif  // PORTCULLIS_TESTS_BENCH_RPC_REFERENCE_SERVER_H_
