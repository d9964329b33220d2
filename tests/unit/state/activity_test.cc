#include "server/state/activity.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/str_cat.h"
#include "tests/unit/state/activity_fixtures.h"

namespace portcullis::state {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Every answer is the same from memory, from memory and file, and from the file after a restart.
TEST(ActivityTracker, AnswersFromMemoryAndFileAlike) {
  TemporaryDirectory directory;
  const auto check = [](const ActivityTracker& tracker) {
    EXPECT_THAT(AnasServices(tracker),
                ElementsAre(ServiceUse{"ec2", At(kNow + 5), kRegion, {}},
                            ServiceUse{"s3",
                                       At(kNow + 9),
                                       "us-east-1",
                                       {ActionUse{"GetObject", At(kNow + 9), "us-east-1"},
                                        ActionUse{"PutObject", At(kNow + 3), kRegion}}}));
    EXPECT_THAT(AnasServices(tracker, /*with_actions=*/false),
                ElementsAre(ServiceUse{"ec2", At(kNow + 5), kRegion, {}},
                            ServiceUse{"s3", At(kNow + 9), "us-east-1", {}}));
    EXPECT_EQ(LastUse(tracker, kAnaKey), (KeyUse{At(kNow), kRegion, "s3"}));
    const auto entities = tracker.EntitiesUsing(kAccount, "s3");
    ASSERT_TRUE(entities.ok());
    EXPECT_THAT(
        *entities,
        ElementsAre(EntityUse{EntityKind::kRole, "AROAAPP", "arn:aws:iam::111122223333:role/app",
                              At(kNow + 20), ""},
                    EntityUse{EntityKind::kUser, kAnaId, kAnaArn, At(kNow + 9), "us-east-1"}));
  };
  {
    const auto database = OpenedDatabase({.path = directory.File("state.db")});
    ActivityTracker tracker(database.get(), Quiet());
    tracker.Record(AnaUses("s3", "GetObject", kNow));
    tracker.Record(AnaUses("s3", "PutObject", kNow + 3));
    tracker.Record(AnaUses("ec2", "", kNow + 5));
    EXPECT_TRUE(tracker.Flush().ok());
    Use elsewhere = AnaUses("s3", "GetObject", kNow + 9);
    elsewhere.region = "us-east-1";
    tracker.Record(elsewhere);
    tracker.Record({.account = kAccount,
                    .kind = EntityKind::kRole,
                    .unique_id = "AROAAPP",
                    .arn = "arn:aws:iam::111122223333:role/app",
                    .service = "s3",
                    .action = "GetObject",
                    .access_key_id = "ASIATEMPORARY",
                    .time = At(kNow + 20)});
    check(tracker);
    EXPECT_TRUE(tracker.Flush().ok());
    check(tracker);
  }
  const auto database = OpenedDatabase({.path = directory.File("state.db")});
  const ActivityTracker tracker(database.get(), Quiet());
  EXPECT_EQ(tracker.statistics().entries, 0u);
  check(tracker);
}

// unknown use, no answer.
TEST(ActivityTracker, KnowsNothingOfWhatWasNeverUsed) {
  const auto database = OpenedDatabase({});
  ActivityTracker tracker(database.get(), Quiet());
  tracker.Record(AnaUses("s3", "GetObject", kNow));
  EXPECT_EQ(LastUse(tracker, "AKIABOB"), std::nullopt);
  EXPECT_THAT(*tracker.EntitiesUsing(kAccount, "ec2"), IsEmpty());
  EXPECT_THAT(*tracker.EntitiesUsing("444455556666", "s3"), IsEmpty());
  // The same id as another kind, or in another account, is somebody else.
  EXPECT_THAT(*tracker.ServicesUsedBy(kAccount, EntityKind::kRole, kAnaId, true), IsEmpty());
  EXPECT_THAT(*tracker.ServicesUsedBy("444455556666", EntityKind::kUser, kAnaId, true), IsEmpty());
}

// only the first use in a span of 15 minutes is recorded for a key.
TEST(ActivityTracker, RecordsKeysOncePerQuarterOfAnHour) {
  TemporaryDirectory directory;
  const auto database = OpenedDatabase({.path = directory.File("state.db")});
  struct Step {
    int64_t seconds;
    int64_t want;
  };
  const Step steps[] = {{0, 0}, {1, 0}, {899, 0}, {900, 900}, {1799, 900}, {1800, 1800}};
  // Whether the earlier use is in memory, or only in the file.
  for (const bool restart : {false, true}) {
    const std::string key = restart ? "AKIAONE" : "AKIATWO";
    auto tracker = std::make_unique<ActivityTracker>(database.get(), Quiet());
    for (const Step& step : steps) {
      Use use = AnaUses("s3", "GetObject", kNow + step.seconds);
      use.access_key_id = key;
      tracker->Record(use);
      EXPECT_EQ(LastUse(*tracker, key)->last, At(kNow + step.want)) << step.seconds;
      if (!restart) continue;
      tracker = nullptr;
      tracker = std::make_unique<ActivityTracker>(database.get(), Quiet());
      EXPECT_EQ(LastUse(*tracker, key)->last, At(kNow + step.want)) << step.seconds;
    }
  }
}

TEST(ActivityTracker, TemporaryKeysAndPassRoleAreNotTracked) {
  const auto database = OpenedDatabase({});
  ActivityTracker tracker(database.get(), Quiet());
  Use use = AnaUses("s3", "GetObject", kNow);
  use.access_key_id = "ASIAANA";
  tracker.Record(use);
  EXPECT_EQ(LastUse(tracker, "ASIAANA"), std::nullopt);
  tracker.Record(AnaUses("iam", "PassRole", kNow));
  EXPECT_EQ(LastUse(tracker, kAnaKey), std::nullopt);
  EXPECT_THAT(AnasServices(tracker), SizeIs(1));
  tracker.Record(AnaUses("iam", "GetRole", kNow));
  EXPECT_THAT(AnasServices(tracker), SizeIs(2));
}

TEST(ActivityTracker, AKeyMayBeUsedWithoutAService) {
  const auto database = OpenedDatabase({});
  ActivityTracker tracker(database.get(), Quiet());
  for (int i = 0; i < 3; ++i) tracker.Record(AnaUses("", "", kNow + i * 900));
  EXPECT_EQ(LastUse(tracker, kAnaKey), (KeyUse{At(kNow + 1800), kRegion, ""}));
  EXPECT_THAT(AnasServices(tracker), IsEmpty());
  EXPECT_EQ(tracker.statistics().refused, 0u);
}

// 400 days.
TEST(ActivityTracker, ForgetsWhatIsOlderThanTheTrackingPeriod) {
  const auto database = OpenedDatabase({});
  FakeClock clock(kNow);
  ActivityOptions options = Quiet();
  options.clock = &clock;
  ActivityTracker tracker(database.get(), options);
  tracker.Record(AnaUses("s3", "GetObject", kNow));
  tracker.Record(AnaUses("s3", "PutObject", kNow + 10));
  tracker.Record(AnaUses("ec2", "RunInstances", kNow + 5));
  ASSERT_TRUE(tracker.Flush().ok());
  constexpr int64_t kPeriod = int64_t{400} * 24 * 3600;
  clock.Set(kNow + kPeriod);
  EXPECT_THAT(AnasServices(tracker), SizeIs(2));
  clock.Set(kNow + kPeriod + 6);
  const auto want = ElementsAre(
      ServiceUse{"s3", At(kNow + 10), kRegion, {ActionUse{"PutObject", At(kNow + 10), kRegion}}});
  EXPECT_THAT(AnasServices(tracker), want);
  EXPECT_THAT(*tracker.EntitiesUsing(kAccount, "ec2"), IsEmpty());
  EXPECT_TRUE(tracker.Prune().ok());
  EXPECT_EQ(tracker.statistics().rows_pruned, 3u) << "GetObject, ec2 and RunInstances";
  EXPECT_THAT(AnasServices(tracker), want);
  EXPECT_NE(LastUse(tracker, kAnaKey), std::nullopt) << "keys are kept";
}

TEST(ActivityTracker, AClockThatGoesBackwards) {
  TemporaryDirectory directory;
  const auto database = OpenedDatabase({.path = directory.File("state.db")});
  FakeClock clock(kNow);
  ActivityOptions options = Quiet();
  options.clock = &clock;
  for (const bool flushed : {false, true}) {
    const std::string service = flushed ? "flushed" : "kept";
    const auto last = [&](const ActivityTracker& tracker) {
      for (const ServiceUse& use : AnasServices(tracker)) {
        if (use.service == service) return use.last;
      }
      return absl::InfinitePast();
    };
    ActivityTracker tracker(database.get(), options);
    const auto record = [&](int64_t seconds) {
      tracker.Record(AnaUses(service, "Do", seconds));
      if (flushed) {
        EXPECT_TRUE(tracker.Flush().ok());
      }
    };
    record(kNow);
    record(kNow - 3600);
    EXPECT_EQ(last(tracker), At(kNow)) << "an hour back: the latest stays";
    record(kNow + 10LL * 365 * 24 * 3600);
    EXPECT_EQ(last(tracker), At(kNow + 10LL * 365 * 24 * 3600));
    record(kNow + 60);
    EXPECT_EQ(last(tracker), At(kNow + 60)) << "it was years ahead: that is not believed for ever";
    tracker.Record(AnaUses(service, "Do", -5));
    tracker.Record({.account = kAccount, .time = absl::InfiniteFuture()});
  }
  EXPECT_EQ(LastUse(ActivityTracker(database.get(), options), kAnaKey).has_value(), true);
}

TEST(ActivityTracker, ARenamedUserKeepsItsUses) {
  TemporaryDirectory directory;
  const auto database = OpenedDatabase({.path = directory.File("state.db")});
  ActivityTracker tracker(database.get(), Quiet());
  tracker.Record(AnaUses("s3", "GetObject", kNow));
  ASSERT_TRUE(tracker.Flush().ok());
  Use renamed = AnaUses("s3", "GetObject", kNow + 1);
  renamed.arn = "arn:aws:iam::111122223333:user/anna";
  tracker.Record(renamed);
  for (int i = 0; i < 2; ++i) {
    const auto entities = tracker.EntitiesUsing(kAccount, "s3");
    ASSERT_TRUE(entities.ok());
    EXPECT_THAT(*entities, ElementsAre(EntityUse{EntityKind::kUser, kAnaId,
                                                 "arn:aws:iam::111122223333:user/anna",
                                                 At(kNow + 1), kRegion}));
    EXPECT_TRUE(tracker.Flush().ok());
  }
}

TEST(ActivityTracker, LosesAtMostWhatWasNotFlushedWhenKilled) {
  TemporaryDirectory directory;
  ASSERT_TRUE(RunInProcessAndKill([&] {
    static auto database = OpenedDatabase({.path = directory.File("state.db")});
    static ActivityTracker tracker(database.get(), Quiet());
    tracker.Record(AnaUses("s3", "GetObject", kNow));
    const bool flushed = tracker.Flush().ok();
    tracker.Record(AnaUses("ec2", "RunInstances", kNow));
    return flushed;
  }));
  const auto database = OpenedDatabase({.path = directory.File("state.db")});
  const ActivityTracker tracker(database.get(), Quiet());
  EXPECT_THAT(AnasServices(tracker),
              ElementsAre(ServiceUse{
                  "s3", At(kNow), kRegion, {ActionUse{"GetObject", At(kNow), kRegion}}}));
  EXPECT_NE(LastUse(tracker, kAnaKey), std::nullopt);
}

TEST(ActivityTracker, FlushesByItselfSoThatAKillLosesSeconds) {
  TemporaryDirectory directory;
  ASSERT_TRUE(RunInProcessAndKill([&] {
    static auto database = OpenedDatabase({.path = directory.File("state.db")});
    ActivityOptions options = Quiet();
    options.flush_interval = absl::Milliseconds(20);
    static ActivityTracker tracker(database.get(), options);
    tracker.Record(AnaUses("s3", "GetObject", kNow));
    for (int i = 0; i < 500 && tracker.statistics().rows_written < 3; ++i) {
      absl::SleepFor(absl::Milliseconds(20));
    }
    return tracker.statistics().rows_written == 3;  // Service, action, key.
  }));
  const auto database = OpenedDatabase({.path = directory.File("state.db")});
  const ActivityTracker tracker(database.get(), Quiet());
  EXPECT_THAT(AnasServices(tracker), SizeIs(1));
}

TEST(ActivityTracker, AFailingDatabaseChangesNothingForTheRecorder) {
  TemporaryDirectory directory;
  const auto database = OpenedDatabase({.path = directory.File("state.db")});
  std::vector<absl::StatusCode> told;
  ActivityOptions options = Quiet();
  options.on_flush_change = [&told](const absl::Status& status) { told.push_back(status.code()); };
  ActivityTracker tracker(database.get(), options);
  {
    const FullDisk full;
    for (int i = 0; i < 50; ++i) {
      tracker.Record(AnaUses(base::StrCat("service-", i), base::StrCat("Action", i), kNow));
    }
    EXPECT_FALSE(tracker.Flush().ok());
    EXPECT_FALSE(tracker.Flush().ok());
    EXPECT_FALSE(tracker.flush_status().ok());
    EXPECT_THAT(told, SizeIs(1)) << "told once, not every few seconds";
    EXPECT_NE(told.front(), absl::StatusCode::kOk);
    EXPECT_EQ(tracker.statistics().flush_failures, 2u);
    EXPECT_THAT(AnasServices(tracker), SizeIs(50)) << "kept in memory";
  }
  EXPECT_TRUE(tracker.Flush().ok());
  EXPECT_THAT(told, ElementsAre(told.front(), absl::StatusCode::kOk));
  EXPECT_TRUE(tracker.flush_status().ok());
  EXPECT_EQ(tracker.statistics().lost, 0u);
  EXPECT_EQ(tracker.statistics().rows_written, 101u);
}

TEST(ActivityTracker, AFileAtItsBoundDropsTheOldestRows) {
  const auto database = OpenedDatabase({});
  ActivityLimits limits;
  limits.rows_max = 10;
  ActivityTracker tracker(database.get(), Quiet(limits));
  for (int i = 0; i < 30; ++i) {
    Use use = AnaUses("s3", "GetObject", kNow + i);
    const std::string id = base::StrCat("AIDA", i);
    const std::string key = base::StrCat("AKIA", i);
    use.unique_id = id;
    use.access_key_id = key;
    tracker.Record(use);
  }
  ASSERT_TRUE(tracker.Flush().ok());
  ASSERT_TRUE(tracker.Prune().ok());
  EXPECT_EQ(tracker.statistics().rows_pruned, 60u) << "20 services, 20 actions, 20 keys";
  const ActivityTracker afterwards(database.get(), Quiet(limits));
  const auto entities = afterwards.EntitiesUsing(kAccount, "s3");
  ASSERT_TRUE(entities.ok());
  ASSERT_THAT(*entities, SizeIs(10));
  EXPECT_EQ(entities->front().unique_id, "AIDA29");
  EXPECT_EQ(entities->back().unique_id, "AIDA20");
  EXPECT_EQ(LastUse(afterwards, "AKIA19"), std::nullopt);
  EXPECT_NE(LastUse(afterwards, "AKIA20"), std::nullopt);
}

TEST(ActivityTracker, ManyPrincipalsFitIntoBoundedMemory) {
  const auto database = OpenedDatabase({});
  ActivityLimits limits;
  limits.entries_max = 2'000;
  limits.keys_max = 500;
  ActivityTracker tracker(database.get(), Quiet(limits));
  constexpr int kPrincipals = 100'000;
  uint64_t most = 0;
  for (int i = 0; i < kPrincipals; ++i) {
    const std::string id = base::StrCat("AIDA", i);
    const std::string key = base::StrCat("AKIA", i);
    Use use = AnaUses("s3", "GetObject", kNow + i / 100);
    use.unique_id = id;
    use.access_key_id = key;
    tracker.Record(use);
    if (i % 1000 == 0) most = std::max(most, tracker.statistics().entries);
  }
  const ActivityStatistics statistics = tracker.statistics();
  EXPECT_LE(std::max(most, statistics.entries), limits.entries_max);
  EXPECT_LE(statistics.keys, limits.keys_max);
  // Nothing vanishes without being counted: each principal has a service, an action and a key.
  EXPECT_EQ(statistics.entries + statistics.keys + statistics.evicted, 3ull * kPrincipals);
  EXPECT_GT(statistics.lost, 0u);
  EXPECT_NE(LastUse(tracker, base::StrCat("AKIA", kPrincipals - 1)), std::nullopt);
  EXPECT_TRUE(tracker.Flush().ok());
}

TEST(ActivityTracker, AWrittenUseThatLeftMemoryIsInTheFile) {
  TemporaryDirectory directory;
  const auto database = OpenedDatabase({.path = directory.File("state.db")});
  ActivityLimits limits;
  limits.entries_max = 2000;
  limits.keys_max = 1000;
  ActivityTracker tracker(database.get(), Quiet(limits));
  for (int i = 0; i < 20'000; ++i) {
    const std::string id = base::StrCat("AIDA", i);
    Use use = AnaUses("s3", "GetObject", kNow + i);
    use.unique_id = id;
    use.access_key_id = "";
    tracker.Record(use);
    if (i % 200 == 199) {
      ASSERT_TRUE(tracker.Flush().ok());
    }
  }
  EXPECT_GT(tracker.statistics().evicted, 0u);
  EXPECT_EQ(tracker.statistics().lost, 0u);
  EXPECT_THAT(*tracker.EntitiesUsing(kAccount, "s3"), SizeIs(20'000));
}

// Threads record, evict, flush, prune and ask at once; what is counted adds up.
TEST(ActivityTracker, ManyThreadsAtOnce) {
  TemporaryDirectory directory;
  const auto database = OpenedDatabase({.path = directory.File("state.db")});
  ActivityLimits limits;
  limits.entries_max = 400;
  limits.keys_max = 40;
  ActivityOptions options = Quiet(limits);
  options.flush_interval = absl::Milliseconds(3);
  auto tracker = std::make_unique<ActivityTracker>(database.get(), options);
  std::atomic<bool> done{false};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 3; ++thread) {
    threads.emplace_back([&tracker, thread] {
      for (int i = 0; i < 6000; ++i) {
        const std::string id = base::StrCat("AIDA", (i * 7 + thread) % 150);
        const std::string key = base::StrCat("AKIA", i % 60);
        Use use = AnaUses(i % 2 == 0 ? "s3" : "ec2", i % 3 == 0 ? "Read" : "Write", kNow + i);
        use.unique_id = id;
        use.access_key_id = key;
        tracker->Record(use);
        tracker->Record(AnaUses("always", "Used", kNow + i));
      }
    });
  }
  threads.emplace_back([&] {
    while (!done) {
      EXPECT_TRUE(tracker->Flush().ok());
      EXPECT_TRUE(tracker->EntitiesUsing(kAccount, "s3").ok());
      AnasServices(*tracker);
      LastUse(*tracker, "AKIA7");
      EXPECT_LE(tracker->statistics().entries, limits.entries_max);
      EXPECT_TRUE(tracker->Prune().ok());
    }
  });
  for (int thread = 0; thread < 3; ++thread) threads[static_cast<size_t>(thread)].join();
  done = true;
  threads.back().join();
  tracker = nullptr;
  const ActivityTracker afterwards(database.get(), Quiet());
  EXPECT_THAT(
      AnasServices(afterwards),
      ElementsAre(ServiceUse{
          "always", At(kNow + 5999), kRegion, {ActionUse{"Used", At(kNow + 5999), kRegion}}}));
}

TEST(ActivityTracker, AThreadTellsTrackersApart) {
  const auto database = OpenedDatabase({});
  ActivityTracker first(database.get(), Quiet());
  const auto other_database = OpenedDatabase({});
  ActivityTracker second(other_database.get(), Quiet());
  for (int i = 0; i < 3; ++i) first.Record(AnaUses("s3", "GetObject", kNow));
  EXPECT_THAT(AnasServices(second), IsEmpty());
  second.Record(AnaUses("s3", "GetObject", kNow + 1));
  first.Record(AnaUses("s3", "GetObject", kNow + 2));
  EXPECT_EQ(AnasServices(first).front().last, At(kNow + 2));
  EXPECT_EQ(AnasServices(second).front().last, At(kNow + 1));
}

}  // namespace
}  // namespace portcullis::state
