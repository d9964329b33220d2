#include "server/audit/ring_internal.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace portcullis::audit {
namespace {

TEST(Ring, CapacityIsAPowerOfTwo) {
  EXPECT_EQ(Ring<int>(0).capacity(), 2u);
  EXPECT_EQ(Ring<int>(2).capacity(), 2u);
  EXPECT_EQ(Ring<int>(3).capacity(), 4u);
  EXPECT_EQ(Ring<int>(8192).capacity(), 8192u);
}

TEST(Ring, FillsToCapacityAndKeepsOrderAroundTheEnd) {
  Ring<int> ring(4);
  int next_in = 0;
  int next_out = 0;
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < 4; ++i) {
      int value = next_in++;
      ASSERT_TRUE(ring.TryPush(value));
    }
    int refused = -1;
    EXPECT_FALSE(ring.TryPush(refused));
    EXPECT_EQ(refused, -1);
    EXPECT_EQ(ring.size(), 4u);
    for (int i = 0; i < (round % 2 == 0 ? 4 : 3); ++i) {
      ASSERT_TRUE(ring.TryPop([&](int& value) { EXPECT_EQ(value, next_out++); }));
    }
    while (ring.TryPop([&](int& value) { EXPECT_EQ(value, next_out++); })) {
    }
    EXPECT_EQ(ring.size(), 0u);
  }
  EXPECT_EQ(next_out, next_in);
  EXPECT_EQ(ring.pushed(), 40u);
}

TEST(Ring, HandsBackWhatTheConsumerLeft) {
  Ring<std::string> ring(2);
  for (int i = 0; i < 2; ++i) {
    std::string value = "first";
    ASSERT_TRUE(ring.TryPush(value));
    ring.TryPop([](std::string& v) { v = "left"; });
  }
  std::string value = "second";
  ASSERT_TRUE(ring.TryPush(value));
  EXPECT_EQ(value, "left");
}

// Values are made as places are first filled, and each of them is destroyed once.
TEST(Ring, MakesNoMoreValuesThanItWasGiven) {
  const auto shared = std::make_shared<int>(0);
  for (const int pushed : {0, 1, 3, 4, 11}) {
    {
      Ring<std::shared_ptr<int>> ring(4);
      for (int i = 0; i < pushed; ++i) {
        std::shared_ptr<int> value = shared;
        ASSERT_TRUE(ring.TryPush(value));
        // Some values stay in the ring as they are.
        if (i == 0) continue;
        ASSERT_TRUE(ring.TryPop([](std::shared_ptr<int>&) {}));
      }
    }
    EXPECT_EQ(shared.use_count(), 1) << pushed;
  }
}

TEST(Ring, ManyProducersLoseAndRepeatNothing) {
  constexpr int kProducers = 4;
  constexpr int kEach = 20000;
  Ring<int> ring(64);
  std::vector<std::thread> producers;
  for (int p = 0; p < kProducers; ++p) {
    producers.emplace_back([&ring, p] {
      for (int i = 0; i < kEach; ++i) {
        int value = p * kEach + i;
        while (!ring.TryPush(value)) std::this_thread::yield();
      }
    });
  }
  std::vector<int> last(kProducers, -1);
  int received = 0;
  while (received < kProducers * kEach) {
    const bool popped = ring.TryPop([&](int& value) {
      const int producer = value / kEach;
      EXPECT_EQ(value % kEach, last[producer] + 1) << "order within a producer";
      last[producer] = value % kEach;
    });
    if (popped) {
      ++received;
    } else {
      std::this_thread::yield();
    }
  }
  for (std::thread& producer : producers) producer.join();
  EXPECT_EQ(ring.size(), 0u);
}

}  // namespace
}  // namespace portcullis::audit
