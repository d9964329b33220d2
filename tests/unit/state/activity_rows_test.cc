#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/status_macros.h"
#include "server/base/str_cat.h"
#include "server/state/activity_rows_internal.h"
#include "tests/unit/state/activity_fixtures.h"

namespace portcullis::state {
namespace {

using ::testing::SizeIs;

Principal Ana() {
  return {.kind = EntityKind::kUser, .account = kAccount, .unique_id = kAnaId, .arn = kAnaArn};
}

UseRow Row(std::string service, std::string action, int64_t seconds, std::string region = "") {
  return {.service = std::move(service),
          .action = std::move(action),
          .seconds = seconds,
          .region = std::move(region)};
}

int64_t Write(Database& database, const Principal& principal, const std::vector<UseRow>& rows,
              const ActivityLimits& limits = {}) {
  int64_t trimmed = -1;
  const absl::Status status =
      database.Write(Durability::kProcessCrash, [&](Connection& connection) -> absl::Status {
        ASSIGN_OR_RETURN(trimmed, WriteUses(connection, principal, rows, true, limits));
        return absl::OkStatus();
      });
  EXPECT_TRUE(status.ok()) << status;
  return trimmed;
}

std::vector<UseRow> Read(Database& database) {
  std::vector<UseRow> rows;
  const absl::Status status = database.Read([&](Connection& connection) -> absl::Status {
    ASSIGN_OR_RETURN(rows, ReadUses(connection, kAccount, EntityKind::kUser, kAnaId, true));
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  return rows;
}

int64_t Count(Database& database, std::string_view sql) {
  int64_t count = -1;
  const absl::Status status = database.Read([&](Connection& connection) -> absl::Status {
    ASSIGN_OR_RETURN(count, connection.QueryInteger(sql));
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  return count;
}

int64_t Prune(Database& database, int64_t oldest, size_t rows_max) {
  const absl::StatusOr<int64_t> deleted = PruneUses(database, oldest, rows_max);
  EXPECT_TRUE(deleted.ok()) << deleted.status();
  return deleted.value_or(-1);
}

// The statements' conditions are those of Supersedes() and KeySupersedes().
TEST(ActivityRows, TheFileDecidesAsMemoryDoes) {
  constexpr int64_t kDay = ActivityTracker::kClockStepSeconds;
  for (const int64_t step : {int64_t{0}, int64_t{1}, int64_t{-1}, int64_t{899}, int64_t{900}, -kDay,
                             -kDay - 1, 2 * kDay}) {
    const auto database = OpenedDatabase({});
    Write(*database, Ana(), {Row("s3", "", kNow, "a"), Row("s3", "Get", kNow, "a")});
    Write(*database, Ana(), {Row("s3", "", kNow + step, "b"), Row("s3", "Get", kNow + step, "b")});
    for (const UseRow& row : Read(*database)) {
      EXPECT_EQ(row.seconds, Supersedes(kNow + step, kNow) ? kNow + step : kNow) << step;
      EXPECT_EQ(row.region, Supersedes(kNow + step, kNow) ? "b" : "a") << step;
    }
    std::optional<KeyUse> key;
    const absl::Status status =
        database->Write(Durability::kProcessCrash, [&](Connection& connection) -> absl::Status {
          RETURN_IF_ERROR(WriteKeyUse(connection, "AKIA", {At(kNow), "a", "s3"}));
          RETURN_IF_ERROR(WriteKeyUse(connection, "AKIA", {At(kNow + step), "b", "ec2"}));
          ASSIGN_OR_RETURN(key, ReadKeyUse(connection, "AKIA"));
          return absl::OkStatus();
        });
    ASSERT_TRUE(status.ok() && key.has_value()) << status;
    EXPECT_EQ(*key, KeySupersedes(kNow + step, kNow) ? (KeyUse{At(kNow + step), "b", "ec2"})
                                                     : (KeyUse{At(kNow), "a", "s3"}))
        << step;
  }
}

TEST(ActivityRows, APrincipalsOldestBeyondItsLimitGo) {
  const auto database = OpenedDatabase({});
  ActivityLimits limits;
  limits.services_per_principal_max = 3;
  limits.actions_per_principal_max = 4;
  Principal bob = Ana();
  bob.unique_id = "AIDABOB";
  Write(*database, bob, {Row("s3", "", 5), Row("s3", "Get", 5)}, limits);
  std::vector<UseRow> rows;
  for (int i = 0; i < 3; ++i) rows.push_back(Row(base::StrCat("s", i), "", kNow + i));
  for (int i = 0; i < 4; ++i) rows.push_back(Row("s0", base::StrCat("A", i), kNow + i));
  EXPECT_EQ(Write(*database, Ana(), rows, limits), 0) << "at the limits";
  EXPECT_EQ(Write(*database, Ana(), {Row("new", "", kNow + 9), Row("new", "B", kNow + 9)}, limits),
            2);
  const std::vector<UseRow> left = Read(*database);
  EXPECT_THAT(left, SizeIs(7));
  for (const UseRow& row : left) {
    EXPECT_FALSE(row.service == "s0" && row.seconds == kNow) << "the oldest of each";
  }
  EXPECT_EQ(Count(*database, "SELECT count(*) FROM service_use"), 4) << "Bob's is untouched";
}

TEST(ActivityRows, PruningByAgeGoesThroughAllPrincipals) {
  const auto database = OpenedDatabase({});
  constexpr int kPrincipals = 2500;  // More than one step.
  const absl::Status status =
      database->Write(Durability::kProcessCrash, [](Connection& connection) -> absl::Status {
        for (int i = 0; i < kPrincipals; ++i) {
          Principal principal = Ana();
          principal.unique_id = base::StrCat("AIDA", i);
          const std::vector<UseRow> rows = {Row("s3", "", kNow + i % 2),
                                            Row("s3", "Get", kNow + i % 2)};
          RETURN_IF_ERROR(WriteUses(connection, principal, rows, true, {}).status());
        }
        return absl::OkStatus();
      });
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(Prune(*database, kNow, 1'000'000), 0) << "as old as may be";
  EXPECT_EQ(Prune(*database, kNow + 1, 1'000'000), kPrincipals);
  EXPECT_EQ(Count(*database, "SELECT count(*) FROM principal"), kPrincipals / 2)
      << "principals without uses are gone";
}

TEST(ActivityRows, PruningByNumberTakesTheOldest) {
  const auto database = OpenedDatabase({});
  std::vector<UseRow> rows;
  for (int i = 0; i < 100; ++i) rows.push_back(Row(base::StrCat("s", i), "", kNow + i));
  Write(*database, Ana(), rows);
  EXPECT_EQ(Prune(*database, 0, 100), 0);
  EXPECT_EQ(Prune(*database, 0, 40), 60);
  const std::vector<UseRow> left = Read(*database);
  ASSERT_THAT(left, SizeIs(40));
  for (const UseRow& row : left) EXPECT_GE(row.seconds, kNow + 60);
}

TEST(ActivityRows, AnUnknownKindIsOther) {
  const auto database = OpenedDatabase({});
  Principal strange = Ana();
  strange.kind = EntityKind{99};
  Write(*database, strange, {Row("s3", "", kNow)});
  std::vector<EntityUse> entities;
  const absl::Status status = database->Read([&](Connection& connection) -> absl::Status {
    ASSIGN_OR_RETURN(entities, ReadEntitiesUsing(connection, kAccount, "s3"));
    return absl::OkStatus();
  });
  ASSERT_TRUE(status.ok()) << status;
  ASSERT_THAT(entities, SizeIs(1));
  EXPECT_EQ(entities.front().kind, EntityKind::kOther);
}

}  // namespace
}  // namespace portcullis::state
