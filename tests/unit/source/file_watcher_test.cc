#include "server/source/file_watcher.h"

#include <poll.h>

#include "gtest/gtest.h"

#include "tests/unit/source/source_helpers.h"

namespace portcullis::source {
namespace {

// Whether the watcher becomes readable within a second, and then tells of a change.
bool Notices(FileWatcher& watcher, int milliseconds = 1000) {
  pollfd waiting{watcher.file_descriptor(), POLLIN, 0};
  return poll(&waiting, 1, milliseconds) == 1 && watcher.Drain();
}

TEST(FileWatcherTest, NoticesEveryKindOfChange) {
  TemporaryDirectory directory;
  directory.Write("a.yaml", "x");
  auto watcher = FileWatcher::Create();
  ASSERT_TRUE(watcher.ok()) << watcher.status();
  EXPECT_EQ((*watcher)->Watch({directory.path()}), 0);
  EXPECT_FALSE((*watcher)->Drain());
  directory.Write("a.yaml", "y");
  EXPECT_TRUE(Notices(**watcher));
  directory.Write("new.yaml", "y");
  EXPECT_TRUE(Notices(**watcher));
  directory.Remove("new.yaml");
  EXPECT_TRUE(Notices(**watcher));
  directory.Link("..data", "v2");
  EXPECT_TRUE(Notices(**watcher));
  directory.Remove("");
  EXPECT_TRUE(Notices(**watcher));
}

TEST(FileWatcherTest, WatchesExactlyWhatItWasToldLast) {
  TemporaryDirectory first;
  TemporaryDirectory second;
  auto watcher = FileWatcher::Create();
  ASSERT_TRUE(watcher.ok());
  EXPECT_EQ((*watcher)->Watch({first.path(), first.Path("missing")}), 1);
  EXPECT_EQ((*watcher)->Watch({second.path()}), 0);
  Notices(**watcher, 50);  // The end of the first watch is told, too.
  first.Write("a.yaml", "x");
  EXPECT_FALSE(Notices(**watcher, 50));
  second.Write("a.yaml", "x");
  EXPECT_TRUE(Notices(**watcher));
}

}  // namespace
}  // namespace portcullis::source
