#include "server/state/database.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/status_macros.h"
#include "server/base/str_cat.h"
#include "tests/unit/state/state_fixtures.h"

namespace portcullis::state {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string Message(const absl::Status& status) {
  return std::string(status.message());
}

absl::Status PutStep(Database& database, std::string_view device, int64_t step,
                     Durability durability = Durability::kPowerLoss) {
  return database.Write(durability, [&](Connection& connection) -> absl::Status {
    ASSIGN_OR_RETURN(Statement put,
                     connection.Prepare("INSERT OR REPLACE INTO mfa_step VALUES (?, ?)"));
    return put.Bind(device).Bind(step).Run();
  });
}

int64_t CountSteps(Database& database) {
  int64_t count = -1;
  const absl::Status status = database.Read([&](Connection& connection) -> absl::Status {
    ASSIGN_OR_RETURN(count, connection.QueryInteger("SELECT count(*) FROM mfa_step"));
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  return count;
}

TEST(Database, KeepsWhatWasWritten) {
  TemporaryDirectory directory;
  const DatabaseOptions options{.path = directory.File("state.db")};
  {
    const auto database = OpenedDatabase(options);
    ASSERT_NE(database, nullptr);
    EXPECT_TRUE(database->persistent());
    EXPECT_TRUE(PutStep(*database, "phone", 7).ok());
  }
  const auto database = OpenedDatabase(options);
  ASSERT_NE(database, nullptr);
  EXPECT_EQ(CountSteps(*database), 1);
}

TEST(Database, WithoutAFileKeepsNothing) {
  for (const char* path : {"", ":memory:"}) {
    const auto database = OpenedDatabase({.path = path});
    ASSERT_NE(database, nullptr);
    EXPECT_FALSE(database->persistent());
    EXPECT_EQ(CountSteps(*database), 0) << "another database than the one before";
    EXPECT_TRUE(PutStep(*database, "phone", 7).ok());
    EXPECT_EQ(CountSteps(*database), 1);
  }
  EXPECT_FALSE(std::filesystem::exists(":memory:"));
}

TEST(Database, ANameIsNeverAUri) {
  TemporaryDirectory directory;
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(directory.File(""));
  const auto database = OpenedDatabase({.path = "file:state.db?mode=memory"});
  std::filesystem::current_path(before);
  EXPECT_TRUE(std::filesystem::exists(directory.File("file:state.db?mode=memory")));
}

TEST(Database, OnlyTheOwnerMayReadItsFiles) {
  TemporaryDirectory directory;
  directory.Write("wide.db", "");
  ASSERT_EQ(chmod(directory.File("wide.db").c_str(), 0666), 0);
  const mode_t mask = umask(0);
  const auto fresh = OpenedDatabase({.path = directory.File("state.db")});
  const auto narrowed = OpenedDatabase({.path = directory.File("wide.db")});
  umask(mask);
  ASSERT_TRUE(fresh != nullptr && narrowed != nullptr);
  EXPECT_TRUE(PutStep(*fresh, "phone", 1).ok());
  EXPECT_TRUE(PutStep(*narrowed, "phone", 1).ok());
  for (const auto& file : std::filesystem::directory_iterator(directory.File(""))) {
    struct stat info {};
    ASSERT_EQ(stat(file.path().c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600u) << file.path();
  }
}

TEST(Database, AFailedWriteLeavesNothing) {
  const auto database = OpenedDatabase({});
  ASSERT_NE(database, nullptr);
  const absl::Status status =
      database->Write(Durability::kProcessCrash, [](Connection& connection) -> absl::Status {
        RETURN_IF_ERROR(connection.Execute("INSERT INTO mfa_step VALUES ('phone', 1)"));
        return absl::AbortedError("changed my mind");
      });
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(CountSteps(*database), 0);
  EXPECT_TRUE(PutStep(*database, "phone", 1).ok()) << "the transaction before is over";
}

TEST(Database, AStatementIsLentOnce) {
  const auto database = OpenedDatabase({});
  ASSERT_NE(database, nullptr);
  const absl::Status status = database->Read([](Connection& connection) -> absl::Status {
    ASSIGN_OR_RETURN(const Statement first, connection.Prepare("SELECT 1"));
    return connection.Prepare("SELECT 1").status();
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  const absl::Status again = database->Read(
      [](Connection& connection) { return connection.Prepare("SELECT 1").status(); });
  EXPECT_TRUE(again.ok()) << again;
}

TEST(Database, ValuesComeBackAsTheyWere) {
  const auto database = OpenedDatabase({});
  ASSERT_NE(database, nullptr);
  const std::string odd("a\0b\xff'", 5);
  const absl::Status status =
      database->Write(Durability::kPowerLoss, [&](Connection& connection) -> absl::Status {
        ASSIGN_OR_RETURN(Statement put, connection.Prepare("INSERT INTO mfa_step VALUES (?, ?)"));
        RETURN_IF_ERROR(put.Bind(odd).Bind(INT64_MAX).Run());
        RETURN_IF_ERROR(put.Bind("").Bind(INT64_MIN).Run());
        ASSIGN_OR_RETURN(Statement get,
                         connection.Prepare("SELECT device, step FROM mfa_step ORDER BY step"));
        ASSIGN_OR_RETURN(bool row, get.Step());
        EXPECT_TRUE(row);
        EXPECT_FALSE(get.IsNull(0));
        EXPECT_EQ(get.Text(0), "");
        EXPECT_EQ(get.Integer(1), INT64_MIN);
        ASSIGN_OR_RETURN(row, get.Step());
        EXPECT_TRUE(row);
        EXPECT_EQ(get.Text(0), odd);
        EXPECT_EQ(get.Integer(1), INT64_MAX);
        return absl::OkStatus();
      });
  EXPECT_TRUE(status.ok()) << status;
}

TEST(Database, OneProcessAtATime) {
  TemporaryDirectory directory;
  const DatabaseOptions options{.path = directory.File("state.db")};
  auto first = OpenedDatabase(options);
  const absl::Status second = Database::Open(options).status();
  EXPECT_EQ(second.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(Message(second), AllOf(HasSubstr(options.path), HasSubstr("another process")));
  first.reset();
  EXPECT_NE(OpenedDatabase(options), nullptr);
}

TEST(Database, AKilledProcessHoldsNoLockAndLosesNothing) {
  TemporaryDirectory directory;
  const DatabaseOptions options{.path = directory.File("state.db")};
  ASSERT_TRUE(RunInProcessAndKill([&] {
    static std::unique_ptr<Database> database = OpenedDatabase(options);
    return PutStep(*database, "full", 1, Durability::kPowerLoss).ok() &&
           PutStep(*database, "normal", 1, Durability::kProcessCrash).ok();
  }));
  const auto database = OpenedDatabase(options);
  ASSERT_NE(database, nullptr);
  EXPECT_EQ(CountSteps(*database), 2);
}

TEST(Database, AnUnfinishedTransactionOfAKilledProcessIsGone) {
  TemporaryDirectory directory;
  const DatabaseOptions options{.path = directory.File("state.db")};
  ASSERT_NE(OpenedDatabase(options), nullptr);
  ASSERT_TRUE(RunInProcessAndKill([&] {
    static auto connection = Connection::Open(options.path, absl::Seconds(1));
    // More than the cache holds, so that pages reach the file before the end.
    return connection.ok() && (*connection)
                                  ->Execute(
                                      "PRAGMA cache_size = 2; BEGIN IMMEDIATE;"
                                      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL"
                                      " SELECT i + 1 FROM n WHERE i < 5000)"
                                      "INSERT INTO mfa_step SELECT 'device-' || i, i FROM n")
                                  .ok();
  }));
  EXPECT_GT(std::filesystem::file_size(directory.File("state.db-wal")), 4096u);
  const auto database = OpenedDatabase(options);
  ASSERT_NE(database, nullptr);
  EXPECT_EQ(CountSteps(*database), 0);
}

// A file that is not ours is left exactly as it is.
TEST(Database, RefusesForeignFiles) {
  TemporaryDirectory directory;
  directory.Write("notes.txt", "state: none\n");
  directory.Write("short", "SQL");
  directory.Write("zeros", std::string(8192, '\0'));
  {
    auto other = Connection::Open(directory.File("other.db"), absl::Seconds(1));
    ASSERT_TRUE(other.ok()) << other.status();
    ASSERT_TRUE((*other)->Execute("CREATE TABLE songs (name TEXT)").ok());
    auto marked = Connection::Open(directory.File("marked.db"), absl::Seconds(1));
    ASSERT_TRUE(marked.ok()) << marked.status();
    ASSERT_TRUE((*marked)->Execute("PRAGMA application_id = 77").ok());
  }
  for (const char* name : {"notes.txt", "short", "zeros", "other.db", "marked.db"}) {
    const std::string before = directory.Read(name);
    const absl::Status status = Database::Open({.path = directory.File(name)}).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << name;
    EXPECT_THAT(Message(status), AllOf(HasSubstr(directory.File(name)), HasSubstr("Portcullis")));
    EXPECT_EQ(directory.Read(name), before) << name;
    EXPECT_FALSE(std::filesystem::exists(directory.File(base::StrCat(name, "-wal"))));
  }
}

TEST(Database, RefusesADamagedFileAndLeavesItAsItIs) {
  TemporaryDirectory directory;
  const DatabaseOptions options{.path = directory.File("state.db")};
  {
    const auto database = OpenedDatabase(options);
    for (int i = 0; i < 2000; ++i) {
      ASSERT_TRUE(
          PutStep(*database, base::StrCat("device-", i), i, Durability::kProcessCrash).ok());
    }
  }
  const std::string good = directory.Read("state.db");
  ASSERT_GT(good.size(), 5 * 4096u);
  for (const size_t kept : {good.size() / 2, size_t{4096}}) {
    std::string bad = good.substr(0, kept);
    if (kept > 4096) bad.resize(good.size(), '\x5a');
    directory.Write("state.db", bad);
    const absl::Status status = Database::Open(options).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
    EXPECT_THAT(Message(status), AllOf(HasSubstr(options.path), HasSubstr("damaged")));
    EXPECT_EQ(directory.Read("state.db"), bad);
  }
}

TEST(Database, ReportsPlacesThatCannotBeWritten) {
  TemporaryDirectory directory;
  directory.Write("file", "");
  std::filesystem::create_directory(directory.File("directory"));
  for (const std::string& path : {directory.File("none/state.db"), directory.File("file/state.db"),
                                  directory.File("directory"), std::string("/proc/state.db")}) {
    const absl::Status status = Database::Open({.path = path}).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << path;
    EXPECT_THAT(Message(status), HasSubstr(path));
  }
}

TEST(Database, AFullDiskIsAnErrorAndPasses) {
  TemporaryDirectory directory;
  const auto database = OpenedDatabase({.path = directory.File("state.db")});
  ASSERT_NE(database, nullptr);
  ASSERT_TRUE(PutStep(*database, "phone", 1).ok());
  {
    const FullDisk full;
    const absl::Status status = PutStep(*database, std::string(100'000, 'x'), 2);
    EXPECT_FALSE(status.ok());
    EXPECT_THAT(Message(status), HasSubstr(directory.File("state.db")));
    EXPECT_EQ(CountSteps(*database), 1) << "what is there can still be read";
  }
  EXPECT_TRUE(PutStep(*database, "phone", 3).ok());
  EXPECT_EQ(CountSteps(*database), 1);
}

TEST(Database, GrowsNoFurtherThanItsBound) {
  TemporaryDirectory directory;
  const auto database =
      OpenedDatabase({.path = directory.File("state.db"), .file_bytes_max = 200'000});
  ASSERT_NE(database, nullptr);
  const absl::Status status = PutStep(*database, std::string(300'000, 'x'), 1);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
  EXPECT_TRUE(PutStep(*database, "phone", 1).ok());
  EXPECT_EQ(CountSteps(*database), 1);
}

TEST(Database, ManyThreadsTakeTurns) {
  TemporaryDirectory directory;
  const auto database = OpenedDatabase({.path = directory.File("state.db")});
  ASSERT_NE(database, nullptr);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&database, thread] {
      for (int i = 0; i < 50; ++i) {
        EXPECT_TRUE(PutStep(*database, base::StrCat(thread, "/", i), i,
                            i % 2 == 0 ? Durability::kProcessCrash : Durability::kPowerLoss)
                        .ok());
        EXPECT_GT(CountSteps(*database), i);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(CountSteps(*database), 200);
}

}  // namespace
}  // namespace portcullis::state
