#include "server/rpc/backlog.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace portcullis::rpc {
namespace {

using std::chrono::milliseconds;

class NamedCall final : public PostponedCall {
 public:
  void Resume() override {}
  void Refuse() override {}
};

// Calls a, b, c, ... by the time they arrived.
class BacklogTest : public ::testing::Test {
 protected:
  static Backlog::Time At(int ms) { return Backlog::Time() + milliseconds(ms); }

  void Arrive(Backlog* backlog, int at, int time_to_live, size_t bytes = 1) {
    backlog->Add({&calls_.at(arrived_++), At(at), At(at + time_to_live), bytes});
  }

  std::string NameOf(const PostponedCall* call) const {
    if (call == nullptr) return "none";
    return std::string(
        1, static_cast<char>('a' + (static_cast<const NamedCall*>(call) - calls_.data())));
  }

  // All that is left, as they come at `now`.
  std::string TakeAll(Backlog* backlog, int now) const {
    std::string names;
    while (!backlog->empty()) names += NameOf(backlog->TakeNext(At(now)));
    return names;
  }

  std::array<NamedCall, 10> calls_;
  size_t arrived_ = 0;
};

TEST_F(BacklogTest, ServesInOrderWhileThereIsTime) {
  Backlog backlog(10, 100);
  for (int i = 0; i < 4; ++i) Arrive(&backlog, i, 100);
  EXPECT_EQ(backlog.size(), 4);
  EXPECT_EQ(TakeAll(&backlog, 50), "abcd");
  EXPECT_TRUE(backlog.empty());
}

TEST_F(BacklogTest, ServesTheNewestOnceTheOldestHasWaitedForHalfOfItsTime) {
  Backlog backlog(10, 100);
  for (int i = 0; i < 4; ++i) Arrive(&backlog, 10 * i, 100);
  EXPECT_EQ(TakeAll(&backlog, 51), "dcba");
}

TEST_F(BacklogTest, GoesBackToOrderWhenTheOldestHasTimeAgain) {
  Backlog backlog(10, 100);
  Arrive(&backlog, 0, 100);
  Arrive(&backlog, 50, 100);
  Arrive(&backlog, 51, 100);
  EXPECT_EQ(NameOf(backlog.TakeNext(At(60))), "c") << "a has waited for half of its time";
  Arrive(&backlog, 61, 100);
  EXPECT_EQ(NameOf(backlog.TakeExcess(At(76))), "a");
  EXPECT_EQ(TakeAll(&backlog, 76), "bd") << "b has time";
}

TEST_F(BacklogTest, SendsAwayWhoeverHasWaitedForThreeQuartersOfItsTime) {
  Backlog backlog(10, 100);
  Arrive(&backlog, 0, 100);
  Arrive(&backlog, 1, 100);
  Arrive(&backlog, 50, 100);
  EXPECT_EQ(NameOf(backlog.TakeExcess(At(75))), "none");
  EXPECT_EQ(NameOf(backlog.TakeExcess(At(76))), "a");
  EXPECT_EQ(NameOf(backlog.TakeExcess(At(76))), "none");
  EXPECT_EQ(NameOf(backlog.TakeExcess(At(1000))), "b");
  EXPECT_EQ(NameOf(backlog.TakeExcess(At(1000))), "c");
  EXPECT_EQ(NameOf(backlog.TakeExcess(At(1000))), "none");
}

TEST_F(BacklogTest, IsUrgentOnceSomebodyHasWaitedForAnEighthOfItsTime) {
  Backlog backlog(10, 100);
  EXPECT_FALSE(backlog.IsUrgent(At(1'000'000)));
  Arrive(&backlog, 0, 80);
  EXPECT_FALSE(backlog.IsUrgent(At(10)));
  EXPECT_TRUE(backlog.IsUrgent(At(11)));
}

TEST_F(BacklogTest, ServesCallsWithoutDeadlineInOrder) {
  Backlog backlog(10, 100);
  for (int i = 0; i < 3; ++i) {
    backlog.Add({&calls_.at(arrived_++), At(i), Backlog::Time::max(), 1});
  }
  EXPECT_EQ(NameOf(backlog.TakeExcess(At(1'000'000'000))), "none");
  EXPECT_FALSE(backlog.IsUrgent(At(1'000'000'000)));
  EXPECT_EQ(TakeAll(&backlog, 1'000'000'000), "abc");
}

TEST_F(BacklogTest, IsFullOfManyCalls) {
  Backlog backlog(2, 100);
  Arrive(&backlog, 0, 100);
  EXPECT_FALSE(backlog.full());
  Arrive(&backlog, 40, 100);
  EXPECT_TRUE(backlog.full());
  EXPECT_EQ(NameOf(backlog.TakeExcess(At(50))), "none") << "there is time for the oldest";
  EXPECT_EQ(NameOf(backlog.TakeExcess(At(51))), "a");
  EXPECT_FALSE(backlog.full());
  EXPECT_EQ(NameOf(backlog.TakeExcess(At(99))), "none") << "there is room again";
  EXPECT_EQ(TakeAll(&backlog, 99), "b");
}

TEST_F(BacklogTest, IsFullOfLargeCalls) {
  Backlog backlog(10, 100);
  Arrive(&backlog, 0, 100, 50);
  EXPECT_FALSE(backlog.full());
  Arrive(&backlog, 0, 100, 60);
  EXPECT_TRUE(backlog.full());
  EXPECT_EQ(NameOf(backlog.TakeExcess(At(51))), "a");
  EXPECT_FALSE(backlog.full());
  // What is gone does not count.
  EXPECT_EQ(TakeAll(&backlog, 51), "b");
  Arrive(&backlog, 52, 100, 99);
  EXPECT_FALSE(backlog.full());
}

TEST_F(BacklogTest, SendsNobodyAwayWhoHasNoDeadline) {
  Backlog backlog(1, 100);
  backlog.Add({&calls_.at(arrived_++), At(0), Backlog::Time::max(), 1});
  EXPECT_TRUE(backlog.full());
  EXPECT_EQ(NameOf(backlog.TakeExcess(At(1'000'000'000))), "none");
}

}  // namespace
}  // namespace portcullis::rpc
