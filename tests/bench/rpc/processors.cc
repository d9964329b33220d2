#include "tests/bench/rpc/processors.h"

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <utility>

#include "server/base/numbers.h"
#include "tests/bench/rpc/processes.h"

namespace portcullis::bench {
namespace {

constexpr uint64_t kThreadMax = std::numeric_limits<pid_t>::max();

// All threads that a process has now; threads that they start later inherit it.
void KeepTo(const cpu_set_t& processors, pid_t process) {
  const std::string tasks = "/proc/" + std::to_string(process) + "/task";
  for (const auto& task : std::filesystem::directory_iterator(tasks)) {
    const auto thread = base::ParseUnsigned(task.path().filename().string(), kThreadMax);
    // A thread that has just ended needs no processor.
    if (thread.has_value()) {
      sched_setaffinity(static_cast<pid_t>(*thread), sizeof(processors), &processors);
    }
  }
}

cpu_set_t Only(size_t processor) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(processor, &set);
  return set;
}

}  // namespace

ProcessorsApart::ProcessorsApart(std::vector<pid_t> servers) : servers_(std::move(servers)) {
  if (sched_getaffinity(0, sizeof(before_), &before_) != 0) Die("cannot tell the processors");
  std::vector<size_t> processors;
  for (size_t i = 0; i < CPU_SETSIZE; ++i) {
    if (CPU_ISSET(i, &before_)) processors.push_back(i);
  }
  if (processors.size() < 2) return;
  for (const pid_t server : servers_) KeepTo(Only(processors.front()), server);
  KeepTo(Only(processors.back()), getpid());
}

ProcessorsApart::~ProcessorsApart() {
  for (const pid_t server : servers_) KeepTo(before_, server);
  KeepTo(before_, getpid());
}

}  // namespace portcullis::bench
