#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/str_cat.h"
#include "server/state/schema_internal.h"
#include "tests/unit/state/state_fixtures.h"

namespace portcullis::state {
namespace {

using ::testing::HasSubstr;

std::unique_ptr<Connection> Raw(const std::string& path) {
  auto connection = Connection::Open(path, absl::Seconds(1));
  EXPECT_TRUE(connection.ok()) << connection.status();
  return connection.ok() ? *std::move(connection) : nullptr;
}

int64_t Ask(Connection& connection, std::string_view sql) {
  const absl::StatusOr<int64_t> answer = connection.QueryInteger(sql);
  EXPECT_TRUE(answer.ok()) << answer.status();
  return answer.value_or(-1);
}

TEST(Migrate, FromVersionZeroToTheNewest) {
  TemporaryDirectory directory;
  const std::string path = directory.File("state.db");
  {
    const auto old = Raw(path);
    ASSERT_TRUE(old->Execute(base::StrCat("PRAGMA application_id = ", kApplicationId)).ok());
    ASSERT_EQ(Ask(*old, "PRAGMA user_version"), 0);
  }
  ASSERT_NE(OpenedDatabase({.path = path}), nullptr);
  const auto now = Raw(path);
  EXPECT_EQ(Ask(*now, "PRAGMA user_version"), static_cast<int64_t>(SchemaSteps().size()));
  EXPECT_EQ(Ask(*now, "SELECT count(*) FROM revocation"), 0);
}

TEST(Migrate, RunsTheMissingStepsOnlyAndKeepsTheRows) {
  const auto connection = Raw(":memory:");
  const std::vector<std::string_view> first = {"CREATE TABLE a (x); INSERT INTO a VALUES (1)"};
  const std::vector<std::string_view> both = {first[0], "ALTER TABLE a ADD COLUMN y DEFAULT 5"};
  ASSERT_TRUE(Migrate(*connection, "f", first).ok());
  ASSERT_TRUE(Migrate(*connection, "f", both).ok());
  ASSERT_TRUE(Migrate(*connection, "f", both).ok()) << "nothing left to do";
  EXPECT_EQ(Ask(*connection, "PRAGMA user_version"), 2);
  EXPECT_EQ(Ask(*connection, "SELECT x * 10 + y FROM a"), 15);
}

TEST(Migrate, AFailedStepLeavesTheOldVersion) {
  const auto connection = Raw(":memory:");
  const std::vector<std::string_view> first = {"CREATE TABLE a (x)"};
  const std::vector<std::string_view> broken = {first[0], "CREATE TABLE b (x)", "NONSENSE"};
  ASSERT_TRUE(Migrate(*connection, "f", first).ok());
  EXPECT_FALSE(Migrate(*connection, "f", broken).ok());
  EXPECT_EQ(Ask(*connection, "PRAGMA user_version"), 1);
  EXPECT_EQ(Ask(*connection, "SELECT count(*) FROM sqlite_schema"), 1);
}

TEST(Migrate, RefusesANewerVersion) {
  TemporaryDirectory directory;
  const std::string path = directory.File("state.db");
  ASSERT_NE(OpenedDatabase({.path = path}), nullptr);
  ASSERT_TRUE(Raw(path)->Execute("PRAGMA user_version = 99").ok());
  const absl::Status status = Database::Open({.path = path}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("version 99"));
  EXPECT_THAT(std::string(status.message()), HasSubstr(path));
}

TEST(Migrate, RefusesADatabaseOfAnotherProgram) {
  const auto connection = Raw(":memory:");
  ASSERT_TRUE(connection->Execute("CREATE TABLE songs (name)").ok());
  const absl::Status status = Migrate(*connection, "songs.db", SchemaSteps());
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("songs.db"));
  EXPECT_EQ(Ask(*connection, "SELECT count(*) FROM sqlite_schema"), 1);
}

}  // namespace
}  // namespace portcullis::state
