#include "server/http/connection_table_internal.h"

#include <memory>
#include <thread>

#include "absl/time/clock.h"
#include "gtest/gtest.h"

namespace portcullis::http {
namespace {

class FakeMember : public ConnectionTable::Member {
 public:
  void Abort() override { ++aborted; }
  void Drain() override { ++drained; }
  int aborted = 0;
  int drained = 0;
};

std::shared_ptr<FakeMember> Admitted(ConnectionTable* table) {
  auto member = std::make_shared<FakeMember>();
  EXPECT_TRUE(table->Admit(member));
  return member;
}

TEST(ConnectionTableTest, EvictsWhatHasWaitedLongest) {
  ConnectionTable table(3);
  const auto a = Admitted(&table), b = Admitted(&table), c = Admitted(&table);
  EXPECT_TRUE(table.StopWaiting(a.get()));
  EXPECT_TRUE(table.StartWaiting(a.get()));  // Now b, c, a.
  const auto d = Admitted(&table);
  EXPECT_EQ(b->aborted, 1);
  EXPECT_EQ(a->aborted + c->aborted + d->aborted, 0);
  EXPECT_EQ(table.open(), 3);  // b counts no more, though it is still there.
  EXPECT_FALSE(table.StopWaiting(b.get()));
  EXPECT_FALSE(table.StartWaiting(b.get()));
  table.Remove(b.get());
  EXPECT_EQ(table.open(), 3);
  const auto e = Admitted(&table);
  EXPECT_EQ(c->aborted, 1);
}

TEST(ConnectionTableTest, NeverEvictsWhatIsBusy) {
  ConnectionTable table(2);
  const auto a = Admitted(&table), b = Admitted(&table);
  EXPECT_TRUE(table.StopWaiting(a.get()));
  EXPECT_TRUE(table.StopWaiting(b.get()));
  EXPECT_FALSE(table.Admit(std::make_shared<FakeMember>()));
  EXPECT_FALSE(table.EvictOne());
  EXPECT_TRUE(table.StartWaiting(b.get()));
  EXPECT_TRUE(table.EvictOne());
  EXPECT_EQ(a->aborted, 0);
  EXPECT_EQ(b->aborted, 1);
  EXPECT_EQ(table.open(), 1);
}

TEST(ConnectionTableTest, RemovesWhatWaitsAndWhatDoesNot) {
  ConnectionTable table(2);
  const auto a = Admitted(&table), b = Admitted(&table);
  EXPECT_TRUE(table.StopWaiting(b.get()));
  table.Remove(a.get());
  table.Remove(b.get());
  table.Remove(b.get());
  EXPECT_EQ(table.open(), 0);
  EXPECT_FALSE(table.EvictOne());
  EXPECT_TRUE(table.AwaitEmpty(absl::InfinitePast()));
  EXPECT_EQ(a.use_count(), 1);
}

TEST(ConnectionTableTest, DrainsThenAborts) {
  ConnectionTable table(2);
  const auto a = Admitted(&table);
  EXPECT_FALSE(table.draining());
  table.Drain();
  EXPECT_TRUE(table.draining());
  EXPECT_EQ(a->drained, 1);
  EXPECT_EQ(a->aborted, 0);
  EXPECT_FALSE(table.Admit(std::make_shared<FakeMember>()));
  EXPECT_FALSE(table.AwaitEmpty(absl::Now() + absl::Milliseconds(1)));
  table.AbortAll();
  EXPECT_EQ(a->aborted, 1);
  std::thread end([&] { table.Remove(a.get()); });
  EXPECT_TRUE(table.AwaitEmpty(absl::Now() + absl::Seconds(10)));
  end.join();
}

}  // namespace
}  // namespace portcullis::http
