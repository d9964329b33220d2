#include "server/metrics/process_stats.h"

#include <fcntl.h>
#include <unistd.h>

#include <thread>

#include "absl/time/clock.h"
#include "gtest/gtest.h"

namespace portcullis::metrics {
namespace {

TEST(ProcessStats, AgreeWithWhatThisProcessDoes) {
  const ProcessStats before = ReadProcessStats();
  ASSERT_TRUE(before.open_fds.has_value());
  const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  ASSERT_GE(fd, 0);
  EXPECT_EQ(ReadProcessStats().open_fds, *before.open_fds + 1);
  close(fd);
  EXPECT_EQ(ReadProcessStats().open_fds, before.open_fds);

  EXPECT_GE(before.max_fds.value_or(0), *before.open_fds);
  EXPECT_GT(before.resident_memory_bytes.value_or(0), 1u << 20);
  EXPECT_GT(before.virtual_memory_bytes.value_or(0), *before.resident_memory_bytes);
  EXPECT_GT(before.threads.value_or(0), 0u);
}

TEST(ProcessStats, TimesAreSensible) {
  const ProcessStats stats = ReadProcessStats();
  const double now = absl::ToDoubleSeconds(absl::Now() - absl::UnixEpoch());
  ASSERT_TRUE(stats.start_time_seconds.has_value());
  EXPECT_LT(*stats.start_time_seconds, now + 2);
  EXPECT_GT(*stats.start_time_seconds, now - 3600);
  EXPECT_GT(stats.cpu_seconds.value_or(0), 0);
}

}  // namespace
}  // namespace portcullis::metrics
