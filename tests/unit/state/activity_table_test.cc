#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/str_cat.h"
#include "server/state/activity_table_internal.h"
#include "tests/unit/state/activity_fixtures.h"

namespace portcullis::state {
namespace {

using ::testing::Contains;
using ::testing::Not;
using ::testing::SizeIs;

void Ignore() {}

// As the tracker does once a flush has written everything.
void WriteAll(ActivityTable& table) {
  for (const DirtyPrincipal& principal : table.DirtyPrincipals()) {
    for (const auto& [cell, stamp] : principal.uses) cell->SetWritten(stamp);
  }
  for (const DirtyKey& key : table.DirtyKeys()) table.SetWritten(key);
}

ActivityStatistics StatisticsOf(const ActivityTable& table) {
  ActivityStatistics statistics;
  table.AddStatistics(&statistics);
  return statistics;
}

std::vector<std::string> AnasActions(const ActivityTable& table) {
  std::vector<std::string> names;
  for (const auto& [cell, stamp] : table.UsesOf(kAccount, EntityKind::kUser, kAnaId)) {
    if (!cell->action().empty()) names.push_back(cell->action());
  }
  return names;
}

ActivityTable::Cells Record(ActivityTable& table, const Use& use) {
  return table.Record(use, use.access_key_id, absl::ToUnixSeconds(use.time));
}

TEST(Stamp, KeepsTimeAndRegion) {
  for (const Stamp stamp : {Stamp{}, Stamp{kNow, 7}, Stamp{Stamp::kSecondsMax, 0xffff}}) {
    const Stamp copy = Stamp::Unpack(stamp.Pack());
    EXPECT_EQ(copy.seconds, stamp.seconds);
    EXPECT_EQ(copy.region, stamp.region);
  }
}

TEST(UseCell, ALatestUseIsDirtyUntilWritten) {
  UseCell cell("s3", "GetObject", {kNow, 1});
  EXPECT_TRUE(cell.dirty());
  EXPECT_TRUE(cell.never_written());
  cell.SetWritten({kNow, 1});
  EXPECT_FALSE(cell.dirty());
  EXPECT_TRUE(cell.Touch({kNow, 2})) << "the same second: nothing changes";
  EXPECT_FALSE(cell.dirty());
  EXPECT_TRUE(cell.Touch({kNow + 1, 2}));
  EXPECT_TRUE(cell.dirty());
  EXPECT_EQ(cell.stamp().region, 2);
  cell.SetWritten({kNow, 1});
  EXPECT_TRUE(cell.dirty()) << "a use came in while the one before was written";
}

TEST(UseCell, OneThatLeftTakesNothingMore) {
  UseCell cell("s3", "GetObject", {kNow, 1});
  EXPECT_FALSE(cell.LeaveIfClean()) << "it was never written";
  cell.SetWritten({kNow, 1});
  EXPECT_TRUE(cell.LeaveIfClean());
  EXPECT_TRUE(cell.gone());
  EXPECT_FALSE(cell.Touch({kNow + 1, 1}));
  UseCell dirty("s3", "GetObject", {kNow, 1});
  EXPECT_TRUE(dirty.Leave()) << "a use is forgotten";
  UseCell clean("s3", "GetObject", {kNow, 1});
  clean.SetWritten({kNow, 1});
  EXPECT_FALSE(clean.Leave());
}

TEST(RegionNames, AreBounded) {
  RegionNames names(2);
  const auto first = names.Intern("eu-central-1");
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(names.Intern("eu-central-1"), first);
  EXPECT_EQ(names.Name(*first), "eu-central-1");
  EXPECT_EQ(names.Intern(""), RegionId{0});
  EXPECT_EQ(names.Intern(std::string(ActivityLimits::kRegionBytesMax + 1, 'a')), std::nullopt);
  EXPECT_TRUE(names.Intern(std::string(ActivityLimits::kRegionBytesMax, 'a')).has_value());
  EXPECT_EQ(names.Intern("one-too-many"), std::nullopt);
}

TEST(ActivityTable, RefusesWhatIsTooLongAndTracksTheRest) {
  using Limits = ActivityLimits;
  const auto text = [](size_t bytes) { return std::string(bytes, 'a'); };
  struct Case {
    const char* name;
    std::string_view Use::*member;
    size_t bytes_max;
    size_t cells_past;  // What is still tracked one byte past the limit.
  };
  const Case cases[] = {
      {"service", &Use::service, Limits::kServiceBytesMax, 0},
      {"action", &Use::action, Limits::kActionBytesMax, 1},
      {"region", &Use::region, Limits::kRegionBytesMax, 2},
      {"account", &Use::account, Limits::kIdBytesMax, 0},
      {"unique id", &Use::unique_id, Limits::kIdBytesMax, 0},
      {"ARN", &Use::arn, Limits::kArnBytesMax, 0},
      {"access key", &Use::access_key_id, Limits::kIdBytesMax, 2},
  };
  for (const Case& c : cases) {
    for (const size_t past : {0u, 1u}) {
      ActivityTable table({}, &Ignore);
      Use use = AnaUses("s3", "GetObject", kNow);
      const std::string value = text(c.bytes_max + past);
      use.*c.member = value;
      const ActivityTable::Cells cells = Record(table, use);
      EXPECT_EQ(cells.complete, past == 0) << c.name;
      EXPECT_EQ(StatisticsOf(table).entries, past == 0 ? 2 : c.cells_past) << c.name;
      EXPECT_EQ(StatisticsOf(table).refused, past) << c.name;
      EXPECT_EQ(cells.key == nullptr, past == 1 && c.member == &Use::access_key_id) << c.name;
    }
  }
}

TEST(ActivityTable, AtItsBoundTheLeastRecentlyUsedOfTheWrittenGoFirst) {
  // The bound is one for each of 16 parts, and chance puts principals into them: enough of them
  // that every part overflows by all of them, and none by the old or the young alone.
  constexpr int kOld = 4000;
  constexpr int kYoung = 4000;
  ActivityLimits limits;
  limits.entries_max = 16 * 800;
  ActivityTable table(limits, &Ignore);
  const auto record = [&table](int i) {
    const std::string id = base::StrCat("AIDA", i);
    Use use = AnaUses("s3", "GetObject", kNow + i);
    use.unique_id = id;
    use.access_key_id = "";
    Record(table, use);
  };
  for (int i = 0; i < kOld; ++i) record(i);
  WriteAll(table);
  // Younger, and not written: these stay, however many of the written ones must go.
  for (int i = kOld; i < kOld + kYoung; ++i) record(i);
  const ActivityStatistics statistics = StatisticsOf(table);
  EXPECT_LE(statistics.entries, limits.entries_max);
  EXPECT_EQ(statistics.lost, 0u);
  size_t young = 0;
  size_t old = 0;
  for (const auto& [principal, stamp] : table.PrincipalsUsing(kAccount, "s3")) {
    ++(stamp.seconds >= kNow + kOld ? young : old);
  }
  EXPECT_EQ(young, size_t{kYoung});
  EXPECT_LT(old, size_t{kOld});  // Some did go.
}

TEST(ActivityTable, AUseOfACellThatLeftMakesANewOne) {
  ActivityLimits limits;
  limits.entries_max = 16 * 8;
  ActivityTable table(limits, &Ignore);
  const ActivityTable::Cells before = Record(table, AnaUses("s3", "GetObject", kNow - 1000));
  WriteAll(table);
  for (int i = 0; i < 500 && !before.action->gone(); ++i) {
    const std::string id = base::StrCat("AIDA", i);
    Use use = AnaUses("s3", "GetObject", kNow);
    use.unique_id = id;
    Record(table, use);
  }
  ASSERT_TRUE(before.action->gone());
  const ActivityTable::Cells after = Record(table, AnaUses("s3", "GetObject", kNow));
  EXPECT_NE(after.action, before.action);
  EXPECT_EQ(after.action->stamp().seconds, kNow);
  EXPECT_EQ(after.service->stamp().seconds, kNow);
}

// A principal that invents names displaces its own, and nobody else's.
TEST(ActivityTable, InventedActionsStayWithinThePrincipal) {
  ActivityLimits limits;
  limits.actions_per_principal_max = 10;
  ActivityTable table(limits, &Ignore);
  Use bob = AnaUses("s3", "GetObject", kNow);
  bob.unique_id = "AIDABOB";
  Record(table, bob);
  for (int i = 0; i < 1000; ++i) {
    Record(table, AnaUses("s3", base::StrCat("Invented", i), kNow + i));
  }
  EXPECT_THAT(AnasActions(table), SizeIs(10));
  EXPECT_EQ(StatisticsOf(table).refused, 990u) << "nothing is written yet, so nothing may go";
  EXPECT_EQ(StatisticsOf(table).lost, 0u);
  EXPECT_THAT(table.UsesOf(kAccount, EntityKind::kUser, "AIDABOB"), SizeIs(2));
  WriteAll(table);
  Record(table, AnaUses("s3", "GetObject", kNow + 2000));
  const std::vector<std::string> actions = AnasActions(table);
  EXPECT_THAT(actions, Contains("GetObject")) << "once they are written there is room again";
  EXPECT_THAT(actions, Contains("Invented9")) << "the younger half stays";
  EXPECT_THAT(actions, Not(Contains("Invented0")));
  EXPECT_EQ(StatisticsOf(table).lost, 0u);
}

TEST(ActivityTable, InventedServicesStayWithinThePrincipal) {
  ActivityLimits limits;
  limits.services_per_principal_max = 10;
  ActivityTable table(limits, &Ignore);
  for (int round = 0; round < 50; ++round) {
    for (int i = 0; i < 20; ++i) {
      Record(table, AnaUses(base::StrCat("service-", round, "-", i), "Do", kNow + round));
    }
    WriteAll(table);
    EXPECT_LE(StatisticsOf(table).entries, 20u) << "10 services with an action each";
  }
  EXPECT_TRUE(Record(table, AnaUses("s3", "GetObject", kNow + 100)).complete);
  EXPECT_EQ(StatisticsOf(table).lost, 0u);
}

// Room for an action may be made by removing whole other services: the cells must still be the
// right ones afterwards.
TEST(ActivityTable, MakingRoomDoesNotMixServicesUp) {
  ActivityLimits limits;
  limits.entries_max = 16 * 12;
  limits.actions_per_principal_max = 6;
  ActivityTable table(limits, &Ignore);
  for (int i = 0; i < 2000; ++i) {
    const std::string service = base::StrCat("s", i % 5);
    const std::string action = base::StrCat("A", (i * 7) % 11);
    const std::string id = base::StrCat("AIDA", i % 13);
    Use use = AnaUses(service, action, kNow + i);
    use.unique_id = id;
    const ActivityTable::Cells cells = Record(table, use);
    if (i % 17 == 0) WriteAll(table);
    ASSERT_NE(cells.service, nullptr);
    EXPECT_EQ(cells.service->service(), service);
    if (cells.action == nullptr) continue;
    EXPECT_EQ(cells.action->service(), service);
    EXPECT_EQ(cells.action->action(), action);
    bool found = false;
    for (const auto& [cell, stamp] : table.UsesOf(kAccount, EntityKind::kUser, id)) {
      found |= cell == cells.action;
    }
    EXPECT_TRUE(found);
  }
  size_t counted = 0;
  for (int i = 0; i < 13; ++i) {
    counted += table.UsesOf(kAccount, EntityKind::kUser, base::StrCat("AIDA", i)).size();
  }
  EXPECT_EQ(StatisticsOf(table).entries, counted);
}

TEST(ActivityTable, KeysAreBoundedAndTheOldestWrittenGoFirst) {
  ActivityLimits limits;
  limits.keys_max = 16 * 8;
  ActivityTable table(limits, &Ignore);
  for (int i = 0; i < 1000; ++i) {
    const std::string key = base::StrCat("AKIA", i);
    Use use = AnaUses("", "", kNow + i);
    use.access_key_id = key;
    Record(table, use);
    WriteAll(table);
  }
  EXPECT_LE(StatisticsOf(table).keys, limits.keys_max);
  EXPECT_EQ(StatisticsOf(table).lost, 0u);
  EXPECT_EQ(StatisticsOf(table).keys + StatisticsOf(table).evicted, 1000u);
  EXPECT_TRUE(table.FindKey("AKIA999").has_value());
  EXPECT_FALSE(table.FindKey("AKIA0").has_value());
}

TEST(ActivityTable, AMillionPrincipalsFitIntoBoundedMemory) {
  ActivityLimits limits;
  limits.entries_max = 20'000;
  limits.keys_max = 5'000;
  ActivityTable table(limits, &Ignore);
  constexpr int kPrincipals = 1'000'000;
  uint64_t most = 0;
  for (int i = 0; i < kPrincipals; ++i) {
    const std::string id = base::StrCat("AIDA", i);
    const std::string key = base::StrCat("AKIA", i);
    Use use = AnaUses("s3", "GetObject", kNow + i / 1000);
    use.unique_id = id;
    use.access_key_id = key;
    Record(table, use);
    if (i % 1000 == 0) most = std::max(most, StatisticsOf(table).entries);
  }
  const ActivityStatistics statistics = StatisticsOf(table);
  EXPECT_LE(std::max(most, statistics.entries), limits.entries_max);
  EXPECT_LE(statistics.keys, limits.keys_max);
  // Nothing vanishes without being counted: each principal has a service, an action and a key.
  EXPECT_EQ(statistics.entries + statistics.keys + statistics.evicted, 3ull * kPrincipals);
  EXPECT_EQ(statistics.lost, statistics.evicted) << "nothing was ever written";
  EXPECT_GE(table.PrincipalsUsing(kAccount, "s3").size(), limits.entries_max / 4)
      << "the latest are there";
  EXPECT_TRUE(table.FindKey(base::StrCat("AKIA", kPrincipals - 1)).has_value());
}

TEST(ActivityTable, AsksForAFlushBeforeMemoryIsFull) {
  ActivityLimits limits;
  limits.entries_max = 1600;
  int asked = 0;
  ActivityTable table(limits, [&asked] { ++asked; });
  const auto record = [&table](int i) {
    const std::string id = base::StrCat("AIDA", i);
    Use use = AnaUses("s3", "", kNow);
    use.unique_id = id;
    Record(table, use);
  };
  for (int i = 0; i < 400; ++i) record(i);
  EXPECT_EQ(asked, 0);
  for (int i = 400; i < 800; ++i) record(i);
  EXPECT_EQ(asked, 1) << "once";
  WriteAll(table);
  for (int i = 800; i < 1300; ++i) record(i);
  EXPECT_EQ(asked, 2);
}

}  // namespace
}  // namespace portcullis::state
