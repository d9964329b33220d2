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
  EXPECT_EQ(NameOf(backlog.TakeNext(At(60))), "c") << "a has waited for too long";
  Arrive(&backlog, 61, 100);
  EXPECT_EQ(NameOf(backlog.TakeNext(At(100))), "a") << "its time is up";
  EXPECT_EQ(TakeAll(&backlog, 100), "bd") << "b has waited for half of its time";
}

TEST_F(BacklogTest, LetsGoOfThoseWhoseTimeIsUpFirst) {
  Backlog backlog(10, 100);
  Arrive(&backlog, 0, 100);
  Arrive(&backlog, 1, 100);
  Arrive(&backlog, 90, 100);
  EXPECT_EQ(TakeAll(&backlog, 101), "abc");
}

TEST_F(BacklogTest, ServesCallsWithoutDeadlineInOrder) {
  Backlog backlog(10, 100);
  for (int i = 0; i < 3; ++i) {
    backlog.Add({&calls_.at(arrived_++), At(i), Backlog::Time::max(), 1});
  }
  EXPECT_EQ(TakeAll(&backlog, 1'000'000'000), "abc");
}

TEST_F(BacklogTest, LetsTheOldestGoIfThereAreTooMany) {
  Backlog backlog(2, 100);
  Arrive(&backlog, 0, 100);
  Arrive(&backlog, 1, 100);
  EXPECT_EQ(NameOf(backlog.TakeExcess()), "none");
  Arrive(&backlog, 2, 100);
  EXPECT_EQ(NameOf(backlog.TakeExcess()), "a");
  EXPECT_EQ(NameOf(backlog.TakeExcess()), "none");
  EXPECT_EQ(TakeAll(&backlog, 3), "bc");
}

TEST_F(BacklogTest, LetsTheOldestGoIfTheyAreTooLarge) {
  Backlog backlog(10, 100);
  Arrive(&backlog, 0, 100, 50);
  Arrive(&backlog, 1, 100, 50);
  EXPECT_EQ(NameOf(backlog.TakeExcess()), "none");
  Arrive(&backlog, 2, 100, 60);
  EXPECT_EQ(NameOf(backlog.TakeExcess()), "a");
  EXPECT_EQ(NameOf(backlog.TakeExcess()), "b");
  EXPECT_EQ(NameOf(backlog.TakeExcess()), "none");
  EXPECT_EQ(TakeAll(&backlog, 3), "c");
  // What is gone does not count.
  Arrive(&backlog, 4, 100, 100);
  EXPECT_EQ(NameOf(backlog.TakeExcess()), "none");
}

TEST_F(BacklogTest, HasNoRoomForWhatIsLargerThanItself) {
  Backlog backlog(10, 100);
  Arrive(&backlog, 0, 100, 101);
  EXPECT_EQ(NameOf(backlog.TakeExcess()), "a");
  EXPECT_TRUE(backlog.empty());
}

}  // namespace
}  // namespace portcullis::rpc
