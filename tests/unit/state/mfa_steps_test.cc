#include "server/state/mfa_steps.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

#include "tests/unit/state/state_fixtures.h"

namespace portcullis::state {
namespace {

constexpr char kPhone[] = "arn:aws:iam::111122223333:mfa/phone";

std::unique_ptr<MfaSteps> Opened(Database* database) {
  auto steps = MfaSteps::Open(database);
  EXPECT_TRUE(steps.ok()) << steps.status();
  return steps.ok() ? *std::move(steps) : nullptr;
}

// at or before the last accepted step: refused.
TEST(MfaSteps, AcceptsOnlyLaterSteps) {
  const auto database = OpenedDatabase({});
  const auto steps = Opened(database.get());
  EXPECT_EQ(steps->LastStep(kPhone), std::nullopt);
  EXPECT_TRUE(steps->Accept(kPhone, 100).ok());
  EXPECT_EQ(steps->LastStep(kPhone), 100u);
  for (const uint64_t used : {100u, 99u, 0u}) {
    EXPECT_EQ(steps->Accept(kPhone, used).code(), absl::StatusCode::kAlreadyExists) << used;
  }
  EXPECT_TRUE(steps->Accept(kPhone, 101).ok());
  EXPECT_TRUE(steps->Accept("another device", 7).ok());
  EXPECT_EQ(steps->LastStep(kPhone), 101u);
  EXPECT_EQ(steps->LastStep("another device"), 7u);
}

TEST(MfaSteps, StepZeroIsAStep) {
  const auto database = OpenedDatabase({});
  const auto steps = Opened(database.get());
  EXPECT_TRUE(steps->Accept(kPhone, 0).ok());
  EXPECT_EQ(steps->Accept(kPhone, 0).code(), absl::StatusCode::kAlreadyExists);
}

TEST(MfaSteps, ACodeStaysUsedAcrossARestart) {
  TemporaryDirectory directory;
  for (const bool first : {true, false}) {
    const auto database = OpenedDatabase({.path = directory.File("state.db")});
    const auto steps = Opened(database.get());
    EXPECT_EQ(steps->Accept(kPhone, 100).code(),
              first ? absl::StatusCode::kOk : absl::StatusCode::kAlreadyExists);
  }
}

TEST(MfaSteps, ACodeStaysUsedWhenTheProcessIsKilled) {
  TemporaryDirectory directory;
  ASSERT_TRUE(RunInProcessAndKill([&] {
    static auto database = OpenedDatabase({.path = directory.File("state.db")});
    static auto steps = Opened(database.get());
    return steps->Accept(kPhone, 100).ok();
  }));
  const auto database = OpenedDatabase({.path = directory.File("state.db")});
  const auto steps = Opened(database.get());
  EXPECT_EQ(steps->Accept(kPhone, 100).code(), absl::StatusCode::kAlreadyExists);
}

TEST(MfaSteps, WhatCannotBeWrittenIsNotAccepted) {
  TemporaryDirectory directory;
  const auto database = OpenedDatabase({.path = directory.File("state.db")});
  const auto steps = Opened(database.get());
  {
    const FullDisk full;
    EXPECT_FALSE(steps->Accept(kPhone, 100).ok());
    EXPECT_EQ(steps->LastStep(kPhone), std::nullopt);
  }
  EXPECT_TRUE(steps->Accept(kPhone, 100).ok()) << "it was never let in";
}

TEST(MfaSteps, OfManyWithOneCodeOneIsLetIn) {
  TemporaryDirectory directory;
  const auto database = OpenedDatabase({.path = directory.File("state.db")});
  const auto steps = Opened(database.get());
  std::atomic<int> accepted{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (uint64_t step = 1; step <= 20; ++step) accepted += steps->Accept(kPhone, step).ok();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(steps->LastStep(kPhone), 20u);
  EXPECT_LE(accepted, 20) << "each step at most once";
  EXPECT_GE(accepted, 1);
}

TEST(MfaSteps, BoundsNamesAndSteps) {
  const auto database = OpenedDatabase({});
  const auto steps = Opened(database.get());
  const std::string longest(MfaSteps::kNameBytesMax, 'a');
  EXPECT_TRUE(steps->Accept(longest, uint64_t{INT64_MAX}).ok());
  EXPECT_EQ(steps->LastStep(longest), uint64_t{INT64_MAX});
  for (const auto& [name, step] :
       {std::pair<std::string, uint64_t>{longest + "a", 1}, {"", 1}, {"a", 1ull << 63}}) {
    EXPECT_EQ(steps->Accept(name, step).code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(steps->LastStep(name), std::nullopt);
  }
}

}  // namespace
}  // namespace portcullis::state
