#include "server/state/report_store.h"

#include <string>

#include "gtest/gtest.h"

#include "server/base/str_cat.h"
#include "tests/unit/state/state_fixtures.h"

namespace portcullis::state {
namespace {

constexpr char kAccount[] = "111122223333";
constexpr char kAna[] = "AIDAANA";

std::string JobId(int number) {
  std::string id = base::StrCat("00000000-0000-4000-8000-", 100'000'000'000 + number);
  EXPECT_EQ(id.size(), ReportStore::kJobIdBytes);
  return id;
}

LastAccessedJob Job(int number, absl::Time created = At(kNow)) {
  return {.job_id = JobId(number),
          .account = kAccount,
          .requested_by = kAna,
          .arn = "arn:aws:iam::111122223333:role/app",
          .granularity = Granularity::kActionLevel,
          .created = created,
          .completed = created + absl::Seconds(2),
          .error = "",
          .result = std::string("{\"a\":\0}", 7)};
}

absl::StatusCode Found(ReportStore& store, const LastAccessedJob& job, absl::Time now) {
  return store.GetJob(job.job_id, job.requested_by, now).status().code();
}

TEST(ReportStore, ACredentialReportSurvivesARestart) {
  TemporaryDirectory directory;
  const std::string content("user,arn\n<root_account>,\0\xff", 27);
  {
    const auto database = OpenedDatabase({.path = directory.File("state.db")});
    ReportStore store(database.get());
    EXPECT_TRUE(store.PutCredentialReport(kAccount, {.content = "old", .generated = At(5)}).ok());
    EXPECT_TRUE(
        store.PutCredentialReport(kAccount, {.content = content, .generated = At(kNow)}).ok());
  }
  const auto database = OpenedDatabase({.path = directory.File("state.db")});
  ReportStore store(database.get());
  const auto report = store.GetCredentialReport(kAccount);
  ASSERT_TRUE(report.ok() && report->has_value()) << report.status();
  EXPECT_EQ((*report)->content, content);
  EXPECT_EQ((*report)->generated, At(kNow));
  const auto other = store.GetCredentialReport("444455556666");
  ASSERT_TRUE(other.ok());
  EXPECT_EQ(*other, std::nullopt);
}

//
TEST(ReportStore, ACredentialReportIsCurrentForFourHours) {
  const CredentialReport report{.content = "", .generated = At(kNow)};
  EXPECT_TRUE(report.IsCurrent(At(kNow)));
  EXPECT_TRUE(report.IsCurrent(At(kNow) + absl::Hours(4) - absl::Seconds(1)));
  EXPECT_FALSE(report.IsCurrent(At(kNow) + absl::Hours(4)));
  EXPECT_TRUE(report.IsCurrent(At(kNow) - absl::Seconds(1))) << "a clock that was set back a bit";
  EXPECT_FALSE(report.IsCurrent(At(kNow) - absl::Hours(24 * 365))) << "or was wrong altogether";
}

TEST(ReportStore, AJobComesBackAsItWas) {
  TemporaryDirectory directory;
  const LastAccessedJob done = Job(1);
  LastAccessedJob running = Job(2);
  running.granularity = Granularity::kServiceLevel;
  running.completed.reset();
  running.result.clear();
  {
    const auto database = OpenedDatabase({.path = directory.File("state.db")});
    ReportStore store(database.get());
    EXPECT_TRUE(store.PutJob(done, At(kNow)).ok());
    EXPECT_TRUE(store.PutJob(running, At(kNow)).ok());
  }
  const auto database = OpenedDatabase({.path = directory.File("state.db")});
  ReportStore store(database.get());
  for (const LastAccessedJob& want : {done, running}) {
    const auto job = store.GetJob(want.job_id, kAna, At(kNow + 60));
    ASSERT_TRUE(job.ok()) << job.status();
    EXPECT_EQ(job->account, want.account);
    EXPECT_EQ(job->arn, want.arn);
    EXPECT_EQ(job->granularity, want.granularity);
    EXPECT_EQ(job->created, want.created);
    EXPECT_EQ(job->completed, want.completed);
    EXPECT_EQ(job->error, want.error);
    EXPECT_EQ(job->result, want.result);
  }
}

// only the principal that created the job may read it.
TEST(ReportStore, AJobBelongsToWhoeverAskedForIt) {
  const auto database = OpenedDatabase({});
  ReportStore store(database.get());
  ASSERT_TRUE(store.PutJob(Job(1), At(kNow)).ok());
  EXPECT_EQ(store.GetJob(JobId(1), "AIDABOB", At(kNow)).status().code(),
            absl::StatusCode::kNotFound);
  LastAccessedJob theirs = Job(1);
  theirs.requested_by = "AIDABOB";
  EXPECT_EQ(store.PutJob(theirs, At(kNow)).code(), absl::StatusCode::kAlreadyExists);
  LastAccessedJob failed = Job(1);
  failed.error = "could not read";
  EXPECT_TRUE(store.PutJob(failed, At(kNow)).ok()) << "its own may be brought up to date";
  const auto job = store.GetJob(JobId(1), kAna, At(kNow));
  ASSERT_TRUE(job.ok());
  EXPECT_EQ(job->error, "could not read");
}

TEST(ReportStore, AJobLivesForADay) {
  const auto database = OpenedDatabase({});
  ReportStore store(database.get());
  ASSERT_TRUE(store.PutJob(Job(1), At(kNow)).ok());
  const absl::Time end = At(kNow) + absl::Hours(24);
  EXPECT_EQ(Found(store, Job(1), end - absl::Seconds(1)), absl::StatusCode::kOk);
  EXPECT_EQ(Found(store, Job(1), end), absl::StatusCode::kNotFound);
  ASSERT_TRUE(store.PutJob(Job(2, end), end).ok());
  EXPECT_EQ(Found(store, Job(1), At(kNow)), absl::StatusCode::kNotFound) << "gone for good";
}

TEST(ReportStore, KeepsTheLatestJobsOfAnAccount) {
  const auto database = OpenedDatabase({});
  ReportStore store(database.get(), {.jobs_per_account_max = 3});
  LastAccessedJob elsewhere = Job(99, At(kNow - 100));
  elsewhere.account = "444455556666";
  ASSERT_TRUE(store.PutJob(elsewhere, At(kNow)).ok());
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(store.PutJob(Job(i), At(kNow)).ok());
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(Found(store, Job(i), At(kNow)),
              i < 2 ? absl::StatusCode::kNotFound : absl::StatusCode::kOk)
        << i;
  }
  EXPECT_EQ(Found(store, elsewhere, At(kNow)), absl::StatusCode::kOk);
  LastAccessedJob late = Job(6, At(kNow - 50));
  ASSERT_TRUE(store.PutJob(late, At(kNow)).ok());
  EXPECT_EQ(Found(store, late, At(kNow)), absl::StatusCode::kOk)
      << "a clock that was set back does not make the newest job the first to go";
}

TEST(ReportStore, BoundsWhatItKeeps) {
  const auto database = OpenedDatabase({});
  ReportStore store(database.get(), {.content_bytes_max = 100});
  const auto invalid = absl::StatusCode::kInvalidArgument;
  EXPECT_TRUE(store.PutCredentialReport(kAccount, {.content = std::string(100, 'x')}).ok());
  EXPECT_EQ(store.PutCredentialReport(kAccount, {.content = std::string(101, 'x')}).code(),
            invalid);
  EXPECT_EQ(store.PutCredentialReport("", {.content = "x"}).code(), invalid);
  LastAccessedJob job = Job(1);
  job.result.assign(100 - job.arn.size(), 'x');
  EXPECT_TRUE(store.PutJob(job, At(kNow)).ok());
  job.result += 'x';
  EXPECT_EQ(store.PutJob(job, At(kNow)).code(), invalid);
  for (void (*change)(LastAccessedJob&) :
       {+[](LastAccessedJob& j) { j.job_id += '0'; }, +[](LastAccessedJob& j) { j.account = ""; },
        +[](LastAccessedJob& j) { j.requested_by = ""; }}) {
    LastAccessedJob bad = Job(2);
    change(bad);
    EXPECT_EQ(store.PutJob(bad, At(kNow)).code(), invalid);
  }
}

TEST(ReportStore, AFullDiskIsAnError) {
  TemporaryDirectory directory;
  const auto database = OpenedDatabase({.path = directory.File("state.db")});
  ReportStore store(database.get());
  ASSERT_TRUE(store.PutCredentialReport(kAccount, {.content = "good", .generated = At(kNow)}).ok());
  {
    const FullDisk full;
    EXPECT_FALSE(store.PutCredentialReport(kAccount, {.content = std::string(9999, 'x')}).ok());
    EXPECT_FALSE(store.PutJob(Job(1), At(kNow)).ok());
  }
  const auto report = store.GetCredentialReport(kAccount);
  ASSERT_TRUE(report.ok() && report->has_value());
  EXPECT_EQ((*report)->content, "good");
}

}  // namespace
}  // namespace portcullis::state
