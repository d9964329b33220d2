// What the operating system knows about this process.
#ifndef PORTCULLIS_SERVER_METRICS_PROCESS_STATS_H_
#define PORTCULLIS_SERVER_METRICS_PROCESS_STATS_H_

#include <cstdint>
#include <optional>

namespace portcullis::metrics {

// The usual `process_*` metrics; what cannot be found out is absent.
struct ProcessStats {
  std::optional<double> cpu_seconds;
  std::optional<double> start_time_seconds;  // Since 1970.
  std::optional<uint64_t> resident_memory_bytes;
  std::optional<uint64_t> virtual_memory_bytes;
  std::optional<uint64_t> open_fds;
  std::optional<uint64_t> max_fds;
  std::optional<uint64_t> threads;
};

// Reads the process file system: some microseconds. Thread-safe.
ProcessStats ReadProcessStats();

}  // namespace portcullis::metrics

#endif  // PORTCULLIS_SERVER_METRICS_PROCESS_STATS_H_
