// On which processors a client and its servers run while they are measured.
#ifndef PORTCULLIS_TESTS_BENCH_RPC_PROCESSORS_H_
#define PORTCULLIS_TESTS_BENCH_RPC_PROCESSORS_H_

#include <sched.h>
#include <sys/types.h>

#include <vector>

namespace portcullis::bench {

// While it lives this process keeps to one processor and the given ones to another. Afterwards all
// have again what this one had. Does nothing where there is only one processor.
//
// For one call at a time: whether the kernel lets client and server share a processor then decides
// by a factor of three what a call costs, and it decides anew, for each turn of each server.
class ProcessorsApart {
 public:
  explicit ProcessorsApart(std::vector<pid_t> servers);
  ~ProcessorsApart();
  ProcessorsApart(const ProcessorsApart&) = delete;
  ProcessorsApart& operator=(const ProcessorsApart&) = delete;

 private:
  const std::vector<pid_t> servers_;
  cpu_set_t before_{};
};

}  // namespace portcullis::bench

#endif  // PORTCULLIS_TESTS_BENCH_RPC_PROCESSORS_H_
