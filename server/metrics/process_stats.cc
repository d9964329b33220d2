#include "server/metrics/process_stats.h"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_split.h"

#include "server/base/numbers.h"

namespace portcullis::metrics {
namespace {

constexpr uint64_t kNoLimit = std::numeric_limits<uint64_t>::max();

std::string ReadAll(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Fields of /proc/self/stat from the third on: the second, the program's name, may contain
// anything, blanks and parentheses too.
std::vector<std::string> StatFields() {
  const std::string text = ReadAll("/proc/self/stat");
  const size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return {};
  return absl::StrSplit(text.substr(name_end + 1), ' ', absl::SkipWhitespace());
}

// Field numbers as proc(5) counts them, from 1.
std::optional<uint64_t> Field(const std::vector<std::string>& fields, size_t number) {
  if (number < 3 || number - 3 >= fields.size()) return std::nullopt;
  return base::ParseUnsigned(fields[number - 3], kNoLimit);
}

// Seconds since 1970 at which the machine started.
std::optional<uint64_t> BootTimeSeconds() {
  for (const std::string& line :
       std::vector<std::string>(absl::StrSplit(ReadAll("/proc/stat"), '\n'))) {
    if (line.starts_with("btime ")) {
      return base::ParseUnsigned(std::string_view(line).substr(6), kNoLimit);
    }
  }
  return std::nullopt;
}

std::optional<uint64_t> CountOpenFds() {
  DIR* const directory = opendir("/proc/self/fd");
  if (directory == nullptr) return std::nullopt;
  uint64_t count = 0;
  while (const dirent* entry = readdir(directory)) {
    if (entry->d_name[0] != '.') ++count;
  }
  closedir(directory);
  return count > 0 ? count - 1 : 0;  // Without the one just used for counting.
}

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

}  // namespace

ProcessStats ReadProcessStats() {
  ProcessStats stats;
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) == 0) {
    stats.cpu_seconds = Seconds(usage.ru_utime) + Seconds(usage.ru_stime);
  }
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) stats.max_fds = limit.rlim_cur;
  stats.open_fds = CountOpenFds();

  const std::vector<std::string> fields = StatFields();
  stats.threads = Field(fields, 20);
  stats.virtual_memory_bytes = Field(fields, 23);
  const long page_bytes = sysconf(_SC_PAGESIZE);
  const long ticks_per_second = sysconf(_SC_CLK_TCK);
  if (const auto pages = Field(fields, 24); pages.has_value() && page_bytes > 0) {
    stats.resident_memory_bytes = *pages * static_cast<uint64_t>(page_bytes);
  }
  const std::optional<uint64_t> start_ticks = Field(fields, 22);
  const std::optional<uint64_t> boot = BootTimeSeconds();
  if (start_ticks.has_value() && boot.has_value() && ticks_per_second > 0) {
    stats.start_time_seconds =
        static_cast<double>(*boot) +
        static_cast<double>(*start_ticks) / static_cast<double>(ticks_per_second);
  }
  return stats;
}

}  // namespace portcullis::metrics
