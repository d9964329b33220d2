// The least that a server of Authorize could do.
#ifndef PORTCULLIS_TESTS_BENCH_RPC_REFERENCE_SERVER_H_
#define PORTCULLIS_TESTS_BENCH_RPC_REFERENCE_SERVER_H_

#include <string>
#include <vector>

namespace portcullis::bench {

// Serves Authorize with a constant answer of the usual size: one completion queue, one thread.
// `arguments`: the port file to write once it serves, like portcullisd's; the address, as gRPC
// writes it; with TLS the files of a certificate and its key. Never returns.
[[noreturn]] void ServeReference(const std::vector<std::string>& arguments);

}  // namespace portcullis::bench

#endif  // PORTCULLIS_TESTS_BENCH_RPC_REFERENCE_SERVER_H_
