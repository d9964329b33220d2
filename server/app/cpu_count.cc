#include "server/app/cpu_count.h"

#include <sched.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>

#include "server/base/numbers.h"

namespace portcullis::app {
namespace {

constexpr char kCpuMaxFile[] = "/sys/fs/cgroup/cpu.max";

size_t AffinityCount() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof(set), &set) != 0) return 1;
  return static_cast<size_t>(std::max(1, CPU_COUNT(&set)));
}

}  // namespace

size_t AvailableCpuCount() {
  size_t count = AffinityCount();
  std::ifstream file(kCpuMaxFile);
  std::string line;
  if (std::getline(file, line)) count = std::min(count, ParseCpuMax(line).value_or(count));
  return std::max<size_t>(1, count);
}

std::optional<size_t> ParseCpuMax(std::string_view text) {
  const size_t blank = text.find(' ');
  if (blank == std::string_view::npos) return std::nullopt;
  constexpr uint64_t kMax = std::numeric_limits<uint32_t>::max();
  const std::optional<uint64_t> quota = base::ParseUnsigned(text.substr(0, blank), kMax);
  const std::optional<uint64_t> period = base::ParseUnsigned(text.substr(blank + 1), kMax);
  if (!quota || !period || *quota == 0 || *period == 0) return std::nullopt;
  return static_cast<size_t>((*quota + *period - 1) / *period);
}

size_t DefaultQueueCount(size_t cpus) {
  return cpus > 1 ? cpus - 1 : 1;
}

}  // namespace portcullis::app
